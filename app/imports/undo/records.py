"""The undo of records: those that an import changed or removed, and those that it added.

A record that was changed since stays as it is, and is listed. Orgs and classes stay on file; a
person who came with the import is inactive.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    select,
    tuple_,
    update,
)

from app.database import tables
from app.database.json_lists import as_json, is_in, json_list
from app.imports.identities.former_rights import end_rights
from app.imports.merge import previous_records
from app.imports.merge.guardian_ties import list_sources
from app.imports.merge.records import make_insert
from app.imports.merge.slices import KeyRange, KeyRangeScan, MergeStep, Prepared
from app.imports.undo.feed_records import is_brought_too, read_undone_feed
from app.imports.undo.stricter_values import find_stricter_values
from app.imports.undo.undone_import import Undone
from app.policy.statements import BY_GUARDIAN
from app.store.ledger.record_sums import watch_first_keys
from app.store.people import name_index
from app.store.service.import_records import ImportRecord

# In the order in which they are put back: each after what it refers to.
TARGETS: Mapping[str, Table] = {
    "orgs": tables.orgs,
    "people": tables.people,
    "classes": tables.classes,
    "enrollments": tables.enrollments,
    "guardians": tables.guardians,
}
# What feeds bring is put back first: by it an enrollment of another feed stays.
_FEEDS: Mapping[str, Table] = {
    "feed_people": tables.feed_people,
    "feed_enrollments": tables.feed_enrollments,
    "feed_guardians": tables.feed_guardians,
}
_ALL = {**_FEEDS, **TARGETS}
_PERSON = {"people": 0, "enrollments": 1, "guardians": 0,
           "feed_people": 0, "feed_enrollments": 1, "feed_guardians": 0}  # fmt: skip
# Put back by others: the index of names, and `roster_gap_notes`.
_APART = ("search_words", "roster_gap_at")
_COME_AND_GO = ("enrollments", "guardians", *_FEEDS)
_said, _doubts, _people = tables.import_befores.c, tables.source_doubts.c, tables.people.c
Action = Literal["same", "changed", "removed", "added", "stays", "kept", "brought"]


class Before(NamedTuple):
    """A record's key, its former row (JSON, None for nothing) and `number_after`, as kept."""

    key: str
    row: str | None
    number_after: int | None


class CurrentRecord(NamedTuple):
    """A record as it is now: JSON, the import that it names, and whether a feed brings it still."""

    row: str
    number: int | None
    brought: bool


def make_record_steps(connection: Connection, undone: Undone) -> list[MergeStep]:
    """Return the steps that put records back, those with rows."""
    made = []
    for kind in (one for one in _ALL if one not in undone.feed.replaced):
        for added in (False, True):
            walk = _make_walk(connection, undone.number, kind, added=added)
            rows = _count_rows(connection, undone.number, kind, added=added)
            if rows:
                made.append(_make_step(undone, kind, walk, rows, added=added))
    return made


def judge_all(
    connection: Connection, undone: ImportRecord, kind: str
) -> Iterator[tuple[str, Action]]:
    """Yield every record that an import touched, by key, and the action that an undo takes."""
    number = undone.number
    brought = is_brought_too(kind, read_undone_feed(connection, undone))
    for befores_of in (
        _read_changed(connection, number, kind),
        _read_added(connection, number, kind),
    ):
        for some in befores_of:
            current = _read_current(connection, kind, some, brought)
            for before in some:
                yield before.key, judge_record(kind, current.get(before.key), before)


def judge_record(kind: str, current: CurrentRecord | None, before: Before) -> Action:
    """Return the action for a record: `kept` where another import has changed it since."""
    if current is None:
        return "added" if before.row and kind in _COME_AND_GO else "same"
    if current.number != before.number_after:
        if before.row is None or orjson.loads(before.row)["import_number"] != current.number:
            return "kept"
        # A doubt about its id begins and ends without the record naming another import.
        return "same" if before.row == current.row else "changed"
    if before.row is None:
        if current.brought:
            return "brought"
        return "stays" if kind in ("orgs", "classes") else "removed"
    return "changed"


def find_person(kind: str, key: str) -> str | None:
    """Return the person that a record is about, or None."""
    return orjson.loads(key)[_PERSON[kind]] if kind in _PERSON else None


def _read_changed(connection: Connection, number: int, kind: str) -> Iterator[Sequence[Before]]:
    rows = select(_said.key, _said.row, _said.number_after).where(
        _said.import_number == number, _said.kind == kind
    )
    for some in connection.execute(rows.execution_options(yield_per=1_000)).partitions():
        yield [Before(*row) for row in some]


