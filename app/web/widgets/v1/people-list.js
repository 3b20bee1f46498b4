// People of a post, taken one by one: a field that proposes, and a list with room for what is found.

import { pause } from "./api.js";
import { brief, h, name, removeButton } from "./base.js";
import { Combobox } from "./combobox.js";
import { t } from "./strings.js";

const PROPOSED = 20;
const MOST_IDS = 200;
const GATHER_SECONDS = 0.02;

// Who was proposed, by id: records hold ids, and people read names.
const known = new Map();
const waiting = new WeakMap();

/** What tells namesakes apart. */
export function told(person) {
  const also = person.matched_name && t("people.also", { name: brief(person.matched_name) });
  const parts = [person.school, person.grade && t("people.grade", { grade: person.grade }), also];
  return parts.filter(Boolean).join(", ");
}

/** People found by part of a name, as a combobox takes them. */
export async function findPeople(api, question, signal) {
  if (!/[\p{L}\p{N}]/u.test(question.query)) return { items: [], more: false };
  const { json } = await api.post("v1/people/search", { limit: PROPOSED, ...question }, { signal });
  json.items.forEach((person) => known.set(person.id, person));
  const items = json.items.map((person) => ({
    label: person.name,
    detail: told(person),
    value: person,
  }));
  return { items, more: json.next_cursor !== null };
}

/** Learn who the people of these ids are, as far as this page may know them: one question for many. */
export async function meet(api, ids) {
  const strangers = ids.filter((id) => id && !known.has(id));
  if (strangers.length === 0) return;
  if (!waiting.has(api))
    waiting.set(api, { ids: new Set(), met: pause(GATHER_SECONDS).then(() => introduced(api)) });
  const { ids: all, met } = waiting.get(api);
  strangers.slice(0, MOST_IDS - all.size).forEach((id) => all.add(id));
  await met;
}

async function introduced(api) {
  const ids = [...waiting.get(api).ids];
  waiting.delete(api);
  // Without an answer they go by their ids.
  const answer = await api.post("v1/people/search", { ids }).catch(() => null);
  if (!answer) return;
  ids.forEach((id) => known.set(id, null));
  answer.json.items.forEach((person) => known.set(person.id, person));
}

/** A node that says who somebody on a list is; of an id as soon as it is known whose it is. */
export function who(api, one) {
  const parts = () => [
    name(called(one)),
    " ",
    one.person ? h("span", { class: "note" }, told(one.person)) : "",
  ];
  const node = h("span", {}, parts());
  if (one.id && !one.person) {
    meet(api, [one.id]).then(() => {
      one.person = known.get(one.id);
      if (one.person) node.replaceChildren(...parts());
    });
  }
  return node;
}

/** An id has a digit in it and no blank; names have neither. */
export function written(text) {
  return /^\S*\d\S*$/.test(text) ? { id: text } : { name: text };
}

/** Somebody by id, with the name where it was seen before. */
export function byId(id) {
  return { id, person: known.get(id) };
}

/** How somebody on a list is called. */
export function called(one) {
  return one.person?.name ?? one.name ?? one.id;
}

/** How somebody on a list is asked about. */
export function asked(one) {
  return one.id ? { id: one.id } : { name: one.name };
}

/** Several people of one `kind`; `changed()` is called when the list is another. */
export class PeopleList {
  #people = [];

  constructor({ widget, label, hint, kind, changed, named = false }) {
    Object.assign(this, { api: widget.api, changed, named });
    this.adding = new Combobox({
      label,
      hint,
      fail: (error) => widget.fail(error),
      search: (text, signal) => findPeople(widget.api, { query: text, kind }, signal),
      choose: (person) => this.add({ id: person.id, person }),
      enter: (text) => this.add(written(text)),
    });
    this.list = h("ul", { class: "people" });
    this.node = h("div", {}, this.adding.node, this.list);
  }

  get people() {
    return this.#people;
  }

  /** The people as a check takes them. */
  get question() {
    return this.#people.map((one) =>
      this.named ? { ...asked(one), named: one.named ?? false } : asked(one),
    );
  }

  add(person) {
    const same = (one) => (person.id ? one.id === person.id : one.name === person.name);
    if (this.#people.some(same)) return;
    this.#people.push(person);
    this.#draw();
    this.changed();
  }

  /** Start with the people of these ids. */
  start(ids) {
    this.#people = ids.map(byId);
    this.#draw();
  }

  /** Show `nodes(at)` beside each person. */
  show(nodes) {
    [...this.list.children].forEach((item, at) =>
      item.querySelector(".said").replaceChildren(...nodes(at)),
    );
  }

  #remove(at) {
    this.#people.splice(at, 1);
    this.#draw();
    this.changed();
    this.adding.input.focus();
  }

  #draw() {
    this.list.replaceChildren(...this.#people.map((one, at) => this.#item(one, at)));
  }

  #item(one, at) {
    const label = called(one);
    const naming = h("input", {
      type: "checkbox",
      onchange: (event) => {
        one.named = event.target.checked;
        this.changed();
      },
    });
    naming.checked = one.named ?? false;
    return h(
      "li",
      { class: "person" },
      h(
        "div",
        { class: "line" },
        who(this.api, one),
        this.named && h("label", { class: "choice" }, naming, t("people.named")),
        removeButton(t("people.remove", { name: brief(label) }), () => this.#remove(at)),
      ),
      h("ul", { class: "said" }),
    );
  }
}
