// <clearpost-photo-check>: may these students, or who of a class may, be pictured?
// Attributes beside the base's: `class-id` (start with this class), `channel`, `media`, `extent`.

import {
  ClearpostElement,
  brief,
  define,
  field,
  finding,
  h,
  message,
  name,
  outcome,
  receipt,
  remedy,
  removeButton,
  uid,
  verdictWords,
} from "./base.js";
import { Combobox } from "./combobox.js";
import { asked, called, findPeople, who, written } from "./people-list.js";
import { t } from "./strings.js";

const CHANNELS = ["social", "website", "yearbook", "newspaper", "press"];
const MEDIA = ["photo", "video"];
const PROPOSED = 20;
// The worst first.
const OUTCOMES = ["deny", "review", "allow"];

// What tells a class from others of its title.
function describeClass({ school, teachers = [], students }) {
  const size = students === undefined ? "" : t("photo.size", { count: students });
  return [school, teachers.join(", "), size].filter(Boolean).join(" · ");
}

// What is answered about one student, in words; what is in doubt lacks a fact.
function studentWords(one) {
  return t(one?.outcome === "review" ? "outcome.fact" : `outcome.${one?.outcome ?? "pending"}`);
}

class PhotoCheck extends ClearpostElement {
  #students = [];
  #classId = null;
  #class = null;

  render() {
    const mode = uid("mode");
    const choice = (value, checked) =>
      h(
        "label",
        { class: "choice" },
        h("input", {
          type: "radio",
          name: mode,
          value,
          checked,
          onchange: () => this.#mode(value),
        }),
        t(`photo.${value}`),
      );
    this.adding = new Combobox({
      label: t("photo.add"),
      hint: t("photo.add_hint"),
      fail: (error) => this.fail(error),
      search: (text, signal) => findPeople(this.api, { query: text, kind: "student" }, signal),
      choose: (person) => this.#add({ id: person.id, person }),
      enter: (text) => this.#add(written(text)),
    });
    this.picking = new Combobox({
      label: t("photo.pick_class"),
      hint: t("photo.pick_hint"),
      least: 1,
      fail: (error) => this.fail(error),
      search: (text, signal) => this.#classes(text, signal),
      choose: (one) => this.#pick(one),
      typed: () => this.#noClass(),
    });
    // A page of before may still name `video` as the channel.
    const media = this.getAttribute("channel") === "video" ? "video" : this.getAttribute("media");
    this.channel = this.#choice("channel", CHANNELS, this.getAttribute("channel"));
    this.media = this.#choice("media", MEDIA, media);
    this.named = h("input", { type: "checkbox", onchange: () => this.check() });
    this.named.checked = this.getAttribute("extent") === "image_with_name";
    this.picked = h("p", { class: "picked", hidden: true });
    this.list = h("ul", { class: "students" });
    this.result = h("div", { class: "result" });
    this.picking.node.hidden = true;
    return [
      h("h2", {}, t("photo.title")),
      h(
        "fieldset",
        {},
        h("legend", {}, t("photo.who")),
        choice("students", true),
        choice("class", false),
      ),
      this.adding.node,
      this.picking.node,
      this.picked,
      h(
        "div",
        { class: "row" },
        field(t("photo.media"), this.media).node,
        field(t("photo.channel"), this.channel).node,
        h("label", { class: "choice" }, this.named, t("photo.named")),
      ),
      this.list,
      this.result,
    ];
  }

  connected() {
    if (this.hasAttribute("class-id")) {
      this.shadowRoot.querySelector("input[value=class]").checked = true;
      this.#mode("class");
      this.#begin(this.getAttribute("class-id"));
    }
  }