def _read_added(connection: Connection, number: int, kind: str) -> Iterator[Sequence[Before]]:
    rows = select(_select_key(connection, kind)).where(_is_added(connection, number, kind))
    for some in connection.scalars(rows.execution_options(yield_per=1_000)).partitions():
        yield [Before(key, None, number) for key in some]


def _select_key(connection: Connection, kind: str) -> Any:
    return previous_records.select_key(connection, _ALL[kind], previous_records.KEYS[kind])


def _is_added(connection: Connection, number: int, kind: str) -> Any:
    """Return true where a record came with the import: it names it and no former row is kept."""
    key = _select_key(connection, kind)
    kept = exists().where(_said.import_number == number, _said.kind == kind, _said.key == key)
    return and_(_ALL[kind].c.import_number == number, not_(kept))


def _make_walk(connection: Connection, number: int, kind: str, *, added: bool) -> KeyRangeScan:
    if added:
        keys = [_ALL[kind].c[name] for name in previous_records.KEYS[kind]]
        return KeyRangeScan(*keys, where=_is_added(connection, number, kind))
    return KeyRangeScan(_said.key, where=and_(_said.import_number == number, _said.kind == kind))


def _count_rows(connection: Connection, number: int, kind: str, *, added: bool) -> int:
    if added and kind in ("orgs", "classes"):
        return 0
    where = _is_added(connection, number, kind)
    table: Table = _ALL[kind]
    if not added:
        table, where = (
            tables.import_befores,
            and_(_said.import_number == number, _said.kind == kind),
        )
    return connection.scalar(select(func.count()).select_from(table).where(where)) or 0


def _make_step(
    undone: Undone, kind: str, walk: KeyRangeScan, rows: int, *, added: bool
) -> MergeStep:
    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        if added:
            keys = connection.scalars(
                select(_select_key(connection, kind)).where(walk.within), bounds
            )
            some = [Before(key, None, undone.number) for key in keys]
        else:
            wanted = select(_said.key, _said.row, _said.number_after).where(walk.within)
            some = [Before(*row) for row in connection.execute(wanted, bounds)]
        _put_records_back(connection, undone, kind, some)

    name = f"{kind} that came, taken back" if added else f"{kind} put back"
    return MergeStep(name, walk, apply, rows)


def _read_current(
    connection: Connection, kind: str, some: Iterable[Before], brought: ColumnElement[bool]
) -> dict[str, CurrentRecord]:
    """Return the records of these keys as they are on file, by key."""
    target, first = _ALL[kind], previous_records.KEYS[kind][0]
    ids = as_json({orjson.loads(before.key)[0] for before in some})
    rows = select(
        _select_key(connection, kind),
        previous_records.select_object(connection, target),
        target.c.import_number,
        brought,
    ).where(is_in(target.c[first], json_list("ids")))
    return {key: CurrentRecord(*row) for key, *row in connection.execute(rows, {"ids": ids})}


def _put_records_back(
    connection: Connection, undone: Undone, kind: str, some: Sequence[Before]
) -> None:
    """Take the action for each record, and keep the row that it had before."""
    brought = is_brought_too(kind, undone.feed)
    current = _read_current(connection, kind, some, brought)
    doing: dict[Action, list[Before]] = {}
    for before in some:
        doing.setdefault(judge_record(kind, current.get(before.key), before), []).append(before)
    changed, removed = doing.get("changed", []), doing.get("removed", [])
    added = _keep_possible(connection, kind, doing.get("added", []))
    for before in (*changed, *removed, *added):
        now = current.get(before.key)
        _keep_current(connection, undone.stamp.number, kind, before, now)
    keys = {orjson.loads(one.key)[0] for one in some}
    ties = keys if kind == "guardians" else ()
    watched = watch_first_keys(connection, tables.source_doubts, ties)
    with watched, watch_first_keys(connection, _ALL[kind], keys):
        _update_records(connection, undone, kind, changed, current)
        if kind == "people":
            _deactivate_people(connection, undone, removed)
        else:
            _remove_records(connection, undone, kind, removed)
        _insert_records(connection, undone, kind, added)


def _keep_current(
    connection: Connection, number: int, kind: str, before: Before, now: CurrentRecord | None
) -> None:
    """Keep the present row for an undo of the undo, and the number that the record will have."""
    after = orjson.loads(before.row)["import_number"] if before.row else number
    row = now.row if now else None
    values = (number, kind, before.key, find_person(kind, before.key), row, after)
    columns = tables.import_befores.c
    picked = select(
        *(literal(value, column.type) for value, column in zip(values, columns, strict=True))
    )
    names = [column.name for column in columns]
    connection.execute(make_insert(connection, tables.import_befores, names, picked))


