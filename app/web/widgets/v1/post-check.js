// <clearpost-post-check>: the whole post before it goes out, every finding beside what caused it.
// Attributes beside the base's: `account-url`, `author-id`, `purpose`, to start with.

import {
  ClearpostElement,
  define,
  field,
  finding,
  findingWords,
  h,
  message,
  name,
  outcome,
  receipt,
  verdictWords,
} from "./base.js";
import { MediaList } from "./media-list.js";
import { PeopleList, called } from "./people-list.js";
import { PersonField } from "./person-field.js";
import { Places, choice } from "./places.js";
import { t } from "./strings.js";
import { UseField } from "./use-field.js";

const PURPOSES = ["", "school", "personal", "promotional", "other"];

// Of an employee's own account only the network counts: `instagram` of www.instagram.com/somebody.
function networkOf(address) {
  const host = URL.canParse(address) ? new URL(address).hostname : address;
  return host.split(".").at(-2) ?? host;
}

class PostCheck extends ClearpostElement {
  #places = new Places();
  #nodes = new Map();

  render() {
    const changed = () => this.#changed();
    const control = (tag, attributes = {}) => h(tag, { oninput: changed, ...attributes });
    const tick = () => control("input", { type: "checkbox" });
    this.account = field(
      t("post.account"),
      control("input", {
        type: "url",
        inputmode: "url",
        maxlength: "2048",
        value: this.getAttribute("account-url"),
      }),
      { hint: t("post.account_hint"), required: true },
    );
    this.personal = tick();
    this.author = new PersonField({
      widget: this,
      label: t("post.author"),
      hint: t("post.author_hint"),
      changed,
      id: this.getAttribute("author-id"),
    });
    this.text = field(t("post.text"), control("textarea", { maxlength: "65536" }));
    this.purpose = field(t("post.purpose"), control("select"), { required: true });
    this.purpose.control.append(
      ...PURPOSES.map((value) => h("option", { value }, t(`purpose.${value}`))),
    );
    this.purpose.control.value = this.getAttribute("purpose") ?? "";
    this.publishing = field(t("post.publish_at"), control("input", { type: "datetime-local" }), {
      hint: t("post.publish_hint"),
    });
    this.media = new MediaList({ changed });
    this.students = new PeopleList({
      widget: this,
      label: t("post.students"),
      hint: t("post.students_hint"),
      kind: "student",
      changed,
      named: true,
    });
    this.employees = new PeopleList({
      widget: this,
      label: t("post.employees"),
      hint: "",
      kind: "employee",
      changed,
    });
    [this.nobody, this.logo, this.speaks] = [tick(), tick(), tick()];
    [this.logoUse, this.topic] = ["logo", "spokesperson"].map(
      (kind) => new UseField({ kind, changed }),
    );
    this.logo.addEventListener("change", () => this.logo.checked || this.logoUse.hide());
    this.speaks.addEventListener("change", () => this.speaks.checked || this.topic.hide());
    this.email = field(t("post.email"), control("input", { type: "email", maxlength: "320" }));
    this.result = h("div", { class: "result", tabindex: "-1" });
    return [h("h2", {}, t("post.title")), this.#form(), this.result];
  }

  /** Ask about the post as it stands. */
  async check() {
    this.#clear();
    const missing = this.#required.filter((one) => !one.control.value.trim());
    if (missing.length) return this.#places.need(missing);
    const answer = await this.asking(async (signal, onWait) => {
      await this.media.ready();
      return this.api.post("v1/checks/post", this.#question(), { signal, onWait });
    });
    if (answer) this.#show(answer.json);
  }

  fail(problem) {
    super.fail(problem);
    this.#places.faults(problem);
  }

  // In the order in which they stand.
  get #required() {
    return [this.account, this.purpose, ...this.media.required];
  }

  #form() {
    const at = (place, ...nodes) => this.#places.at(place, ...nodes);
    const submit = (event) => {
      event.preventDefault();
      this.check();
    };
    return h(
      "form",
      { novalidate: true, onsubmit: submit },
      at("/account", this.account.node, choice(this.personal, t("post.personal"))),
      at("/author", this.author.node),
      at("/text", this.text.node),
      at("/purpose", this.purpose.node),
      at("/publish_at", this.publishing.node),
      this.media.node,
      h(
        "fieldset",
        {},
        h("legend", {}, t("post.pictured")),
        this.students.node,
        this.employees.node,
        at("/pictured", choice(this.nobody, t("post.nobody"))),
      ),
      at("/uses_logo", choice(this.logo, t("post.logo"))),
      at("/logo_purpose", this.logoUse.node),
      at("/speaks_for_district", choice(this.speaks, t("post.speaks"))),
      at("/topic", this.topic.node),
      at("/contact_email", this.email.node),
      h("button", { type: "submit" }, t("post.check")),
    );
  }

