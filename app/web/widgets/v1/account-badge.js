// <clearpost-account-badge url="…">: is this account one of the district's? Needs no token.
// Attributes beside the base's: `url`, or `platform` and `handle`.

import { ClearpostElement, account, define, h, name } from "./base.js";
import { Problem } from "./api.js";
import { t } from "./strings.js";

const NAMED = ["url", "platform", "handle"];
const STATES = ["official", "not_official", "unknown", "lookalike"];

class AccountBadge extends ClearpostElement {
  static get observedAttributes() {
    return [...ClearpostElement.observedAttributes, ...NAMED];
  }

  render() {
    this.badge = h("div", { class: "badge", role: "group", "aria-label": t("badge.label") });
    return this.badge;
  }

  connected() {
    this.#ask();
  }

  changed() {
    this.#ask();
  }

  fail(problem) {
    super.fail(problem);
    this.badge.replaceChildren(this.#state("no_answer"), this.#about());
  }

  async #ask() {
    const query = new URLSearchParams();
    for (const key of NAMED) if (this.getAttribute(key)) query.set(key, this.getAttribute(key));
    this.cancel();
    this.alert.replaceChildren();
    if (query.size === 0) return this.badge.replaceChildren(h("p", {}, t("badge.none")));
    this.badge.replaceChildren(this.#state("asking"), this.#about());
    const path = `v1/accounts/verify?${query}`;
    const answer = await this.asking(
      (signal, onWait) => this.api.get(path, { signal, onWait, open: true }),
      "",
    );
    if (!answer) return;
    if (!STATES.includes(answer.json.status)) return this.fail(new Problem("unknown"));
    this.#show(answer.json);
  }

  #show(said) {
    const others = said.status === "official" ? [] : said.accounts;
    this.badge.replaceChildren(
      this.#state(said.status),
      this.#about(),
      h("p", {}, said.message),
      others.length > 0 ? h("p", {}, t("badge.means", { count: others.length })) : "",
      h(
        "ul",
        {},
        others.map((one) => h("li", {}, this.#link(one))),
      ),
    );
    this.tell(t(`badge.${said.status}`));
    this.emit("clearpost-result", said);
  }

  #state(state) {
    return h("p", { class: `mark ${state}` }, t(`badge.${state}`));
  }

  #about() {
    const [url, platform, handle] = NAMED.map((key) => this.getAttribute(key) ?? "");
    return h("p", { class: "note" }, name(url || account({ platform, handle })));
  }

  // An address of the register is only a link where it leads to the web.
  #link(one) {
    const text = one.address ?? account(one);
    if (!/^https?:/.test(one.address ?? "")) return name(text);
    return h("a", { href: one.address, rel: "noreferrer", target: "_blank" }, name(text));
  }
}

define("clearpost-account-badge", AccountBadge);
