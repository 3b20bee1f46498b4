"""The records that a named feed brings: noted beside the plan, put on file with the import.

A complete delivery replaces what its feed brought, of the kinds and classes that it has; a delta
adds and removes. A row that was set aside leaves its record as it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
    union,
)

from app.database import tables
from app.imports.merge import departures, previous_records
from app.imports.merge.feeds import ENROLLMENTS, GUARDIANS, Feeds, list_people_kinds
from app.imports.merge.guardian_ties import are_any_named
from app.imports.merge.ledger_rows import ImportStamp
from app.imports.merge.records import make_insert
from app.imports.merge.slices import KeyRange, KeyRangeScan, MergeStep, Prepared
from app.imports.staging import staged_tables
from app.imports.staging.staged_tables import Staged
from app.store.service.plan_parts import Delivered, FeedChanges, FeedRecords

_ADDED, _REMOVED = "added", "removed"


@dataclass(frozen=True, slots=True, eq=False)
class _FeedTable:
    """A table of what feeds bring, its staged rows, and the notes of what changes in it."""

    staged: Staged
    target: Table
    todo: Table

    def match_keys(self, one: Any, other: Any) -> ColumnElement[bool]:
        return and_(*(one[name] == other[name] for name in self.staged.key))


def _make_feed_table(staged: Staged, target: Table) -> _FeedTable:
    keys = [Column(name, Text) for name in staged.key]
    todo = Table(
        f"todo_{target.name}",
        staged_tables.metadata,
        *keys,
        Column("op", Text),
        PrimaryKeyConstraint(*staged.key),
        sqlite_with_rowid=False,
    )
    return _FeedTable(staged, target, todo)


_PEOPLE = _make_feed_table(staged_tables.people, tables.feed_people)
_ENROLLMENTS = _make_feed_table(staged_tables.enrollments, tables.feed_enrollments)
_GUARDIANS = _make_feed_table(staged_tables.guardians, tables.feed_guardians)
_TABLES = (_PEOPLE, _ENROLLMENTS, _GUARDIANS)


def plan_feed(
    connection: Connection, feeds: Feeds, delivered: Mapping[Staged, Delivered]
) -> FeedChanges | None:
    """Note what changes in what the feed brings; return it in numbers, None without a name."""
    for one in _TABLES:
        connection.execute(delete(one.todo))
    if feeds.own is None:
        return None
    records = {
        str(one.target.name): _note_changes(connection, one, feeds.own, delivered)
        for one in _TABLES
    }
    return FeedChanges(feeds.own, _find_kinds(connection, feeds.own, delivered), records)


def _find_kinds(
    connection: Connection, own: str, delivered: Mapping[Staged, Delivered]
) -> dict[str, bool]:
    """Return the kinds that come; by a delta all do, since the rest is as it was."""
    kinds: dict[str, bool] = {}
    for one, kind in ((_ENROLLMENTS, ENROLLMENTS), (_GUARDIANS, GUARDIANS)):
        said = delivered.get(one.staged)
        if said and (said.extent == "delta" or staged_tables.count_rows(connection, one.staged)):
            kinds[kind] = said.extent == "complete"
    said = delivered.get(staged_tables.people)
    if said:
        staged = connection.scalars(select(staged_tables.people.c.kind).distinct())
        known = list_people_kinds(connection, own) if said.extent == "delta" else []
        kinds |= dict.fromkeys({*staged, *known}, said.extent == "complete")
    return kinds


def _note_changes(
    connection: Connection, one: _FeedTable, own: str, delivered: Mapping[Staged, Delivered]
) -> FeedRecords:
    said = delivered.get(one.staged)
    mine = one.target.c.feed == own
    some = connection.execute(select(literal(1)).where(mine).limit(1)).first()
    if some is None:
        listed = _match_listed(one, said)
        rows = select(func.count()).select_from(one.staged.table).where(listed)
        added = connection.scalar(rows) or 0 if said else 0
        return FeedRecords(added=added, whole=True)
    if said is not None:
        _note_rows(connection, one, _ADDED, _select_new(one, own, said))
    for rows in _REMOVALS[one](connection, mine, said):
        _note_rows(connection, one, _REMOVED, rows)
    staged_tables.analyze_tables(connection, one.todo)
    counted = select(one.todo.c.op, func.count()).group_by(one.todo.c.op)
    found: dict[str, int] = dict(connection.execute(counted).all())
    return FeedRecords(found.get(_ADDED, 0), found.get(_REMOVED, 0))


def _match_listed(one: _FeedTable, said: Delivered | None) -> ColumnElement[bool]:
    """Return true for a staged row that the feed brings: of people those who are active.

    Without a column of the status all are.
    """
    if one is not _PEOPLE or said is None or "status" in said.absent:
        return true()
    return staged_tables.people.c.status == "active"


def _select_new(one: _FeedTable, own: str, said: Delivered) -> Any:
    staged, target = one.staged, one.target.c
    known = exists().where(one.match_keys(target, staged.c), target.feed == own)
    return select(*staged.keys).where(_match_listed(one, said), not_(known))


def _note_rows(connection: Connection, one: _FeedTable, op: str, rows: Any) -> None:
    found = rows.subquery()
    noted = select(*found.c, literal(op))
    connection.execute(insert(one.todo).from_select([*one.staged.key, "op"], noted))


def _select_people_gone(
    _connection: Connection, mine: ColumnElement[bool], said: Delivered | None
) -> list[Any]:
    brought, staged = tables.feed_people.c, staged_tables.people.c
    deleted, refused = staged_tables.deleted.c, staged_tables.refused.c
    here = exists().where(staged.id == brought.id, _match_listed(_PEOPLE, said))
    rows = [
        select(brought.id)
        .join(staged_tables.deleted.table, deleted.id == brought.id)
        .where(mine, deleted.kind == "people", not_(here))
    ]
    if said is None:
        return [union(*rows)]
    if "status" not in said.absent:
        rows.append(
            select(brought.id)
            .join(staged_tables.people.table, staged.id == brought.id)
            .where(mine, staged.status != "active")
        )
    if said.extent == "complete":
        people = tables.people.c
        kept = exists().where(refused.kind == "people", refused.id == brought.id)
        kinds = select(staged.kind).distinct()
        rows.append(
            select(brought.id)
            .outerjoin(tables.people, people.id == brought.id)
            .where(mine, not_(here), not_(kept), or_(people.id.is_(None), people.kind.in_(kinds)))
        )
    return [union(*rows)]


def _select_enrollments_gone(
    _connection: Connection, mine: ColumnElement[bool], said: Delivered | None
) -> list[Any]:
    brought, staged = tables.feed_enrollments.c, staged_tables.enrollments.c
    keys = [brought[name] for name in staged_tables.enrollments.key]
    gone = not_(exists().where(_ENROLLMENTS.match_keys(staged, brought)))
    same = _ENROLLMENTS.match_keys(tables.enrollments.c, brought)
    rows = [
        select(*keys)
        .join(tables.enrollments, same)
        .join(staged_tables.deleted.table, of)
        .where(mine, gone)
        for of in departures.match_deleted_enrollments()
    ]
    if said is not None and said.extent != "delta":
        kept = departures.keeps_everyone(brought.class_id)
        theirs = exists().where(staged.class_id == brought.class_id)
        of_class = theirs if said.extent == "classes" else true()
        rows.append(select(*keys).where(mine, gone, of_class, not_(kept)))
    return [union(*rows)]


def _select_ties_gone(
    connection: Connection, mine: ColumnElement[bool], said: Delivered | None
) -> list[Any]:
    brought, staged = tables.feed_guardians.c, staged_tables.guardians.c
    deleted, refused = staged_tables.deleted.c, staged_tables.refused.c
    here = exists().where(_GUARDIANS.match_keys(staged, brought))
    rows: list[ColumnElement[bool]] = []
    if staged_tables.count_rows(connection, staged_tables.deleted):
        rows.append(exists().where(deleted.kind == "people", deleted.id == brought.guardian_id))
    if said is not None and said.extent == "complete" and are_any_named(connection):
        rows.append(exists().where(staged_tables.people.c.id == brought.student_id))
    either = refused.id.in_((brought.student_id, brought.guardian_id))
    kept = exists().where(refused.kind == "people", either)
    keys = select(brought.student_id, brought.guardian_id)
    return [keys.where(mine, or_(*rows), not_(here), not_(kept))] if rows else []


_REMOVALS = {
    _PEOPLE: _select_people_gone,
    _ENROLLMENTS: _select_enrollments_gone,
    _GUARDIANS: _select_ties_gone,
}


def make_adding_steps(
    stamp: ImportStamp, feed: FeedChanges | None, delivered: Mapping[Staged, Delivered]
) -> list[MergeStep]:
    """Return the steps that note what the feed brings from now on, before it is on file.

    So an import that stops half-way leaves no child in a class that another feed takes out of it.
    """
    return [
        _make_adding_step(one, stamp, name, counts, delivered.get(one.staged))
        for one, name, counts in _read_counts(feed)
    ]


def make_removing_steps(stamp: ImportStamp, feed: FeedChanges | None) -> list[MergeStep]:
    """Return the steps that forget what the feed brings no more."""
    return [
        _make_removing_step(one, stamp, name, counts.removed)
        for one, name, counts in _read_counts(feed)
    ]


def _read_counts(feed: FeedChanges | None) -> list[tuple[_FeedTable, str, FeedRecords]]:
    """Return what a plan has noted, by table and with the feed; nothing where there is no feed."""
    if feed is None:
        return []
    return [(one, feed.name, feed.records[str(one.target.name)]) for one in _TABLES]


def _make_adding_step(
    one: _FeedTable,
    stamp: ImportStamp,
    own: str,
    counts: FeedRecords,
    said: Delivered | None,
) -> MergeStep:
    keys, where = _list_noted_keys(one), one.todo.c.op == _ADDED
    if counts.whole:
        keys, where = one.staged.keys, _match_listed(one, said)
    walk = KeyRangeScan(*keys, where=where)
    names = [*one.staged.key, "feed", "import_number"]
    rows = select(*keys, literal(own), literal(stamp.number)).where(walk.within).order_by(*keys)

    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        connection.execute(make_insert(connection, one.target, names, rows), bounds)

    return MergeStep(f"{one.target.name} added", walk, apply, counts.added)


def _make_removing_step(one: _FeedTable, stamp: ImportStamp, own: str, rows: int) -> MergeStep:
    target, keys = one.target, _list_noted_keys(one)
    walk = KeyRangeScan(*keys, where=one.todo.c.op == _REMOVED)
    noted = select(*keys).where(walk.within)
    key: Any = tuple_(*(target.c[name] for name in one.staged.key))
    if len(keys) == 1:
        key = target.c[keys[0].name]
    gone = and_(target.c.feed == own, key.in_(noted))

    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        previous_records.remove_rows(connection, target, stamp.number, gone, bounds)

    return MergeStep(f"{target.name} removed", walk, apply, rows)


def _list_noted_keys(one: _FeedTable) -> list[Column[Any]]:
    return [one.todo.c[name] for name in one.staged.key]


def note_delivery(connection: Connection, number: int, feed: FeedChanges | None) -> None:
    """Note that a named feed came, and with what; again it is noted once."""
    kinds = feed.kinds if feed else {}
    names = ["import_number", "kind", "whole"]
    for kind, whole in kinds.items():
        row: Any = select(literal(number), literal(kind), literal(whole))
        connection.execute(make_insert(connection, tables.feed_deliveries, names, row))
