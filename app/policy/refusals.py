"""Refusals against what is published: who is in a post although they, or their guardians, say no.

A check asks whether there is a yes. Of a post that is out only a no counts: a list that has grown
old since, or a yes that has run out, takes nothing down. And whoever was found in it stays in it:
a post that is out does not change when a child changes grade, or a declaration is withdrawn.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from app.policy.case import Case, Identified, list_meant
from app.policy.facts import Person
from app.policy.rules.parties import coworker_code
from app.policy.rules.students import consent_code
from app.policy.rules.text import list_named_students
from app.policy.words import Extent, PersonKind, PublishedPart

_REFUSING = frozenset({
    "consent.refused", "consent.capture_refused", "consent.name_refused", "consent.office_hold",
    "coworker.refused", "coworker.office_hold",
})  # fmt: skip
Part = tuple[str, PublishedPart]


class Refusal(NamedTuple):
    """A person who is pictured, or named, although that is refused; and the code that says so."""

    person_id: str
    part: PublishedPart
    code: str


def list_parts(case: Case) -> set[Part]:
    """Return everybody on file in a post, by sourcedId: pictured, named in full, or both.

    A name that several bear stands for all of them. Of erased people only a stand-in without a
    name is on file: they are not among them.
    """
    meant: tuple[tuple[PersonKind, Sequence[Identified]], ...] = (
        ("student", case.students),
        ("employee", case.employees),
    )
    pictured = [
        (person, one.ref.named)
        for kind, people in meant
        for one in people
        for person in list_meant(one, case.facts, kind)
    ]
    parts: set[Part] = {(person.id, "pictured") for person, _ in pictured if is_known(person)}
    parts |= {(person.id, "named") for person, named in pictured if named and is_known(person)}
    return parts | {(person.id, "named") for person in list_named_students(case)}


def find_refusals(case: Case, parts: Iterable[Part]) -> Iterator[Refusal]:
    """Yield who of `parts` is refused now, each once: for the picture, else for the name."""
    refused: set[str] = set()
    for person_id, part in sorted((one for one in parts if one[1] != "accepted"), key=_is_name):
        person = case.facts.people.get(person_id)
        if person is None or person_id in refused or not is_known(person):
            continue
        code = _judge_part(case, person, part)
        if code in _REFUSING:
            refused.add(person_id)
            yield Refusal(person_id, part, code)


def is_known(person: Person) -> bool:
    """Return whether there is a person, and not the stand-in of an erased one."""
    return bool(person.given_name or person.family_name)


def _is_name(part: Part) -> bool:
    return part[1] == "named"


def _judge_part(case: Case, person: Person, part: PublishedPart) -> str | None:
    """Return the code about one part; the author needs no consent to their own picture."""
    if person.kind == "student":
        extent: Extent = "image" if part == "pictured" else "image_with_name"
        return consent_code(case, person, extent)
    is_author = case.author is not None and case.author.person == person
    return coworker_code(case, person) if part == "pictured" and not is_author else None
