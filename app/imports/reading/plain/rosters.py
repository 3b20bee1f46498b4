"""Rosters in the plain format: orgs, people, classes, enrollments, guardians."""

from collections.abc import Callable, Sequence
from datetime import date
from json import dumps
from typing import Any

from app.imports.reading.cell_values import (
    UNREAD,
    identifier,
    make_choice_reader,
    needed_text,
    parse_email,
    parse_grade,
    parse_ids,
    parse_text,
    require_cell,
    split_first,
    tolerate_unread,
)
from app.imports.reading.days import birth_dates
from app.imports.reading.file_formats import (
    MEMORY,
    Column,
    FileFormat,
    RowBatch,
    StagedRows,
    ValueCache,
)
from app.imports.staging import staged_tables
from app.policy.name_matching import recorded_keys
from app.policy.names import name_key
from app.policy.words import EnrollmentRole, OrgKind, PersonKind, PersonStatus
from app.store.people.name_index import list_search_words

NO_GRADE = "grades are numbers with a sign, which no grade is, and are left out"
NO_ADDRESS = "cells have no e-mail address in them and are left out"


def make_orgs_format() -> FileFormat:
    """Return the format of `orgs.csv`."""
    columns = (
        Column("sourced_id", identifier, "id", required=True),
        Column("name", needed_text, "name", required=True),
        Column("kind", require_cell(make_choice_reader(OrgKind)), "kind", required=True),
        Column("parent_sourced_id", parse_text, "parent_id"),
    )
    return FileFormat(
        "orgs.csv", staged_tables.orgs, columns, _stage_orgs, "sourced_id", others=True
    )


def _stage_orgs(rows: RowBatch) -> StagedRows:
    ids, names, parents = rows["sourced_id"], rows["name"], rows["parent_sourced_id"]
    parents = drop_own_parents(rows, ids, parents)
    keys = refuse_unspeakable(rows, list(map(name_key, names)), "name")
    staged = zip(rows.places, ids, names, keys, rows["kind"], parents, strict=True)
    return [(staged_tables.orgs, rows.kept(staged))]


def drop_own_parents(rows: RowBatch, ids: Sequence[Any], parents: Sequence[Any]) -> Sequence[Any]:
    """Return the parents without those that are the org itself, which are counted."""
    own = [one == parent for one, parent in zip(ids, parents, strict=True)]
    rows.warn("orgs are their own parents, which is left out", sum(own))
    return [None if same else parent for same, parent in zip(own, parents, strict=True)]


def make_people_format(today: date) -> FileFormat:
    """Return the format of `people.csv`; no one is born after `today`."""
    columns = (
        Column("sourced_id", identifier, "id", required=True),
        Column("kind", require_cell(make_choice_reader(PersonKind)), "kind", required=True),
        Column("given_name", parse_text, "given_name", required=True),
        Column("family_name", parse_text, "family_name", required=True),
        Column("preferred_name", parse_text, "preferred_name"),
        Column("grade", parse_grade, "grade"),
        Column("org_sourced_id", parse_ids, "org_id"),
        Column("email", tolerate_unread(parse_email), "email"),
        Column("birth_date", birth_dates(today), "birth_date"),
        Column("status", make_choice_reader(PersonStatus, default="active"), "status"),
        Column("student_number", parse_text, "student_number"),
    )
    names = make_name_reader("given_name", "family_name", "preferred_name")
    rest = ("birth_date", "status")

    def stage_rows(rows: RowBatch) -> StagedRows:
        spoken, keys = names(rows)
        kinds, numbers = rows["kind"], rows["student_number"]
        if any(numbers):
            pairs = zip(kinds, numbers, strict=True)
            numbers = [number if kind == "student" else None for kind, number in pairs]
        orgs, other_orgs = split_first(rows["org_sourced_id"])
        mails = _read_readable(rows, "email", NO_ADDRESS)
        grades = _read_readable(rows, "grade", NO_GRADE)
        staged = zip(
            rows.places, rows["sourced_id"], kinds, *spoken, grades, orgs, mails,
            *map(rows.__getitem__, rest), numbers, other_orgs, *keys, strict=True,
        )  # fmt: skip
        return [(staged_tables.people, rows.kept(staged))]

    return FileFormat(
        "people.csv", staged_tables.people, columns, stage_rows, "sourced_id", others=True
    )


