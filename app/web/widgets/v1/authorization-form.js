// <clearpost-authorization-form>: the Social Media Authorization Form, from draft to decision.
// Attributes beside the base's: `request-id` (the form to show; kept up to date), `person-id` (whose
// forms are offered). Its token acts for a person. Events: `clearpost-saved`, when it is another.

import { ClearpostElement, define, field, h } from "./base.js";
import { formStatus, yourForms } from "./form-status.js";
import { PeopleList, meet } from "./people-list.js";
import { PersonField } from "./person-field.js";
import { Places } from "./places.js";
import { t } from "./strings.js";

const PATH = "v1/authorization-requests";
const KINDS = [
  "",
  "district_general",
  "school",
  "classroom",
  "club",
  "team",
  "trip",
  "course",
  "pta",
  "foundation",
  "fundraiser",
  "other",
];
const MOST_ORGS = 2_000;
const PAGE = 200;

class AuthorizationForm extends ClearpostElement {
  #places = new Places();
  #form = null;
  #etag = null;
  #key = null;
  #dirty = false;

  static get observedAttributes() {
    return [...ClearpostElement.observedAttributes, "request-id", "person-id"];
  }

  render() {
    const changed = () => this.#changed();
    const control = (tag, attributes = {}) => h(tag, { oninput: changed, ...attributes });
    this.account = field(
      t("form.account"),
      control("input", { type: "url", inputmode: "url", maxlength: "2048" }),
      { hint: t("form.account_hint"), required: true },
    );
    this.kind = field(t("form.kind"), control("select"), { required: true });
    this.kind.control.append(...KINDS.map((value) => h("option", { value }, t(`kind.${value}`))));
    this.org = field(t("form.org"), control("select"));
    this.org.control.append(h("option", { value: "" }, t("kind.")));
    this.owner = new PersonField({
      widget: this,
      label: t("form.owner"),
      hint: t("form.owner_hint"),
      changed,
    });
    this.managers = new PeopleList({
      widget: this,
      label: t("form.managers"),
      hint: t("form.managers_hint"),
      kind: "employee",
      changed,
    });
    this.email = field(t("form.email"), control("input", { type: "email", maxlength: "320" }));
    this.purpose = field(t("form.purpose"), control("textarea", { maxlength: "5000" }), {
      hint: t("form.purpose_hint"),
    });
    this.yours = h("div", {});
    this.standing = h("div", { class: "standing", tabindex: "-1" });
    this.fields = this.#fields();
    return [h("h2", {}, t("form.title")), this.yours, this.standing, this.fields];
  }

