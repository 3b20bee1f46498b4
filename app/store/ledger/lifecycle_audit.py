"""Published posts, takedowns and reports held against the ledger.

Every row about one of them has all of it that is compared, so the last one says how it is now. It
finds what was slipped in, deleted or changed past the service, such as a takedown that was made to
look done.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, select

from app.database.json_lists import as_json, is_in, json_list
from app.database.tables import published_posts, reports, takedowns
from app.store.accounts.public_reports import describe_report
from app.store.ledger.evidence import (
    CHUNK,
    ErasedRows,
    Evidence,
    Mismatch,
    is_same,
    read_evidence,
)

# What is seen again changes without a row, and so does what an erasure takes off the question.
_UNTOLD = frozenset({"id", "seen_at", "asked"})


@dataclass(frozen=True, slots=True)
class _Lifecycle:
    """Records of a table. Each has one row `subject.first` on the ledger, and any number of others.

    `read_row` returns what such a row has of the record, `describe` what the table has of it.
    """

    table: Table
    subject: str
    first: str
    read_row: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    describe: Callable[[RowMapping], Mapping[str, Any]]


def find_lifecycle_faults(connection: Connection) -> Iterator[Mismatch]:
    """Yield published posts, takedowns and reports that are not as the ledger has them."""
    for records in _LIFECYCLES:
        yield from _find_faults(connection, records)


def _find_faults(connection: Connection, records: _Lifecycle) -> Iterator[Mismatch]:
    name, first = records.table.name, records.first
    unsaid, unmade = ErasedRows(), ErasedRows()
    # Few records have more than their first row: the later rows are held, and the first are not.
    later = read_evidence(connection, records.subject, unsaid, lambda action: action != first)
    latest = {row.body["record"]: row for row in later}
    firsts = read_evidence(connection, records.subject, unmade, lambda action: action == first)
    extra = connection.scalar(select(func.count()).select_from(records.table)) or 0
    for some in _split_rows(firsts):
        on_file = _read_records(connection, records.table, some)
        extra -= len(on_file)
        newest = (latest.pop(row.body["record"], row) for row in some)
        yield from _compare_rows(records, newest, on_file, unsaid)
    for some in _split_rows(latest.values()):
        on_file = _read_records(connection, records.table, some)
        yield from _compare_rows(records, some, on_file, unsaid)
    # None of these records is ever deleted, so each row that made one has its record.
    extra -= unmade.counts[first]
    if extra > 0:
        yield Mismatch(name, None, f"rows without a row on the ledger: {extra}")
    if extra < 0:
        yield Mismatch(name, None, f"rows of the ledger, and no record: {-extra}")


def _read_records(
    connection: Connection, table: Table, rows: Iterable[Evidence]
) -> dict[str, RowMapping]:
    wanted = select(table).where(is_in(table.c.id, json_list("ids")))
    ids = as_json(row.body["record"] for row in rows)
    return {one["id"]: one for one in connection.execute(wanted, {"ids": ids}).mappings()}


def _compare_rows(
    records: _Lifecycle,
    rows: Iterable[Evidence],
    on_file: Mapping[str, RowMapping],
    unsaid: ErasedRows,
) -> Iterator[Mismatch]:
    for row in rows:
        ident = row.body["record"]
        if ident not in on_file:
            yield Mismatch(records.table.name, ident, "is gone")
            continue
        now, told = records.describe(on_file[ident]), records.read_row(row.body)
        names = sorted(now.keys() | told.keys())
        differs = [name for name in names if not is_same(now.get(name), told.get(name))]
        if differs and not unsaid.excuse(row.seq):
            reason = f"says another {differs[0]} than the ledger"
            yield Mismatch(records.table.name, ident, reason)


def _split_rows(rows: Iterable[Evidence]) -> Iterator[list[Evidence]]:
    left = iter(rows)
    while some := list(islice(left, CHUNK)):
        yield some


def _drop_untold(values: Mapping[Any, Any]) -> Mapping[str, Any]:
    return {str(name): value for name, value in values.items() if name not in _UNTOLD}


def _read_takedown(body: Mapping[str, Any]) -> Mapping[str, Any]:
    said, (subject,) = body["after"], body["subjects"]
    return {**said, "subject": subject}


def _describe_takedown(row: RowMapping) -> Mapping[str, Any]:
    said = {"published": row["published_id"], "subject": row["subject_id"]}
    return {**said, "state": row["state"], "reason": row["reason"]}


_LIFECYCLES = (
    _Lifecycle(
        published_posts,
        "published",
        "reported",
        lambda body: _drop_untold(body["after"]),
        _drop_untold,
    ),
    _Lifecycle(takedowns, "takedown", "opened", _read_takedown, _describe_takedown),
    _Lifecycle(reports, "report", "received", lambda body: body["after"], describe_report),
)
