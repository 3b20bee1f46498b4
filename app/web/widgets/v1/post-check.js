// <clearpost-post-check>: the whole post before it goes out, every finding beside what caused it.
// Attributes beside the base's: `account-url`, `author-id`, `purpose`, to start with.

import { ClearpostElement, define, field, finding, h, outcome, receipt } from "./base.js";
import { MediaList } from "./media-list.js";
import { PeopleList, called, findPeople, written } from "./people-list.js";
import { Combobox } from "./combobox.js";
import { addStrings, t } from "./strings.js";

addStrings({
  "post.title": "May this post be published?",
  "post.account": "Account: its address",
  "post.account_hint": "Such as https://www.facebook.com/lakeviewhigh",
  "post.personal": "It is an employee's own account",
  "post.author": "Who posts it?",
  "post.author_hint": "A member of staff, by name or id.",
  "post.text": "Text of the post",
  "post.purpose": "What is it for?",
  "purpose.": "Choose",
  "purpose.school": "The school: its events, plays and games included",
  "purpose.personal": "Personal",
  "purpose.promotional": "Promotion of a person, business or product outside school",
  "purpose.other": "Something else",
  "post.publish_at": "When will it be published?",
  "post.publish_hint": "Empty: now.",
  "post.pictured": "Who can be recognised in the pictures?",
  "post.students": "Students",
  "post.students_hint": "Type a name and take one with the arrow keys, or press Enter.",
  "post.employees": "Employees",
  "post.nobody": "Nobody can be recognised",
  "post.logo": "It uses the district's logo",
  "post.speaks": "It speaks for the district",
  "post.email": "Contact e-mail in the post",
  "post.check": "Check the post",
  "post.changed": "Changed since it was checked. Check again.",
  "post.reminders": "Worth remembering",
  "post.summary": { one: "{count} thing to look at", other: "{count} things to look at" },
});

const PURPOSES = ["", "school", "personal", "promotional", "other"];

class PostCheck extends ClearpostElement {
  #author = null;

  render() {
    const changed = () => this.#changed();
    const control = (tag, attributes = {}) => h(tag, { oninput: changed, ...attributes });
    this.account = field(t("post.account"), control("input", { type: "url", inputmode: "url", value: this.getAttribute("account-url") }),
      { hint: t("post.account_hint"), required: true });
    this.personal = control("input", { type: "checkbox" });
    this.authoring = new Combobox({
      label: t("post.author"), hint: t("post.author_hint"), fail: (error) => this.fail(error),
      search: (text, signal) => findPeople(this.api, { query: text, kind: "employee" }, signal),
      choose: (person) => this.#writtenBy({ id: person.id, person }), enter: (text) => this.#writtenBy(written(text)),
    });
    this.text = field(t("post.text"), control("textarea", { maxlength: "65536" }));
    this.purpose = field(t("post.purpose"), control("select"), { required: true });
    this.purpose.control.append(...PURPOSES.map((value) => h("option", { value }, t(`purpose.${value}`))));
    this.purpose.control.value = this.getAttribute("purpose") ?? "";
    this.publishing = field(t("post.publish_at"), control("input", { type: "datetime-local" }), { hint: t("post.publish_hint") });
    this.media = new MediaList({ changed });
    this.students = new PeopleList({ widget: this, label: t("post.students"), hint: t("post.students_hint"), kind: "student", changed, named: true });
    this.employees = new PeopleList({ widget: this, label: t("post.employees"), hint: "", kind: "employee", changed });
    this.nobody = control("input", { type: "checkbox" });
    this.logo = control("input", { type: "checkbox" });
    this.speaks = control("input", { type: "checkbox" });
    this.email = field(t("post.email"), control("input", { type: "email", maxlength: "320" }));
    this.result = h("div", { class: "result", tabindex: "-1" });
    this.places = new Map();
    if (this.hasAttribute("author-id")) this.#author = { id: this.getAttribute("author-id") };
    return [h("h2", {}, t("post.title")), h("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); this.check(); } },
      this.#place("/account", this.account.node, this.#choice(this.personal, "post.personal")),
      this.#place("/author", this.authoring.node), this.#place("/text", this.text.node),
      this.#place("/purpose", this.purpose.node), this.#place("/publish_at", this.publishing.node), this.media.node,
      h("fieldset", {}, h("legend", {}, t("post.pictured")), this.students.node, this.employees.node,
        this.#place("/pictured", this.#choice(this.nobody, "post.nobody"))),
      this.#place("/uses_logo", this.#choice(this.logo, "post.logo")),
      this.#place("/speaks_for_district", this.#choice(this.speaks, "post.speaks")),
      this.#place("/contact_email", this.email.node),
      h("button", { type: "submit" }, t("post.check"))), this.result];
  }

  /** Ask about the post as it stands. */
  async check() {
    this.#clear();
    const asked = { account: this.account, purpose: this.purpose };
    const missing = Object.values(asked).filter((one) => !one.control.value.trim());
    if (missing.length) return this.#missing(missing);
    await this.media.ready();
    const answer = await this.asking((signal, onWait) => this.api.post("v1/checks/post", this.#question(), { signal, onWait }));
    if (answer) this.#show(answer.json);
  }

  fail(problem) {
    super.fail(problem);
    for (const fault of problem.fields ?? []) this.#put(fault.at ?? "", h("p", { class: "fault" }, fault.message));
  }

  #choice(control, key) {
    return h("label", { class: "choice" }, control, t(key));
  }

  // Room beside a field for what is found about it; `at` is where a check points.
  #place(at, ...nodes) {
    const room = h("ul", { class: "said" });
    this.places.set(at, { room, control: nodes[0].querySelector("input, textarea, select") });
    return h("div", { class: "place" }, nodes, room);
  }

  #writtenBy(author) {
    this.#author = author;
    this.authoring.note.textContent = called(author);
    this.#changed();
  }

