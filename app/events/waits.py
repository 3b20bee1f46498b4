"""Waiting for events: who asks for the next one is answered when it comes, and holds no thread.

All belongs to the event loop but the listener, which the store's bell calls on a writer's thread.
The bell rings for commits of this process; of others a look once a second tells, while any wait.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from app.database.session import Store
from app.errors import OverloadedError, StoreUnavailableError, TooManyWaitsError
from app.slots import ThreadSlots
from app.store.events.records import read_last_number

_log = logging.getLogger("clearpost.events")
MOST_OF_A_KEY = 8
MOST_OF_ALL = 200
_LOOK_SECONDS = 1.0
# The least time between two rings, and more for each request that waits: all of them read then.
_PAUSE_SECONDS, _PAUSE_EACH = 0.05, 0.005


class EventWaits:
    """The requests that wait in this process, from `start` to `close`."""

    def __init__(self, store: Store, slots: ThreadSlots) -> None:
        self._store, self._slots = store, slots
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: Counter[str] = Counter()
        self._rung = asyncio.Event()
        self._due: asyncio.TimerHandle | None = None
        self._last = 0.0
        self._seen = -1
        self._looking: asyncio.Task[None] | None = None
        self._end_listening: Callable[[], None] | None = None
        self._closed = False

    def start(self) -> None:
        """Begin to listen; on the event loop that is to serve."""
        self._loop, self._closed = asyncio.get_running_loop(), False
        self._end_listening = self._store.bell.listen(self._hear)

    def close(self) -> None:
        """End all waits from now on; what has come is still answered."""
        self._closed = True
        if self._end_listening is not None:
            self._end_listening()
            self._end_listening = None
        if self._looking is not None:
            self._looking.cancel()
        self._ring()

    @property
    def next_ring(self) -> asyncio.Event:
        """Return what is set at the next ring; taken before a look, it misses nothing after."""
        return self._rung

    @property
    def is_closed(self) -> bool:
        """Return whether all waits have ended."""
        return self._closed

    @contextmanager
    def admit(self, lineage: str) -> Iterator[None]:
        """Count a request of this lineage of keys as one that waits.

        Raises `TooManyWaitsError` where too many do.
        """
        if self._waiting[lineage] >= MOST_OF_A_KEY or self._waiting.total() >= MOST_OF_ALL:
            raise TooManyWaitsError
        self._waiting[lineage] += 1
        if self._looking is None and self._loop is not None and not self._closed:
            self._looking = self._loop.create_task(self._look_on())
        try:
            yield
        finally:
            self._waiting[lineage] -= 1
            if not self._waiting[lineage]:
                del self._waiting[lineage]

    async def wait(self, ring: asyncio.Event, until: float, has_left: Callable[[], bool]) -> None:
        """Wait for `ring`, until the loop's time `until` at the latest, or the client has left."""
        loop = asyncio.get_running_loop()
        while not (ring.is_set() or self._closed or has_left()):
            left = until - loop.time()
            if left <= 0:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(ring.wait(), min(left, _LOOK_SECONDS))

    async def _look_on(self) -> None:
        """Look what other processes wrote, as long as a request waits."""
        try:
            while self._waiting:
                with suppress(OverloadedError, StoreUnavailableError):
                    number = await self._slots.run(self._read_number)
                    if number != self._seen:
                        self._seen = number
                        self._ring_soon()
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            self._looking = None

    def _read_number(self) -> int:
        with self._store.reading() as connection:
            return read_last_number(connection)

    def _hear(self) -> None:
        """Pass a ring on to the loop; on a writer's thread.

        A request that begins to wait now reads the store afterwards, and so finds this commit.
        """
        if self._loop is not None and self._waiting:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._ring_soon)

    def _ring_soon(self) -> None:
        """Ring, but not more often than all who wait can look."""
        if self._loop is None or self._due is not None or not self._waiting:
            return
        pause = _PAUSE_SECONDS + _PAUSE_EACH * self._waiting.total()
        self._due = self._loop.call_at(max(self._loop.time(), self._last + pause), self._ring)

    def _ring(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._loop is not None:
            self._last = self._loop.time()
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()
