"""People at each school before and after a delivery: shown in a plan and judged by a hold."""

from collections import defaultdict
from functools import cache
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

    def note(rows: Any, *what: tuple[str, int]) -> None:
        for org_id, is_student, number in connection.execute(rows):
            for name, sign in what:
                counts[org_id or ""][_WHO[bool(is_student)]][name] += sign * number

    on_file, staged, arriving, changing_from, changing_to, gone = _count_each(absent)
    note(on_file, ("before", 1), ("after", 1))
    if whole:
        note(staged, ("added", 1), ("after", 1))
        return counts
    note(arriving, ("added", 1), ("after", 1))
    note(changing_from, ("after", -1))
    note(changing_to, ("after", 1), ("changed", 1))
    note(gone, ("after", -1), ("missing", 1))
    return counts


@cache
def _count_each(absent: frozenset[str]) -> list[Any]:
    on_file = _select_people(_on_file, _on_file.status == "active")
    each = (
        on_file,
        _select_people(_staged, _staged.status == "active"),
        _select_arriving(absent),
        _select_changing(_on_file, absent),
        _select_changing(_staged, absent),
        on_file.join(departures.people, departures.people.c.id == _on_file.id),
    )
    return [_count_by_org(people.subquery().c) for people in each]


def _count_by_org(people: Any) -> Any:
    groups = people.org, people.student
    return select(*groups, func.count()).group_by(*groups)


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
