// What all widgets are made of: an element with a shadow, a way to ask, and parts that look alike.
// Nothing is ever built from text: `h` makes nodes, so that names with markup stay names.

import { Api, Problem } from "./api.js";
import { sheet } from "./style.js";
import { t, when } from "./strings.js";

// Marks that turn the direction of what follows; no name needs them, each stands in a `bdi`.
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;
// Where a request says which account it is about.
const ACCOUNT = /^\/(account\/)?url$/;
const LONGEST_NAME = 120;
const LONGEST_TEXT = 2_000;
let last = 0;

/** A text from outside, fit to be shown: in its own direction, and no longer than anybody reads. */
export function plain(text, longest = LONGEST_TEXT) {
  const upright = String(text).replace(TURNS, "");
  if (upright.length <= longest) return upright;
  return `${[...upright.slice(0, longest)].slice(0, -1).join("")}\u2026`;
}

/** An id for parts of a widget that refer to each other. */
export function uid(prefix) {
  last += 1;
  return `${prefix}-${last}`;
}

/**
 * A node: `h("button", { type: "button", onclick: f, "aria-label": "x" }, "text", node)`.
 * Functions become listeners, true and false switch attributes, null and false children are left out.
 */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.replace(/^on/, ""), value);
    else if (name === "value") node.value = value ?? "";
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  const shown = children.flat(Infinity).filter((child) => child != null && child !== false);
  node.append(...shown.map((child) => (child instanceof Node ? child : plain(child))));
  return node;
}

/** A name as part of a sentence or of a label. */
export function brief(text) {
  return plain(text, LONGEST_NAME);
}

/** A person's name, or any text from outside, that cannot turn the direction of what stands around. */
export function name(text) {
  return h("bdi", { class: "name" }, plain(text, LONGEST_NAME));
}

/** An account as people name it: its network, and its name there. */
export function account({ platform, handle }) {
  const key = `network.${platform}`;
  const network = t(key) === key ? platform : t(key);
  return [network, handle].filter(Boolean).join(": ");
}

/** An outcome in colour, sign and words. */
export function outcome(kind, words = t(`outcome.${kind}`)) {
  return h("span", { class: `outcome ${kind}` }, words);
}

/** What one finding comes to, in words. A missing fact is nobody's to approve. */
export function findingWords({ outcome: kind, ends_by: ends }) {
  if (kind === "allow") return t("outcome.passed");
  return t(kind === "review" && ends !== "judgement" ? "outcome.fact" : `outcome.${kind}`);
}

/** What a decision comes to, in words. */
export function verdictWords({ outcome: kind, findings }) {
  const lacks = findings.some((one) => one.outcome === "review" && one.ends_by !== "judgement");
  return t(kind === "review" && lacks ? "outcome.fact" : `outcome.${kind}`);
}

/**
 * The base of every widget. Attributes: `base` (the service; where the script came from unless
 * given), `token` (a widget token) or `token-url` (an address of the page's own server that answers
 * `{"token": …}`), `theme` (`light` or `dark`; the visitor's own choice unless given).
 * Events: `clearpost-token` when a token is needed; call `event.detail.provide(token or promise)`.
 * `clearpost-result` when there is an answer (`detail` is the decision), `clearpost-problem` when
 * there is none.
 */
export class ClearpostElement extends HTMLElement {
  #running = null;

  static get observedAttributes() {
    return ["base", "token", "token-url"];
  }

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    this.api = new Api(this.#base(), (how) => this.#provideToken(how));
    this.status = h("p", { class: "status", role: "status" });
    this.alert = h("div", { class: "alert", role: "alert" });
  }

  connectedCallback() {
    if (this.shadowRoot.childNodes.length === 0) {
      const own = { class: "widget", lang: t("lang"), dir: t("dir") };
      this.shadowRoot.append(h("div", own, this.render(), this.alert, this.status));
    }
    this.connected?.();
  }

  disconnectedCallback() {
    this.cancel();
  }

  /** Go to the first thing that can be filled in. */
  focus(options) {
    this.shadowRoot.querySelector("input, select, textarea, button")?.focus(options);
  }

  attributeChangedCallback(attribute) {
    if (!this.api) return;
    this.api.base = this.#base();
    if (attribute !== "base") this.api.forget();
    const rendered = this.shadowRoot.childNodes.length > 0;
    if (this.isConnected && rendered) this.changed?.(attribute);
  }

  /**
   * Run `ask(signal, onWait)` alone: what was still being asked is cancelled. Says what is going on,
   * and what went wrong; gives null then, and where it was cancelled itself.
   */
  async asking(ask, told = t("common.checking")) {
    this.cancel();
    const own = new AbortController();
    this.#running = own;
    this.alert.replaceChildren();
    this.say(told);
    this.shadowRoot.firstElementChild?.setAttribute("aria-busy", "true");
    try {
      const answer = await ask(own.signal, (problem) => this.say(describe(problem)));
      if (own.signal.aborted) return null;
      this.say("");
      return answer;
    } catch (error) {
      if (own.signal.aborted) return null;
      this.say("");
      this.fail(
        error instanceof Problem ? error : new Problem("unknown", { reference: error.name }),
      );
      return null;
    } finally {
      if (this.#running === own) {
        this.#running = null;
        this.shadowRoot.firstElementChild?.removeAttribute("aria-busy");
      }
    }
  }

