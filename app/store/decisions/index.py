"""The index of decisions over the ledger.

It is written when someone searches, never by a check. `catch_up` brings it to the end of the ledger
in slices: the rows to write are worked out outside the write lock, each slice is one short write,
and a marker tells how far the index goes. A writer that is interrupted, or loses a race, has harmed
nothing. Erased decisions are not in it.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, Select, delete, insert, select, update

from app.database.session import Store
from app.database.tables import decision_index, decision_subjects, index_positions, ledger
from app.errors import IndexBehindError
from app.policy.words import CheckKind, Outcome
from app.store.decisions.records import KIND, RecordedDecision, parse_decision
from app.store.decisions.resolutions import digest_content
from app.store.ledger import chain
from app.store.ledger.pages import find_span
from app.store.service.key_lineages import match_lineage

_NAME = "decisions"
# Limits of a slice, the first one counts: for the time of its write lock, and its memory.
_DECISIONS = 100
_SUBJECTS = 400
_CHARS = 4_000_000
# A search waits no longer than this for the index.
PATIENCE_SECONDS = 4.0
_one_at_a_time = threading.Lock()
_LISTED: Select[Any] = select(
    decision_index.c.ledger_seq,
    decision_index.c.id,
    decision_index.c.check,
    decision_index.c.outcome,
    decision_index.c.at,
    decision_index.c.caller,
    decision_index.c.account,
).join(ledger, ledger.c.seq == decision_index.c.ledger_seq)

# Returns the account that a check's request asks about, or None.
AccountOf = Callable[[str, Mapping[str, Any]], str | None]


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """A filter of decisions. `account` is as `AccountOf` gives it; times as in `LedgerFilter`."""

    subject: str | None = None
    account: str | None = None
    caller: str | None = None
    check: CheckKind | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(slots=True)
class _Slice:
    """Rows to write, by their number on the ledger; `end` is the last row looked at."""

    start: int
    end: int
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    subjects: list[dict[str, Any]] = field(default_factory=list)


def catch_up(store: Store, account_of: AccountOf, patience: float = PATIENCE_SECONDS) -> None:
    """Bring the index to where the ledger ends now.

    Raises `IndexBehindError` when that takes longer than `patience` seconds; the slices written by
    then remain.
    """
    until = monotonic() + patience
    if not _one_at_a_time.acquire(timeout=patience):  # others do the work; else all would
        raise IndexBehindError
    try:
        with store.reading() as connection:
            target = chain.read_head(connection)[0]
        while True:
            with store.reading() as connection:
                done = read_position(connection)
                found = _read_slice(connection, done, target, account_of) if done < target else None
            if found is None:
                return
            if monotonic() > until:
                raise IndexBehindError
            with store.writing() as connection:
                _write_slice(connection, found)
    finally:
        _one_at_a_time.release()


def finish_index(connection: Connection, account_of: AccountOf) -> None:
    """Index the few decisions since `catch_up`, inside `Store.writing()`."""
    target = chain.read_head(connection)[0]
    while (done := read_position(connection)) < target:
        _write_slice(connection, _read_slice(connection, done, target, account_of))


def read_position(connection: Connection) -> int:
    """Return the last row of the ledger that the index has read."""
    at = select(index_positions.c.ledger_seq).where(index_positions.c.name == _NAME)
    return connection.scalar(at) or 0


def find_last_decision(connection: Connection, content: str) -> str | None:
    """Return the id of the last decision about `content`, as far as the index goes, or None."""
    about = select(decision_index.c.id).where(decision_index.c.content == content)
    return connection.scalar(about.order_by(decision_index.c.ledger_seq.desc()).limit(1))


def forget_erased(connection: Connection) -> None:
    """Remove erased decisions from the index; in the transaction of the erasure."""
    erased = select(ledger.c.seq).where(ledger.c.kind == KIND, ledger.c.payload.is_(None))
    for table in (decision_index, decision_subjects):
        connection.execute(delete(table).where(table.c.ledger_seq.in_(erased)))


def search_decisions(
    connection: Connection,
    wanted: DecisionFilter,
    before: int | None,
    limit: int,
    only_by: str | None = None,
) -> Sequence[RowMapping]:
    """Return up to `limit` decisions before number `before`, newest first.

    With `only_by` those of that lineage of keys alone.
    """
    # An erasure removes them from the index; this is for one that did not.
    rows = _LISTED.where(ledger.c.payload.is_not(None), *_list_conditions(wanted))
    if wanted.subject is not None:
        rows = rows.join(
            decision_subjects, decision_subjects.c.ledger_seq == decision_index.c.ledger_seq
        ).where(decision_subjects.c.person_id == wanted.subject)
    if only_by is not None:
        rows = rows.where(match_lineage(connection, decision_index.c.caller, only_by))
    rows = select_newest(connection, rows, before, wanted.since, wanted.until)
    return connection.execute(rows.limit(limit)).mappings().all()


def select_newest(
    connection: Connection,
    rows: Select[Any],
    before: int | None,
    since: datetime | None,
    until: datetime | None,
) -> Select[Any]:
    """Return `rows` of the index in that time and before that number, the newest first."""
    number = decision_index.c.ledger_seq
    low, high = find_span(connection, since, until)
    rows = rows.where(number > low, number <= high).order_by(number.desc())
    if before is not None:
        rows = rows.where(number < before)
    if since is not None:
        rows = rows.where(decision_index.c.at >= since)
    return rows if until is None else rows.where(decision_index.c.at < until)


def _list_conditions(wanted: DecisionFilter) -> list[Any]:
    columns = decision_index.c
    equal = {
        columns.account: wanted.account,
        columns.caller: wanted.caller,
        columns.check: wanted.check,
        columns.outcome: wanted.outcome,
    }
    return [column == value for column, value in equal.items() if value is not None]


def _read_slice(connection: Connection, done: int, target: int, account_of: AccountOf) -> _Slice:
    """Read the rows behind `done`, up to `target` or until the slice is large enough."""
    found = _Slice(done, target)
    columns = (ledger.c.seq, ledger.c.id, ledger.c.at, ledger.c.caller, ledger.c.payload)
    rows = (
        select(*columns)
        .where(ledger.c.kind == KIND, ledger.c.seq > done, ledger.c.seq <= target)
        .order_by(ledger.c.seq)
        .limit(_DECISIONS)
        .execution_options(stream_results=True, max_row_buffer=100)
    )
    seen = chars = 0
    with closing(connection.execute(rows)) as streamed:
        for row in streamed:
            seen += 1
            if row.payload is not None:
                chars += len(row.payload)
                _describe_row(found, row, account_of)
            if seen == _DECISIONS or chars > _CHARS or len(found.subjects) > _SUBJECTS:
                found.end = row.seq
                break
    return found


def _describe_row(found: _Slice, row: Any, account_of: AccountOf) -> None:
    body = orjson.loads(row.payload)
    answer, request = body["answer"], body["request"]
    found.rows[row.seq] = {
        "ledger_seq": row.seq,
        "id": row.id,
        "at": row.at,
        "check": answer["check"],
        "outcome": answer["outcome"],
        "caller": row.caller,
        "account": account_of(answer["check"], request),
        "content": digest_content(answer["check"], request),
        "resolvable_by": _find_sole_resolvers(answer),
    }
    found.subjects += [
        {"person_id": person_id, "ledger_seq": row.seq} for person_id in set(body["subjects"])
    ]


def _find_sole_resolvers(answer: Mapping[str, Any]) -> str | None:
    """Return the roles that could each resolve all of a review, as `,role,`; None of others."""
    if answer["outcome"] != "review":
        return None
    able = [set(f["resolvable_by"]) for f in answer["findings"] if f["outcome"] == "review"]
    return f",{','.join(sorted(set.intersection(*able)))}," if able else ""


def _write_slice(connection: Connection, found: _Slice) -> None:
    """Write a slice, unless another process has written it; inside `Store.writing()`."""
    if read_position(connection) != found.start:
        return
    for erased in _find_erased(connection, found):  # since it was read
        found.rows.pop(erased, None)
    if found.rows:
        connection.execute(insert(decision_index), list(found.rows.values()))
    subjects = [one for one in found.subjects if one["ledger_seq"] in found.rows]
    if subjects:
        connection.execute(insert(decision_subjects), subjects)
    moved = update(index_positions).where(index_positions.c.name == _NAME)
    if connection.execute(moved.values(ledger_seq=found.end)).rowcount == 0:
        connection.execute(insert(index_positions).values(name=_NAME, ledger_seq=found.end))


def _find_erased(connection: Connection, found: _Slice) -> Sequence[int]:
    gone = select(ledger.c.seq).where(
        ledger.c.kind == KIND,
        ledger.c.seq > found.start,
        ledger.c.seq <= found.end,
        ledger.c.payload.is_(None),
    )
    return connection.scalars(gone).all()


def list_decisions_about(
    connection: Connection,
    accounts: Collection[str],
    since: datetime,
    until: datetime,
    limit: int,
) -> Iterator[RecordedDecision]:
    """Yield up to `limit` decisions about posts on an account in that time, newest first.

    `accounts` are all names of the account, as `AccountOf` gives them; as far as the index goes.
    """
    columns = decision_index.c
    rows = select(ledger.c.id, ledger.c.caller, ledger.c.payload).join(
        decision_index, ledger.c.seq == columns.ledger_seq
    )
    rows = rows.where(
        ledger.c.payload.is_not(None), columns.check == "post", columns.account.in_(accounts),
        columns.at.between(since, until),
    )  # fmt: skip
    for row in connection.execute(rows.order_by(columns.ledger_seq.desc()).limit(limit)):
        yield parse_decision(row.id, row.caller, row.payload)
