"""People at each school before and after a delivery: shown in a plan and judged by a hold."""

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Text, case, cast, func, null, select

from app.database import tables
from app.imports.merge import departures
from app.imports.merge.records import PENDING
from app.imports.staging import staged_tables

Counts = dict[str, dict[str, dict[str, int]]]

_staged, _on_file = staged_tables.people.c, tables.people.c
_todo = PENDING[staged_tables.people]
_WHO = ("staff", "students")


def count_schools(connection: Connection, absent: frozenset[str], *, whole: bool) -> Counts:
    """Count active people before and after, and those added, changed and missing.

    By org, and by `students` or `staff`. Run it after the differences are noted; `whole` where no
    people were on file before.
    """
    counts: Counts = defaultdict(lambda: {who: defaultdict(int) for who in _WHO})

    def note(people: Any, *what: tuple[str, int]) -> None:
        each = people.subquery()
        rows = select(each.c.org, each.c.student, func.count()).group_by(each.c.org, each.c.student)
        for org_id, is_student, number in connection.execute(rows):
            for name, sign in what:
                counts[org_id or ""][_WHO[bool(is_student)]][name] += sign * number

    on_file = _select_people(_on_file, _on_file.status == "active")
    note(on_file, ("before", 1), ("after", 1))
    if whole:
        note(_select_people(_staged, _staged.status == "active"), ("added", 1), ("after", 1))
        return counts
    note(_select_arriving(absent), ("added", 1), ("after", 1))
    note(_select_changing(_on_file, absent), ("after", -1))
    note(_select_changing(_staged, absent), ("after", 1), ("changed", 1))
    gone = on_file.join(departures.people, departures.people.c.id == _on_file.id)
    note(gone, ("after", -1), ("missing", 1))
    return counts


def _select_people(people: Any, *conditions: Any, org: Any = None) -> Any:
    student = case((people.kind == "student", 1), else_=0).label("student")
    return select((people.org_id if org is None else org).label("org"), student).where(*conditions)


def _select_arriving(absent: frozenset[str]) -> Any:
    org = cast(null(), Text) if "org_id" in absent else _staged.org_id
    rows = _select_people(_staged, _todo.c.op == "added", _staged.status == "active", org=org)
    return rows.join(_todo, _todo.c.id == _staged.id)


def _select_changing(people: Any, absent: frozenset[str]) -> Any:
    """Select people who change, where they are before (`_on_file`) or after (`_staged`)."""
    org: Any = _on_file.org_id
    status: Any = _on_file.status
    if people is _staged:
        org = org if "org_id" in absent else _staged.org_id
        returned = case((status == "missing_from_feed", "active"), else_=status)
        status = returned if "status" in absent else _staged.status
    joined = _todo.join(staged_tables.people.table, _staged.id == _todo.c.id)
    joined = joined.join(tables.people, _on_file.id == _todo.c.id)
    rows = _select_people(people, _todo.c.op == "changed", status == "active", org=org)
    return rows.select_from(joined)