  /** Ask about everybody listed, or the class; also when a choice beside them changes. */
  async check() {
    const about = this.#classId
      ? { class_id: this.#classId }
      : { students: this.#students.map(asked) };
    if (!this.#classId && this.#students.length === 0) return this.#nothing();
    const question = {
      ...about,
      channel: this.channel.value,
      media: this.media.value,
      extent: this.named.checked ? "image_with_name" : "image",
    };
    this.#pending();
    const answer = await this.asking((signal, onWait) =>
      this.api.post("v1/checks/photo-consent", question, { signal, onWait }),
    );
    if (!answer) return;
    const decision = answer.json;
    this.#classId ? this.#showClass(decision) : this.#showStudents(decision);
    this.emit("clearpost-result", decision);
  }

  fail(problem) {
    super.fail(problem);
    if (!this.#classId && this.#students.length === 0) return;
    const again = () => {
      this.#input.focus();
      this.check();
    };
    this.alert.append(
      h(
        "p",
        {},
        h("button", { type: "button", class: "quiet", onclick: again }, t("common.again")),
      ),
    );
  }

  // A list to choose from, with `chosen` to begin with where it is one of them.
  #choice(kind, values, chosen) {
    const list = h(
      "select",
      { onchange: () => this.check() },
      values.map((value) => h("option", { value }, t(`${kind}.${value}`))),
    );
    list.value = values.includes(chosen) ? chosen : values[0];
    return list;
  }

  get #input() {
    return (this.adding.node.hidden ? this.picking : this.adding).input;
  }

  #mode(value) {
    this.cancel();
    const byClass = value === "class";
    this.adding.node.hidden = byClass;
    this.picking.node.hidden = !byClass;
    this.#students = [];
    this.#noClass();
  }

  #nothing() {
    this.cancel();
    this.alert.replaceChildren();
    this.list.replaceChildren();
    this.result.replaceChildren();
    this.say("");
  }

  // What was answered before says nothing about what is asked now.
  #pending() {
    this.result.replaceChildren();
    if (!this.#classId) this.#list({ findings: [] });
  }

