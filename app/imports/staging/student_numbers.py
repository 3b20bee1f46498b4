"""Consent flags that came under a student's number instead of a sourcedId.

A number is looked up among the students as they will be after the delivery: those it brings, with
the numbers it gives them, and those on file. A number of no student or of two is refused. A number
may be given to another child after its bearer has left; a student in the feed then wins, and a
grant is never taken for a student who has left.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    Text,
    and_,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    true,
    union_all,
)

from app.database import bulk_insert, tables
from app.imports.doubts.spoiled_keys import KEPT, bare_key, digest_row
from app.imports.staging import staged_tables
from app.imports.staging.list_coverage import NO_STATEMENTS
from app.imports.staging.record_assembly import RejectedRow

# The bearer of each number that the delivery names: null where two bear it. `here` is 1 where
# the bearer is in the feed, 0 where not.
_bearers = Table(
    "number_bearers",
    staged_tables.metadata,
    Column("student_number", Text, primary_key=True),
    Column("person_id", Text),
    Column("here", Integer),
    sqlite_with_rowid=False,
)
_NOBODY = "is the number of no student"
_NONE_AT_ALL = f"{_NOBODY}: no roster has brought any student's number yet"
_TWO = "is the number of more than one student"
_GONE = "yes of students who have left is left out"


def settle_numbers(
    connection: Connection, *, complete: bool, absent: frozenset[str]
) -> Iterator[RejectedRow]:
    """Make flags of the rows under numbers; yield what could not be made.

    `complete`: the delivery's people are all there are; `absent` are fields of people that it has
    no columns for.
    """
    numbered = staged_tables.numbered
    if not staged_tables.count_rows(connection, numbered):
        return
    staged_tables.update_statistics(connection, numbered, staged_tables.people)
    students = (
        select(staged_tables.people.c.id).where(staged_tables.people.c.kind == "student").limit(1)
    )
    complete = complete and connection.scalar(students) is not None
    names = [column.name for column in _bearers.c]
    found = _select_bearers(complete=complete, absent=absent)
    connection.execute(insert(_bearers).from_select(names, found))
    staged_tables.analyze_tables(connection, _bearers)
    yield from _find_refused(connection)
    columns = [column.name for column in staged_tables.flags.c]
    connection.execute(insert(staged_tables.flags.table).from_select(columns, _select_flags()))
    gone = select(func.count(numbered.c.line.distinct())).select_from(_join_bearers())
    left = connection.scalar(gone.where(_bearers.c.here == 0, numbered.c.decision == "grant"))
    if left:
        yield RejectedRow(_GONE, count=left)
    connection.execute(delete(numbered.table))


def _select_flags() -> Select[Any]:
    """Select the rows under numbers as flags of their bearers, but for what is left out."""
    numbered, bearers = staged_tables.numbered.c, _bearers.c
    columns: dict[str, Column[Any]] = {column.name: column for column in numbered}
    columns["person_id"] = bearers.person_id
    wanted = and_(bearers.person_id.is_not(None), or_(bearers.here == 1, _is_refusal()))
    rows = select(*(columns[column.name] for column in staged_tables.flags.c)).select_from(
        _join_bearers()
    )
    return rows.where(wanted).order_by(*(columns[name] for name in staged_tables.flags.key))


def _join_bearers() -> Any:
    numbered = staged_tables.numbered
    return numbered.table.join(_bearers, _bearers.c.student_number == numbered.c.student_number)


def _is_refusal() -> ColumnElement[bool]:
    return staged_tables.numbered.c.decision == "refuse"


def _find_refused(connection: Connection) -> Iterator[RejectedRow]:
    """Yield each line with a number of no student, or of two."""
    numbered, bearers = staged_tables.numbered.c, _bearers.c
    joined = staged_tables.numbered.table.outerjoin(
        _bearers, bearers.student_number == numbered.student_number
    )
    rows = (
        select(
            numbered.line, bearers.student_number.is_(None).label("nobody"),
            numbered.student_number, numbered.source, numbered.decision, numbered.label,
        )
        .select_from(joined)
        .where(bearers.person_id.is_(None), numbered.decision.not_in(NO_STATEMENTS))
        .order_by(numbered.line, numbered.label)
    )  # fmt: skip
    are_any = _has_any_number(connection)
    doubts = []
    for line, same in groupby(connection.execute(rows).all(), key=attrgetter("line")):
        said = list(same)
        left = RejectedRow(_TWO, line, "student_number")
        if said[0].nobody and are_any:
            left = replace(left, reason=_NOBODY, lacks="people")
        elif said[0].nobody:
            left = replace(left, reason=_NONE_AT_ALL, lacks="numbers")
        doubts.append(_make_doubt(said, left.reason))
        yield left
    bulk_insert.insert_rows(connection, staged_tables.doubts.table, doubts)


def _make_doubt(rows: list[Any], reason: str) -> tuple[Any, ...]:
    """Return the doubt of a line with a number of no student or of two: it may be about a child."""
    line, number, source = rows[0].line, rows[0].student_number, rows[0].source
    refuses = any(row.decision == "refuse" for row in rows)
    digest = digest_row(source, "student_number", number, [row.label for row in rows])
    key = ("student_number", number, bare_key(number))
    return (line, *key, source, "student_number", reason, refuses, KEPT, digest)


def _has_any_number(connection: Connection) -> bool:
    staged, on_file = staged_tables.people.c.student_number, tables.people.c.student_number
    found = [select(literal(1)).where(column.is_not(None)).limit(1) for column in (staged, on_file)]
    return any(connection.execute(one).first() for one in found)


def _select_bearers(*, complete: bool, absent: frozenset[str]) -> Select[Any]:
    """Select the rows of `_bearers`."""
    bearing = union_all(
        _select_delivered(absent),
        # Where the delivery brings all students, those it lacks have left.
        _select_on_file(here=false() if complete else true()),
    ).subquery()
    wanted = exists().where(staged_tables.numbered.c.student_number == bearing.c.student_number)
    here = func.sum(bearing.c.here)
    whose = case(
        (here == 1, func.max(case((bearing.c.here == 1, bearing.c.id)))),
        (and_(here == 0, func.count() == 1), func.max(bearing.c.id)),
    )
    return (
        select(bearing.c.student_number, whose, case((here > 0, 1), else_=0))
        .where(wanted)
        .group_by(bearing.c.student_number)
        .order_by(bearing.c.student_number)
    )


def _select_delivered(absent: frozenset[str]) -> Select[Any]:
    """Select delivered students with numbers, and whether they are in the feed."""
    staged, kept = staged_tables.people.c, tables.people.c
    number = kept.student_number if "student_number" in absent else staged.student_number
    status = func.coalesce(kept.status, "active") if "status" in absent else staged.status
    # A student missing from the feed until now no longer is.
    here = status.in_(("active", "missing_from_feed")) if "status" in absent else status == "active"
    source = staged_tables.people.table.outerjoin(tables.people, kept.id == staged.id)
    return (
        select(staged.id, number.label("student_number"), _as_number(here).label("here"))
        .select_from(source)
        .where(staged.kind == "student", number.is_not(None))
    )


def _select_on_file(*, here: ColumnElement[bool]) -> Select[Any]:
    """Select students on file that the delivery does not have, or has as deleted."""
    staged, kept, deleted = staged_tables.people.c, tables.people.c, staged_tables.deleted.c
    gone = exists().where(deleted.kind == "people", deleted.id == kept.id)
    active = and_(kept.status == "active", not_(gone), here)
    return select(kept.id, kept.student_number, _as_number(active).label("here")).where(
        kept.kind == "student",
        kept.student_number.is_not(None),
        not_(exists().where(staged.id == kept.id)),
    )


def _as_number(is_so: ColumnElement[bool]) -> ColumnElement[int]:
    return case((is_so, 1), else_=0)