  #question() {
    const pictured = { students: this.students.question, employees: this.employees.question, nobody_identifiable: this.nobody.checked };
    const declared = pictured.students.length || pictured.employees.length || pictured.nobody_identifiable;
    const url = this.account.control.value.trim();
    const time = this.publishing.control.value;
    return {
      account: { url, ...(this.personal.checked ? { personal: true, platform: new URL(url, "https://x.invalid").hostname } : {}) },
      ...(this.#author ? { author: this.#author.id ? { id: this.#author.id } : { name: this.#author.name } } : {}),
      ...(time ? { publish_at: new Date(time).toISOString() } : {}),
      ...(this.email.control.value.trim() ? { contact_email: this.email.control.value.trim() } : {}),
      ...(declared ? { pictured } : {}),
      purpose: this.purpose.control.value, text: this.text.control.value, media: this.media.question,
      uses_logo: this.logo.checked, speaks_for_district: this.speaks.checked,
    };
  }

  #changed() {
    this.cancel();
    if (this.result.childElementCount === 0) return;
    this.#clear();
    this.result.replaceChildren(h("p", { class: "verdict pending" }, outcome("pending"), " ", t("post.changed")));
    this.emit("clearpost-changed", null);
  }

  #clear() {
    this.alert.replaceChildren();
    this.result.replaceChildren();
    this.students.show(() => []);
    this.employees.show(() => []);
    this.media.show(() => []);
    for (const { room, control } of this.places.values()) {
      room.replaceChildren();
      control?.removeAttribute("aria-invalid");
    }
  }

  #missing(fields) {
    for (const one of fields) {
      one.control.setAttribute("aria-invalid", "true");
      one.note.textContent = t("common.needed");
    }
    fields[0].control.focus();
  }

  #show(decision) {
    const left = decision.findings.filter((one) => !this.#beside(one, decision));
    const count = decision.findings.filter((one) => one.outcome !== "allow").length;
    const text = () => [`${t(`outcome.${decision.outcome}`)}`, ...decision.findings.map((one) => `${t(`outcome.${one.outcome}`)}: ${one.message}${one.remedy ? ` ${one.remedy}` : ""}`),
      t("common.decided", { when: decision.decided_at, id: decision.id })].join("\n");
    this.result.replaceChildren(h("section", { class: `verdict ${decision.outcome}` }, outcome(decision.outcome), " ",
      count > 0 && t("post.summary", { count }), h("ul", {}, left.map(finding)),
      decision.reminders.length > 0 && h("details", {}, h("summary", {}, t("post.reminders")), h("ul", {}, decision.reminders.map((one) => h("li", {}, one.message)))),
      receipt(decision, text)));
    this.result.focus();
    this.say(`${t(`outcome.${decision.outcome}`)}. ${count > 0 ? t("post.summary", { count }) : ""}`);
    this.emit("clearpost-result", decision);
  }

  // Whether the finding has a place beside a field; then it is put there.
  #beside(one, decision) {
    const [, part, kind] = one.at.match(/^\/(pictured\/(students|employees)|media)\/\d+/) ?? [];
    if (part) {
      const list = part === "media" ? this.media : this[kind];
      list.show((at) => decision.findings.filter((other) => new RegExp(`^/${part}/${at}(/|$)`).test(other.at)).map(finding));
      return true;
    }
    return this.#put(one.at, finding(one), one.outcome !== "allow");
  }

  #put(at, node, invalid = true) {
    const known = [...this.places.keys()].find((place) => at === place || at.startsWith(`${place}/`));
    if (!known) return false;
    const { room, control } = this.places.get(known);
    room.append(node);
    if (invalid) control?.setAttribute("aria-invalid", "true");
    return true;
  }
}

define("clearpost-post-check", PostCheck);
