"""Rosters in the plain format: orgs, people, classes, enrollments, guardians."""

from collections.abc import Callable, Sequence
from datetime import date
from json import dumps
from typing import Any

from app.imports.reading.cell_values import (
    UNREAD,
    choice,
    email,
    first_and_others,
    grade,
    identifier,
    ids,
    lenient,
    needed,
    needed_text,
    text,
)
from app.imports.reading.days import birth_dates
from app.imports.reading.file_formats import MEMORY, Column, FileFormat, Known, RowBatch, StagedRows
from app.imports.staging import staged_tables
from app.policy.name_matching import recorded_keys
from app.policy.names import name_key
from app.policy.words import EnrollmentRole, OrgKind, PersonKind, PersonStatus
from app.store.people.name_index import search_words

NO_ADDRESS = "cells have no e-mail address in them and are left out"


def orgs() -> FileFormat:
    """Return the format of `orgs.csv`."""
    columns = (
        Column("sourced_id", identifier, "id", required=True),
        Column("name", needed_text, "name", required=True),
        Column("kind", needed(choice(OrgKind)), "kind", required=True),
        Column("parent_sourced_id", text, "parent_id"),
    )
    return FileFormat(
        "orgs.csv", staged_tables.orgs, columns, _stage_orgs, "sourced_id", others=True
    )


def _stage_orgs(rows: RowBatch) -> StagedRows:
    ids, names, parents = rows["sourced_id"], rows["name"], rows["parent_sourced_id"]
    parents = other_parents(rows, ids, parents)
    keys = speakable(rows, list(map(name_key, names)), "name")
    staged = zip(rows.places, ids, names, keys, rows["kind"], parents, strict=True)
    return [(staged_tables.orgs, rows.kept(staged))]


def other_parents(rows: RowBatch, ids: Sequence[Any], parents: Sequence[Any]) -> Sequence[Any]:
    """Return the parents without those that are the org itself, which are counted."""
    own = [one == parent for one, parent in zip(ids, parents, strict=True)]
    rows.warn("orgs are their own parents, which is left out", sum(own))
    return [None if same else parent for same, parent in zip(own, parents, strict=True)]


def people(today: date) -> FileFormat:
    """Return the format of `people.csv`; no one is born after `today`."""
    columns = (
        Column("sourced_id", identifier, "id", required=True),
        Column("kind", needed(choice(PersonKind)), "kind", required=True),
        Column("given_name", text, "given_name", required=True),
        Column("family_name", text, "family_name", required=True),
        Column("preferred_name", text, "preferred_name"),
        Column("grade", grade, "grade"),
        Column("org_sourced_id", ids, "org_id"),
        Column("email", lenient(email), "email"),
        Column("birth_date", birth_dates(today), "birth_date"),
        Column("status", choice(PersonStatus, default="active"), "status"),
        Column("student_number", text, "student_number"),
    )
    names = named("given_name", "family_name", "preferred_name")
    rest = ("birth_date", "status")

    def stage(rows: RowBatch) -> StagedRows:
        spoken, keys = names(rows)
        kinds, numbers = rows["kind"], rows["student_number"]
        if any(numbers):
            pairs = zip(kinds, numbers, strict=True)
            numbers = [number if kind == "student" else None for kind, number in pairs]
        orgs, other_orgs = first_and_others(rows["org_sourced_id"])
        staged = zip(
            rows.places, rows["sourced_id"], kinds, *spoken, rows["grade"], orgs, _read_mails(rows),
            *map(rows.__getitem__, rest), numbers, other_orgs, *keys, strict=True,
        )  # fmt: skip
        return [(staged_tables.people, rows.kept(staged))]

    return FileFormat("people.csv", staged_tables.people, columns, stage, "sourced_id", others=True)


def _read_mails(rows: RowBatch) -> Sequence[Any]:
    """Return the e-mail addresses; what is none is left out and counted: it decides nothing."""
    mails = rows["email"]
    rows.warn(NO_ADDRESS, sum(mail is UNREAD for mail in mails))
    return [None if mail is UNREAD else mail for mail in mails]


Names = tuple[list[Sequence[Any]], list[Sequence[Any]]]


