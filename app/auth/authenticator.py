"""Authentication: an API key or a widget's token becomes a `Caller`, or the request is refused.

Keys are looked up in a worker thread, never on the event loop. A key that was found is kept for at
most a second, counted from before the look-up, so that a revocation is effective within a second;
expiry is checked at every use. A key that was not found is not kept: wrong keys cannot fill the
memory, and are looked up apart, so that they take no thread from those that were found before.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from app.auth.credentials import Credential, Found, find_keys, hash_key, read_credential
from app.auth.strangers import Strangers
from app.auth.widget_tokens import Signer, WidgetToken
from app.database.session import Store
from app.errors import (
    OverloadedError,
    StoreUnavailableError,
    UnauthenticatedError,
)
from app.policy.question import Asker
from app.rates import client_network
from app.slots import ThreadSlots
from app.store.service.keys import FOR_OTHERS, KeyRecord

LIFE_SECONDS = 1.0
# A store that says nothing for so long is no store: 503.
PATIENCE_SECONDS = 1.0
_MAX_KEPT = 1_000
# `Bearer` and a key are 60 characters; what is longer is a widget's token, or nothing.
_MAX_KEY_HEADER = 128
_MAX_HEADER = 4_096
# What a token may hold whose person was only named by the key: no right to decide, and none to
# change records of others. `accounts:write` is for the form of an account, and nothing else.
FOR_NAMED = frozenset({"check", "people:read", "accounts:write", FOR_OTHERS})


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated key: its rights, the person it acts for, the schools it is limited to.

    The person is `named` where a key that is made for no one has named the person in a token.
    `lineage` stands for the key and those that replaced it, or that it replaces.
    """

    key_id: str
    lineage: str
    name: str
    scopes: frozenset[str]
    person_id: str | None
    schools: frozenset[str] | None
    named: bool = False

    @property
    def asker(self) -> Asker:
        """Return the caller as a check sees it."""
        return Asker(self.schools, self.person_id, FOR_OTHERS in self.scopes)


@dataclass(frozen=True, slots=True)
class PageOrigin:
    """The origin of a request by its browser: its `Origin`, and whether it is our own page."""

    origin: str | None
    ours: bool


NO_PAGE = PageOrigin(None, ours=False)


@dataclass(frozen=True, slots=True)
class _Kept:
    caller: Caller
    expires_at: datetime | None
    until: float


