"""Retention: deletion of the contents of old ledger rows; the chain still verifies.

It runs in slices, each a short write of its own, sized so that checks hardly notice. An
interruption harms nothing: the next run continues with the rest, and where nothing is left it
writes nothing. A row on the ledger records the beginning of a run, and one its end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.sql.expression import ColumnElement

from app.database.session import Store
from app.database.tables import idempotency_keys, ledger
from app.erasure.person_erasure import erase_contents
from app.erasure.vacuum import overwrite_deleted
from app.store.ledger import chain
from app.store.ledger.blanked_rows import KIND as BLANKED
from app.store.ledger.changes import Actor
from app.store.ledger.record_sums import KIND as BOUND

# A slice grows while its write lock takes less than the first, and shrinks above the second.
_QUICK_SECONDS, _SLOW_SECONDS = 0.008, 0.02
_FIRST_ROWS, _MOST_ROWS = 16, 512
_SIZE = func.length(ledger.c.payload)
# Characters of contents in one slice, whatever the number of rows.
_MOST_CHARS = 2_000_000


@dataclass(frozen=True, slots=True)
class PurgeCounts:
    """Counts of a purge: rows without contents now, slices, and the longest slice's seconds.

    A slice holds the write lock for that long.
    """

    rows: int
    slices: int
    longest_seconds: float


def count_due(connection: Connection, before: datetime) -> int:
    """Return the number of rows of the ledger before that time that still have contents."""
    found = select(func.count()).select_from(ledger).where(*_is_due(before, 0))
    return connection.scalar(found) or 0


def purge_contents(store: Store, before: datetime, by: Callable[[], Actor]) -> PurgeCounts:
    """Delete contents before that time, and stored replies; `by` returns the actor."""
    after, rows, slices, longest, size = 0, 0, 0, 0.0, _FIRST_ROWS
    while True:
        with store.reading() as connection:
            seqs = _find_next_rows(connection, _is_due(before, after), size)
        if not seqs:
            break
        with store.writing() as connection:
            begun = perf_counter()
            if slices == 0:
                _begin_retention(connection, before, by())
            overwrite_deleted(connection)
            erase_contents(connection, seqs, by())
        took = perf_counter() - begun
        after, rows, slices, longest = seqs[-1], rows + len(seqs), slices + 1, max(longest, took)
        size = _adapt_size(size, took)
    if slices:
        with store.writing() as connection:
            _append_row(
                connection, by(), "purged", {"before": chain.format_time(before), "rows": rows}
            )
    return PurgeCounts(rows, slices, longest)


def _is_due(before: datetime, after: int) -> list[ColumnElement[bool]]:
    # Each row by its own time: one that a wrong clock dated goes when it looks due. Rows that
    # account for deleted contents or bind sums of records stay: they name no one, and nothing else
    # says it.
    return [
        ledger.c.seq > after,
        ledger.c.at < before,
        ledger.c.payload.is_not(None),
        ledger.c.kind.not_in([BLANKED, BOUND]),
    ]


def _find_next_rows(
    connection: Connection, which: list[ColumnElement[bool]], size: int
) -> list[int]:
    """Return the numbers of the next rows to erase: as many as make a slice, at least one."""
    rows = select(ledger.c.seq, _SIZE).where(*which).order_by(ledger.c.seq).limit(size)
    seqs: list[int] = []
    chars = 0
    for seq, length in connection.execute(rows):
        chars += length
        if seqs and chars > _MOST_CHARS:
            break
        seqs.append(seq)
    return seqs


def _adapt_size(size: int, took: float) -> int:
    if took > _SLOW_SECONDS:
        return max(size // 2, 1)
    return min(size * 2, _MOST_ROWS) if took < _QUICK_SECONDS else size


def _begin_retention(connection: Connection, before: datetime, actor: Actor) -> None:
    _append_row(connection, actor, "purge_begun", {"before": chain.format_time(before)})
    connection.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at < before))


def _append_row(
    connection: Connection, actor: Actor, what: str, said: dict[str, str | int]
) -> None:
    body = {**said, "person": actor.person_id}
    entry = chain.LedgerEntry(chain.make_id(), f"ledger.{what}", actor.at, actor.caller, body)
    chain.append_entries(connection, [entry])
