"""The check pipeline: batch, load facts, decide, append to the ledger, commit, answer.

Requests wait only while the batch before them commits; those that wait then are the next batch
(group commit: no timer, and no latency when idle; `app.checks.queue` chooses the order). One thread
does all of the store's work. The read of facts and the append of the answers share a transaction
that holds the write lock, so a check that starts after a refusal has been committed never allows,
and no answer is without a row.
"""

import asyncio
import logging
import threading
from collections.abc import Sequence
from itertools import islice
from queue import SimpleQueue

from app.checks.batch import decide_batch, decide_inquiries, record_reads
from app.checks.people_cap import PeopleCap
from app.checks.queue import (
    CheckQueue,
    Inquiry,
    QueueLimits,
    Result,
    Ticket,
    TicketPart,
    Waiting,
)
from app.checks.read_notes import ReadNote, ReadNotes
from app.database.session import Store
from app.errors import ClearpostError, StoreUnavailableError
from app.log import describe_traceback
from app.policy.facts import Facts
from app.policy.lists import is_ahead
from app.policy_setup import read_setup
from app.settings import Settings
from app.store.ledger.record_reads import RecordsRead

_log = logging.getLogger("clearpost.pipeline")
# How often those that wait are looked through for a deadline.
_LOOK_SECONDS = 0.25


_Work = tuple[list[TicketPart], Sequence[ReadNote]]
# The results of checks, and why reads are not answered.
_Done = tuple[list[Result], Sequence[ClearpostError | None]]


