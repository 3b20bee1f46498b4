"""Readiness: whether the store can decide now, looked up by one probe for all who ask."""

from time import monotonic

import anyio

from app.database.session import Store
from app.errors import NotReadyError, OverloadedError, StoreUnavailableError
from app.slots import ThreadSlots
from app.store.service.disk import find_disk_fault
from migrations.revisions import is_current

# A probe that takes longer has failed.
PROBE_SECONDS = 1.0
# What a probe found well holds for so long: anybody may ask, and each probe writes to the disk.
LIFE_SECONDS = 0.1


class Readiness:
    """The readiness of `store`; `slots` are the threads of its probes."""

    def __init__(self, store: Store, slots: ThreadSlots) -> None:
        self._store = store
        self._slots = slots
        self._looking = anyio.Lock()
        self._looked = self._until = float("-inf")
        self._fault: str | None = None

    async def refuse_unready(self) -> None:
        """Raise `NotReadyError`, with the reason, unless the store can decide."""
        came = monotonic()
        if self._until <= came:
            async with self._looking:
                # What was looked up after this request came is new enough for it.
                if self._looked < came:
                    await self._look()
        if self._fault:
            raise NotReadyError(self._fault)

    async def _look(self) -> None:
        self._looked = monotonic()
        try:
            self._fault = await self._slots.run(find_fault, self._store, seconds=PROBE_SECONDS)
        except OverloadedError:
            self._fault = "store: it does not answer"
        self._until = self._looked if self._fault else monotonic() + LIFE_SECONDS


def find_fault(store: Store) -> str | None:
    """Why `store` cannot decide now; None where it can."""
    try:
        if not is_current(store):
            return "schema: it is not at the newest revision; run clearpost migrate"
        return find_disk_fault(store)
    except StoreUnavailableError:
        return "store: it does not answer"
