"""Statements as they are handed in: fields that fit, meanings of empty ones, and the source.

One place for every way in: the API, the command line and the delivered files.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from app.policy.consent import eighteenth_birthday, made_as_adult, made_as_minor
from app.policy.facts import Consent
from app.policy.names import name_key
from app.policy.words import REFUSALS, Capacity, PersonKind

# The widest refusal: of publishing anywhere, of the image alone, which takes the name with it.
WIDEST = {"activity": "publish", "channel": "all", "extent": "image"}

# About whom somebody in this capacity can speak.
SPEAKS_FOR: Mapping[Capacity, tuple[PersonKind, ...]] = {
    "guardian": ("student",),
    "eligible_student": ("student",),
    "employee": ("employee",),
    "office_hold": ("student", "employee"),
}

# What the source of a guardian's statement begins with; the guardian's id or name follows.
BY_GUARDIAN = "guardian:"


class Misfit(NamedTuple):
    """A field that contradicts the others; `reason` continues a sentence after its name."""

    field: str
    code: str
    reason: str


class Caution(NamedTuple):
    """An effect that a statement on file will not have."""

    code: str
    message: str


def list_misfits(said: Mapping[str, Any]) -> Iterator[Misfit]:
    """Yield the fields of a statement that contradict each other, by the store's column names.

    A grant must give activity, channel and extent: an empty field must not widen a permission. Days
    are dates, or texts that sort as they do.
    """
    yield from _list_lift_misfits(said)
    if said["decision"] == "grant":
        for name in WIDEST:
            if said[name] is None:
                yield Misfit(name, "missing", "must not be empty in a grant")
        if said["capacity"] == "office_hold":
            reason = "must not be grant: an office cannot consent in anybody's place"
            yield Misfit("decision", "no_grant", reason)
    if said["effective_to"] and said["effective_to"] < said["effective_from"]:
        yield Misfit("effective_to", "before_start", "lies before effective_from")


def _list_lift_misfits(said: Mapping[str, Any]) -> Iterator[Misfit]:
    """Yield the misfits of `lifts`: a lift alone names refusals, and the office's must."""
    if said["decision"] != "lift" and said["lifts"]:
        yield Misfit("lifts", "not_needed", "must be left out where nothing is lifted")
    if (said["decision"], said["capacity"], said["lifts"]) == ("lift", "office_hold", None):
        yield Misfit("lifts", "missing", "must name the holds that the office lifts")


def widen_scope(said: Mapping[str, Any]) -> dict[str, str]:
    """Return activity, channel and extent of a valid statement; empty ones mean the widest."""
    return {name: said[name] or widest for name, widest in WIDEST.items()}


def name_source(
    capacity: Capacity, given_by: str | None, *, on_file: bool = False, profile: str = "api"
) -> str:
    """Return the source of a statement: within one source the latest statement counts.

    A guardian is identified by id where `given_by` is one that is `on_file` for the student, else
    by name; `profile`, the way in, stands for an unnamed guardian. In every other capacity only one
    person can speak (the student, the employee), under any name: docs/decisions/0007. Each hold of
    the office stands by itself and ends only by a lift that names it, so that all of them may share
    one source.
    """
    if capacity != "guardian":
        return capacity
    if given_by is None:
        return f"profile:{profile}"
    return BY_GUARDIAN + (given_by if on_file else name_key(given_by))


def list_cautions(
    born: date | None, statement: Consent, zone: ZoneInfo, *, doubted: bool = False
) -> Iterator[Caution]:
    """Yield the cautions for recording `statement` about a person `born` on that day.

    `doubted`: there is a birth date on file that cannot be right, and counts as none. The statement
    is put on file all the same: a birth date may be corrected, and a refusal in it counts.
    """
    if statement.decision in REFUSALS:
        if (statement.decision, statement.capacity) == ("withdraw", "office_hold"):
            message = "This is a hold like any other: a hold is ended by a lift that names its id"
            yield Caution("hold", message)
        return
    if doubted:
        yield Caution(
            "birth_date",
            "The birth date on file cannot be that of a student of this grade and counts as none: "
            "have it corrected",
        )
    of_age = eighteenth_birthday(born)
    adult = of_age is not None and made_as_adult(statement, of_age, zone)
    if statement.capacity == "eligible_student" and not adult:
        yield Caution(
            "minor",
            "Before the eighteenth birthday, and without a birth date, a student's own statement "
            "counts only where it refuses",
        )
    if statement.decision == "lift" and of_age is not None:
        adult = not made_as_minor(statement, of_age, zone)
    if statement.capacity == "guardian" and adult:
        yield Caution(
            "of_age",
            "From the eighteenth birthday on a guardian's statement counts only where it refuses",
        )
