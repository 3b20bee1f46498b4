"""Refusals against what is published: who is in a post although they, or their guardians, say no.

A check asks whether there is a yes. Of a post that is out only a no counts: a list that has grown
old since, or a yes that has run out, takes nothing down.
"""

from collections.abc import Iterator
from typing import NamedTuple

from app.policy.case import Case
from app.policy.rules.parties import coworker_code
from app.policy.rules.students import consent_code
from app.policy.rules.text import list_named_students
from app.policy.words import Extent, PublishedPart

_REFUSING = frozenset({
    "consent.refused", "consent.capture_refused", "consent.name_refused", "consent.office_hold",
    "coworker.refused", "coworker.office_hold",
})  # fmt: skip


class Refusal(NamedTuple):
    """A person who is pictured, or named, although that is refused; and the code that says so."""

    person_id: str
    part: PublishedPart
    code: str


def find_refusals(case: Case) -> Iterator[Refusal]:
    """Yield everybody in a post who is refused now: for the picture first, else for the name."""
    pictured = [one for one in _judge_pictured(case) if one.code in _REFUSING]
    yield from pictured
    known = {one.person_id for one in pictured}
    for person in list_named_students(case):
        code = consent_code(case, person, "image_with_name")
        if code in _REFUSING and person.id not in known:
            yield Refusal(person.id, "named", code)


def _judge_pictured(case: Case) -> Iterator[Refusal]:
    """Yield the code of everybody on file who is pictured; the author needs no consent."""
    for one in case.students:
        if one.person is not None:
            extent: Extent = "image_with_name" if one.ref.named else "image"
            yield Refusal(one.person.id, "pictured", consent_code(case, one.person, extent))
    author = case.author.person if case.author else None
    for one in case.employees:
        if one.person is not None and one.person != author:
            yield Refusal(one.person.id, "pictured", coworker_code(case, one.person))


def list_parts(case: Case) -> set[tuple[str, PublishedPart]]:
    """Return everybody on file in a post, by sourcedId: pictured, named in full, or both.

    Of erased people only a stand-in without a name is on file: they are not among them.
    """
    people = [one.person for one in (*case.students, *case.employees) if one.person is not None]
    pictured = {(one.id, "pictured") for one in people if one.given_name or one.family_name}
    return pictured | {(one.id, "named") for one in list_named_students(case)}  # type: ignore[return-value] # of these words
