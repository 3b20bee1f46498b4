"""Rows of a delivery that are set aside: what they would have changed stays as it is on file.

Rows that refer to them are set aside too, where the person would otherwise be missing. An
enrollment set aside leaves a gap: its class may lack anyone, and so keeps everyone it has.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)

from app.database import bulk_insert, tables
from app.database.json_lists import as_json, is_in, json_list
from app.imports.merge.departures import STRAY
from app.imports.merge.ledger_rows import ImportStamp
from app.imports.merge.roster_gap_notes import keep_gaps
from app.imports.merge.slices import KeyRange, KeyRangeScan, MergeStep, Prepared
from app.imports.staging import staged_tables
from app.imports.staging.staged_tables import Staged
from app.store.ledger.record_sums import watch

# Whether a row names its class, or has only cells that may.
SURE, PERHAPS = "1", "0"
ROSTERS = (
    staged_tables.orgs, staged_tables.people, staged_tables.classes,
    staged_tables.enrollments, staged_tables.guardians
)  # fmt: skip
_ORGS, _CLASSES = (staged_tables.orgs, tables.orgs), (staged_tables.classes, tables.classes)
_PEOPLE = (staged_tables.people, tables.people)
_KEYED = (staged_tables.orgs, staged_tables.people, staged_tables.classes)
_CHUNK = 5_000
# References of one table to another, each after those of the table it refers to.
_OF_ROSTERS: tuple[tuple[Staged, str, Any], ...] = (
    (staged_tables.people, "org_id", _ORGS),
    (staged_tables.classes, "org_id", _ORGS),
    (staged_tables.enrollments, "class_id", _CLASSES),
    (staged_tables.enrollments, "person_id", _PEOPLE),
    (staged_tables.guardians, "student_id", _PEOPLE),
)
_OF_OTHERS: tuple[tuple[Staged, str, Any], ...] = (
    (staged_tables.consents, "person_id", _PEOPLE),
    (staged_tables.accounts, "org_id", _ORGS),
    (staged_tables.accounts, "owner_id", _PEOPLE),
    (staged_tables.accounts, "authorized_by", _PEOPLE),
    (staged_tables.account_managers, "person_id", _PEOPLE),
    (staged_tables.designations, "org_id", _ORGS),
    (staged_tables.designations, "person_id", _PEOPLE),
    (staged_tables.grants, "granted_by", _PEOPLE),
    (staged_tables.grants, "grantee", _PEOPLE),
)


def drop_rows(connection: Connection, places: Mapping[Staged, Iterable[int]]) -> list[int]:
    """Unstage these rows of rosters and those that follow from them; return the latter's places."""
    for staged in ROSTERS:
        _drop_lines(connection, staged, list(places.get(staged, ())))
    for staged in _KEYED:
        connection.execute(_drop_refused(staged))
    followed: list[int] = []
    for staged, field, of in _OF_ROSTERS:
        lines = list(connection.scalars(_find_following(staged, field, of)))
        _drop_lines(connection, staged, lines)
        followed += lines
    return followed


def find_followers(connection: Connection) -> Iterator[tuple[Staged, int, str]]:
    """Yield statements, accounts and permissions of people set aside who are not on file.

    Each with its table, its place and its field.
    """
    for staged, field, of in _OF_OTHERS:
        for line in connection.scalars(_find_following(staged, field, of)):
            yield staged, line, field


@cache
def _drop_refused(staged: Staged) -> Any:
    again = exists().where(_is_refused(staged.target, staged.c.id))
    return delete(staged.table).where(again)


def _is_refused(kind: str, column: Column[Any]) -> ColumnElement[bool]:
    refused = staged_tables.refused.c
    return and_(refused.kind == kind, refused.id == column)


@cache
def _find_following(staged: Staged, field: str, of: tuple[Staged, Any]) -> Any:
    arriving, stored = of
    column = staged.c[field]
    there = [exists().where(one.c.id == column) for one in (arriving, stored)]
    gone = exists().where(_is_refused(stored.name, column))
    when = [staged.c.grantee_kind == "person"] if field == "grantee" else []
    wanted = select(staged.c.line).where(column.is_not(None), gone, *map(not_, there), *when)
    return wanted.order_by(staged.c.line)


