"""A person's own matters, behind their name (clause 52): `Mia's GPA`, `Ben's surgery`.

A name is any word with a capital and a possessive ending. Reviewed by hand and kept few, as in
`app.text_checks.confidential`: what such a word may also be (a day, the school) is no name here,
and what is about the subject (`Maple's allergy policy`) is no one's matter.
"""

import re
from collections.abc import Iterator

_MATTERS = {
    "health": (
        "diagnosis", "medications?", "meds", "seizures?", "surgery", "cancer", "chemo", "leukemia",
        "tumor", "allergy", "allergies", "asthma", "concussion", "pregnancy", "therapist",
        "anxiety", "depression", "adhd", "autism", "epilepsy", "diabetes", "insulin", "epipen",
        "overdose", "rehab", "eating disorder", "broken (?:leg|arm|wrist|ankle|collarbone)",
    ),
    "discipline": ("suspension", "expulsion", "detention", "arrest", "probation"),
    "special_education": (
        "iep", "504", "dyslexia", "learning disability", "accommodations", "behavior plan",
    ),
    "grades": ("gpa", "report card", "transcript", "failing grades?"),
}  # fmt: skip
# Words that bear a possessive ending and are no name.
_NOBODY = frozenset((
    "today", "tomorrow", "tonight", "yesterday", "monday", "tuesday", "wednesday", "thursday",
    "friday", "saturday", "sunday", "january", "february", "march", "april", "june", "july",
    "august", "september", "october", "november", "december", "year", "week", "month", "season",
    "child", "children", "kid", "teen", "student", "youth", "women", "men", "girl", "boy",
    "everyone", "everybody", "somebody", "someone", "anyone", "nobody", "one", "parent", "family",
    "school", "district", "teacher", "principal", "nurse", "counselor", "state", "utah", "provo",
    "nation", "governor", "president", "king", "queen", "country", "world", "let", "it", "that",
    "here", "there", "what", "who", "where",
))  # fmt: skip
_SUBJECT = (
    "policy", "policies", "awareness", "week", "month", "night", "fair", "room", "hall", "form",
    "forms", "screening", "support", "group", "workshop", "meeting", "meetings", "day", "club",
    "bridge",
)  # fmt: skip
_KINDS = "|".join(f"(?P<{kind}>{'|'.join(nouns)})" for kind, nouns in _MATTERS.items())
_OWNER = re.compile(r"(?<![\w'-])[A-Z][a-z-]{1,20}\Z", re.ASCII)
_LONGEST_OWNER = 22
_MATTER = re.compile(
    rf"(?:[a-z]{{1,12}} )?(?:{_KINDS})\b(?! (?:{'|'.join(_SUBJECT)})\b)", re.IGNORECASE | re.ASCII
)
_HOME = re.compile(r"(?:house|home|apartment)\b", re.IGNORECASE | re.ASCII)
_NUMBER_AFTER = re.compile(r"(?: at| is| on)?[,:;(\s-]{1,3}\d{1,5} \w", re.ASCII)
_NUMBER_BEFORE = re.compile(
    r"(?<!\w)\d{1,5} (?:[A-Za-z0-9.]{1,15} ?){1,4}[,(-]? ?(?:at )?\Z", re.ASCII
)
_LONGEST_STREET = 60
_POSSESSIVE = "'s "


def count_own_matters(text: str) -> dict[str, int]:
    """Return how often each kind of matter stands in `text` behind a name, as a reader sees it.

    Looks only around possessive endings, so that the time stays in proportion to the text.
    """
    found: dict[str, int] = {}
    at = text.find(_POSSESSIVE)
    while at >= 0:
        owner = _OWNER.search(text, max(0, at - _LONGEST_OWNER), at)
        if owner and owner[0].lower() not in _NOBODY:
            for kind in _find_kinds(text, owner.start(), at + len(_POSSESSIVE)):
                found[kind] = found.get(kind, 0) + 1
        at = text.find(_POSSESSIVE, at + 1)
    return found


def _find_kinds(text: str, before: int, after: int) -> Iterator[str]:
    """Yield the matters named from `after` on, of an owner with a name from `before` on."""
    matter = _MATTER.match(text, after)
    if matter:
        yield str(matter.lastgroup)
    home = _HOME.match(text, after)
    if home and (
        _NUMBER_AFTER.match(text, home.end())
        or _NUMBER_BEFORE.search(text, max(0, before - _LONGEST_STREET), before)
    ):
        yield "home_address"
