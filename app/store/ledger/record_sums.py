"""Sums over records, by which an edit past the service is found.

The ledger has no row for each of a million people. So the store keeps, of each table here, the
number of its records and the sum of their digests, and whoever writes a record brings the sum up to
date in the same transaction. The ledger binds the sums in rows of the kind `records.bound`: when an
import begins and ends, and with every other act that changes such a record. A record that was
edited past the service changes its digest, and the sum is no longer that of the records;
`docs/decisions/0045` says why it is a sum, and what it costs.
"""

import contextlib
import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain as chain_all
from itertools import islice
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Table, Text, case, cast, func, literal, select

from app.database import tables as t
from app.database.driver import run_raw
from app.database.json_lists import as_json, is_in, json_list
from app.database.session import Store
from app.store.ledger import chain

KIND = "records.bound"
_MODULUS = 1 << 512
_LINE = "\n"
_BATCH = 5_000
_STREAMED = {"yield_per": 1_000}
# `?` is the place of a parameter on SQLite, `$1` on PostgreSQL.
_READ = "SELECT rows, sum FROM record_sums WHERE name = {0}"
_WRITE = "UPDATE record_sums SET rows = {0}, sum = {1} WHERE name = {2}"
_LAST = (
    select(t.ledger.c.payload)
    .where(t.ledger.c.kind == KIND, t.ledger.c.payload.is_not(None))
    .order_by(t.ledger.c.seq.desc())
    .limit(1)
)


class Sum(NamedTuple):
    """The number of records, or of their groups, and the sum of their digests."""

    rows: int
    total: int


NOTHING = Sum(0, 0)
Sums = dict[str, list[Any]]
_By = tuple[datetime, str | None]


@dataclass(frozen=True, slots=True)
class BoundTable:
    """A table with a sum: the columns that are bound, and the column whose records are one digest.

    The students of a class have one digest together: of all records they are the most. `younger` is
    a column that came after the sums: where it is null, the digest is what it was without it.
    """

    table: Table
    columns: tuple[str, ...]
    group: str | None = None
    younger: str | None = None


_PEOPLE = (
    "id", "kind", "given_name", "family_name", "preferred_name", "grade", "org_id", "other_org_ids",
    "birth_date", "status", "student_number", "first_seen_at", "returned_at", "moved_at",
    "identity_doubt", "former_statements",
)  # fmt: skip
# All but when it was seen last, which changes at every look.
_POSTS = (
    "id", "account_id", "external_id", "url", "published_at", "text_sha256", "media", "state",
    "decision_id", "clearance_id", "matched_by", "differs", "source", "reported_by", "reported_at",
    "asked",
)  # fmt: skip
BOUND: Mapping[str, BoundTable] = {
    one.table.name: one
    for one in (
        BoundTable(t.orgs, ("id", "name", "kind", "parent_id")),
        BoundTable(t.people, _PEOPLE, younger="bearer_since"),
        BoundTable(t.classes, ("id", "title", "org_id", "roster_gap_at")),
        BoundTable(t.enrollments, ("person_id", "role"), "class_id"),
        BoundTable(t.guardians, ("student_id", "guardian_id", "name", "relationship")),
        BoundTable(
            t.import_doubts, ("id", "matches", "key", "source", "refuses", "ended_at", "ended_by")
        ),
        BoundTable(t.source_doubts, ("person_id", "source", "doubt", "since")),
        BoundTable(t.list_dates, ("seq", "kind", "at", "school", "feed", "digest", "since")),
        BoundTable(t.doubted_people, ("person_id", "doubt_id", "ended_at", "ended_by")),
        BoundTable(t.list_gaps, ("person_id", "source", "file", "school", "gap")),
        BoundTable(t.published_posts, _POSTS),
        BoundTable(t.published_people, ("person_id", "published_id", "part")),
    )
}


class Watch:
    """The sum over some records of a table, read before and after they are written.

    `where` selects them; with `joined` from these tables. Of a table whose records are digested by
    group it has to select whole groups.
    """

    def __init__(
        self,
        connection: Connection,
        table: Table,
        where: ColumnElement[bool] | None = None,
        joined: Any = None,
    ) -> None:
        """Prepare the statement, which takes longer to build than to run on a few records."""
        self.name, self._bound = table.name, BOUND[table.name]
        record = _select_text(connection, self._bound)
        text = _join_texts(connection, record)
        group = self._bound.group
        made: Any = select(text) if group is None else select(text, table.c[group])
        made = made.select_from(table if joined is None else joined)
        made = made if where is None else made.where(where)
        self._statement = made if group is None else made.group_by(table.c[group])

    def read(self, connection: Connection, bounds: Mapping[str, Any] | None = None) -> Sum:
        """Return the sum over the records as they are now."""
        found = connection.execute(self._statement, bounds or {})
        if self._bound.group is None:
            text = found.scalar()
            return _add_digests(text.encode().split(b"\n")) if text else NOTHING
        return _add_digests(_write_group(of, text) for text, of in found)

    @contextlib.contextmanager
    def over(
        self, connection: Connection, bounds: Mapping[str, Any] | None = None
    ) -> Iterator[None]:
        """Bring the sum of the table up to date by what the block does to these records."""
        if not is_summed(connection, self.name):
            yield
            return
        before = self.read(connection, bounds)
        yield
        add(connection, self.name, before, self.read(connection, bounds))


