// How a Social Media Authorization Form stands: its state, what is missing, what can be done.

import { account, brief, field, h, name, uid } from "./base.js";
import { t, when } from "./strings.js";

const CLASSROOM = ["classroom", "course"];

/** The requester's forms, to choose one; `choose(id)` with null begins another. */
export function yourForms(forms, open, choose) {
  if (forms.length === 0) return "";
  const line = (form) =>
    h(
      "li",
      { class: "line person" },
      h(
        "span",
        {},
        name(account(form)),
        " ",
        h("span", { class: "note" }, t(`form.state.${form.state}`)),
      ),
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          "aria-label": `${t("form.open")}: ${brief(form.handle)}`,
          "data-id": form.id,
          onclick: () => choose(form.id),
        },
        t("form.open"),
      ),
    );
  return h(
    "details",
    { open },
    h("summary", {}, t("form.yours")),
    h("ul", {}, forms.toReversed().map(line)),
    h("button", { type: "button", class: "quiet", onclick: () => choose(null) }, t("form.new")),
  );
}

/** The status of `form`. `.unsaved` in it is shown when what is filled in is not what is saved. */
export function formStatus(form, { withdraw, notify }) {
  const withdrawal =
    form.moves.includes("withdraw") &&
    h(
      "div",
      { class: "actions apart" },
      h("button", { type: "button", class: "quiet", onclick: withdraw }, t("form.withdraw")),
    );
  const notice = form.moves.includes("notify") && CLASSROOM.includes(form.kind) && !form.notice;
  return h(
    "section",
    {
      class: `verdict ${colour(form.state)}`,
      "aria-label": `${t("form.state")}, ${brief(account(form))}`,
    },
    h(
      "p",
      {},
      h("strong", {}, t(`form.state.${form.state}`)),
      " ",
      h("span", { class: "note" }, when(form.updated_at)),
    ),
    h("p", {}, name(account(form))),
    form.reason && h("p", {}, t("form.reason", { text: form.reason })),
    h("p", { class: "note unsaved", hidden: true }, t("form.unsaved")),
    missing(form),
    similar(form),
    notice && noticeForm(notify),
    withdrawal,
  );
}

function colour(state) {
  if (state === "approved") return "allow";
  if (state === "denied") return "deny";
  return state === "returned" ? "review" : "pending";
}

function missing(form) {
  if (["denied", "withdrawn"].includes(form.state)) return null;
  if (form.missing.length === 0) return h("p", {}, t("form.nothing_missing"));
  const need = (one) =>
    h(
      "li",
      { class: "finding review" },
      h("span", {}, one.message),
      " ",
      h("span", { class: "note" }, `(${t(`form.before.${one.before}`)})`),
    );
  return [h("h3", {}, t("form.missing")), h("ul", { class: "missing" }, form.missing.map(need))];
}

// The account that an approval led to is not another one.
function similar({ similar: { accounts, lookalikes }, account_id: own }) {
  const known = [
    ...accounts.filter((one) => one.id !== own),
    ...lookalikes.filter((one) => one.account_id !== own),
  ];
  if (known.length === 0) return null;
  return [
    h("h3", {}, t("form.similar")),
    h(
      "ul",
      {},
      known.map((one) => h("li", {}, name(account(one)))),
    ),
  ];
}

function noticeForm(notify) {
  const text = field(t("form.notice_text"), h("textarea", { maxlength: "5000" }), {
    required: true,
  });
  const day = field(t("form.notice_day"), h("input", { type: "date" }), { required: true });
  const add = () => {
    const empty = [text, day].filter((one) => !one.control.value.trim());
    for (const one of [text, day]) {
      const lacks = empty.includes(one);
      one.note.textContent = lacks ? t("common.needed") : "";
      one.control.setAttribute("aria-invalid", String(lacks));
    }
    if (empty.length) empty[0].control.focus();
    else notify({ text: text.control.value.trim(), day: day.control.value });
  };
  const title = h("h3", { id: uid("notice") }, t("form.notice"));
  return h(
    "div",
    { role: "group", class: "apart", "aria-labelledby": title.id },
    title,
    text.node,
    day.node,
    h("button", { type: "button", class: "quiet", onclick: add }, t("form.notice_add")),
  );
}
