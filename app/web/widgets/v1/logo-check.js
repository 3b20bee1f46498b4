// <clearpost-logo-check>: may this account, or this person, use the district's logo?
// Attributes beside the base's: `account-url`, `author-id`, to start with.

import {
  ClearpostElement,
  define,
  field,
  finding,
  h,
  outcome,
  receipt,
  verdictWords,
} from "./base.js";
import { PersonField } from "./person-field.js";
import { Places } from "./places.js";
import { t } from "./strings.js";
import { UseField } from "./use-field.js";

// A permission for a day is asked for at its noon.
const NOON = "12:00";

class LogoCheck extends ClearpostElement {
  #places = new Places();

  render() {
    const changed = () => this.#clear();
    const control = (attributes) => h("input", { oninput: changed, ...attributes });
    this.account = field(
      t("post.account"),
      control({
        type: "url",
        inputmode: "url",
        maxlength: "2048",
        value: this.getAttribute("account-url"),
      }),
      { hint: t("logo.account_hint") },
    );
    this.author = new PersonField({
      widget: this,
      label: t("logo.author"),
      hint: t("post.author_hint"),
      changed,
      id: this.getAttribute("author-id"),
    });
    this.day = field(t("logo.on"), control({ type: "date" }), { hint: t("logo.on_hint") });
    this.use = new UseField({ kind: "logo", changed });
    this.result = h("div", { class: "result", tabindex: "-1" });
    const submit = (event) => {
      event.preventDefault();
      this.check();
    };
    return [
      h("h2", {}, t("logo.title")),
      h(
        "form",
        { novalidate: true, onsubmit: submit },
        this.#places.at("/account", this.account.node),
        this.#places.at("/author", this.author.node),
        this.#places.at("/publish_at", this.day.node),
        this.#places.at("/logo_purpose", this.use.node),
        h("button", { type: "submit" }, t("logo.check")),
      ),
      this.result,
    ];
  }

  /** Ask about the account and the person that are given. */
  async check() {
    this.#clear();
    const url = this.account.control.value.trim();
    const day = this.day.control.value;
    const who = { ...(url ? { account: { url } } : {}), ...this.author.question };
    if (Object.keys(who).length === 0) return this.#nobody();
    const use = this.use.value ? { logo_purpose: this.use.value } : {};
    const question = {
      ...who,
      ...use,
      ...(day ? { publish_at: new Date(`${day}T${NOON}`).toISOString() } : {}),
    };
    const answer = await this.asking((signal, onWait) =>
      this.api.post("v1/checks/logo", question, { signal, onWait }),
    );
    if (answer) this.#show(answer.json);
  }

  fail(problem) {
    super.fail(problem);
    this.#places.faults(problem);
  }

  #nobody() {
    this.#places.need([this.account]);
    this.account.note.textContent = t("logo.needed");
  }

  // What was answered says nothing about what is asked now.
  #clear() {
    this.cancel();
    this.alert.replaceChildren();
    this.result.replaceChildren();
    this.#places.clear([this.account]);
  }

  #show(decision) {
    this.use.show(decision.findings);
    const line = (one) => `${one.message} ${one.remedy ?? ""}`.trim();
    const text = () =>
      [
        `${t("logo.title")} ${verdictWords(decision)}`,
        ...decision.findings.map(line),
        t("common.decided", { when: decision.decided_at, id: decision.id }),
      ].join("\n");
    this.result.replaceChildren(
      h(
        "section",
        { class: `verdict ${decision.outcome}` },
        outcome(decision.outcome, verdictWords(decision)),
        h("ul", {}, decision.findings.map(finding)),
        receipt(decision, text),
      ),
    );
    this.result.focus();
    this.tell(`${t("logo.title")} ${verdictWords(decision)}.`);
    this.emit("clearpost-result", decision);
  }
}

define("clearpost-logo-check", LogoCheck);