  /** Stop what is being asked. */
  cancel() {
    if (!this.#running) return;
    this.#running.abort();
    this.#running = null;
    this.say("");
    this.shadowRoot.firstElementChild?.removeAttribute("aria-busy");
  }

  /** Show, and say aloud, what goes on. */
  say(text) {
    this.status.classList.remove("hidden");
    this.status.textContent = plain(text);
  }

  /** Only say aloud what is shown elsewhere. */
  tell(text) {
    this.say(text);
    this.status.classList.add("hidden");
  }

  /** Show a problem as what it is. */
  fail(problem) {
    this.alert.replaceChildren(h("p", {}, describe(problem)));
    this.say("");
    this.emit("clearpost-problem", { kind: problem.kind, status: problem.status });
  }

  emit(type, detail, more = {}) {
    const event = new CustomEvent(type, { detail, bubbles: true, composed: true, ...more });
    return this.dispatchEvent(event);
  }

  #base() {
    const given = this.getAttribute("base");
    return new URL(given ?? new URL("../../", import.meta.url), document.baseURI).href;
  }

  async #provideToken({ renew }) {
    let provided = null;
    this.emit("clearpost-token", { renew, provide: (token) => (provided = token) });
    if (provided) return provided;
    const url = this.getAttribute("token-url");
    if (!url) return this.getAttribute("token");
    const own = { method: "POST", credentials: "same-origin", headers: { "X-Clearpost": "token" } };
    const answer = await fetch(new URL(url, document.baseURI), own).catch(() => {
      throw new Problem("offline");
    });
    // Whoever is refused a token is signed out; whoever cannot be given one just now is not.
    const { status } = answer;
    if (status === 429) throw new Problem("too_many_still", { status });
    if (status >= 500) throw new Problem("unavailable", { status });
    return answer.ok ? (await answer.json()).token : null;
  }
}

/** A problem in words. */
export function describe(problem) {
  if (problem.kind === "invalid" && problem.fields.some((one) => ACCOUNT.test(one.at)))
    return t("problem.account");
  const text = plain(problem.fields.map((field) => field.message.replace(/\.$/, "")).join("; "));
  return t(`problem.${problem.kind}`, { ...problem, text });
}

/** A labelled field: the label, the control and a place for what is wrong with it. */
export function field(label, control, { hint = "", required = false } = {}) {
  const id = uid("field");
  const note = h("div", { class: "note", id: `${id}-note` }, hint);
  control.id = id;
  control.setAttribute("aria-describedby", note.id);
  if (required) control.setAttribute("aria-required", "true");
  const mark = required ? h("span", { class: "needed" }, ` ${t("common.required")}`) : null;
  const node = h("div", { class: "field" }, h("label", { for: id }, label, mark), control, note);
  return { node, control, note, hint };
}

/** A button that takes one of a list away; its words name which. */
export function removeButton(words, onclick) {
  return h(
    "button",
    { type: "button", class: "quiet remove", "aria-label": words, onclick },
    "\u2715",
  );
}

/** What a finding says. */
export function message(one) {
  return h("bdi", { class: "message" }, one.message);
}

/** What to do about it, where something is to be done. */
export function remedy(one) {
  return one?.remedy && h("p", { class: "remedy" }, t("common.remedy", { text: one.remedy }));
}

/** One finding: outcome, sentence, remedy, clause, and who can resolve it. */
export function finding(one) {
  const who = one.resolvable_by.map((office) => t(`office.${office}`)).join(", ");
  // It names who can resolve it also when somebody did.
  const open = one.outcome === "review";
  const resolved = who && !open;
  const { section, number } = one.clause;
  return h(
    "li",
    { class: `finding ${one.outcome}` },
    outcome(one.outcome, findingWords(one)),
    " ",
    message(one),
    resolved ? h("p", { class: "who" }, t("common.resolved")) : remedy(one),
    open &&
      who &&
      h(
        "p",
        { class: "who" },
        one.ends_by === "judgement" ? t("common.resolvable", { who }) : t("common.doable", { who }),
      ),
    h("p", { class: "clause" }, t("common.clause", { section, number })),
  );
}

/** The foot of an answer: when, which decision, and a button that copies `text()`. */
export function receipt(decision, text) {
  const told = h("span", { role: "status" });
  const copy = async () => {
    const copied = await writeText(
      plain([text(), holds].filter(Boolean).join("\n"), Infinity),
    ).then(
      () => true,
      () => false,
    );
    told.textContent = t(copied ? "common.copied" : "common.copy_failed");
  };
  const line = t("common.decided", { when: when(decision.decided_at), id: decision.id });
  const holds = describeHolding(decision);
  return h(
    "footer",
    { class: "receipt" },
    holds && h("p", { class: "holds" }, holds),
    h("p", {}, line),
    h(
      "p",
      {},
      h("button", { type: "button", class: "quiet", onclick: copy }, t("common.copy")),
      " ",
      told,
    ),
  );
}

// Until when an allow holds by what is on file, and for what it was asked.
function describeHolding({ holds_until: until, holds_for: use }) {
  if (!use) return "";
  const words = [`media.${use.media}`, `channel.${use.channel}`]
    .filter((key) => t(key) !== key)
    .map((key) => t(key));
  const asked = [use.account, ...words].filter(Boolean).join(" \u00b7 ");
  return until
    ? t("common.holds_until", { when: when(until), asked })
    : t("common.holds", { asked });
}

// In a frame or on a page without https there may be no clipboard.
function writeText(text) {
  return navigator.clipboard
    ? navigator.clipboard.writeText(text)
    : Promise.reject(new Error("none"));
}

/** Define the element once, however often the script is loaded. */
export function define(tag, element) {
  if (!customElements.get(tag)) customElements.define(tag, element);
}