@contextlib.contextmanager
def watch(
    connection: Connection,
    table: Table,
    where: ColumnElement[bool] | None = None,
    bounds: Mapping[str, Any] | None = None,
) -> Iterator[None]:
    """Bring the sum of `table` up to date by what the block does to the records of `where`.

    The block writes no other records of the table. `where` is about their keys, so that it selects
    a record before the block, after it, or both times.
    """
    with Watch(connection, table, where).over(connection, bounds):
        yield


def watch_first_keys(
    connection: Connection, table: Table, keys: Collection[str]
) -> contextlib.AbstractContextManager[None]:
    """Return the watch over the records with these values in the first column of their key.

    Of a table without a sum it is none.
    """
    if table.name not in BOUND:
        return contextlib.nullcontext()
    first = next(iter(table.primary_key))
    return watch(connection, table, is_in(first, json_list("ids")), {"ids": as_json(keys)})


@contextlib.contextmanager
def watch_added(connection: Connection, table: Table) -> Iterator[None]:
    """Bring the sum of a table that is only added to up to date by what the block adds."""
    last = connection.scalar(select(func.max(table.c.seq))) or 0
    yield
    after = Watch(connection, table, table.c.seq > last).read(connection)
    add(connection, table.name, NOTHING, after)


def is_summed(connection: Connection, name: str) -> bool:
    """Return false for a table that is summed up later, as a whole."""
    mark = "?" if connection.dialect.name == "sqlite" else "$1"
    return run_raw(connection, _READ.format(mark), (name,)).fetchone() is not None


def add(connection: Connection, name: str, before: Sum, after: Sum) -> None:
    """Add to the sum of a table that records with the sum `before` have the sum `after` now."""
    if before == after:
        return
    marks = ("?", "?", "?") if connection.dialect.name == "sqlite" else ("$1", "$2", "$3")
    found = run_raw(connection, _READ.format(*marks), (name,)).fetchone()
    if found is None:
        return  # not bound yet: the next import sums up all that is on file
    rows = found[0] + after.rows - before.rows
    total = (int(found[1], 16) + after.total - before.total) % _MODULUS
    run_raw(connection, _WRITE.format(*marks), (rows, _write_total(total), name))


def begin_import(store: Store, at: datetime, caller: str) -> None:
    """Bind the sums as an import finds them; what it writes is bound by `binding` at its end.

    Tables without a sum, in a store of an earlier version, are summed up. Nobody else may write
    people, classes or ties meanwhile, as is so within the staging area.
    """
    complete_sums(store)
    with store.writing() as connection:
        if not _is_open(connection):
            sums = _read_sums(connection)
            _append_row(connection, (at, caller), sums, sums, is_open=True)
        # An empty table loses its sum: the end sums it up in one pass, which costs half as much.
        empty = t.record_sums.c.name.in_(_OF_AREA), t.record_sums.c.sum == _write_total(0)
        connection.execute(t.record_sums.delete().where(*empty, t.record_sums.c.rows == 0))


def complete_sums(store: Store) -> None:
    """Sum up the tables that have no sum, within the staging area; call it before `binding`."""
    with store.reading() as connection:
        known = _read_sums(connection)
        missing = [name for name in BOUND if name not in known]
        found = {name: sum_table(connection, name) for name in missing if name in _OF_AREA}
    if missing:
        with store.writing() as connection:
            for name in missing:
                one = found.get(name) or sum_table(connection, name)
                row = {"name": name, "rows": one.rows, "sum": _write_total(one.total)}
                connection.execute(t.record_sums.insert(), row)


# Written within the staging area alone.
_OF_AREA = frozenset({
    "orgs", "people", "classes", "enrollments", "guardians", "source_doubts",
})  # fmt: skip


@contextlib.contextmanager
def binding(
    connection: Connection, at: datetime, caller: str | None, *, ends: bool = False
) -> Iterator[None]:
    """Bind what the block changes, and with `ends` what an import has changed since it began.

    While an import is under way no row is written: its end binds what others change, too. The row
    of another act has the sums that it changes alone. A block may not be in the block of another.
    """
    start, under_way = _read_sums(connection), _is_open(connection)
    yield
    now = _read_sums(connection)
    if ends and under_way:
        _append_row(connection, (at, caller), start, now, is_open=False)
    elif not under_way and (changed := [name for name in now if now[name] != start.get(name)]):
        before = {name: start[name] for name in changed if name in start}
        after = {name: now[name] for name in changed}
        _append_row(connection, (at, caller), before, after, is_open=False)


