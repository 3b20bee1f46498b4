"""Repairs of trifles in a roster: oddities that decide nothing about photos, fixed and counted.

A class's students must all be known, regardless of their rows: a student on file or in the delivery
counts as a student of the class, and no one else does.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import Connection, case, exists, func, not_, select, update

from app.database import tables
from app.imports.staging import staged_tables
from app.imports.staging.record_assembly import RejectedRow

_PARENTS = "parents of orgs are left out, since no such org is delivered or on file"
_ROLES = {
    "student": "students who are in a class as staff count as students of the class",
    "aide": "people in a class as students who are none count as aides",
}


def settle_trifles(connection: Connection) -> Iterator[RejectedRow]:
    """Fix the trifles in what is staged; yield each kind and how often it was fixed."""
    if forgotten := _forget_parents(connection):
        yield RejectedRow(_PARENTS, count=forgotten)
    staged_tables.index_kinds(connection)
    misfits: dict[str, int] = dict(connection.execute(_count_misfits()).all())
    for role, reason in _ROLES.items():
        if count := misfits.get(role):
            yield RejectedRow(reason, count=count)
            connection.execute(_set_role(role))
    if misfits:
        staged_tables.drop_repeats(connection, staged_tables.enrollments)


def _forget_parents(connection: Connection) -> int:
    return connection.execute(_clear_unknown_parents()).rowcount


@cache
def _clear_unknown_parents() -> Any:
    orgs, among = staged_tables.orgs, staged_tables.orgs.table.alias()
    unknown = [not_(exists().where(one.c.id == orgs.c.parent_id)) for one in (among, tables.orgs)]
    forget = update(orgs.table).where(orgs.c.parent_id.is_not(None), *unknown)
    return forget.values(parent_id=None)


def _select_misfits() -> Any:
    """Select enrollments with a role that does not fit the person's kind: line and right role."""
    rows, arriving, stored = staged_tables.enrollments, staged_tables.people, tables.people
    kind = func.coalesce(arriving.c.kind, stored.c.kind)
    joined = rows.table.outerjoin(arriving.table, arriving.c.id == rows.c.person_id).outerjoin(
        stored, stored.c.id == rows.c.person_id
    )
    role = case((kind == "student", "student"), else_="aide").label("fitting")
    misfit = (kind == "student") != (rows.c.role == "student")
    return select(rows.c.line, role).select_from(joined).where(kind.is_not(None), misfit)


@cache
def _count_misfits() -> Any:
    found = _select_misfits().subquery()
    return select(found.c.fitting, func.count()).group_by(found.c.fitting)


def _set_role(role: str) -> Any:
    found, rows = _select_misfits().subquery(), staged_tables.enrollments
    lines = select(found.c.line).where(found.c.fitting == role)
    return update(rows.table).where(rows.c.line.in_(lines)).values(role=role)