  async connected() {
    // Whoever begins to fill it in meanwhile is not disturbed.
    if (!(await this.#orgs()) || !(await this.#offer())) return;
    if (this.hasAttribute("request-id") && !this.#dirty)
      await this.open(this.getAttribute("request-id"));
  }

  changed(attribute) {
    if (
      attribute === "request-id" &&
      this.getAttribute("request-id") !== (this.#form?.id ?? null)
    ) {
      if (this.hasAttribute("request-id")) this.open(this.getAttribute("request-id"));
      else this.#show(null);
    } else if (attribute === "person-id") this.#offer();
  }

  /** Show the form of this id as it stands. */
  async open(id) {
    const answer = await this.asking(async (signal, onWait) => {
      const found = await this.api.get(`${PATH}/${encodeURIComponent(id)}`, { signal, onWait });
      await meet(this.api, [found.json.owner_id, ...found.json.managers]);
      return found;
    }, t("badge.asking"));
    if (answer) this.#show(answer);
  }

  /** Keep what is filled in as a draft; true when it is kept. */
  async save() {
    this.#clear();
    const missing = [this.account, this.kind].filter(
      (one) => !one.control.value.trim() && !(one === this.account && this.#form),
    );
    if (missing.length) return this.#places.need(missing);
    const answer = await this.asking(
      (signal, onWait) => this.#store({ signal, onWait }),
      t("form.working"),
    );
    if (answer) this.#moved(answer, "form.saved");
    return answer !== null;
  }

  /** Hand it in, as it is filled in now. */
  async submit() {
    if ((this.#dirty || !this.#form) && !(await this.save())) return;
    await this.#move("submit", "form.submitted");
  }

  fail(problem) {
    super.fail(problem);
    this.#places.faults(problem);
  }

  #fields() {
    const at = (place, ...nodes) => this.#places.at(place, ...nodes);
    const submit = (event) => {
      event.preventDefault();
      this.submit();
    };
    this.actions = h(
      "div",
      { class: "actions" },
      h("button", { type: "submit" }, t("form.submit")),
      h("button", { type: "button", class: "quiet", onclick: () => this.save() }, t("form.save")),
    );
    return h(
      "form",
      { novalidate: true, onsubmit: submit },
      h(
        "fieldset",
        { class: "all" },
        at("/url", this.account.node),
        at("/kind", this.kind.node),
        at("/org_id", this.org.node),
        at("/purpose", this.purpose.node),
        at("/owner_id", this.owner.node),
        at("/managers", this.managers.node),
        at("/contact_email", this.email.node),
        this.actions,
      ),
    );
  }

  // The schools and offices, to choose from; of a token limited to schools, those.
  async #orgs() {
    const orgs = [];
    for (let cursor = ""; cursor !== null && orgs.length < MOST_ORGS; ) {
      const query = new URLSearchParams({ limit: PAGE, ...(cursor ? { cursor } : {}) });
      const answer = await this.api.get(`v1/orgs?${query}`).catch((problem) => this.fail(problem));
      if (!answer) return false;
      orgs.push(...answer.json.items);
      cursor = answer.json.next_cursor;
    }
    const chosen = this.org.control.value;
    this.org.control.replaceChildren(
      h("option", { value: "" }, t("kind.")),
      ...orgs.map((one) => h("option", { value: one.id }, one.name)),
    );
    this.org.control.value = chosen;
    return true;
  }

  // The forms of the person; whether they could be had.
  async #offer() {
    const requester = this.getAttribute("person-id");
    if (!requester) {
      this.yours.replaceChildren();
      return true;
    }
    const query = new URLSearchParams({ requester, limit: PAGE });
    const answer = await this.api.get(`${PATH}?${query}`).catch((problem) => this.fail(problem));
    if (!answer) return false;
    const choose = (id) => (id ? this.#choose(id) : this.#begin());
    const { open = this.#form === null } = this.yours.querySelector("details") ?? {};
    // Whoever is in the list already stays where they are.
    const parts = () => [...this.yours.querySelectorAll("summary, button")];
    const called = (one) => `${one.localName} ${one.dataset.id ?? ""}`;
    const held = parts().find((one) => one === this.shadowRoot.activeElement);
    this.yours.replaceChildren(yourForms(answer.json.items, open, choose));
    if (held)
      parts()
        .find((one) => called(one) === called(held))
        ?.focus();
    return true;
  }

  async #choose(id) {
    await this.open(id);
    if (this.#form?.id === id) this.standing.focus();
  }

  #begin() {
    this.#show(null);
    this.account.control.focus();
  }

  // One form is one record, however often the button is pressed or the connection breaks.
  #store(options) {
    const body = this.#body();
    const path = this.#form ? `${PATH}/${this.#form.id}` : PATH;
    if (this.#form)
      return this.api.put(path, body, { ...options, headers: { "If-Match": this.#etag } });
    this.#key ??= [...crypto.getRandomValues(new Uint8Array(16))]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join("");
    return this.api.post(path, body, { ...options, headers: { "Idempotency-Key": this.#key } });
  }

  async #move(move, said, body = {}) {
    const headers = { "If-Match": this.#etag };
    const path = `${PATH}/${this.#form.id}/${move}`;
    const answer = await this.asking(
      (signal, onWait) => this.api.post(path, body, { signal, onWait, headers }),
      t("form.working"),
    );
    if (answer) this.#moved(answer, said);
  }

  // What is filled in is kept first: the answer shows the form as it is saved.
  async #notify(notice) {
    if (this.#dirty && !(await this.save())) return;
    await this.#move("notice", "form.noticed", notice);
  }

  #body() {
    const url = this.account.control.value.trim();
    const text = (control) => control.value.trim() || null;
    const given = {
      org_id: this.org.control.value || null,
      owner_id: this.owner.question.author?.id ?? this.owner.question.author?.name ?? null,
      contact_email: text(this.email.control),
      purpose: text(this.purpose.control),
    };
    const named = url ? { url } : { platform: this.#form?.platform, handle: this.#form?.handle };
    return {
      ...named,
      kind: this.kind.control.value,
      managers: this.managers.question.map((one) => one.id ?? one.name),
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)),
    };
  }

  #moved(answer, said) {
    this.#show(answer);
    this.say(t(said));
    this.#offer();
    this.standing.focus();
    this.emit("clearpost-saved", answer.json);
  }

  #show(answer) {
    this.#clear();
    [this.#form, this.#etag, this.#key, this.#dirty] = [
      answer?.json ?? null,
      answer?.etag ?? null,
      null,
      false,
    ];
    const form = this.#form;
    this.account.control.value = form?.url ?? "";
    this.account.note.textContent =
      form && !form.url ? `${form.platform}: ${form.handle}` : this.account.hint;
    this.kind.control.value = form?.kind ?? "";
    this.org.control.value = form?.org_id ?? "";
    this.email.control.value = form?.contact_email ?? "";
    this.purpose.control.value = form?.purpose ?? "";
    this.owner.show(form?.owner_id);
    this.managers.start(form?.managers ?? []);
    this.#standing();
    if (form) this.setAttribute("request-id", form.id);
    else this.removeAttribute("request-id");
  }

  #standing() {
    const form = this.#form;
    const closed = form !== null && !form.moves.includes("edit");
    this.fields.firstElementChild.disabled = closed;
    this.actions.hidden = closed;
    this.standing.replaceChildren(
      form
        ? formStatus(form, {
            withdraw: () => this.#move("withdraw", "form.withdrawn"),
            notify: (notice) => this.#notify(notice),
          })
        : "",
    );
  }

  #changed() {
    this.#clear();
    this.#key = null;
    this.#dirty = true;
    const unsaved = this.standing.querySelector(".unsaved");
    if (unsaved) unsaved.hidden = false;
  }

  #clear() {
    this.cancel();
    this.alert.replaceChildren();
    this.#places.clear([this.account, this.kind, this.purpose]);
  }
}

define("clearpost-authorization-form", AuthorizationForm);