class Authenticator:
    """Finds the caller behind an `Authorization` header. `clock` gives the aware time."""

    def __init__(
        self,
        store: Store,
        signer: Signer,
        clock: Callable[[], datetime],
        slots: ThreadSlots,
        strangers: ThreadSlots | None = None,
    ) -> None:
        """Look keys up on `slots`, and on `strangers` those that were not found before."""
        self._store = store
        self._signer = signer
        self._clock = clock
        # By SHA-256 of the header (or the key's id): what is kept in memory opens nothing.
        self._kept: dict[bytes, _Kept] = {}
        self._running: dict[bytes, asyncio.Task[_Kept]] = {}
        self._slots = slots
        self._strangers = Strangers(strangers or slots, self._read_keys, PATIENCE_SECONDS)

    async def caller(
        self,
        authorization: str | None,
        page: Callable[[], PageOrigin] = lambda: NO_PAGE,
        address: str | None = None,
    ) -> Caller:
        """Return the caller of a live key, or of a live token used from the `page` it was made for.

        Raises `UnauthenticatedError` for anything else, `TooManyRefusalsError` where too many
        unknown ones come from `address`, and `StoreUnavailableError` when the store does not answer
        within a second.
        """
        if authorization is None or len(authorization) > _MAX_HEADER:
            raise UnauthenticatedError
        if len(authorization) > _MAX_KEY_HEADER:
            token = self._signer.read(read_credential(authorization))
            return await self._find_token_caller(token, page(), address)
        seen = hashlib.sha256(authorization.encode()).digest()
        return await self._find_live_caller(seen, lambda: hash_key(authorization), address)

    def find_known(self, authorization: str) -> Caller | None:
        """Return the caller of a key that was found live a moment ago; None where none was.

        It asks no store. For None, `caller` looks it up.
        """
        if len(authorization) > _MAX_KEY_HEADER:
            return None
        kept = self._find_kept(hashlib.sha256(authorization.encode()).digest())
        return None if kept is None or self._has_expired(kept) else kept.caller

    async def _find_token_caller(
        self, token: WidgetToken, page: PageOrigin, address: str | None
    ) -> Caller:
        """Return the caller of a token, with those of its rights that its key still has."""
        if not (page.ours if token.embedded else page.origin == token.origin):
            raise UnauthenticatedError(token.key_id)
        seen = hashlib.sha256(repr(token).encode()).digest()
        key = await self._find_live_caller(seen, lambda: token, address)
        if "widgets:issue" not in key.scopes:
            raise UnauthenticatedError(token.key_id)
        return Caller(
            key.key_id, key.lineage, key.name, token.scopes & key.scopes, token.person_id,
            narrow_schools(token.schools, key.schools), named=token.person_id != key.person_id,
        )  # fmt: skip

    async def _find_live_caller(
        self, seen: bytes, read_it: Callable[[], Credential], address: str | None
    ) -> Caller:
        kept = self._find_kept(seen)
        if kept is None:
            kept = await self._share_look_up(seen, read_it, address)
        if self._has_expired(kept):
            raise UnauthenticatedError(kept.caller.key_id)
        return kept.caller

    def _find_kept(self, seen: bytes) -> _Kept | None:
        """Return what was found within the last second, and so is not to be looked up."""
        kept = self._kept.get(seen)
        return None if kept is None or kept.until <= monotonic() else kept

    def _has_expired(self, kept: _Kept) -> bool:
        return kept.expires_at is not None and kept.expires_at <= self._clock()

    async def _share_look_up(
        self, seen: bytes, read_it: Callable[[], Credential], address: str | None
    ) -> _Kept:
        # Requests of one key share one look-up; one that is cancelled does not take it from others.
        task = self._running.get(seen)
        if task is None:
            task = asyncio.create_task(self._look_up(read_it(), seen, address))
            self._running[seen] = task
            task.add_done_callback(lambda done: self._finish_look_up(seen, done))
        return await asyncio.shield(task)

    def _finish_look_up(self, seen: bytes, task: "asyncio.Task[_Kept]") -> None:
        del self._running[seen]
        if not task.cancelled():
            task.exception()  # every waiter may be gone; that is no reason to complain

    async def _look_up(self, credential: Credential, seen: bytes, address: str | None) -> _Kept:
        asked = monotonic()
        try:
            record = await self._find_key(credential, seen, address)
        except UnauthenticatedError:
            self._kept.pop(seen, None)
            raise
        kept = _Kept(_make_caller(record), record.expires_at, asked + LIFE_SECONDS)
        if len(self._kept) >= _MAX_KEPT:
            self._kept.clear()
        self._kept[seen] = kept
        return kept

    async def _find_key(
        self, credential: Credential, seen: bytes, address: str | None
    ) -> KeyRecord:
        # One that was live before is no guess, whatever else comes from its address.
        if seen not in self._kept:
            return await self._strangers.look_up(credential, client_network(address))
        try:
            [found] = await self._slots.run(self._read_keys, [credential], seconds=PATIENCE_SECONDS)
        except OverloadedError as error:
            raise StoreUnavailableError from error
        if isinstance(found, UnauthenticatedError):
            raise found
        return found

    def _read_keys(self, credentials: Sequence[Credential]) -> list[Found]:
        with self._store.reading() as connection:
            return find_keys(connection, credentials, self._clock())


def narrow_schools(
    wanted: frozenset[str] | None, limit: frozenset[str] | None
) -> frozenset[str] | None:
    """The schools `wanted` as far as `limit` goes; None is every school."""
    if wanted is None or limit is None:
        return limit if wanted is None else wanted
    return wanted & limit


def _make_caller(record: KeyRecord) -> Caller:
    return Caller(
        record.id, record.lineage, record.name, record.scopes, record.person_id, record.schools
    )