def _read_readable(rows: RowBatch, name: str, what: str) -> Sequence[Any]:
    """Return the cells of a column; what cannot be read is left out and counted as `what`."""
    cells = rows[name]
    rows.warn(what, sum(cell is UNREAD for cell in cells))
    return [None if cell is UNREAD else cell for cell in cells]


Names = tuple[list[Sequence[Any]], list[Sequence[Any]]]


def make_name_reader(given: str, family: str, preferred: str | None) -> Callable[[RowBatch], Names]:
    """Return a reader of a batch's names, from the columns of these names.

    It gives given, family and preferred names as staged, then the keys of the first and of the
    last two, the words for a search, and further keys where a name has several words. Rows of which
    no name is left are refused. The key of each name is made once.
    """
    keys = ValueCache(name_key)

    def read_names(rows: RowBatch) -> Names:
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
            list_search_words(f"{own} {keys[name]}", keys[other] if other else "")
            for own, name, other in zip(lasts, first, called, strict=True)
        ]
        more = [
            _further_keys(own, other, name)
            if " " in keys[own] or " " in keys[other] or (name and " " in keys[name])
            else None
            for own, other, name in zip(first, last, called, strict=True)
        ]
        return [first, last, called], [refuse_unspeakable(rows, full, family), also, words, more]

    return read_names


def _further_keys(given: str, family: str, preferred: str | None) -> str | None:
    """Return the keys that find a name of several words beside its own, as a JSON array."""
    borne = {name_key(f"{one} {family}") for one in (given, preferred) if one}
    further = [key for key in recorded_keys(given, family, preferred) if key not in borne]
    return dumps(further) if further else None


def refuse_unspeakable(rows: RowBatch, keys: list[str], column: str) -> list[str]:
    """Return `keys`; refuse a row with no letters left in its name: a search would miss it."""
    if "" in keys:
        for n, key in enumerate(keys):
            if not key and n not in rows.skipped:
                rows.refuse(n, column, "must have a letter or a digit")
    return keys


def make_classes_format() -> FileFormat:
    """Return the format of `classes.csv`."""
    columns = (
        Column("sourced_id", identifier, "id", required=True),
        Column("title", needed_text, "title", required=True),
        Column("org_sourced_id", parse_text, "org_id"),
    )
    return FileFormat(
        "classes.csv", staged_tables.classes, columns, _stage_classes, "sourced_id", others=True
    )


def _stage_classes(rows: RowBatch) -> StagedRows:
    staged = zip(
        rows.places, rows["sourced_id"], rows["title"], rows["org_sourced_id"], strict=True
    )
    return [(staged_tables.classes, rows.kept(staged))]


def make_enrollments_format() -> FileFormat:
    """Return the format of `enrollments.csv`: the whole roster of each class in it."""
    columns = (
        Column("class_sourced_id", identifier, "class_id", required=True),
        Column("person_sourced_id", identifier, "person_id", required=True),
        Column("role", require_cell(make_choice_reader(EnrollmentRole)), "role", required=True),
    )
    return FileFormat(
        "enrollments.csv", staged_tables.enrollments, columns, _stage_enrollments, others=True
    )


def _stage_enrollments(rows: RowBatch) -> StagedRows:
    names = ("class_sourced_id", "person_sourced_id", "role")
    staged = zip(rows.places, *map(rows.__getitem__, names), strict=True)
    return [(staged_tables.enrollments, rows.kept(staged))]


def make_guardians_format() -> FileFormat:
    """Return the format of `guardians.csv`."""
    columns = (
        Column("student_sourced_id", identifier, "student_id", required=True),
        Column("guardian_id", identifier, "guardian_id", required=True),
        Column("name", needed_text, "name", required=True),
        Column("relationship", parse_text, "relationship"),
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
