"""Text is only assisted: clauses 52 and 55 to 57, `review` at most."""

import re
from collections.abc import Iterator
from itertools import product

from app.policy.case import Case, Identified
from app.policy.codes import CODES, finding
from app.policy.facts import Person
from app.policy.name_matching import SUFFIXES, split_name
from app.policy.rules.students import consent_code, has_fresh_list
from app.policy.verdict import Finding

# Letters of a whole name that is looked for in any parts: `all i` is nobody called Al Li.
_FEWEST_PARTED = 6
_SUFFIX = "|".join(sorted(SUFFIXES))


def text_marks(case: Case) -> Iterator[Finding]:
    """Clauses 52 and 55 to 57: what the assisted text checks found."""
    for mark in case.question.text_marks:
        yield finding(f"text.{mark.kind}", "/text")


def text_names(case: Case) -> Iterator[Finding]:
    """Clause 52: no name of a student whose name may not be shown.

    Of those pictured a part of the name counts too; of everyone else only the full name, and the
    finding names no one.
    """
    for one in names_not_allowed(case):
        yield finding("text.name_not_allowed", "/text", one.subject("student"))
    if any(other_names_not_allowed(case)):
        yield finding("text.other_name_not_allowed", "/text")
    if case.question.text_names_cut:
        yield finding("text.too_many_names", "/text")


def names_not_allowed(case: Case) -> Iterator[Identified]:
    """Yield the pictured students that the text names although it may not."""
    text = f" {case.question.text_key} "
    joined = text.replace(" ", "")
    in_full = {person.id for person in _list_bearers(case)}
    for one in case.students if case.question.text_key else ():
        if one.person is None or one.ref.named:
            continue
        if one.person.id not in in_full and not (
            _may_stand_in(joined, one.person) and _is_named(text, one.person)
        ):
            continue
        if not _may_be_named(case, one.person):
            yield one


def other_names_not_allowed(case: Case) -> Iterator[Person]:
    """Yield the students not pictured that the text names in full although it may not.

    A key limited to some schools learns of their students alone.
    """
    pictured = {one.person.id for one in case.students if one.person}
    for person in list_named_students(case):
        if person.id not in pictured and not _may_be_named(case, person):
            yield person


def list_named_students(case: Case) -> list[Person]:
    """Return the students whose full names the text may hold, of the key's schools alone."""
    named = {one.id: one for one in _list_bearers(case) if one.kind == "student"}
    return [one for one in named.values() if one.belongs_to(case.question.schools)]


def _list_bearers(case: Case) -> Iterator[Person]:
    """Yield everyone who bears a full name that the text may hold."""
    for key in case.question.text_names:
        yield from case.facts.names.get(key, ())


def _may_be_named(case: Case, person: Person) -> bool:
    """Return whether the name may be shown; silence counts as long as the list is fresh."""
    code = consent_code(case, person, "image_with_name")
    if code == "consent.not_on_list" and not has_fresh_list(case, person):
        return False
    return CODES[code].outcome == "allow"


def _may_stand_in(joined: str, person: Person) -> bool:
    """Return, by a cheap test, whether a text without blanks may name the person: most do not.

    A plain name of one word is its own key. Every form of a name holds one of its two parts whole.
    """
    for name in (person.given_name, person.family_name, person.preferred_name):
        if name and (name.lower() in joined or not (name.isascii() and name.isalpha())):
            return True
    return False


def _is_named(text: str, person: Person) -> bool:
    """Return whether `text`, a key between spaces, names the person.

    In either order, as one word (a tag) or parted otherwise than on file, with initials for either
    name, or with one word or a suffix between.
    """
    joined = text.replace(" ", "")
    givens, families = split_name(person.given_name, person.family_name, person.preferred_name)
    for given, family in product(givens, families):
        if given not in joined and family not in joined:
            continue
        written = (
            f"{given} {family}", f"{family} {given}", f"{given}{family}", f"{family}{given}",
            f"{given[0]} {family}", f"{family} {given[0]}", f"{given} {family[0]}",
        )  # fmt: skip
        if any(f" {one} " in text for one in written):
            return True
        if _is_parted(text, given, family) or _is_written_apart(text, joined, given, family):
            return True
    return False


def _is_written_apart(text: str, joined: str, given: str, family: str) -> bool:
    """Return whether the name stands in other parts (Mary Ann, De La Cruz), or has two initials."""
    whole = [one for one in (given + family, family + given) if one in joined]
    patterns = [" ?".join(one) for one in whole if len(one) >= _FEWEST_PARTED]
    if f" {family} " in text:
        patterns += [f"{given[0]} [a-z] {family}", f"{family} (?:{_SUFFIX}) {given}"]
    return any(re.search(f" {one} ", text) for one in patterns)


def _is_parted(text: str, given: str, family: str) -> bool:
    """Return whether one word, a middle name or an initial, stands between the two."""
    behind = text.partition(f" {given} ")[2]
    while behind:
        if behind.split(" ", 2)[1:2] == [family]:
            return True
        behind = f" {behind}".partition(f" {given} ")[2]
    return False
