// Every text that a widget shows, in one place. To translate: copy `en`, and call `setStrings`.
// `{name}` is filled in; a value with `one` and `other` is chosen by `{count}` (Intl.PluralRules).

export const en = {
  lang: "en",
  dir: "ltr",
  "common.checking": "Checking…",
  "common.copy": "Copy result",
  "common.copied": "Copied.",
  "common.copy_failed": "It could not be copied; select the text instead.",
  "common.holds": "Holds as long as nothing on file changes. Asked for: {asked}.",
  "common.holds_until": "Holds until {when} if nothing on file changes before. Asked for: {asked}.",
  "common.decided": "Decided {when}. Decision {id}.",
  "common.clause": "Policy 5255, {section} ({number})",
  "common.remedy": "What to do: {text}",
  "common.doable": "Who can do that: {who}",
  "common.resolvable": "Who can approve this: {who}",
  "common.again": "Ask again",
  "common.resolved": "Somebody has looked at this already, and decided.",
  "common.required": "(required)",
  "common.needed": "Fill this in.",
  "outcome.allow": "Allowed",
  // Of one rule among several, where it stands in nothing's way.
  "outcome.passed": "OK",
  "outcome.review": "Needs approval",
  // What lacks a fact is nobody's to approve: somebody has to say it.
  "outcome.fact": "Not yet",
  "outcome.deny": "Not allowed",
  "outcome.pending": "Not checked yet",
  "office.director_communications": "the Communications Department",
  "office.superintendent": "the Superintendent's office",
  "office.content_owner": "the account's content owner",
  "office.office": "the office that keeps consents and classes",
  "office.asker": "you",
  "problem.offline": "No connection, so there is no answer. Do not publish without one.",
  "problem.silent": "The service does not answer. Do not publish without an answer.",
  "problem.busy": "The service is busy. There is no answer yet. Trying again in {seconds} s.",
  "problem.busy_still": "The service is busy. There is no answer; try again later.",
  "problem.unavailable": "The service cannot answer just now. Do not publish without an answer.",
  "problem.too_many": "Too many requests. There is no answer yet. Trying again in {seconds} s.",
  "problem.too_many_still": "Too many requests. There is no answer; try again later.",
  "problem.signed_out": "Your session ended. Reload the page and check again.",
  "problem.forbidden": "This page may not ask that. {title}",
  "problem.incomplete": "Before you submit: {text}",
  "problem.refused": "{title}. {text}",
  "problem.stale": "Somebody else has changed this meanwhile. Open it again to see how it stands.",
  "problem.invalid": "Something is not right: {text}",
  "problem.account": "That does not look like an account's link. Try x.com/yourschool.",
  "problem.unknown": "Something went wrong, so there is no answer. Reference: {reference}",

  // combobox.js
  "combobox.found": { one: "{count} match", other: "{count} matches" },
  "combobox.more": "More than {count} matches. Type more to see others.",
  "combobox.none": "No match for “{text}”. Check the spelling.",

  // media-list.js
  "media.add": "Pictures, videos and other files of the post",
  "media.hint": "Your photos stay on this device. We send only a code that identifies each file.",
  "media.hashing": "Taking the fingerprint…",
  "media.no_hash":
    "No fingerprint can be taken on this page (it needs https), so releases for this file are not found.",
  "media.too_large":
    "Too large for a fingerprint in the browser; releases for this file are not found.",
  "media.remove": "Remove {name}",
  "media.rights": "Who made it?",
  "rights.own": "We did",
  "rights.released": "Somebody else, who gave a release",
  "rights.licensed": "Licensed",
  "rights.unknown": "I do not know",
  "media.premises": "Does it show a place visitors can't go (server room, floor plan, …)?",
  "media.alt": "What does it show? (alternative text)",
  "media.alt_hint":
    "A sentence or two for people who cannot see it: screen readers read it aloud. It is published with the picture, so name nobody here whom the post does not name.",
  "premises.": "Choose",
  "premises.none": "No",
  "premises.public": "No, only parts of a school that are open to visitors",
  "premises.non_public": "Yes, a place visitors can't go",
  "premises.floor_plan": "Yes, a floor plan",

  // Networks by their own names; others are shown as they are registered.
  "network.facebook": "Facebook",
  "network.x": "X",
  "network.instagram": "Instagram",
  "network.threads": "Threads",
  "network.tiktok": "TikTok",
  "network.youtube": "YouTube",
  "network.bluesky": "Bluesky",
  "network.linkedin": "LinkedIn",
  "network.pinterest": "Pinterest",
  "network.snapchat": "Snapchat",
  "network.vimeo": "Vimeo",
  "network.flickr": "Flickr",
  "network.nextdoor": "Nextdoor",
  "network.mastodon": "Mastodon",

  // people-list.js
  "people.remove": "Remove {name}",
  "people.grade": "grade {grade}",
  "people.named": "named in the post",
  "people.also": "found by {name}",

  // photo-check.js
  "photo.title": "May these students be pictured?",
  "photo.who": "Who is in the picture?",
  "photo.students": "Students, one by one",
  "photo.class": "A whole class",
  "photo.add": "Add a student by name or id",
  "photo.add_hint":
    "Start typing a name, then choose from the list. A pasted list is taken line by line.",
  "photo.pick_class": "Class",
  "photo.pick_hint":
    "Type words of its title, its teacher or its school; Enter takes it where there is only one.",
  "photo.channel": "Where will it be shown?",
  "photo.media": "What is it?",
  "media.photo": "A photograph",
  "media.video": "A video",
  "photo.named": "The name is shown with the picture",
  "photo.picked": "Class:",
  "photo.size": { one: "{count} student", other: "{count} students" },
  "photo.which": "Which {name}?",
  "photo.by_id": "id {id}",
  "photo.count": { one: "{count} student", other: "{count} students" },
  "photo.tally.deny": "{count} not allowed",
  "photo.tally.review": "{count} not yet",
  "photo.tally.allow": "{count} allowed",
  "photo.not_pictured": "Leave out of the picture ({count})",
  "channel.social": "Social media",
  "channel.website": "The school's or district's website",
  "channel.yearbook": "Yearbook",
  "channel.newspaper": "School newspaper",
  "channel.press": "Press",

  // account-badge.js
  "badge.label": "Is this account the district's?",
  "badge.none": "No account is named here.",
  "badge.official": "Official",
  "badge.not_official": "Not official",
  "badge.unknown": "Not known",
  "badge.lookalike": "Looks like an official account",
  "badge.no_answer": "No answer",
  "badge.asking": "Asking…",
  "badge.means": { one: "The official account:", other: "The official accounts:" },

  // logo-check.js
  "logo.title": "May the district's logo be used?",
  "logo.account_hint": "Leave it empty to ask about a person alone.",
  "logo.author": "Who wants to use it?",
  "logo.on": "On which day?",
  "logo.on_hint": "If left empty: today.",
  "logo.check": "Check",
  "logo.needed": "Name the account or the person.",

  // authorization-form.js
  "form.title": "Social Media Authorization Form",
  "form.yours": "Your forms",
  "form.open": "Open",
  "form.new": "New form",
  "form.account": "Link to the account (or the one you plan to create)",
  "form.account_hint": "For example instagram.com/lakeviewchess",
  "form.kind": "What kind of account is it?",
  "form.org": "School or office",
  "form.owner": "Content owner",
  "form.owner_hint": "The member of staff who answers for it.",
  "form.managers": "Content managers",
  "form.managers_hint":
    "Members of staff who will post. Start typing a name, then choose from the list.",
  "form.email": "Contact e-mail",
  "form.purpose": "What is it for?",
  "form.purpose_hint": "For a classroom: the educational goal. Name no student.",
  "form.save": "Save draft",
  "form.submit": "Submit",
  "form.withdraw": "Withdraw",
  "form.saved": "Saved as a draft.",
  "form.submitted": "Sent to the Communications Department. The reply appears here.",
  "form.withdrawn": "Withdrawn.",
  "form.noticed": "The notice is added.",
  "form.unsaved": "Changed since it was saved.",
  "form.working": "Saving…",
  "form.missing": "Still missing",
  "form.nothing_missing": "Nothing is missing.",
  "form.before.submit": "before you can submit it",
  "form.before.approve": "before it can be approved",
  "form.before.authorized": "until then each post needs approval",
  "form.before.nothing": "recommended",
  "form.state": "Status",
  "form.state.draft": "Draft",
  "form.state.submitted": "Submitted",
  "form.state.returned": "Returned to you",
  "form.state.approved": "Approved",
  "form.state.denied": "Denied",
  "form.state.withdrawn": "Withdrawn",
  "form.reason": "What Communications says: {text}",
  "form.similar": "Similar accounts",
  "form.notice": "Notice to families",
  "form.notice_text": "How are families told the educational purpose?",
  "form.notice_day": "When did it go out, or when will it?",
  "form.notice_add": "Add the notice",
  "kind.": "Choose",
  "kind.district_general": "The district in general",
  "kind.school": "A school",
  "kind.classroom": "A classroom",
  "kind.club": "A club",
  "kind.team": "A team",
  "kind.trip": "A trip",
  "kind.course": "A course",
  "kind.pta": "A parents' association",
  "kind.foundation": "A foundation",
  "kind.fundraiser": "A fundraiser",
  "kind.other": "Something else",

  // embed.js
  "embed.unsaid": "Open this page from your intranet.",

  // post-check.js
  "post.title": "May this post be published?",
  "post.account": "Link to the account",
  "post.account_hint": "For example facebook.com/lakeviewhigh",
  "post.personal": "It is an employee's own account",
  "post.author": "Who posts it?",
  "post.author_hint": "A member of staff, by name or id.",
  "post.text": "Text of the post",
  "post.purpose": "What is it for?",
  "purpose.": "Choose",
  "purpose.school": "The school: its events, plays and games included",
  "purpose.personal": "Personal",
  "purpose.promotional": "Promotion of a person, business or product outside school",
  "purpose.other": "Something else",
  "post.publish_at": "When will it be published?",
  "post.publish_hint": "If left empty: right now.",
  "post.pictured": "Who can be recognized in the pictures?",
  "post.students": "Students",
  "post.students_hint": "Start typing a name, then choose from the list.",
  "post.employees": "Employees",
  "post.nobody": "No one in the photos is recognizable",
  "post.logo": "It uses the district's logo",
  "post.speaks": "This post states the district's official position",
  "use.logo": "What is the logo used for?",
  "use.spokesperson": "What is the position about?",
  "use.hint": "The permission is for one thing alone; say here, in the same words, if this is it.",
  "post.email": "Contact e-mail in the post",
  "post.check": "Check the post",
  "post.changed": "Changed since it was checked. Check again.",
  "post.reminders": "Good to know",
  "post.summary": { one: "{count} thing to look at", other: "{count} things to look at" },
};

let current = en;

/** Use another language's texts; what they lack stays English. */
export function setStrings(strings) {
  current = { ...en, ...strings };
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
