// The places of a form: room beside each field for what is found about it, found by where a check,
// or a problem, points (`at`, a JSON Pointer).

import { h } from "./base.js";
import { t } from "./strings.js";

/** A checkbox with its words. */
export function choice(control, text) {
  return h("label", { class: "choice" }, control, text);
}

export class Places {
  #places = new Map();

  /** `nodes` with room below them for what is found about `at`. */
  at(at, ...nodes) {
    const room = h("ul", { class: "said" });
    this.#places.set(at, { room, control: nodes[0].querySelector("input, textarea, select") });
    return h("div", { class: "place" }, nodes, room);
  }

  /** Put `item` beside the field of `at`; false where there is none. */
  put(at, item, { invalid = true } = {}) {
    const known = [...this.#places.keys()].find(
      (place) => at === place || at.startsWith(`${place}/`),
    );
    if (!known) return false;
    const { room, control } = this.#places.get(known);
    room.append(item);
    if (invalid) control?.setAttribute("aria-invalid", "true");
    return true;
  }

  /** Put a finding, as `node`, beside what caused it; false where it has no place. */
  find(one, node) {
    return this.put(one.at, node, { invalid: one.outcome !== "allow" });
  }

  /** Put the faults of a problem beside their fields. */
  faults(problem) {
    for (const fault of problem.fields ?? []) {
      this.put(fault.at ?? "", h("li", { class: "fault" }, fault.message));
    }
  }

  /** Say of these fields that they are needed, and go to the first. */
  need(fields) {
    for (const { control, note } of fields) {
      control.setAttribute("aria-invalid", "true");
      note.textContent = t("common.needed");
    }
    fields[0].control.focus();
  }

  /** Take back all that was said. `fields` get their hints again. */
  clear(fields = []) {
    for (const { room, control } of this.#places.values()) {
      room.replaceChildren();
      control?.removeAttribute("aria-invalid");
    }
    for (const { control, note, hint } of fields) {
      control.removeAttribute("aria-invalid");
      note.textContent = hint;
    }
  }
}
