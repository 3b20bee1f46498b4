"""Credentials that this process has not just found to be live, on their way to the store.

Most of them may be guesses, so they are looked up apart from those of live keys, many with one
statement. Addresses take turns: one that sends thousands holds up its own. Where all places are
taken, the address that has most of them gives way.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from app.auth.credentials import Credential, Found
from app.errors import OverloadedError, StoreUnavailableError, TooManyRefusalsError
from app.slots import ThreadSlots
from app.store.service.keys import KeyRecord

MOST_WAITING = 2_048
# Looked up together: wrong ones in a millisecond, live ones in seven.
AT_ONCE = 128
_RETRY_SECONDS = 1


class Stranger(NamedTuple):
    """A credential that waits to be looked up."""

    credential: Credential
    future: "asyncio.Future[KeyRecord]"


class Strangers:
    """The credentials that wait, by address; belongs to the event loop.

    `read` looks several up on a thread of `slots`, within `seconds`.
    """

    def __init__(
        self,
        slots: ThreadSlots,
        read: Callable[[Sequence[Credential]], list[Found]],
        seconds: float,
        most: int = MOST_WAITING,
    ) -> None:
        self._slots = slots
        self._read = read
        self._seconds = seconds
        self._most = most
        self._waiting: dict[str, deque[Stranger]] = {}
        self._count = 0
        self._task: asyncio.Task[None] | None = None

    async def look_up(self, credential: Credential, client: str) -> KeyRecord:
        """Return the live key of a credential that comes from the address `client`.

        Raises `UnauthenticatedError` where there is none, `TooManyRefusalsError` where the address
        takes too many places, and `StoreUnavailableError` when the store does not say in time.
        """
        self._make_place(client)
        one = Stranger(credential, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(client, deque()).append(one)
        self._count += 1
        if self._task is None:
            self._task = asyncio.create_task(self._look_up_all())
        try:
            async with asyncio.timeout(self._seconds):
                return await one.future
        except TimeoutError as error:
            raise StoreUnavailableError from error

    def _make_place(self, client: str) -> None:
        """Make room for one more credential of `client`, or refuse it."""
        if self._count < self._most:
            return
        own = len(self._waiting.get(client, ()))
        fullest = max(self._waiting.values(), key=len)
        if len(fullest) > own + 1:
            self._count -= 1
            # The newest: those before it may be about to be answered.
            last = fullest.pop()
            if not last.future.done():
                last.future.set_exception(TooManyRefusalsError(_RETRY_SECONDS))
        elif own:
            raise TooManyRefusalsError(_RETRY_SECONDS)
        else:
            raise StoreUnavailableError

    async def _look_up_all(self) -> None:
        try:
            while self._waiting:
                batch = self._take_batch()
                found = await self._look_up_batch(batch)
                for one, what in zip(batch, found, strict=True):
                    _tell_found(one, what)
        finally:
            self._task = None

    def _take_batch(self) -> list[Stranger]:
        """Take those that are looked up next, one of each address in turn."""
        batch: list[Stranger] = []
        while self._waiting and len(batch) < AT_ONCE:
            client = next(iter(self._waiting))
            queue = self._waiting.pop(client)
            one = queue.popleft()
            self._count -= 1
            if queue:
                self._waiting[client] = queue
            if not one.future.done():
                batch.append(one)
        return batch

    async def _look_up_batch(self, batch: Sequence[Stranger]) -> Sequence[KeyRecord | Exception]:
        credentials = [one.credential for one in batch]
        try:
            return await self._slots.run(self._read, credentials, seconds=self._seconds)
        except OverloadedError:
            return [StoreUnavailableError()] * len(batch)
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            return [error] * len(batch)


def _tell_found(one: Stranger, found: KeyRecord | Exception) -> None:
    if one.future.done():
        return
    if isinstance(found, Exception):
        one.future.set_exception(found)
    else:
        one.future.set_result(found)