def _update_records(
    connection: Connection,
    undone: Undone,
    kind: str,
    changed: Sequence[Before],
    current: Mapping[str, CurrentRecord],
) -> None:
    if not changed:
        return
    target, key = _ALL[kind], previous_records.KEYS[kind]
    rows, passed = [], list[str]()
    for before in changed:
        row = previous_records.parse_row(target, before.row or "{}")
        if kind == "people":
            now = previous_records.parse_row(target, current[before.key].row)
            row |= find_stricter_values(connection, undone, row, now)
            if row["bearer_since"] != now["bearer_since"]:
                passed.append(row["id"])
        rows.append({f"to_{name}": value for name, value in row.items()})
    values = {
        c.name: bindparam(f"to_{c.name}", type_=c.type)
        for c in target.c
        if f"to_{c.name}" in rows[0] and c.name not in (*key, *_APART)
    }
    same = [target.c[name] == bindparam(f"to_{name}") for name in key]
    connection.execute(update(target).where(*same).values(values), rows)
    if kind == "people":
        name_index.index_people(connection, [row["to_id"] for row in rows])
    if passed:
        end_rights(connection, undone.stamp, passed)


def _deactivate_people(connection: Connection, undone: Undone, removed: Sequence[Before]) -> None:
    """Mark the people who came with the import as inactive; no one is deleted."""
    if removed:
        ids = [orjson.loads(before.key)[0] for before in removed]
        marked = update(tables.people).where(is_in(_people.id, json_list("ids")))
        values = {"status": "inactive", "import_number": undone.stamp.number, "import_place": None}
        connection.execute(marked.values(values), {"ids": as_json(ids)})


def _remove_records(
    connection: Connection,
    undone: Undone,
    kind: str,
    removed: Sequence[Before],
) -> None:
    """End enrollments and ties; consents of a guardian who was none no longer count."""
    if not removed:
        return
    target, keys = _ALL[kind], [orjson.loads(before.key) for before in removed]
    names = previous_records.KEYS[kind]
    same = and_(*(target.c[name] == bindparam(f"key_{name}") for name in names))
    given = [{f"key_{n}": value for n, value in zip(names, key, strict=True)} for key in keys]
    connection.execute(delete(target).where(same), given)
    if kind == "guardians":
        for student, guardian in keys:
            sources = previous_records.read_source_doubts(connection, undone.number, student)
            _doubt_sources(connection, undone, student, {BY_GUARDIAN + guardian, *sources})


def _doubt_sources(
    connection: Connection, undone: Undone, student: str, sources: Iterable[str]
) -> None:
    columns: list[Column[Any]] = [_doubts.person_id, _doubts.source, _doubts.doubt, _doubts.since]
    for source in sorted(sources):
        values = (student, source, "former", undone.stamp.at)
        row = select(*(literal(v, c.type) for v, c in zip(values, columns, strict=True)))
        statement = make_insert(connection, tables.source_doubts, [c.name for c in columns], row)
        connection.execute(statement)


def _keep_possible(connection: Connection, kind: str, added: Sequence[Before]) -> list[Before]:
    """Return the records with a person who is still on file."""
    if not added:
        return []
    place = _PERSON.get(kind, 0)
    ids = as_json({orjson.loads(before.key)[place] for before in added})
    wanted = select(_people.id).where(is_in(_people.id, json_list("ids")))
    known = set(connection.scalars(wanted, {"ids": ids}))
    return [before for before in added if orjson.loads(before.key)[place] in known]


def _insert_records(
    connection: Connection, undone: Undone, kind: str, added: Sequence[Before]
) -> None:
    """Restore enrollments and ties; a guardian who is one again is no former one."""
    if not added:
        return
    target = _ALL[kind]
    rows = [previous_records.parse_row(target, before.row or "{}") for before in added]
    connection.execute(insert(target), rows)
    if kind == "guardians":
        pair = tuple_(_doubts.person_id, _doubts.source)
        again = [
            (row["student_id"], source)
            for row in rows
            for source in list_sources(row["guardian_id"], row["name"])
        ]
        theirs = _doubts.doubt == "former", pair.in_(again)
        ended = connection.execute(select(_doubts.person_id, _doubts.source).where(*theirs))
        pairs = [(row.person_id, row.source) for row in ended]
        previous_records.keep_source_doubts(connection, undone.stamp.number, pairs)
        connection.execute(delete(tables.source_doubts).where(*theirs))
