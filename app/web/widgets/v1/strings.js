// Every text that a widget shows, in one place. To translate: copy `en`, and call `setStrings`.
// `{name}` is filled in; a value with `one` and `other` is chosen by `{count}` (Intl.PluralRules).

export const en = {
  lang: "en",
  "common.checking": "Checking…",
  "common.check": "Check",
  "common.copy": "Copy result",
  "common.copied": "Copied.",
  "common.copy_failed": "It could not be copied; select the text instead.",
  "common.retry": "Try again",
  "common.decided": "Decided {when}. Decision {id}.",
  "common.clause": "Policy 5255, {section} ({number})",
  "common.remedy": "What to do: {text}",
  "common.resolvable": "Who can resolve this: {who}",
  "common.required": "(needed)",
  "common.needed": "This is needed.",
  "outcome.allow": "Allowed",
  "outcome.review": "Ask first",
  "outcome.deny": "Not allowed",
  "outcome.pending": "Not checked yet",
  "office.director_communications": "the Communications Department",
  "office.superintendent": "the Superintendent's office",
  "office.content_owner": "the account's content owner",
  "problem.offline": "No connection. Nothing was checked; do not publish on the strength of this.",
  "problem.busy": "The service is busy. Nothing was checked. Trying again in {seconds} s.",
  "problem.unavailable": "The service cannot answer just now. Nothing was checked.",
  "problem.too_many": "Too many requests. Nothing was checked. Trying again in {seconds} s.",
  "problem.signed_out": "This page's permission has run out. Reload the page, then check again.",
  "problem.forbidden": "This page may not ask that.",
  "problem.invalid": "Something in the form is not right: {text}",
  "problem.unknown": "Something went wrong. Nothing was checked. Reference: {reference}",
};

let current = en;

/** Use another language's texts; what they lack stays English. */
export function setStrings(strings) {
  current = { ...en, ...strings };
}

/** Add texts of a widget's own to those that can be translated. */
export function addStrings(strings) {
  for (const [key, value] of Object.entries(strings)) {
    if (!(key in en)) en[key] = value;
    if (!(key in current)) current[key] = value;
  }
}

/** The text `key` with its places filled; a key nobody knows is shown as it is. */
export function t(key, values = {}) {
  let text = current[key] ?? key;
  if (typeof text === "object") {
    const rule = new Intl.PluralRules(current.lang).select(values.count);
    text = text[rule] ?? text.other;
  }
  return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** A time as people of this page read it. */
export function when(time) {
  const form = { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(current.lang, form).format(new Date(time));
}
