"""The recall: clearances that are no longer allowed are revoked, whatever has changed.

The truth is a comparison of state: every live clearance is asked again in turn, at the start and
then over and over. What is added to a few tables tells which to ask first, so that one refusal
costs what it touches and is heard at once; where that is missed, the turn finds it.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import monotonic
from typing import NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    func,
    select,
    true,
)

from app.checks.clearances import Judged, judge_again
from app.database import tables as t
from app.database.session import Store
from app.errors import StoreUnavailableError
from app.log import describe_traceback
from app.policy.facts import Setup
from app.store.accounts import register as accounts
from app.store.clearances import records as stored
from app.store.clearances.records import Ending, FactKind
from app.store.ledger.changes import Actor

_log = logging.getLogger("clearpost.recall")
_CALLER = "recall"
# Asked in one read. Between two reads it rests for a multiple of the time that they took.
_CHUNK = 50
_REST = 4.0
_LOOK_SECONDS = 1.0
_TURN_SECONDS = 600.0
_MOST_NEWS = 10_000
_MOST_EXPIRED = 1_000


class _Source(NamedTuple):
    """A table that is only added to, and the fact that a new row of it is about.

    Without a column it may be about any clearance. Of the rows that fit `where` alone.
    """

    table: Table
    kind: FactKind | None = None
    value: Column[str] | None = None
    where: ColumnElement[bool] = true()

    @property
    def seq(self) -> Column[int]:
        """Return the column that numbers the rows."""
        return self.table.c.seq


# What an import, an undo or an erasure changes beside these shows in its own row on the ledger.
_OTHERWISE = ("import.applied", "import.doubted", "import.undone", "person.erased")
_SOURCES = (
    _Source(t.consents, "person", t.consents.c.person_id),
    _Source(t.authorizations, "account", t.authorizations.c.account_id),
    _Source(t.changes, "account", t.changes.c.record_id, t.changes.c.record_kind == accounts.KIND),
    _Source(t.grants),
    _Source(t.designations),
    _Source(t.releases),
    _Source(t.declarations),
    _Source(t.resolutions),
    _Source(t.ledger, where=t.ledger.c.kind.in_(_OTHERWISE)),
)
Marks = dict[str, int]


def revoke_clearances(
    store: Store, setup: Setup, ids: Sequence[str], caller: str, person_id: str | None = None
) -> int:
    """Judge these clearances again under the write lock, and revoke those that do not hold.

    Return how many were revoked. One that only a stale list suspends stays.
    """
    with store.writing() as connection:
        actor = Actor(caller, person_id, store.now())
        live = stored.read_live(connection, ids)
        judged = judge_again(connection, live, actor.at, setup)
        endings = [
            Ending(row, "revoked", one.reason)
            for row, one in zip(live, judged, strict=True)
            if _is_over(one)
        ]
        stored.end_clearances(connection, actor, endings)
    return len(endings)


class Recall:
    """Asks live clearances again, on a thread of its own, from `start` to `close`."""

    def __init__(self, store: Store, setup: Setup) -> None:
        self._store, self._setup = store, setup
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="clearpost-recall", daemon=True)
        self._marks: Marks = {}
        self._place = ""  # behind this id the turn goes on; empty between two turns
        self._is_turn_due = True
        self._turn_at = 0.0

    def start(self) -> None:
        """Begin, with a turn over all clearances."""
        self._thread.start()

    def close(self) -> None:
        """Stop, after what is being judged."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _look_on(self) -> None:
        while not self._stopping.is_set():
            begun = monotonic()
            try:
                more = self.look()
            except StoreUnavailableError:
                more = False  # it is told where checks are asked; the next look tries again
            except Exception as error:  # noqa: BLE001 - whatever it is, the recall goes on
                _log.error("the recall failed", extra={"error": describe_traceback(error)})
                more = False
            rest = (monotonic() - begun) * _REST if more else _LOOK_SECONDS
            self._stopping.wait(rest)

    def look(self) -> bool:
        """Judge what the news are about, and the next clearances of the turn.

        Return whether the turn is not over.
        """
        with self._store.reading() as connection:
            if not stored.list_live(connection, "", 1):
                self._marks, self._place, self._is_turn_due = {}, "", True
                return False
            marks = _read_marks(connection)
            news = [*_find_news(connection, self._marks, marks)] if self._marks else []
            touched = _find_touched(connection, news)
        if touched is None:  # it may be about all of them: a turn, after the one under way
            self._is_turn_due = True
        else:
            self._judge_each(touched)
        self._marks = marks  # not before: what fails is looked at again
        return self._go_on()

    def _go_on(self) -> bool:
        """Judge the next clearances of the turn; begin one where it is time."""
        if not self._place and not self._is_turn_due and monotonic() < self._turn_at:
            return False
        if not self._place:
            with self._store.writing() as connection:
                stored.expire_clearances(connection, self._store.now(), _MOST_EXPIRED)
        rows = self._judge_some(lambda reading: stored.list_live(reading, self._place, _CHUNK))
        if not self._place:
            self._is_turn_due, self._turn_at = False, monotonic() + _TURN_SECONDS
        self._place = rows[-1]["id"] if len(rows) == _CHUNK else ""
        return bool(self._place) or self._is_turn_due

    def _judge_each(self, ids: Sequence[str]) -> None:
        """Judge these clearances, as long as nobody stops it."""
        for start in range(0, len(ids), _CHUNK):
            if self._stopping.is_set():
                return
            some = ids[start : start + _CHUNK]
            self._judge_some(partial(stored.read_live, ids=some))

    def _judge_some(self, find: Callable[[Connection], list[RowMapping]]) -> list[RowMapping]:
        """Judge the clearances that `find` reads, revoke those that are over, and return all."""
        with self._store.reading() as connection:
            rows = find(connection)
            judged = judge_again(connection, rows, self._store.now(), self._setup)
        over = [row["id"] for row, one in zip(rows, judged, strict=True) if _is_over(one)]
        if over:
            count = revoke_clearances(self._store, self._setup, over, _CALLER)
            _log.info("clearances were revoked", extra={"count": count})
        return rows


def _is_over(one: Judged) -> bool:
    return not (one.holds or one.suspended)


def _read_marks(connection: Connection) -> Marks:
    """Return the last row of every source."""
    return {one.table.name: connection.scalar(select(func.max(one.seq))) or 0 for one in _SOURCES}


def _find_news(
    connection: Connection, since: Marks, until: Marks
) -> Iterator[tuple[FactKind | None, list[str]]]:
    """Yield, of each source with new rows, what they are about."""
    for one in _SOURCES:
        after, last = since[one.table.name], until[one.table.name]
        new = one.seq > after, one.seq <= last, one.where
        if last <= after:
            continue
        if one.value is None:
            if connection.scalar(select(one.seq).where(*new).limit(1)) is not None:
                yield None, []
        elif last - after > _MOST_NEWS:
            yield None, []
        else:
            yield one.kind, list(connection.scalars(select(one.value).where(*new).distinct()))


def _find_touched(
    connection: Connection, news: Sequence[tuple[FactKind | None, list[str]]]
) -> list[str] | None:
    """Return the live clearances that the news are about; None where it may be all."""
    if any(kind is None for kind, _ in news):
        return None
    facts: dict[FactKind, list[str]] = {}
    for kind, values in news:
        if kind is not None:
            facts.setdefault(kind, []).extend(values)
    return stored.find_live(connection, facts)
