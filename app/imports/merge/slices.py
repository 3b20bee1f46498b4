"""Slices: a long list of rows put into the store in many short transactions.

Each holds the write lock for a moment only, so that checks can continue, and records its progress
in the same transaction: an import that was killed continues from there.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    select,
    true,
    tuple_,
)
from sqlalchemy.exc import IntegrityError

from app.database.session import Store
from app.imports.staging import staging_database

# How long a slice should hold the write lock, in seconds: alone in the store, and while others
# write. The documented limit is 0.05.
ALONE, AMONG_OTHERS = 0.03, 0.006
# How long the lock is left to others between two slices: SQLite's writers wait by asking again.
_PAUSE_ALONE, _PAUSE_AMONG_OTHERS = 0.002, 0.015
# After how many slices the journal is moved into the store's file while no one else writes; else
# after each, since otherwise the next commit, that of a check, would do it.
_SLICES_A_CHECKPOINT = 40
FIRST_ROWS, MOST_ROWS = 50, 20_000
_OTHERS_ARE_NEAR = 3.0

KeyRange = Mapping[str, Any]
Prepared = Any


class KeyRangeScan:
    """The rows of a staged table in the order of `keys`, of which none is null or empty.

    With `where` only those that meet it.
    """

    def __init__(self, *keys: Column[Any], where: ColumnElement[bool] | None = None) -> None:
        self._keys, self._where = keys, true() if where is None else where
        self._first = [-1 if isinstance(key.type, BigInteger) else "" for key in keys]
        self._key: Any = tuple_(*keys) if len(keys) > 1 else keys[0]
        self._after, self._upto = self._bind_key("after"), self._bind_key("upto")

    # Many a walk is prepared and has no rows: its statements are made when they are needed.
    @cached_property
    def _beyond(self) -> Any:
        return select(*self._keys).where(self._where, self._key > self._after)

    @cached_property
    def _nth(self) -> Any:
        return self._beyond.order_by(*self._keys).limit(1).offset(bindparam("skip"))

    @cached_property
    def _last(self) -> Any:
        return self._beyond.order_by(*(key.desc() for key in self._keys)).limit(1)

    @cached_property
    def within(self) -> ColumnElement[bool]:
        """Return true for a row in the slice; run a statement that uses it with `KeyRange`."""
        return and_(self._where, self._key > self._after, self._key <= self._upto)

    def spans(self, column: Column[Any]) -> ColumnElement[bool]:
        """Return true where `column`, joined to the first of the keys, lies in the slice.

        Otherwise PostgreSQL would read the whole joined table for each slice.
        """
        first, last = (
            bindparam(f"{name}_0", type_=self._keys[0].type) for name in ("after", "upto")
        )
        return column.between(first, last)

    def next(
        self, connection: Connection, after: Sequence[Any] | None, rows: int
    ) -> KeyRange | None:
        """Return the slice of up to `rows` rows after the key `after`; None when there are none."""
        start = self._to_bind_values("after", after or self._first)
        found = connection.execute(self._nth, {**start, "skip": rows - 1}).first()
        found = found or connection.execute(self._last, start).first()
        return None if found is None else {**start, **self._to_bind_values("upto", found)}

    def upto(self, bounds: KeyRange) -> list[Any]:
        """Return the last key of a slice."""
        return [bounds[f"upto_{n}"] for n in range(len(self._keys))]

    def _bind_key(self, name: str) -> Any:
        marks = [bindparam(f"{name}_{n}", type_=key.type) for n, key in enumerate(self._keys)]
        return tuple_(*marks) if len(marks) > 1 else marks[0]

    @staticmethod
    def _to_bind_values(name: str, key: Sequence[Any]) -> dict[str, Any]:
        return {f"{name}_{n}": value for n, value in enumerate(key)}


@dataclass(frozen=True, slots=True)
class MergeStep:
    """One kind of rows that go into the store.

    `apply` runs inside the transaction of each slice; it gets what `prepare` found out before the
    lock was taken. `rows` is about how many there are.
    """

    name: str
    walk: KeyRangeScan
    apply: Callable[[Connection, KeyRange, Prepared], None]
    rows: int
    prepare: Callable[[Connection, KeyRange], Prepared] = lambda _connection, _bounds: None


class SliceSizer:
    """The number of rows in a slice, and the time for which the lock is left to others after it."""

    def __init__(self, head: Callable[[Connection], int]) -> None:
        """Measure with `head`, which counts up with every write, whether others write."""
        self._head = head
        self._seen: int | None = None
        self._others_until = 0.0
        self._rows: dict[str, float] = {}
        self._slices = 0
        self.longest = 0.0

    def rows(self, step: MergeStep) -> int:
        """Return how many rows of `step` to take next."""
        return int(self._rows.get(step.name, FIRST_ROWS))

    def took(self, step: MergeStep, seconds: float) -> None:
        """Learn from a slice that held the lock for `seconds`."""
        self.longest = max(self.longest, seconds)
        wanted = AMONG_OTHERS if self.others_write else ALONE
        factor = min(2.0, max(0.2, wanted / max(seconds, 1e-6)))
        rows = self._rows.get(step.name, FIRST_ROWS) * factor
        self._rows[step.name] = min(max(rows, 10.0), MOST_ROWS)

    def leave(self, connection: Connection) -> None:
        """Let others write, the longer the more they do."""
        others = self.others_write
        self._slices += 1
        if self._slices % (1 if others else _SLICES_A_CHECKPOINT) == 0:
            staging_database.move_journal(connection)
        time.sleep(_PAUSE_AMONG_OTHERS if others else _PAUSE_ALONE)

    def begun(self, connection: Connection) -> None:
        """Look, at the start of a slice's transaction, whether others wrote since the last one."""
        if self._seen is not None and self._head(connection) > self._seen:
            self._others_until = time.monotonic() + _OTHERS_ARE_NEAR

    def written(self, connection: Connection) -> None:
        """Note, at the end of a slice's transaction, how far the store has come by it."""
        self._seen = self._head(connection)

    @property
    def others_write(self) -> bool:
        """Return true if another process has written to the store lately."""
        return time.monotonic() < self._others_until


# Notes, in a slice's transaction, its last key and about how many rows it had.
Note = Callable[[Connection, list[Any], int], None]


def run_step(
    store: Store,
    connection: Connection,
    step: MergeStep,
    pace: SliceSizer,
    after: Sequence[Any] | None,
    note: Note,
) -> Iterator[int]:
    """Take `step` from behind the key `after` to its end; yield about how many rows it took.

    `connection` is one of `open_staging`.
    """
    again = False
    while True:
        rows = pace.rows(step)
        with connection.begin():
            bounds = step.walk.next(connection, after, rows)
            if bounds is None:
                return
            prepared = step.prepare(connection, bounds)
        upto = step.walk.upto(bounds)
        try:
            with store.writing(connection):
                begun = time.monotonic()
                pace.begun(connection)
                step.apply(connection, bounds, prepared)
                note(connection, upto, rows)
                pace.written(connection)
        except IntegrityError:
            # Another process wrote the same between the preparing and the transaction.
            if again:
                raise
            again = True
            continue
        pace.took(step, time.monotonic() - begun)
        pace.leave(connection)
        after, again = upto, False
        yield rows
