"""The ledger: an append-only, hash-chained record of every decision and every change.

A row's `hash` is SHA-256 over a tag, the hash of the row before it, its own number, SHA-256 over
its heading (id, kind, time and caller as canonical JSON, RFC 8785) and its `commitment`; the
commitment is SHA-256 over a random salt and the canonical JSON of the row's contents. Deleting salt
and payload therefore honours an erasure and breaks nothing; the heading that stays is still bound.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, CursorResult, select
from sqlalchemy.exc import OperationalError
from uuid_utils import uuid7

from app.database import bulk_insert
from app.database.driver import run_each, run_raw
from app.database.json_rows import parse_time
from app.database.tables import ledger
from app.store.ledger.blanked_rows import KIND as BLANKED
from app.store.ledger.blanked_rows import BlankedRows

TAG = b"clearpost-ledger-2"
# The tag of stores from before headings were chained: `verify_chain` knows it, none writes it.
_FORMER_TAG = b"clearpost-ledger-1"
_FORMER = "it was written by an earlier version, in a form this version does not read"
_UNCHAINED = "its hash does not follow from the row before it and from what its columns say"
_UNACCOUNTED = "its contents are gone, and no erasure or purge accounts for that"
GENESIS = bytes(32)
SALT_BYTES = 16
# The number of rows from which PostgreSQL takes them sooner by COPY.
_COPIED_FROM = 50
# For the driver: SQLAlchemy's own way takes twice as long with many rows.
_INSERT = (
    "INSERT INTO ledger (seq, id, kind, at, caller, salt, payload, commitment, hash) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_INSERTS = {"postgresql": _INSERT, "sqlite": _INSERT.replace("%s", "?")}
_HEAD = "SELECT seq, hash, at FROM ledger ORDER BY seq DESC LIMIT 1"
# The one kind of row whose time may lie before that of the row before it: a person confirmed the
# machine's clock, and so that the times recorded were wrong.
CLOCK_CONFIRMED = "clock.confirmed"
_ROWS = select(ledger).order_by(ledger.c.seq)
# A ledger may be larger than memory.
_STREAMED = {"stream_results": True, "max_row_buffer": 5_000}
_BY_ID = select(ledger.c.kind, ledger.c.caller, ledger.c.payload)


class LedgerEntry(NamedTuple):
    """One row to append. `body` holds JSON values only: text, whole numbers, booleans, null.

    A part of it may be rendered beforehand as canonical JSON, in an `orjson.Fragment`.
    """

    id: str
    kind: str
    at: datetime
    caller: str | None
    body: Mapping[str, Any]


class Sealed(NamedTuple):
    """An entry with its salt, its payload as it is hashed, and its commitment."""

    entry: LedgerEntry
    payload: str
    salt: bytes
    commitment: bytes


@dataclass(frozen=True, slots=True)
class BadRow:
    """The first row at which the chain no longer holds, and why."""

    seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of a walk of the chain: rows read, erased rows among them, the first bad one."""

    rows: int
    erased: int
    head: bytes
    bad: BadRow | None


def make_id() -> str:
    """Return a fresh id for a record or a decision: UUIDv7, so ids sort by time."""
    return str(uuid7())


def write_canonical(value: Mapping[str, Any]) -> str:
    """Return `value` as RFC 8785 canonical JSON.

    Sorting by code point is RFC 8785's order for our ASCII keys, and we write no floats, so a
    fast serializer yields the same bytes (a test holds it against the `rfc8785` package).
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def read_head(connection: Connection) -> tuple[int, bytes]:
    """Return number and hash of the last row; `(0, GENESIS)` of an empty ledger."""
    seq, last, _ = _read_last_row(connection)
    return seq, last


def _read_last_row(connection: Connection) -> tuple[int, bytes, datetime]:
    """Return number, hash and time of the last row."""
    row = run_raw(connection, _HEAD).fetchone()
    if row is None:
        return 0, GENESIS, datetime.min.replace(tzinfo=UTC)
    seq, last, at = row
    # SQLite's times are text without an offset.
    return seq, last, parse_time(at) if isinstance(at, str) else at


def read_last_time(connection: Connection) -> datetime | None:
    """Return the time of the last row; None of an empty ledger."""
    seq, _, at = _read_last_row(connection)
    return at if seq else None


def append_entries(connection: Connection, entries: Sequence[LedgerEntry]) -> None:
    """Append `entries` in order; call it inside `Store.writing()`, which alone may extend it.

    No row has an earlier time than the one before it, so that the last one reveals a clock that was
    set back; an entry of an earlier time gets the time of the row before.
    """
    append_sealed(connection, [seal_entry(entry) for entry in entries])


def seal_entry(entry: LedgerEntry) -> Sealed:
    """Return the entry with salt, payload and commitment, which need no place in the chain."""
    payload, salt = write_canonical(entry.body), os.urandom(SALT_BYTES)
    return Sealed(entry, payload, salt, _hash_payload(salt, payload))


def append_sealed(connection: Connection, sealed: Sequence[Sealed]) -> None:
    """Append entries that were sealed beforehand, without a wait; else as `append_entries`."""
    if not sealed:
        return
    last, previous, since = _read_last_row(connection)
    times = list(_order_times([one.entry for one in sealed], since))
    stored = _to_stored_times(connection, times)
    rows = []
    for seq, (at, one) in enumerate(zip(times, sealed, strict=True), last + 1):
        (ident, kind, _, caller, _), payload, salt, commitment = one
        previous = _hash_link(previous, seq, _hash_heading(ident, kind, at, caller), commitment)
        rows.append((seq, ident, kind, stored[at], caller, salt, payload, commitment, previous))
    if len(rows) > _COPIED_FROM and connection.dialect.name == "postgresql":
        bulk_insert.insert_rows(connection, ledger, rows)
    else:
        run_each(connection, _INSERTS[connection.dialect.name], rows)


def _order_times(entries: Sequence[LedgerEntry], since: datetime) -> Iterator[datetime]:
    """Yield the time of each entry's row, none before that of the row before it."""
    for entry in entries:
        since = entry.at if entry.kind == CLOCK_CONFIRMED else max(entry.at, since)
        yield since


