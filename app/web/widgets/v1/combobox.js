// A field that proposes while one types (the ARIA pattern "editable combobox with list autocomplete").

import { Problem } from "./api.js";
import { brief, field, h, name, uid } from "./base.js";
import { t } from "./strings.js";

// An answer has to be there 150 ms after the last letter.
const PAUSE_MS = 50;

/**
 * `search(text, signal)` gives `{ items: [{ label, detail, value }], more }`; `choose(value, item)` is
 * called with what was taken, `enter(text)` with text that was confirmed without taking anything;
 * text that is left standing is confirmed as if by Enter. Without `enter` there is nothing but what is
 * proposed: Enter takes it where it is the only one, or the only one with `exact`, also where it
 * is pressed before the list is there. `fail(error)` hears what went wrong,
 * `typed()` that there is another text. It is asked for from `least` letters on.
 */
export class Combobox {
  #timer = 0;
  #running = null;
  #items = [];
  #active = -1;
  #more = false;
  // Whether the list is that of the text; whether Enter was pressed before it was.
  #current = false;
  #hurried = false;

  constructor({ label, hint, search, choose, enter, fail, typed, least = 2, required = false }) {
    Object.assign(this, { search, choose, enter, fail, typed, least });
    this.list = h("ul", {
      class: "options",
      role: "listbox",
      id: uid("options"),
      hidden: true,
      "aria-label": label,
    });
    this.input = h("input", {
      type: "text",
      role: "combobox",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
      oninput: () => this.#soon(),
      onkeydown: (event) => this.#key(event),
      onblur: () => this.#leave(),
      onpaste: (event) => this.#paste(event),
      maxlength: "200",
    });
    this.told = h("div", { class: "hidden", role: "status" });
    const made = field(label, this.input, { hint, required });
    this.node = h("div", { class: "combobox" }, made.node, this.list, this.told);
    this.note = made.note;
    this.hint = made.hint;
  }

  close() {
    clearTimeout(this.#timer);
    this.#running?.abort();
    this.#items = [];
    this.#active = -1;
    this.#current = this.#hurried = false;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  clear() {
    this.input.value = "";
    this.told.textContent = "";
    this.note.textContent = this.hint;
    this.close();
  }

  #soon() {
    this.typed?.();
    this.#hurried = false;
    this.#current = false;
    clearTimeout(this.#timer);
    this.#running?.abort();
    const text = this.input.value.trim();
    if ([...text].length < this.least) this.close();
    else this.#timer = setTimeout(() => this.#ask(text), PAUSE_MS);
  }

  async #ask(text) {
    const own = new AbortController();
    this.#running = own;
    try {
      const { items, more } = await this.search(text, own.signal);
      if (!own.signal.aborted) this.#show(items, more);
    } catch (error) {
      if (own.signal.aborted) return;
      this.close();
      this.fail(
        error instanceof Problem ? error : new Problem("unknown", { reference: error.name }),
      );
    }
  }

  #show(items, more) {
    this.#items = items;
    this.#more = more;
    this.#current = true;
    this.#active = -1;
    this.input.removeAttribute("aria-activedescendant");
    const options = items.map((item, at) =>
      h(
        "li",
        {
          class: "option",
          role: "option",
          id: uid("option"),
          "aria-selected": "false",
          onpointerdown: (event) => {
            event.preventDefault();
            this.#take(at);
          },
        },
        name(item.label),
        item.detail && h("span", { class: "note" }, " ", item.detail),
      ),
    );
    this.list.replaceChildren(...options);
    this.list.hidden = items.length === 0;
    this.input.setAttribute("aria-expanded", String(items.length > 0));
    const count = items.length;
    const told = count ? "combobox.found" : "combobox.none";
    this.told.textContent = t(more ? "combobox.more" : told, {
      count,
      text: brief(this.input.value.trim()),
    });
    this.note.textContent = more || !count ? this.told.textContent : this.hint;
    if (this.#hurried) this.#takeOnly();
  }

  #key(event) {
    const last = this.#items.length - 1;
    if (event.key === "ArrowDown" && last >= 0)
      this.#move(this.#active >= last ? 0 : this.#active + 1);
    else if (event.key === "ArrowUp" && last >= 0)
      this.#move(this.#active <= 0 ? last : this.#active - 1);
    else if (event.key === "Escape" && last >= 0) this.close();
    else if (event.key === "Enter") this.#enter();
    else return;
    event.preventDefault();
  }

  #move(to) {
    this.#active = to;
    [...this.list.children].forEach((option, at) =>
      option.setAttribute("aria-selected", String(at === to)),
    );
    const option = this.list.children[to];
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  #enter() {
    if (this.#active >= 0) this.#take(this.#active);
    else if (!this.enter) this.#takeOnly();
    else if (this.input.value.trim()) this.#confirm(this.input.value.trim());
  }

  // What is meant has to be plain: of several that are called alike none is taken.
  #takeOnly() {
    this.#hurried = !this.#current && this.input.value.trim() !== "";
    const exact = this.#items.filter((item) => item.exact);
    const only =
      this.#items.length === 1 && !this.#more ? this.#items[0] : exact.length === 1 && exact[0];
    if (this.#current && only) this.#take(this.#items.indexOf(only));
  }

  #take(at) {
    const item = this.#items[at];
    this.clear();
    this.choose(item.value, item);
  }

  #confirm(text) {
    if (!this.enter) return;
    this.clear();
    this.enter(text);
  }

  #leave() {
    this.close();
    if (this.input.value.trim()) this.#confirm(this.input.value.trim());
  }

  // A list pasted from a spreadsheet is one entry a line.
  #paste(event) {
    const lines = event.clipboardData
      .getData("text")
      .split(/[\r\n\t]+/)
      .map((line) => line.trim())
      .filter(Boolean);
    if (lines.length < 2 || !this.enter) return;
    event.preventDefault();
    this.clear();
    lines.forEach((line) => this.enter(line));
  }
}
