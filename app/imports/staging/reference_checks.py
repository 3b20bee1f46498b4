"""Checks of the references in staged rows: each org, class and person must be known and fit.

Known is what the store holds and what the same delivery brings, whether or not its own row was
refused: one bad row is one error.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Select, and_, exists, func, not_, or_, select, true
from sqlalchemy.sql.expression import ColumnElement

from app.database import tables
from app.imports.merge.statements import select_source
from app.imports.staging import staged_tables
from app.imports.staging.staged_tables import Staged
from app.policy.statements import SPEAKS_FOR
from app.policy.words import REFUSALS

Fits = Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Fault:
    """A staged row that refers to nothing known, or to a person who does not fit.

    `missing` is what is not known: the kind of record, and its id.
    """

    staged: Staged
    line: int
    field: str
    reason: str
    missing: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _PersonReference:
    """A column that names a person, and the kinds of person that may stand there.

    `fits` tests the person's kind; where it fails, `field` is at fault for `reason`.
    """

    staged: Staged
    column: Column[Any]
    field: str
    reason: str
    fits: Fits
    when: ColumnElement[bool]


_ORGS = (staged_tables.orgs, tables.orgs)
_CLASSES = (staged_tables.classes, tables.classes)
_THINGS: tuple[tuple[Staged, str, tuple[Staged, Any], str], ...] = (
    (staged_tables.people, "org_id", _ORGS, "names no org on file"),
    (staged_tables.classes, "org_id", _ORGS, "names no org on file"),
    (staged_tables.accounts, "org_id", _ORGS, "names no org on file"),
    (staged_tables.designations, "org_id", _ORGS, "names no org on file"),
    (staged_tables.enrollments, "class_id", _CLASSES, "names no class on file"),
)

_ROSTERS = frozenset(
    {
        staged_tables.people,
        staged_tables.classes,
        staged_tables.enrollments,
        staged_tables.guardians,
    }
)


def _make_staff_reference(staged: Staged, field: str) -> _PersonReference:
    """Return a reference to a person who acts for the district: anyone but a student."""
    return _PersonReference(
        staged, staged.c[field], field, "must not be a student", lambda kind: kind != "student",
        true(),
    )  # fmt: skip


def _capacity_fits(kind: Any) -> ColumnElement[bool]:
    capacity = staged_tables.consents.c.capacity
    return or_(*(and_(capacity == c, kind.in_(kinds)) for c, kinds in SPEAKS_FOR.items()))


_PEOPLE = (
    _PersonReference(
        staged_tables.enrollments, staged_tables.enrollments.c.person_id, "", "",
        lambda _kind: true(), true(),
    ),
    _PersonReference(
        staged_tables.guardians, staged_tables.guardians.c.student_id, "student_id",
        "must be a student", lambda kind: kind == "student", true(),
    ),
    _PersonReference(
        staged_tables.consents, staged_tables.consents.c.person_id, "capacity",
        "does not fit the kind of person the row is about", _capacity_fits, true(),
    ),
    _make_staff_reference(staged_tables.accounts, "owner_id"),
    _make_staff_reference(staged_tables.accounts, "authorized_by"),
    _make_staff_reference(staged_tables.account_managers, "person_id"),
    _make_staff_reference(staged_tables.designations, "person_id"),
    _make_staff_reference(staged_tables.grants, "granted_by"),
    _PersonReference(
        staged_tables.grants, staged_tables.grants.c.grantee, "grantee", "", lambda _kind: true(),
        staged_tables.grants.c.grantee_kind == "person",
    ),
)  # fmt: skip


def find_roster_faults(connection: Connection) -> Iterator[Fault]:
    """Yield every staged row of a roster that refers to what is not known or does not fit."""
    staged_tables.index_kinds(connection)
    yield from _find_faults(connection, rosters=True)


def find_other_faults(connection: Connection) -> Iterator[Fault]:
    """Yield the same faults of statements, accounts and permissions."""
    yield from _find_faults(connection, rosters=False)
    yield from _find_unknown_refusals(connection)


def _find_faults(connection: Connection, *, rosters: bool) -> Iterator[Fault]:
    for dangling in _list_dangling():
        if (dangling.staged in _ROSTERS) is rosters:
            for line, missing in connection.execute(dangling.rows):
                kept = dangling.kind, missing
                yield Fault(dangling.staged, line, dangling.field, dangling.reason, kept)
    for reference, rows in _list_misfits():
        if (reference.staged in _ROSTERS) is rosters:
            yield from _find_misfits(connection, reference, rows)


class _Dangling(NamedTuple):
    """The rows of a staged table that refer to no record of `kind`."""

    staged: Staged
    field: str
    reason: str
    kind: str
    rows: Select[Any]


# They are the same for each delivery, and take longer to write than to run on a small one.
@cache
def _list_dangling() -> list[_Dangling]:
    return [_select_dangling(*thing) for thing in _THINGS]


@cache
def _list_misfits() -> list[tuple[_PersonReference, Select[Any]]]:
    return [(reference, _select_misfits(reference)) for reference in _PEOPLE]


def _select_dangling(staged: Staged, field: str, of: tuple[Staged, Any], reason: str) -> _Dangling:
    arriving, stored = of
    column = staged.c[field]
    known = or_(
        exists().where(arriving.c.id == column),
        exists().where(stored.c.id == column),
        _is_refused(stored.name, column),
    )
    rows = select(staged.c.line, column).where(column.is_not(None), not_(known))
    return _Dangling(staged, field, reason, stored.name, _stream_rows(rows.order_by(staged.c.line)))


def _select_misfits(reference: _PersonReference) -> Select[Any]:
    column, arriving, stored = reference.column, staged_tables.people, tables.people
    kind: Any = func.coalesce(arriving.c.kind, stored.c.kind)
    joined = reference.staged.table.outerjoin(arriving.table, arriving.c.id == column).outerjoin(
        stored, stored.c.id == column
    )
    unknown = and_(kind.is_(None), not_(_is_refused("people", column)))
    rows = (
        select(reference.staged.c.line, kind.is_(None).label("unknown"), column.label("missing"))
        .select_from(joined)
        .where(column.is_not(None), reference.when, or_(unknown, not_(reference.fits(kind))))
        .order_by(reference.staged.c.line)
    )
    return _stream_rows(rows)


def _find_misfits(
    connection: Connection, reference: _PersonReference, rows: Select[Any]
) -> Iterator[Fault]:
    for line, is_unknown, missing in connection.execute(rows):
        if is_unknown:
            reason = "names no person on file"
            kept = "people", missing
            yield Fault(reference.staged, line, reference.column.name, reason, kept)
        else:
            yield Fault(reference.staged, line, reference.field, reference.reason)


def _find_unknown_refusals(connection: Connection) -> Iterator[Fault]:
    """Yield lifts that name no refusal on file by the same maker about the same person."""
    c, staged = tables.consents.c, staged_tables.consents.c
    maker = staged.person_id, staged.capacity, select_source()
    lifts = select(staged.line, staged.lifts, *maker).where(staged.lifts.is_not(None))
    for line, named, person_id, capacity, whose in connection.execute(lifts):
        ids = named.split()
        theirs = select(func.count()).where(
            c.id.in_(ids),
            c.person_id == person_id,
            c.decision.in_(sorted(REFUSALS)),
            c.capacity == capacity,
            c.source == whose,
        )
        if (connection.scalar(theirs) or 0) < len(ids):
            reason = "must be refusals on file by the same maker about the same person"
            yield Fault(staged_tables.consents, line, "lifts", reason)


def _stream_rows(statement: Select[Any]) -> Select[Any]:
    return statement.execution_options(yield_per=5_000)


def _is_refused(kind: str, column: Column[Any]) -> ColumnElement[bool]:
    refused = staged_tables.refused.c
    return exists().where(refused.kind == kind, refused.id == column)
