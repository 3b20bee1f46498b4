"""Threads by kind of work, so that work waiting for one resource delays no other.

Writers wait for the store's one write lock, which a command or an import may hold for seconds. Each
kind has its own threads and a bounded number that wait for them; those beyond are refused at once.
Work that has not ended by its deadline is refused, and then nothing of it is recorded.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Lock
from typing import Any, Literal, NamedTuple, TypeVar

from app.database.waiters import Waiter, waiter
from app.errors import OutcomeUnknownError, OverloadedError

_T = TypeVar("_T")
SlotKind = Literal[
    "readers", "writers", "searches", "erasures", "keys", "strangers", "probes", "texts", "events"
]
# A commit that has begun is waited for so long beyond the deadline.
COMMIT_SECONDS = 1.0


class SlotLimits(NamedTuple):
    """The number of threads, and of requests that may wait for one."""

    threads: int
    waiting: int


LIMITS: dict[SlotKind, SlotLimits] = {
    "readers": SlotLimits(8, 128),
    # One at a time has the lock; the others are on their way to it or back.
    "writers": SlotLimits(4, 64),
    # Searches that first bring an index up to date: they read, yet may have to wait as writers do.
    "searches": SlotLimits(4, 64),
    # They write the store's files anew.
    "erasures": SlotLimits(1, 4),
    "keys": SlotLimits(4, 256),
    # Keys that were not heard just before, all of them in one look-up after the other.
    "strangers": SlotLimits(1, 1),
    "probes": SlotLimits(2, 64),
    # They need the processor alone, which more threads would only take from the others.
    "texts": SlotLimits(1, 64),
    # Who waits for events looks all at once when there are some.
    "events": SlotLimits(2, 256),
}
_ERASURE_SECONDS = 60.0


class ThreadSlots:
    """Threads for one kind of work, within `limits`; `seconds` is its deadline."""

    def __init__(self, kind: str, limits: SlotLimits, seconds: float) -> None:
        self._threads = ThreadPoolExecutor(limits.threads, f"clearpost-{kind}")
        self._most = sum(limits)
        self._seconds = seconds
        self._lock = Lock()
        self._taken = 0

    async def run(
        self, work: Callable[..., _T], *arguments: Any, seconds: float | None = None
    ) -> _T:
        """Do `work` on a thread, by `seconds` instead of the usual deadline where they are given.

        Raises `OverloadedError` where too many wait, or the time is up: nothing was recorded then;
        and `OutcomeUnknownError` where the time is up in a commit. An abandoned thread keeps its
        slot until it ends.
        """
        self._take_slot()
        who = Waiter()
        context = copy_context()
        context.run(waiter.set, who)
        future = self._threads.submit(context.run, work, *arguments)
        future.add_done_callback(self._free_slot)
        done = asyncio.wrap_future(future)
        try:
            await asyncio.wait((done,), timeout=self._seconds if seconds is None else seconds)
            if not done.done() and not who.leave():
                await asyncio.wait((done,), timeout=COMMIT_SECONDS)
            if not done.done():
                raise OverloadedError if who.leave() else OutcomeUnknownError
        except BaseException:
            who.leave()
            done.cancel()  # also where it has not begun: then it never does
            raise
        return done.result()

    def close(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _take_slot(self) -> None:
        with self._lock:
            if self._taken >= self._most:
                raise OverloadedError
            self._taken += 1

    def _free_slot(self, _: object) -> None:
        with self._lock:
            self._taken -= 1


class Slots:
    """The slots of all kinds, with one deadline; it begins once a request has been read."""

    def __init__(self, deadline_seconds: float) -> None:
        longer: dict[SlotKind, float] = {"erasures": max(_ERASURE_SECONDS, deadline_seconds)}
        self._slots = {
            kind: ThreadSlots(kind, limits, longer.get(kind, deadline_seconds))
            for kind, limits in LIMITS.items()
        }

    def __getitem__(self, kind: SlotKind) -> ThreadSlots:
        return self._slots[kind]

    def close(self) -> None:
        """Begin nothing more on any of them."""
        for one in self._slots.values():
            one.close()
