// What a permission is used for: asked only where the permission on file is limited to something.

import { field, h } from "./base.js";
import { t } from "./strings.js";

export class UseField {
  /** `kind` is `logo` or `spokesperson`; `changed()` is called when it is another use. */
  constructor({ kind, changed }) {
    const input = h("input", { maxlength: "200", oninput: changed, autocomplete: "off" });
    Object.assign(this, { kind, ...field(t(`use.${kind}`), input, { hint: t("use.hint") }) });
    this.node.hidden = true;
  }

  /** What it is used for, as a check takes it; empty where nobody asked. */
  get value() {
    return this.node.hidden ? "" : this.control.value.trim();
  }

  /** Ask for it where a finding says that the permission is limited. */
  show(findings) {
    const limited = ["use_unknown", "outside_limit"].map((what) => `${this.kind}.${what}`);
    if (findings.some((one) => limited.includes(one.code))) this.node.hidden = false;
  }

  /** Ask no more: it is not used, or by somebody else. */
  hide() {
    this.node.hidden = true;
    this.control.value = "";
  }
}