  async #classes(text, signal) {
    const query = new URLSearchParams({ title: text, limit: PROPOSED });
    const { json } = await this.api.get(`v1/classes?${query}`, { signal });
    const items = json.items.map((one) => ({
      label: one.title,
      detail: describeClass(one),
      value: one,
      exact: one.match === "exact",
    }));
    return { items, more: json.next_cursor !== null };
  }

  #add(student) {
    const same = (one) => (student.id ? one.id === student.id : one.name === student.name);
    if (!this.#students.some(same)) this.#students.push(student);
    this.check();
  }

  #replace(at, person) {
    this.#students.splice(at, 1, { id: person.id, person });
    this.check();
    this.adding.input.focus();
  }

  #remove(at) {
    this.#students.splice(at, 1);
    this.check();
    this.adding.input.focus();
  }

  #pick(one) {
    this.#classId = one.id;
    this.#class = one;
    this.#showPicked();
    this.check();
  }

  // A page names a class by its id; which one it is has to be in sight all the same.
  async #begin(id) {
    this.#pick({ id, title: id });
    const { json } = await this.api
      .get(`v1/classes?${new URLSearchParams({ id })}`)
      .catch(() => ({ json: { items: [] } }));
    if (this.#classId !== id || json.items.length === 0) return;
    [this.#class] = json.items;
    this.#showPicked();
  }

  // Classes are called alike: school, teacher and size tell which one the answer is about.
  #showPicked() {
    const one = this.#class;
    this.picked.hidden = !one;
    this.picked.replaceChildren(
      ...(one
        ? [
            t("photo.picked"),
            " ",
            h("strong", {}, name(one.title)),
            " ",
            h("span", { class: "note" }, describeClass(one)),
          ]
        : []),
    );
  }

  // Whoever types looks for another class: the answer about the last one is of no use.
  #noClass() {
    this.#classId = null;
    this.#class = null;
    this.#showPicked();
    this.#nothing();
  }

  #list(decision) {
    this.list.replaceChildren(
      ...this.#students.map((student, at) => this.#student(student, at, this.#found(decision, at))),
    );
  }

  #student(student, at, one) {
    const label = called(student);
    const choices = h("span", { class: "which" });
    if (one?.code === "student.ambiguous") this.#which(student, at, choices);
    return h(
      "li",
      { class: `finding ${one?.outcome ?? "pending"}` },
      h(
        "div",
        { class: "line" },
        h(
          "span",
          {},
          outcome(one?.outcome ?? "pending", studentWords(one)),
          " ",
          who(this.api, student),
        ),
        removeButton(t("people.remove", { name: brief(label) }), () => this.#remove(at)),
      ),
      one && h("p", {}, message(one)),
      remedy(one),
      choices,
    );
  }

  // Namesakes: whoever asks says which, by school and grade.
  async #which(student, at, place) {
    const { items } = await findPeople(this.api, { query: student.name, kind: "student" }).catch(
      () => ({ items: [] }),
    );
    const namesakes = items.filter((item) => item.value.match === "exact");
    const button = (item) =>
      h(
        "button",
        { type: "button", class: "quiet", onclick: () => this.#replace(at, item.value) },
        name(item.label),
        " ",
        item.detail,
      );
    if (namesakes.length)
      place.replaceChildren(
        h("p", {}, t("photo.which", { name: brief(student.name) })),
        ...namesakes.map(button),
      );
  }

  #showStudents(decision) {
    this.#list(decision);
    const general = decision.findings.filter((one) => !one.at.startsWith("/students/"));
    const lines = () =>
      this.#students.map((student, at) => {
        const own = this.#found(decision, at);
        return `${called(student)}: ${studentWords(own)}. ${own?.message ?? ""}`;
      });
    const title = `${t("photo.count", { count: this.#students.length })}: ${this.#tally(decision)}`;
    this.#verdict(decision, title, h("ul", {}, general.map(finding)), lines);
  }

  // How many of them are what: the outcome of all says it of one at least.
  #tally(decision) {
    const outcomes = this.#students.map((_, at) => this.#found(decision, at)?.outcome);
    const counts = OUTCOMES.map((kind) => [kind, outcomes.filter((one) => one === kind).length]);
    return counts
      .filter(([, count]) => count > 0)
      .map(([kind, count]) => t(`photo.tally.${kind}`, { count }))
      .join(", ");
  }

  #found(decision, at) {
    return decision.findings.find((one) => one.at === `/students/${at}`);
  }

  #showClass(decision) {
    this.list.replaceChildren();
    const left = decision.not_pictured ?? [];
    const student = (one) =>
      h(
        "li",
        { class: `finding ${one.outcome}` },
        outcome(one.outcome, studentWords(one)),
        " ",
        name(one.name || t("photo.by_id", { id: one.id })),
      );
    const body = [
      h("ul", {}, decision.findings.map(finding)),
      left.length > 0 && h("h3", {}, t("photo.not_pictured", { count: left.length })),
      left.length > 0 &&
        h(
          "ul",
          {
            class: "long",
            tabindex: "0",
            "aria-label": t("photo.not_pictured", { count: left.length }),
          },
          left.map(student),
        ),
    ];
    this.#verdict(decision, this.#describeResult(), body, () =>
      left.map((one) => `${one.name}: ${studentWords(one)}`),
    );
  }

  #describeResult() {
    return h(
      "span",
      {},
      name(this.#class.title),
      " ",
      h("span", { class: "note" }, describeClass(this.#class)),
    );
  }

  #verdict(decision, title, body, lines) {
    const about = title.textContent ?? title;
    const text = () =>
      [
        `${verdictWords(decision)}: ${about}`,
        ...lines(),
        t("common.decided", { when: decision.decided_at, id: decision.id }),
      ].join("\n");
    this.result.replaceChildren(
      h(
        "section",
        { class: `verdict ${decision.outcome}` },
        outcome(decision.outcome, verdictWords(decision)),
        " ",
        title,
        body,
        receipt(decision, text),
      ),
    );
    this.tell(`${verdictWords(decision)}: ${about}`);
  }
}

define("clearpost-photo-check", PhotoCheck);