def _drop_lines(connection: Connection, staged: Staged, lines: list[int]) -> None:
    for start in range(0, len(lines), _CHUNK):
        mine = staged.c.line.in_(lines[start : start + _CHUNK])
        if staged in _KEYED:
            rows = select(staged.c.line, literal(staged.target), staged.c.id).where(mine)
            _insert_rows(connection, staged_tables.refused, ("line", "kind", "id"), rows)
        elif staged is staged_tables.enrollments:
            rows = select(staged.c.line, staged.c.class_id, literal(SURE)).where(mine, _may_study())
            _insert_rows(connection, staged_tables.gaps, ("line", "class_id", "sure"), rows)
        connection.execute(delete(staged.table).where(mine))


def _may_study() -> ColumnElement[bool]:
    """Return true for an enrollment that may be a student's; an unknown employee's is no gap."""
    rows = staged_tables.enrollments.c
    return or_(rows.role == "student", exists().where(_is_refused("people", rows.person_id)))


def _insert_rows(connection: Connection, staged: Staged, names: tuple[str, ...], rows: Any) -> None:
    connection.execute(insert(staged.table).from_select(list(names), rows))


def settle_gaps(connection: Connection) -> tuple[int, bool]:
    """Keep of the gaps the known classes; `STRAY` stands for a row of an unknown class.

    Return how many classes have gaps, and whether there is such a row.
    """
    gaps = staged_tables.gaps
    known = or_(
        exists().where(staged_tables.classes.c.id == gaps.c.class_id),
        exists().where(tables.classes.c.id == gaps.c.class_id),
    )
    rows = connection.execute(
        select(gaps.c.line, gaps.c.class_id, gaps.c.sure, known.label("known"))
    ).all()
    classes = {row.class_id for row in rows if row.known}
    told = {row.line for row in rows if row.known or (row.sure == SURE and row.class_id)}
    stray = {STRAY for row in rows if row.line not in told}
    connection.execute(delete(gaps.table))
    kept = [(0, class_id, SURE) for class_id in sorted(classes | stray)]
    bulk_insert.insert_rows(connection, gaps.table, kept)
    return len(classes), bool(stray)


def gap_step(stamp: ImportStamp, classes: int) -> MergeStep:
    """Return the step that marks classes with incomplete rosters."""
    gaps, on_file = staged_tables.gaps, tables.classes
    walk = KeyRangeScan(gaps.c.class_id)
    mine = on_file.c.id.in_(select(gaps.c.class_id).where(walk.within))
    marks = update(on_file).where(mine, on_file.c.roster_gap_at.is_(None))
    marks = marks.values(roster_gap_at=stamp.at)

    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        keep_gaps(connection, stamp.number, mine, bounds)
        with watch(connection, on_file, mine, bounds):
            connection.execute(marks, bounds)

    return MergeStep("classes whose rosters lack somebody", walk, apply, classes)


def close_gaps(connection: Connection, number: int, extent: str | None) -> None:
    """Unmark the classes that were delivered whole: their rosters are complete again."""
    gaps, on_file = staged_tables.gaps, tables.classes.c
    open_ = exists().where(or_(gaps.c.class_id == on_file.id, gaps.c.class_id == STRAY))
    whole = [on_file.roster_gap_at.is_not(None), not_(open_)]
    if extent == "classes":
        whole.append(exists().where(staged_tables.enrollments.c.class_id == on_file.id))
    if extent in ("classes", "complete"):
        keep_gaps(connection, number, and_(*whole))
        ids = list(connection.scalars(select(on_file.id).where(*whole)))
        mine, given = is_in(on_file.id, json_list("ids")), {"ids": as_json(ids)}
        closed = update(tables.classes).where(mine).values(roster_gap_at=None)
        with watch(connection, tables.classes, mine, given):
            connection.execute(closed, given)
