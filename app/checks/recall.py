"""The recall: what was answered is asked again after any change, as long as it matters.

The truth is a comparison of state: everything watched is asked again in turn, at the start and then
over and over. What is added to a few tables tells which to ask first, so that one refusal costs
what it touches and is heard at once; the next turn finds what they miss.
"""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from time import monotonic
from typing import NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Table, func, select, true

from app.database.session import Store
from app.errors import StoreUnavailableError
from app.log import describe_traceback
from app.store.clearances.records import FactKind

_log = logging.getLogger("clearpost.recall")
CALLER = "recall"
# Judged in one read. Between two reads it rests for a multiple of the time that they took.
CHUNK = 50
_REST = 4.0
_LOOK_SECONDS = 1.0
_MOST_NEWS = 10_000
Marks = dict[str, int]
ChangedFacts = Mapping[FactKind, Sequence[str]]
_Find = Callable[[Connection], list[RowMapping]]


class NewsSource(NamedTuple):
    """A table that is only added to, and the fact that a new row of it is about.

    Without a column it may be about anything watched. Of the rows that fit `where` alone.
    """

    table: Table
    kind: FactKind | None = None
    value: Column[str] | None = None
    where: ColumnElement[bool] = true()

    @property
    def seq(self) -> Column[int]:
        """Return the column that numbers the rows."""
        return self.table.c.seq


class Watched(ABC):
    """Records that are asked again: how they are found, and what is done about them.

    A turn over all of them begins every `turn_seconds`.
    """

    sources: Sequence[NewsSource] = ()
    turn_seconds = 600.0

    @abstractmethod
    def list_some(self, connection: Connection, after: str, limit: int) -> list[RowMapping]:
        """Return up to `limit` of them with ids behind `after`, in order."""

    @abstractmethod
    def read_some(self, connection: Connection, ids: Sequence[str]) -> list[RowMapping]:
        """Return those of these ids that are still watched, in order."""

    @abstractmethod
    def find_touched(self, connection: Connection, facts: ChangedFacts) -> list[str]:
        """Return the ids of those that rest on any of these facts, in order."""

    @abstractmethod
    def begin_turn(self) -> None:
        """Do what is due before a turn."""

    @abstractmethod
    def judge_some(self, find: _Find) -> list[RowMapping]:
        """Judge those that `find` reads, act on what has changed, and return all that were read."""


class Recall:
    """Asks again what is watched, on a thread of its own, from `start` to `close`."""

    def __init__(self, store: Store, watched: Sequence[Watched]) -> None:
        self._stopping = threading.Event()
        self._watches = [_RecallTurn(store, one, self._stopping) for one in watched]
        self._thread = threading.Thread(target=self._look_on, name="clearpost-recall", daemon=True)

    def start(self) -> None:
        """Begin, with a turn over all that is watched."""
        self._thread.start()

    def close(self) -> None:
        """Stop, after what is being judged."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _look_on(self) -> None:
        while not self._stopping.is_set():
            begun = monotonic()
            more = [self._try_look(watch) for watch in self._watches]
            rest = (monotonic() - begun) * _REST if any(more) else _LOOK_SECONDS
            self._stopping.wait(rest)

    def _try_look(self, watch: "_RecallTurn") -> bool:
        try:
            return watch.look()
        except StoreUnavailableError:
            return False  # it is told where checks are asked; the next look tries again
        except Exception as error:  # noqa: BLE001 - whatever it is, the recall goes on
            _log.error("the recall failed", extra={"error": describe_traceback(error)})
            return False

    def look(self) -> bool:
        """Judge what the news are about, and the next records of the turns.

        Return whether a turn is not over.
        """
        more = [watch.look() for watch in self._watches]
        return any(more)


class _RecallTurn:
    """One kind of records that are watched: how far its news are heard, and where its turn is."""

    def __init__(self, store: Store, watched: Watched, stopping: threading.Event) -> None:
        self._store, self._watched, self._stopping = store, watched, stopping
        self._marks: Marks = {}
        self._place = ""  # behind this id the turn goes on; empty between two turns
        self._is_turn_due = True
        self._turn_at = 0.0

    def look(self) -> bool:
        """Judge what the news are about, and the next of the turn; return whether more is left."""
        watched = self._watched
        with self._store.reading() as connection:
            if not watched.list_some(connection, "", 1):
                self._marks, self._place, self._is_turn_due = {}, "", True
                return False
            marks = _read_marks(connection, watched.sources)
            since = self._marks
            news = [*_find_news(connection, watched.sources, since, marks)] if since else []
            touched = _find_touched(connection, watched, news)
        if any(kind is None for kind, _ in news):  # a turn over all, after the one under way
            self._is_turn_due = True
        self._judge_each(touched)
        self._marks = marks  # not before: what fails is looked at again
        return self._go_on()

    def _go_on(self) -> bool:
        """Judge the next of the turn; begin one where it is time."""
        watched = self._watched
        if not self._place and not self._is_turn_due and monotonic() < self._turn_at:
            return False
        if not self._place:
            watched.begin_turn()
        rows = watched.judge_some(lambda reading: watched.list_some(reading, self._place, CHUNK))
        if not self._place:
            self._is_turn_due, self._turn_at = False, monotonic() + watched.turn_seconds
        self._place = rows[-1]["id"] if len(rows) == CHUNK else ""
        return bool(self._place) or self._is_turn_due

    def _judge_each(self, ids: Sequence[str]) -> None:
        """Judge these records, until it is stopped."""
        for start in range(0, len(ids), CHUNK):
            if self._stopping.is_set():
                return
            some = ids[start : start + CHUNK]
            self._watched.judge_some(partial(self._watched.read_some, ids=some))


def _read_marks(connection: Connection, sources: Sequence[NewsSource]) -> Marks:
    """Return the last row of every source."""
    return {one.table.name: connection.scalar(select(func.max(one.seq))) or 0 for one in sources}


def _find_news(
    connection: Connection, sources: Sequence[NewsSource], since: Marks, until: Marks
) -> Iterator[tuple[FactKind | None, list[str]]]:
    """Yield, of each source with new rows, what they are about."""
    for one in sources:
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
    connection: Connection, watched: Watched, news: Sequence[tuple[FactKind | None, list[str]]]
) -> list[str]:
    """Return the records that the news are known to be about; of some nothing is known."""
    facts: dict[FactKind, list[str]] = {}
    for kind, values in news:
        if kind is not None:
            facts.setdefault(kind, []).extend(values)
    return watched.find_touched(connection, facts)
