"""Reads of children's records that wait for their rows on the ledger.

Belongs to the event loop. They join the next batch of checks, in its transaction: no answer is
given without its row, and no thread waits for the store's write lock.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from app.errors import ClearpostError, OverloadedError
from app.store.ledger.record_reads import RecordsRead

# Rows of one transaction: of full pages of a search they take it some 10 ms.
_AT_ONCE = 32
_MOST_WAITING = 2_000


@dataclass(frozen=True, slots=True)
class ReadNote:
    """A read with an answer that waits for its row, until the event loop's time `until`."""

    read: RecordsRead
    until: float
    future: "asyncio.Future[None]"


class ReadNotes:
    """The reads that wait, in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: list[ReadNote] = []
        self._taken: Sequence[ReadNote] = ()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def admit(self, note: ReadNote) -> None:
        """Let `note` wait, or raise `OverloadedError`."""
        if len(self._waiting) >= _MOST_WAITING:
            raise OverloadedError
        self._waiting.append(note)

    def take(self) -> Sequence[ReadNote]:
        """Take the notes to write next; a reader who has gone needs no row."""
        waiting = [one for one in self._waiting if not one.future.done()]
        self._taken, self._waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
        return self._taken

    def finish(self, notes: Sequence[ReadNote], errors: Sequence[ClearpostError | None]) -> None:
        """Release the notes with rows on the ledger, and give the others their errors."""
        self._taken = ()
        for note, error in zip(notes, errors, strict=True):
            if note.future.done():
                continue
            if error is None:
                note.future.set_result(None)
            else:
                note.future.set_exception(error)

    def refuse_late(self, now: float) -> None:
        """Refuse the notes due before `now`: they are not answered, row or not."""
        for note in (*self._waiting, *self._taken):
            if note.until <= now and not note.future.done():
                note.future.set_exception(OverloadedError())
