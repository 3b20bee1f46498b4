"""Keys and tokens that are refused: counted, logged and slowed, by address and by key.

Only the answer to a refused one is ever slowed: a school's many computers share an address, and
one bad script among them must not lock out the others. To look up what comes from an address that
is over its limit takes a thread of its own, so that it holds up no other's key.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import NoReturn

from app.errors import TooManyRefusalsError, UnauthenticatedError
from app.rate_counts import RateCounts
from app.rates import MinuteRate, network

SLOW_SECONDS = 1.0
# Answers that a process holds back at a time; beyond them none, since each holds a connection.
MOST_SLOWED = 256
_log = logging.getLogger("clearpost.credentials")


class RefusedCredentials:
    """What was refused in the last minute; belongs to the event loop.

    `per_minute` of each address and of each key, in all processes that share `counts`, are
    answered at once. `count` is told each.
    """

    def __init__(self, per_minute: int, counts: RateCounts, count: Callable[[], None]) -> None:
        self._addresses = MinuteRate(per_minute, "refused_addresses", counts)
        self._keys = MinuteRate(per_minute, "refused_keys", counts)
        self._count = count
        self._slowed = 0

    def is_suspect(self, address: str | None) -> bool:
        """Whether so many of `address` were refused that its next are looked up apart."""
        return self._addresses.is_over(network(address))

    async def refuse(self, error: UnauthenticatedError, address: str | None) -> NoReturn:
        """Refuse a credential of `address`: raise `error`, or later `TooManyRefusalsError`."""
        self._count()
        client = network(address)
        wait = self._addresses.take(client)
        if error.key_id is not None:
            wait = max(wait, self._keys.take(error.key_id))
        if wait:
            await self._hold_back()
            raise TooManyRefusalsError(wait)
        # Each of those that are counted is logged, and none beyond: a log is no place to flood.
        meant = f", of the key {error.key_id}" if error.key_id else ""
        _log.warning("a credential was refused (%s) from %s%s", error.slug, client, meant)
        raise error

    async def _hold_back(self) -> None:
        if self._slowed >= MOST_SLOWED:
            return
        self._slowed += 1
        try:
            await asyncio.sleep(SLOW_SECONDS)
        finally:
            self._slowed -= 1
