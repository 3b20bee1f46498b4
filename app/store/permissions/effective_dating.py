"""Dated facts: designations, grants and releases, of which no row is ever changed.

The same fact with another end is a later row; of the rows equal in all but the end the last counts.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Table, exists, insert, select

from app.errors import ConflictError, NotFoundError
from app.store.ledger.chain import make_id
from app.store.ledger.changes import Actor, Change, record_change, to_json_values


class FactKind(NamedTuple):
    """A family of dated facts.

    `kind` is its name on the ledger, `identity` the columns that tell one fact from another, and
    `subjects` gives the sourcedIds of the people a row names.
    """

    kind: str
    table: Table
    identity: tuple[str, ...]
    subjects: Callable[[Mapping[Any, Any]], list[str]]


class EndDate(NamedTuple):
    """A fact's new last day; one before its first day takes it back. `action` is for the ledger."""

    last_day: date
    action: str = "ended"
    note: str | None = None


def read_fact(
    connection: Connection, dated: FactKind, ident: str, *visible: ColumnElement[bool]
) -> RowMapping:
    """Return the row with this id, in force or not; raises `NotFoundError`."""
    wanted = select(dated.table).where(dated.table.c.id == ident, *visible)
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise NotFoundError
    return row


def list_facts(
    connection: Connection, dated: FactKind, after: int, limit: int, *where: ColumnElement[bool]
) -> list[RowMapping]:
    """Return up to `limit` rows behind number `after`, oldest first, superseded ones too."""
    seq = dated.table.c.seq
    wanted = select(dated.table).where(seq > after, *where).order_by(seq).limit(limit)
    return list(connection.execute(wanted).mappings())


def find_latest(
    connection: Connection, dated: FactKind, fact: Mapping[Any, Any]
) -> RowMapping | None:
    """Return the row that counts of those equal to `fact` in all but the end, or None."""
    columns = dated.table.c
    same = (columns[name].is_not_distinct_from(fact[name]) for name in dated.identity)
    wanted = select(dated.table).where(*same).order_by(columns.seq.desc()).limit(1)
    return connection.execute(wanted).mappings().one_or_none()


def is_in_force(dated: FactKind, day: date) -> ColumnElement[bool]:
    """Return the condition that a row counts, has begun and has not ended on `day`."""
    row, later = dated.table.c, dated.table.alias("later").c
    same = (later[name].is_not_distinct_from(row[name]) for name in dated.identity)
    superseded = exists().where(later.seq > row.seq, *same)
    return ~superseded & (row.effective_from <= day) & runs_on(row.effective_to, day)


def runs_on(effective_to: Column[date], day: date) -> ColumnElement[bool]:
    """Return the condition that a fact with this end has not ended before `day`."""
    return effective_to.is_(None) | (effective_to >= day)


def has_ended(row: Mapping[Any, Any], day: date) -> bool:
    """Return whether the fact has ended before `day`."""
    return row["effective_to"] is not None and row["effective_to"] < day


def add_fact(
    connection: Connection,
    actor: Actor,
    dated: FactKind,
    fact: Mapping[str, Any],
    note: str | None = None,
) -> RowMapping:
    """Record a fact: its columns but for `id` and `recorded_at`; `note` is the reason."""
    change = Change(dated.kind, "", "recorded", after=fact, note=note)
    return _write_row(connection, actor, dated, change)


def end_fact(
    connection: Connection, actor: Actor, dated: FactKind, old: RowMapping, ending: EndDate
) -> RowMapping:
    """Give `old` another end by a new row; raises `ConflictError` where a later row has done so."""
    if find_latest(connection, dated, old) != old:
        detail = "Its end has been changed since; read the list again"
        raise ConflictError(detail)
    before = {name: value for name, value in old.items() if name not in _OF_THE_ROW}
    after = {**before, "effective_to": ending.last_day}
    change = Change(dated.kind, "", ending.action, before, after, ending.note)
    return _write_row(connection, actor, dated, change)


def list_fact_columns(table: Table) -> list[str]:
    """Return the columns that tell one fact of `table` from another: all but its end."""
    return [c.name for c in table.c if c.name not in {*_OF_THE_ROW, "effective_to"}]


# Columns of a row, not of its fact; another end of an imported fact is not of that import.
_OF_THE_ROW = frozenset({"seq", "id", "recorded_at", "import_number", "import_place"})


def _write_row(connection: Connection, actor: Actor, dated: FactKind, change: Change) -> RowMapping:
    ident, fact = make_id(), change.after or {}
    connection.execute(insert(dated.table).values(**fact, id=ident, recorded_at=actor.at))
    told = replace(
        change,
        record_id=ident,
        before=change.before and to_json_values(change.before),
        after=to_json_values(fact),
        subjects=dated.subjects(fact),
    )
    record_change(connection, actor, told)
    return read_fact(connection, dated, ident)


def find_day_before(day: date) -> date:
    """Return the last day of a fact that is revoked on `day` and no longer in force on it."""
    return day - timedelta(days=1)
