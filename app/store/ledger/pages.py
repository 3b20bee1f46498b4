"""The ledger read in pages: by kind, caller and time, each page with a bounded amount of work.

Numbers have no gaps and are given under the write lock, so times ascend with them, up to what a
clock was set back. Rows are found by time in a few steps, and then held against it exactly.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select

from app.database.session import Store
from app.database.tables import ledger
from app.store.ledger import chain

# Twice the error that a clock is assumed to have at most.
_CLOCKS = timedelta(hours=2)
# Rows that one page looks at, where no index answers the question alone.
_REACH = 5_000
# Characters of a page's payloads; at least one row goes with every page.
_MAX_CHARS = 4_000_000
_BATCH = 200
_before = ledger.alias("before")
_ROWS: Select[Any] = select(ledger, _before.c.hash.label("prev")).select_from(
    ledger.outerjoin(_before, _before.c.seq == ledger.c.seq - 1)
)


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """A filter of rows: of this kind and caller, from `since` until just before `until`."""

    kind: str | None = None
    caller: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Rows in order, each with the hash `prev` before it; `next` is None at the end."""

    rows: list[RowMapping]
    next: int | None


def read_last_row(connection: Connection) -> RowMapping | None:
    """Return number, id, time and hash of the last row; None of an empty ledger."""
    columns = (ledger.c.seq, ledger.c.id, ledger.c.at, ledger.c.hash)
    last = select(*columns).order_by(ledger.c.seq.desc()).limit(1)
    return connection.execute(last).mappings().one_or_none()


def list_rows(
    connection: Connection, wanted: LedgerFilter, after: int, limit: int, last: int | None = None
) -> LedgerPage:
    """Return up to `limit` rows behind number `after`, oldest first, none behind `last`.

    There may be fewer, or none, and still more to come: `next` alone tells.
    """
    low, high = find_span(connection, wanted.since, wanted.until)
    start = max(after, low)
    high = high if last is None else min(high, last)
    end, further = _find_page_end(connection, wanted.kind, start, high)
    rows: list[RowMapping] = []
    size = 0
    streamed = connection.execute(_select_matching(wanted, start, end).limit(limit + 1))
    with contextlib.closing(streamed):
        for row in streamed.mappings():
            if rows and (len(rows) == limit or size > _MAX_CHARS):
                return LedgerPage(rows, rows[-1]["seq"])
            rows.append(row)
            size += len(row["payload"] or "")
    return LedgerPage(rows, end if further else None)


def walk_rows(store: Store, wanted: LedgerFilter, after: int) -> Iterator[list[RowMapping]]:
    """Yield all rows behind `after` that exist at the start, a few at a time.

    Each few are a read of their own: a reader who takes hours holds nothing up.
    """
    with store.reading() as connection:
        last = chain.read_head(connection)[0]
    following: int | None = after
    while following is not None:
        with store.reading() as connection:
            found = list_rows(connection, wanted, following, _BATCH, last)
        yield found.rows
        following = found.next


def find_span(
    connection: Connection, since: datetime | None, until: datetime | None
) -> tuple[int, int]:
    """Return numbers `low` and `high`: rows of that time stand behind `low` up to `high`."""
    low, high = 0, chain.read_head(connection)[0]
    if since is not None:
        low = _find_time_edge(connection, since - _CLOCKS, high)[0]
    if until is not None:
        high = min(high, _find_time_edge(connection, until + _CLOCKS, high)[1])
    return low, high


def _select_matching(wanted: LedgerFilter, start: int, end: int) -> Select[Any]:
    rows = _ROWS.where(ledger.c.seq > start, ledger.c.seq <= end).order_by(ledger.c.seq)
    if wanted.kind is not None:
        rows = rows.where(ledger.c.kind == wanted.kind)
    if wanted.caller is not None:
        rows = rows.where(ledger.c.caller == wanted.caller)
    if wanted.since is not None:
        rows = rows.where(ledger.c.at >= wanted.since)
    if wanted.until is not None:
        rows = rows.where(ledger.c.at < wanted.until)
    # Rows may be large, and the page ends before its limit where they are.
    return rows.execution_options(stream_results=True, max_row_buffer=50)


def _find_page_end(
    connection: Connection, kind: str | None, start: int, high: int
) -> tuple[int, bool]:
    """Return the last row this page looks at, and whether more rows are left to look at."""
    ahead = select(ledger.c.seq).where(ledger.c.seq > start, ledger.c.seq <= high)
    if kind is not None:
        ahead = ahead.where(ledger.c.kind == kind)
    looked_at = ahead.order_by(ledger.c.seq).limit(_REACH).subquery()
    count, end = connection.execute(select(func.count(), func.max(looked_at.c.seq))).one()
    further = count == _REACH and end < high
    return (end if further else high), further


def _find_time_edge(connection: Connection, at: datetime, head_seq: int) -> tuple[int, int]:
    """Return two neighbours: the last older than `at` (or 0), and the next (or behind the last)."""
    low, high = 0, head_seq + 1
    while high - low > 1:
        middle = (low + high) // 2
        found = connection.scalar(select(ledger.c.at).where(ledger.c.seq == middle))
        if found is not None and found < at:
            low = middle
        else:
            high = middle
    return low, high
