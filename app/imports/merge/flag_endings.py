"""Refusals that a complete list no longer has: the list itself takes them back, by a lift.

A lift names the refusals that it takes back by their ids. A refusal stays where the same list has
an earlier yes in force: that yes would count again, though no row says it now.
"""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Integer,
    and_,
    bindparam,
    exists,
    func,
    not_,
    or_,
    select,
)

from app.database import bulk_insert, tables
from app.imports.staging import staged_tables
from app.imports.staging.flag_statements import make_statement, scopes_overlap
from app.imports.staging.list_coverage import ended

_KEY = ("person_id", "source", "activity", "channel", "extent")
_said = tables.consents.alias("ended_refusals")


def stage_lifts(connection: Connection, number: int, at: datetime, today: date) -> None:
    """Stage a lift for every refusal that its list no longer has; signed at `at`, from `today`.

    What the import `number` itself put on file is as if it were not there.
    """
    rows = connection.execute(_select_liftable(), {"number": number, "today": today}).all()
    made = []
    for _, some in groupby(rows, key=lambda row: tuple(getattr(row, name) for name in _KEY)):
        refusals = list(some)
        lifts = " ".join(row.id for row in refusals)
        made.append(make_statement(refusals[0], at, today, lifts))
    bulk_insert.insert_rows(connection, staged_tables.consents.table, made)
    staged_tables.update_statistics(connection, staged_tables.consents)


@cache
def _select_liftable() -> Any:
    same = and_(*(_said.c[name] == ended.c[name] for name in _KEY))
    return (
        select(ended, _said.c.id)
        .select_from(ended.join(_said, same))
        .where(*_match_open_refusals(), not_(_revives_yes()))
        .order_by(*(ended.c[name] for name in _KEY), _said.c.id)
    )


def _match_open_refusals() -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of a refusal of an earlier import that is not lifted or corrected."""
    later, number = tables.consents.alias("later_statements"), bindparam("number", type_=Integer)
    yield _said.c.decision == "refuse"
    yield _said.c.import_number.is_distinct_from(number)
    yield not_(
        exists().where(
            later.c.person_id == _said.c.person_id,
            or_(
                later.c.corrects == _said.c.id,
                and_(later.c.decision == "lift", later.c.lifts.contains(_said.c.id)),
            ),
            later.c.import_number.is_distinct_from(number),
        )
    )


def _revives_yes() -> ColumnElement[bool]:
    yes, today = tables.consents.alias("earlier_yes"), bindparam("today", type_=Date)
    return exists().where(
        yes.c.person_id == _said.c.person_id,
        yes.c.source == _said.c.source,
        yes.c.decision == "grant",
        yes.c.seq < _said.c.seq,
        or_(yes.c.effective_to.is_(None), yes.c.effective_to >= today),
        scopes_overlap(yes.c, _said.c),
    )


def count_endings(connection: Connection) -> dict[str, int]:
    """Count by value of a consent column the students of which it ends a refusal.

    Values are in the words of the profile. `list_coverage.NO_ROW` stands in the place of the value
    where a list no longer names the student.
    """
    found: dict[str, int] = dict(connection.execute(_count_lifted()).all())
    return found


@cache
def _count_lifted() -> Any:
    lifts = staged_tables.consents.c
    same = [lifts[name] == ended.c[name] for name in _KEY]
    lifted = exists().where(*same, lifts.decision == "lift", lifts.lifts.is_not(None))
    rows = select(ended.c.label, func.count(ended.c.person_id.distinct())).where(lifted)
    return rows.group_by(ended.c.label)


def count_kept(connection: Connection, number: int) -> int:
    """Count students with a refusal that the list no longer has and cannot take back."""
    said: Any = connection.scalar(_count_unlifted(), {"number": number})
    return said or 0


@cache
def _count_unlifted() -> Any:
    same = and_(*(_said.c[name] == ended.c[name] for name in _KEY))
    lifts = staged_tables.consents.c
    lifted = exists().where(
        lifts.person_id == _said.c.person_id, lifts.decision == "lift",
        lifts.lifts.contains(_said.c.id),
    )  # fmt: skip
    rows = select(func.count(_said.c.person_id.distinct())).select_from(ended.join(_said, same))
    return rows.where(*_match_open_refusals(), not_(lifted))