class Pipeline:
    """The one queue and the one thread through which every check goes, and every read's row.

    `start` and `close` belong to the event loop that also calls `ask` and `note`.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._setup = read_setup(settings)
        self._queue = CheckQueue(
            QueueLimits(
                settings.queue_requests,
                settings.queue_subjects,
                settings.queue_share_percent / 100,
                settings.batch_requests,
            )
        )
        self._cap = PeopleCap(settings.people_per_day, settings.zone)
        self._deadline = settings.deadline_seconds
        self._watch: asyncio.TimerHandle | None = None
        self._busy = False
        self._closing = False
        # Whether the last batch found the clock behind what was recorded before.
        self.clock_behind = False
        self._reads = ReadNotes()
        self._work: SimpleQueue[_Work | None] = SimpleQueue()
        self._idle = asyncio.Event()
        self._thread = threading.Thread(
            target=self._decide_batches, name="clearpost-pipeline", daemon=True
        )
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin to answer."""
        self._loop = asyncio.get_running_loop()
        self._idle.set()
        self._thread.start()

    async def close(self) -> None:
        """Answer what was asked, then stop; new checks are refused from now on."""
        self._closing = True
        await self._idle.wait()
        self._work.put(None)
        await asyncio.to_thread(self._thread.join)

    @property
    def depth(self) -> int:
        """Return the number of checks that wait or are being decided."""
        return self._queue.requests

    async def ask(self, inquiries: Sequence[Inquiry]) -> list[Result]:
        """Return the results of `inquiries`, in order, each a decision or a failure of its own.

        Raises QueueFullError when too much is waiting, StoreUnavailableError when the store
        does not take the decisions; then there is none, except where it is OutcomeUnknownError.
        """
        future: asyncio.Future[list[Result]] = asyncio.get_running_loop().create_future()
        self.submit(inquiries, future)
        results = await future
        if all(isinstance(result, StoreUnavailableError) for result in results):
            raise results[0]  # type: ignore[misc]
        return results

    def submit(self, inquiries: Sequence[Inquiry], future: Waiting) -> None:
        """Put `inquiries` into the queue, and give their results to `future`, as `ask` does.

        Raises QueueFullError, and StoreUnavailableError once it is closing.
        """
        if self._loop is None or self._closing:
            raise StoreUnavailableError
        self._queue.admit(Ticket(inquiries, self._loop.time() + self._deadline, future))
        self._schedule_dispatch(self._loop)

    async def note(self, read: RecordsRead, begun: float) -> None:
        """Put a read on the ledger, before it is answered; `begun`, the loop's time, is its start.

        Raises OverloadedError when too many wait or it takes too long, StoreUnavailableError when
        the store does not take the row, TooManyPeopleError when its key has been shown too many.
        """
        if self._loop is None or self._closing:
            raise StoreUnavailableError
        note = ReadNote(read, begun + self._deadline, self._loop.create_future())
        self._reads.admit(note)
        self._schedule_dispatch(self._loop)
        await note.future

    def _schedule_dispatch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make sure that admitted requests are taken up, or refused in time."""
        if not self._busy:
            self._busy = True
            self._idle.clear()
            loop.call_soon(self._dispatch_batch)
        if self._watch is None:
            self._watch = loop.call_later(_LOOK_SECONDS, self._refuse_late)

    def _dispatch_batch(self) -> None:
        """Hand the next batch to the thread."""
        batch, notes = self._queue.take_batch(), self._reads.take()
        if batch or notes:
            self._work.put((batch, notes))
        else:
            self._busy = False
            self._idle.set()

    def _refuse_late(self) -> None:
        """Refuse all that is beyond its deadline; repeat as long as any request waits."""
        if self._loop is None:
            return
        self._queue.refuse_late(self._loop.time())
        self._reads.refuse_late(self._loop.time())
        busy = self._busy
        self._watch = self._loop.call_later(_LOOK_SECONDS, self._refuse_late) if busy else None

    def _decide_batches(self) -> None:
        """Decide batch after batch, on the thread, until a None in the queue stops it."""
        while (work := self._work.get()) is not None:
            batch, notes = work
            inquiries = [inquiry for part in batch for inquiry in part.inquiries]
            done = self._write_batch(inquiries, [note.read for note in notes])
            if self._loop:
                self._loop.call_soon_threadsafe(self._finish_batch, work, done)

    def _write_batch(self, inquiries: Sequence[Inquiry], reads: Sequence[RecordsRead]) -> _Done:
        """Decide `inquiries` and record `reads`; return the results, and the reads' errors."""
        if not reads:
            return self._decide_checks(inquiries), []
        try:
            return self._decide_with_reads(inquiries, reads)
        except StoreUnavailableError as error:
            # A read is not answered, whether its row is there or not.
            return [error] * len(inquiries), [StoreUnavailableError()] * len(reads)
        except Exception as error:  # noqa: BLE001 - the thread must outlive any fault
            if inquiries:  # one of them may be to blame for all
                return self._decide_checks(inquiries), self._write_batch((), reads)[1]
            _log.error("reads could not be recorded", extra={"error": describe_traceback(error)})
            return [], [StoreUnavailableError()] * len(reads)

    def _decide_with_reads(
        self, inquiries: Sequence[Inquiry], reads: Sequence[RecordsRead]
    ) -> _Done:
        if not inquiries:
            return [], record_reads(self._store, self._cap, reads)
        return decide_batch(self._store, self._setup, inquiries, self._note_clock, self._cap, reads)

    def _decide_checks(self, inquiries: Sequence[Inquiry]) -> list[Result]:
        """Return the results of `inquiries`; where one makes all fail, each is asked alone."""
        try:
            return decide_inquiries(
                self._store, self._setup, inquiries, self._note_clock, self._cap
            )
        except StoreUnavailableError as error:
            return [error] * len(inquiries)
        except Exception as error:  # noqa: BLE001 - the thread must outlive any fault
            if len(inquiries) > 1:
                return [result for one in inquiries for result in self._decide_checks([one])]
            _log.error("a check failed", extra={"error": describe_traceback(error)})
            return [StoreUnavailableError()]

    def _note_clock(self, facts: Facts) -> None:
        """Note, and log once, that the clock lies behind the ledger, and that it no longer does."""
        behind = facts.recorded_at is not None and is_ahead(facts, facts.recorded_at)
        if behind != self.clock_behind:
            level = logging.ERROR if behind else logging.WARNING
            _log.log(level, "the clock is behind the ledger" if behind else "the clock is right")
        self.clock_behind = behind

    def _finish_batch(self, work: _Work, done: _Done) -> None:
        batch, notes = work
        results, unread = done
        following = iter(results)
        for part in batch:
            self._queue.finish(part, list(islice(following, len(part.inquiries))))
        self._reads.finish(notes, unread)
        self._dispatch_batch()