  #question() {
    const pictured = {
      students: this.students.question,
      employees: this.employees.question,
      nobody_identifiable: this.nobody.checked,
    };
    const declared =
      pictured.students.length || pictured.employees.length || pictured.nobody_identifiable;
    const url = this.account.control.value.trim();
    const time = this.publishing.control.value;
    const email = this.email.control.value.trim();
    return {
      account: this.personal.checked ? { personal: true, platform: networkOf(url) } : { url },
      ...this.author.question,
      ...(time ? { publish_at: new Date(time).toISOString() } : {}),
      ...(email ? { contact_email: email } : {}),
      ...(declared ? { pictured } : {}),
      purpose: this.purpose.control.value,
      text: this.text.control.value,
      media: this.media.question,
      uses_logo: this.logo.checked,
      speaks_for_district: this.speaks.checked,
      ...(this.logoUse.value ? { logo_purpose: this.logoUse.value } : {}),
      ...(this.topic.value ? { topic: this.topic.value } : {}),
    };
  }

  // What was answered says nothing about a post that is another now.
  #changed() {
    const answered = this.result.childElementCount > 0;
    this.cancel();
    this.#clear();
    if (!answered) return;
    this.result.replaceChildren(
      h("p", { class: "verdict pending" }, outcome("pending"), " ", t("post.changed")),
    );
    this.emit("clearpost-changed", null);
  }

  #clear() {
    this.alert.replaceChildren();
    this.result.replaceChildren();
    for (const list of [this.students, this.employees, this.media]) list.show(() => []);
    this.#places.clear(this.#required);
  }

  #show(decision) {
    this.#nodes.clear();
    for (const use of [this.logoUse, this.topic]) use.show(decision.findings);
    const left = decision.findings.filter((one) => !this.#beside(one, decision));
    const troubles = decision.findings.filter((one) => one.outcome !== "allow");
    const elsewhere = troubles.filter((one) => this.#nodes.has(one));
    const count = troubles.length;
    const summary = count > 0 ? t("post.summary", { count }) : "";
    const line = (one) => `${findingWords(one)}: ${one.message} ${one.remedy ?? ""}`.trim();
    const text = () =>
      [
        verdictWords(decision),
        ...decision.findings.map(line),
        t("common.decided", { when: decision.decided_at, id: decision.id }),
      ].join("\n");
    const reminders = decision.reminders.map((one) => h("li", {}, one.message));
    this.result.replaceChildren(
      h(
        "section",
        { class: `verdict ${decision.outcome}` },
        outcome(decision.outcome, verdictWords(decision)),
        " ",
        summary,
        h(
          "ul",
          {},
          elsewhere.map((one) => this.#jump(one)),
          left.map(finding),
        ),
        reminders.length > 0 &&
          h(
            "details",
            {},
            h("summary", {}, t("post.reminders")),
            h("ul", { class: "reminders" }, reminders),
          ),
        receipt(decision, text),
      ),
    );
    this.result.focus();
    this.tell(`${verdictWords(decision)}. ${summary}`);
    this.emit("clearpost-result", decision);
  }

  // Whether the finding has a place beside a field; then it is put there.
  #beside(one, decision) {
    const [, part, kind] = one.at.match(/^\/(pictured\/(students|employees)|media)\/\d+/) ?? [];
    if (!part) {
      const placed = this.#places.find(one, this.#node(one));
      if (!placed) this.#nodes.delete(one);
      return placed;
    }
    const list = part === "media" ? this.media : this[kind];
    const about = (at) =>
      decision.findings.filter((other) => `${other.at}/`.startsWith(`/${part}/${at}/`));
    list.show((at) => about(at).map((other) => this.#node(other)));
    return true;
  }

  #node(one) {
    const node = finding(one);
    node.tabIndex = -1;
    this.#nodes.set(one, node);
    return node;
  }

  // From the answer to the finding beside its field, and whom it is about.
  #jump(one) {
    const [, kind, at] = one.at.match(/^\/pictured\/(students|employees)\/(\d+)/) ?? [];
    const about = kind && [name(called(this[kind].people[at])), " "];
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "quiet jump", onclick: () => this.#nodes.get(one).focus() },
        outcome(one.outcome, findingWords(one)),
        " ",
        about,
        message(one),
      ),
    );
  }
}

define("clearpost-post-check", PostCheck);