def named(given: str, family: str, preferred: str | None) -> Callable[[RowBatch], Names]:
    """Return a reader of a batch's names, from the columns of these names.

    It gives given, family and preferred names as staged, then the keys of the first and of the
    last two, the words for a search, and further keys where a name has several words. Rows of which
    no name is left are refused. The key of each name is made once.
    """
    keys = Known(name_key)

    def reads(rows: RowBatch) -> Names:
        if len(keys) > MEMORY:
            keys.clear()
        first = [name or "" for name in rows[given]]
        last = [name or "" for name in rows[family]]
        called: Sequence[Any] = rows[preferred] if preferred else [None] * len(rows)
        lasts = [keys[name] for name in last]
        full = [f"{keys[name]} {other}".strip() for name, other in zip(first, lasts, strict=True)]
        also = [
            f"{keys[name]} {other}".strip() if name else None
            for name, other in zip(called, lasts, strict=True)
        ]
        words = [
            search_words(f"{own} {keys[name]}", keys[other] if other else "")
            for own, name, other in zip(lasts, first, called, strict=True)
        ]
        more = [
            _further_keys(own, other, name)
            if " " in keys[own] or " " in keys[other] or (name and " " in keys[name])
            else None
            for own, other, name in zip(first, last, called, strict=True)
        ]
        return [first, last, called], [speakable(rows, full, family), also, words, more]

    return reads


def _further_keys(given: str, family: str, preferred: str | None) -> str | None:
    """Return the keys that find a name of several words beside its own, as a JSON array."""
    borne = {name_key(f"{one} {family}") for one in (given, preferred) if one}
    further = [key for key in recorded_keys(given, family, preferred) if key not in borne]
    return dumps(further) if further else None


def speakable(rows: RowBatch, keys: list[str], column: str) -> list[str]:
    """Return `keys`; refuse a row with no letters left in its name: a search would miss it."""
    if "" in keys:
        for n, key in enumerate(keys):
            if not key and n not in rows.skipped:
                rows.refuse(n, column, "must have a letter or a digit")
    return keys


def classes() -> FileFormat:
    """Return the format of `classes.csv`."""
    columns = (
        Column("sourced_id", identifier, "id", required=True),
        Column("title", needed_text, "title", required=True),
        Column("org_sourced_id", text, "org_id"),
    )
    return FileFormat(
        "classes.csv", staged_tables.classes, columns, _stage_classes, "sourced_id", others=True
    )


def _stage_classes(rows: RowBatch) -> StagedRows:
    staged = zip(
        rows.places, rows["sourced_id"], rows["title"], rows["org_sourced_id"], strict=True
    )
    return [(staged_tables.classes, rows.kept(staged))]


def enrollments() -> FileFormat:
    """Return the format of `enrollments.csv`: the whole roster of each class in it."""
    columns = (
        Column("class_sourced_id", identifier, "class_id", required=True),
        Column("person_sourced_id", identifier, "person_id", required=True),
        Column("role", needed(choice(EnrollmentRole)), "role", required=True),
    )
    return FileFormat(
        "enrollments.csv", staged_tables.enrollments, columns, _stage_enrollments, others=True
    )


def _stage_enrollments(rows: RowBatch) -> StagedRows:
    names = ("class_sourced_id", "person_sourced_id", "role")
    staged = zip(rows.places, *map(rows.__getitem__, names), strict=True)
    return [(staged_tables.enrollments, rows.kept(staged))]


def guardians() -> FileFormat:
    """Return the format of `guardians.csv`."""
    columns = (
        Column("student_sourced_id", identifier, "student_id", required=True),
        Column("guardian_id", identifier, "guardian_id", required=True),
        Column("name", needed_text, "name", required=True),
        Column("relationship", text, "relationship"),
    )
    return FileFormat(
        "guardians.csv", staged_tables.guardians, columns, _stage_guardians, others=True
    )


def _stage_guardians(rows: RowBatch) -> StagedRows:
    students, guardians_ = rows["student_sourced_id"], rows["guardian_id"]
    for n, (student, guardian) in enumerate(zip(students, guardians_, strict=True)):
        if student == guardian:
            rows.refuse(n, "guardian_id", "must not be the student")
    staged = zip(rows.places, students, guardians_, rows["name"], rows["relationship"], strict=True)
    return [(staged_tables.guardians, rows.kept(staged))]