def sum_table(connection: Connection, name: str) -> Sum:
    """Return the sum over all records of a table; it reads all of it."""
    bound = BOUND[name]
    record = _select_text(connection, bound)
    if bound.group is None:
        texts = connection.execute(select(record), execution_options=_STREAMED).scalars()
        some = chain_all.from_iterable(texts.partitions())
        return _add_digests(text.encode() for text in some)
    key = bound.table.c[bound.group]
    text = _join_texts(connection, record)
    grouped = select(key, text).group_by(key)
    rows = connection.execute(grouped, execution_options=_STREAMED)
    return _add_digests(_write_group(of, text) for of, text in rows)


def find_faults(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield every table with other records than the ledger binds, and what is wrong."""
    said, unbroken = _read_bound(connection)
    kept = _read_sums(connection)
    for name in BOUND:
        if name in unbroken:
            yield name, unbroken[name]
        elif name not in kept:
            if name in (said or {}):
                yield name, "has no sum any more, though the ledger has one"
        elif said and name in said and said[name] != kept[name]:
            yield name, "has another sum than the ledger"
        else:
            found = sum_table(connection, name)
            if [found.rows, _write_total(found.total)] != kept[name]:
                yield name, _describe_difference(name, found.rows - kept[name][0])


def list_unbound(connection: Connection) -> list[str]:
    """Return the tables that no import has summed up yet, in a store of an earlier version."""
    known = _read_sums(connection)
    return [name for name in BOUND if name not in known and _has_rows(connection, name)]


def _has_rows(connection: Connection, name: str) -> bool:
    some = select(literal(1)).select_from(BOUND[name].table).limit(1)
    return connection.execute(some).first() is not None


def count_records(connection: Connection) -> int:
    """Return the number of records that the sums are over, those of a class as one."""
    return sum(rows for rows, _ in _read_sums(connection).values())


def _describe_difference(name: str, more: int) -> str:
    what = "classes with enrollments" if BOUND[name].group else "records"
    if more:
        return f"has {abs(more)} {what} {'more' if more > 0 else 'fewer'} than the ledger says"
    return "has records that are not as the ledger says"


def _read_bound(connection: Connection) -> tuple[Sums | None, dict[str, str]]:
    """Return the sums bound last, None while an import is under way, and tables that were changed
    between two rows of the ledger.
    """  # noqa: D205
    rows = select(t.ledger.c.seq, t.ledger.c.payload).where(
        t.ledger.c.kind == KIND, t.ledger.c.payload.is_not(None)
    )
    last: Sums = {}
    under_way, faults = True, dict[str, str]()
    for seq, payload in connection.execute(rows.order_by(t.ledger.c.seq)):
        body = orjson.loads(payload)
        for name, one in body["start"].items():
            if not under_way and name in last and last[name] != one:
                faults.setdefault(name, f"was changed past the service before row {seq}")
        last |= body["end"]
        under_way = body["open"]
    return None if under_way else last, faults


def _is_open(connection: Connection) -> bool:
    """Return true if an import began and its end is not on the ledger."""
    last = connection.scalar(_LAST)
    return last is not None and bool(orjson.loads(last)["open"])


def _append_row(
    connection: Connection,
    by: _By,
    start: Sums,
    end: Sums,
    *,
    is_open: bool,
) -> None:
    body = {"open": is_open, "start": start, "end": end}
    at, caller = by
    entry = chain.LedgerEntry(chain.make_id(), KIND, at, caller, body)
    chain.append_entries(connection, [entry])


def _read_sums(connection: Connection) -> Sums:
    rows = connection.execute(select(t.record_sums))
    return {row.name: [row.rows, row.sum] for row in rows if row.name in BOUND}


def _select_text(connection: Connection, bound: BoundTable) -> Any:
    """Return a record as text: the JSON array of its bound columns, which has no line break."""
    columns = [bound.table.c[name] for name in bound.columns]
    text = _build_text(connection, columns)
    if bound.younger is None:
        return text
    younger = bound.table.c[bound.younger]
    return case((younger.is_(None), text), else_=_build_text(connection, [*columns, younger]))


def _build_text(connection: Connection, columns: Iterable[Any]) -> Any:
    if connection.dialect.name == "sqlite":
        return func.json_array(*columns)
    return cast(func.json_build_array(*columns), Text)


def _join_texts(connection: Connection, text: Any) -> Any:
    join = "group_concat" if connection.dialect.name == "sqlite" else "string_agg"
    return getattr(func, join)(text, literal(_LINE))


def _add_digests(texts: Iterable[bytes]) -> Sum:
    rows = total = 0
    left = iter(texts)
    # Of the standard library's functions with 64 bytes this one is the quickest.
    while numbers := [int.from_bytes(hashlib.blake2b(x).digest()) for x in islice(left, _BATCH)]:
        rows, total = rows + len(numbers), total + sum(numbers)
    return Sum(rows, total % _MODULUS)


def _write_group(of: str, text: str) -> bytes:
    """Return a group's records in order, behind what they have in common."""
    return b"\n".join([of.encode(), *sorted(text.encode().split(b"\n"))])


def _write_total(total: int) -> str:
    return f"{total:0128x}"