def _to_stored_times(connection: Connection, times: Sequence[datetime]) -> dict[datetime, Any]:
    """Return the driver's value of each time; entries of a batch have one in common."""
    dialect = connection.dialect
    as_stored = ledger.c.at.type.dialect_impl(dialect).bind_processor(dialect)
    return {at: as_stored(at) if as_stored else at for at in set(times)}


def read_row(connection: Connection, entry_id: str) -> Any | None:
    """Return the row `entry_id` as `(kind, caller, payload)`; payload is None once erased."""
    return connection.execute(_BY_ID.where(ledger.c.id == entry_id)).one_or_none()


def verify_chain(connection: Connection) -> Verification:
    """Walk the whole chain and stop at the first row that does not hold.

    A row without contents holds where a later row accounts for its deletion.
    """
    seq, previous, blanked = 0, GENESIS, BlankedRows()
    # SQLite streams by itself; buffered, one unreadable row would hide those before it.
    streamed = {} if connection.dialect.name == "sqlite" else _STREAMED
    with contextlib.closing(connection.execute(_ROWS, execution_options=streamed)) as rows:
        while True:
            row, bad = _examine_next(rows, seq + 1, previous)
            if row is None or bad or (bad := _note_blanked_row(blanked, row)):
                break
            seq, previous = row.seq, row.hash
    unaccounted = blanked.find_unaccounted()
    if bad is None and unaccounted is not None:
        bad = BadRow(unaccounted, _UNACCOUNTED)
    return Verification(seq, blanked.count, previous, bad)


def _note_blanked_row(blanked: BlankedRows, row: Any) -> BadRow | None:
    if row.payload is None:
        blanked.add_blank(row.seq)
    elif row.kind == BLANKED and not blanked.add_account(row.seq, orjson.loads(row.payload)):
        return BadRow(row.seq, "it does not list rows before it")
    return None


def _examine_next(
    rows: CursorResult[Any], expected_seq: int, previous: bytes
) -> tuple[Any | None, BadRow | None]:
    """Return the next of `rows`, None at their end, and its fault or None.

    SQLite keeps any value in any column, so what a forger left may be unreadable as a row.
    """
    row = None
    try:
        row = rows.fetchone()
        reason = row and _find_fault(row, expected_seq, previous)
    except (TypeError, ValueError, AttributeError):
        reason = "it cannot be read"
    except OperationalError:
        if rows.dialect.name != "sqlite":
            raise  # the store has gone
        # Some drivers read one row ahead and fail one row early.
        reason = "it or the row after it cannot be read"
    return row, BadRow(row.seq if row else expected_seq, reason) if reason else None


def _find_fault(row: Any, expected_seq: int, previous: bytes) -> str | None:
    """Return the fault of `row` as the successor of `previous`, or None."""
    if row.seq != expected_seq:
        return f"row {expected_seq} is missing"
    heading = _hash_heading(row.id, row.kind, row.at, row.caller)
    if _hash_link(previous, row.seq, heading, row.commitment) != row.hash:
        former = _FORMER_TAG + previous + row.seq.to_bytes(8, "big") + row.commitment
        return _FORMER if hashlib.sha256(former).digest() == row.hash else _UNCHAINED
    if (row.payload is None) != (row.salt is None):
        return "salt and payload must be erased together"
    if row.payload is None:
        return None
    # Were the salt of any length, the content could begin later than where it was committed to.
    if len(row.salt) != SALT_BYTES or _hash_payload(row.salt, row.payload) != row.commitment:
        return "its content is not what was committed to"
    return None if isinstance(orjson.loads(row.payload), dict) else "its content is no object"


@lru_cache(maxsize=8)
def format_time(value: datetime) -> str:
    """Return a row's time as its heading has it: UTC, with six digits of a second."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _hash_heading(ident: str, kind: str, at: datetime, caller: str | None) -> bytes:
    said = write_canonical({"at": format_time(at), "caller": caller, "id": ident, "kind": kind})
    return hashlib.sha256(said.encode()).digest()


def _hash_payload(salt: bytes, payload: str) -> bytes:
    return hashlib.sha256(salt + payload.encode()).digest()


def _hash_link(previous: bytes, seq: int, heading: bytes, commitment: bytes) -> bytes:
    chained = TAG + previous + seq.to_bytes(8, "big") + heading + commitment
    return hashlib.sha256(chained).digest()
