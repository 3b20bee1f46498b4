// The files of a post: each is hashed here, in the browser, and never leaves it.

import { brief, field, h, name, removeButton, uid } from "./base.js";
import { t } from "./strings.js";

const MAX_BYTES = 512 * 1024 * 1024;
const RIGHTS = ["unknown", "own", "released", "licensed"];
const LONGEST_ALT = "2000";
// Preset is nothing: whoever posts has to have looked.
const PREMISES = ["", "none", "public", "non_public", "floor_plan"];

/** The kind of media that a check knows, from a file's type. */
export function kindOf(type) {
  if (type.startsWith("video/")) return "video";
  if (type.startsWith("audio/")) return "audio";
  if (type === "image/jpeg" || type === "image/heic" || type === "image/webp") return "photo";
  return type.startsWith("image/") ? "image" : "document";
}

async function sha256(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The files; `changed()` is called when there are others, or one is described otherwise. */
export class MediaList {
  #files = [];

  constructor({ changed }) {
    this.changed = changed;
    this.input = h("input", {
      type: "file",
      multiple: true,
      onchange: () => this.#take([...this.input.files]),
    });
    this.list = h("ul", { class: "media" });
    this.node = h(
      "div",
      {},
      field(t("media.add"), this.input, { hint: t("media.hint") }).node,
      this.list,
    );
  }

  /** The media as a check takes them. */
  get question() {
    return this.#files.map(({ kind, rights, premises, hash, alt }) => ({
      kind,
      rights: rights.value,
      ...(premises ? { premises: premises.control.value } : {}),
      ...(hash ? { sha256: hash } : {}),
      ...(alt?.control.value.trim() ? { alt_text: alt.control.value.trim() } : {}),
    }));
  }

  /** The fields that have to be filled in, for every file. */
  get required() {
    return this.#files.map((one) => one.premises).filter(Boolean);
  }

  /** Resolves when every fingerprint is taken. */
  ready() {
    return Promise.all(this.#files.map((one) => one.hashing));
  }

  show(nodes) {
    this.#files.forEach((one, at) => one.said.replaceChildren(...nodes(at)));
  }

  #take(files) {
    this.input.value = "";
    files.forEach((file) => this.#files.push(this.#file(file)));
    this.#draw();
  }

  #file(file) {
    const choose = (values, text) =>
      h(
        "select",
        { onchange: () => this.changed() },
        values.map((value) => h("option", { value }, text(value))),
      );
    const kind = kindOf(file.type);
    // What is only heard shows no premises.
    const premises =
      kind === "audio"
        ? null
        : field(
            t("media.premises"),
            choose(PREMISES, (value) => t(`premises.${value}`)),
            { required: true },
          );
    const words = () =>
      h("textarea", {
        class: "short",
        rows: "2",
        maxlength: LONGEST_ALT,
        oninput: () => this.changed(),
      });
    const alt =
      kind === "photo" || kind === "image"
        ? field(t("media.alt"), words(), { hint: t("media.alt_hint") })
        : null;
    const one = {
      kind,
      alt,
      hash: null,
      rights: choose(RIGHTS, (value) => t(`rights.${value}`)),
      premises,
      note: h("p", { class: "note", role: "status" }, t("media.hashing")),
      said: h("ul", { class: "said" }),
      title: uid("file"),
    };
    one.node = h(
      "li",
      { class: "person" },
      h(
        "div",
        { role: "group", "aria-labelledby": one.title },
        h(
          "div",
          { class: "line" },
          h("strong", { id: one.title }, name(file.name)),
          removeButton(t("media.remove", { name: brief(file.name) }), () => this.#remove(one)),
        ),
        h("div", { class: "row" }, field(t("media.rights"), one.rights).node, premises?.node),
        alt?.node,
        one.note,
        one.said,
      ),
    );
    one.hashing = this.#hash(file, one);
    return one;
  }

  async #hash(file, one) {
    if (!globalThis.crypto?.subtle) one.note.textContent = t("media.no_hash");
    else if (file.size > MAX_BYTES) one.note.textContent = t("media.too_large");
    else {
      one.hash = await sha256(file).catch(() => null);
      one.note.textContent = one.hash ? "" : t("media.no_hash");
    }
  }

  #remove(one) {
    this.#files.splice(this.#files.indexOf(one), 1);
    this.#draw();
    this.input.focus();
  }

  #draw() {
    this.list.replaceChildren(...this.#files.map((one) => one.node));
    this.changed();
  }
}
