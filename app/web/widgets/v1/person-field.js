// One person, such as who posts: a field that proposes, and who was taken.

import { brief, h, removeButton } from "./base.js";
import { Combobox } from "./combobox.js";
import { asked, byId, called, findPeople, who, written } from "./people-list.js";
import { t } from "./strings.js";

export class PersonField {
  #person = null;

  /** `changed()` is called when it is another person; `id` is whom to start with. */
  constructor({ widget, label, hint, changed, id = null, required = false }) {
    Object.assign(this, { api: widget.api, changed });
    this.adding = new Combobox({
      label,
      hint,
      required,
      fail: (error) => widget.fail(error),
      search: (text, signal) => findPeople(widget.api, { query: text, kind: "employee" }, signal),
      choose: (person) => this.#take({ id: person.id, person }),
      enter: (text) => this.#take(written(text)),
    });
    this.taken = h("div", { class: "taken" });
    this.node = h("div", {}, this.adding.node, this.taken);
    this.show(id);
  }

  /** The person as a check takes it. */
  get question() {
    return this.#person ? { author: asked(this.#person) } : {};
  }

  /** Start with the person of this id, or with nobody. */
  show(id) {
    this.#person = id ? byId(id) : null;
    this.#draw();
  }

  #take(person) {
    this.#person = person;
    this.#draw();
    this.changed();
  }

  #draw() {
    const one = this.#person;
    if (!one) return this.taken.replaceChildren();
    const away = () => {
      this.#take(null);
      this.adding.input.focus();
    };
    this.taken.replaceChildren(
      h(
        "div",
        { class: "line" },
        who(this.api, one),
        removeButton(t("people.remove", { name: brief(called(one)) }), away),
      ),
    );
  }
}
