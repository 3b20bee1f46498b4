"""Keys and tokens that are refused: counted, logged and slowed, by address and by key.

Only the answer to a refused one is ever slowed: a school's many computers share an address, and
one bad script among them must not lock out the others.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import NoReturn

from app.errors import TooManyRefusalsError, UnauthenticatedError
from app.log_limits import SECONDS, LineCounts, LineKind
from app.rate_counts import RateCounts
from app.rates import MinuteRate, client_network

SLOW_SECONDS = 1.0
# Answers that a process holds back at a time; beyond them none, since each holds a connection.
MOST_SLOWED = 256
_log = logging.getLogger("clearpost.credentials")


class RefusedCredentials:
    """The credentials refused in the last minute; belongs to the event loop.

    `per_minute` of each address and of each key, in all processes that share `counts`, are answered
    at once and logged; those beyond are logged only as a number, every `log_seconds`. `count` is
    called for each.
    """

    def __init__(
        self,
        per_minute: int,
        counts: RateCounts,
        count: Callable[[], None],
        log_seconds: float = SECONDS,
    ) -> None:
        self._addresses = MinuteRate(per_minute, "refused_addresses", counts)
        self._keys = MinuteRate(per_minute, "refused_keys", counts)
        self._count = count
        self._slowed = 0
        self._unlogged = LineCounts(log_seconds)

    async def refuse(self, error: UnauthenticatedError, address: str | None) -> NoReturn:
        """Refuse a credential of `address`: raise `error`, or later `TooManyRefusalsError`."""
        self._count()
        client = client_network(address)
        wait = self._addresses.take(client)
        if error.key_id is not None:
            wait = max(wait, self._keys.take(error.key_id))
        if wait:
            self._count_line(f"a credential was refused from {client}")
            await self._hold_back()
            raise TooManyRefusalsError(wait)
        meant = f", of the key {error.key_id}" if error.key_id else ""
        _log.warning("a credential was refused (%s) from %s%s", error.slug, client, meant)
        raise error

    def note_unheard(self, address: str | None) -> None:
        """Note a credential that was not looked up: `address` has too many of them."""
        self._count_line(f"a credential was not looked up from {client_network(address)}")

    def _count_line(self, words: str) -> None:
        self._unlogged.add_line(LineKind(_log.name, logging.WARNING, words))

    async def _hold_back(self) -> None:
        if self._slowed >= MOST_SLOWED:
            return
        self._slowed += 1
        try:
            # Spread, or all of a burst would be answered at once and hold others up.
            await asyncio.sleep(SLOW_SECONDS * (1 + self._slowed / MOST_SLOWED))
        finally:
            self._slowed -= 1
