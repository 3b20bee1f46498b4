"""Who is asking: an API key becomes a `Caller`, or the request is refused.

Keys are looked up in a worker thread, never on the event loop. A key that was found is kept for at
most a second, counted from before the look-up, so that a revocation is effective within a second;
expiry is checked at every use. What was not found is not kept: wrong keys cannot fill the memory.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

import anyio
from fastapi import Request

from app.errors import ForbiddenError, StoreUnavailableError, UnauthenticatedError
from app.store.keys import SCOPES, KeyRecord, find, hash_of
from app.store.session import Store

LIFE_SECONDS = 1.0
_MAX_KEPT = 1_000
_THREADS = 4
_SCHEME = "bearer"
# `Bearer` and a key are 60 characters; nothing longer is even looked at.
_MAX_HEADER = 128


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated key: its rights, the person it acts for, the schools it is limited to."""

    key_id: str
    name: str
    scopes: frozenset[str]
    person_id: str | None
    schools: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class _Kept:
    caller: Caller
    expires_at: datetime | None
    until: float


class Authenticator:
    """Finds the caller behind an `Authorization` header. `clock` gives the aware time."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        # By SHA-256 of the header: what is kept in memory opens nothing.
        self._kept: dict[bytes, _Kept] = {}
        self._running: dict[bytes, asyncio.Task[_Kept | None]] = {}
        self._limiter = anyio.CapacityLimiter(_THREADS)

    async def caller(self, authorization: str | None) -> Caller:
        """The caller of a live key.

        Raises `UnauthenticatedError` for anything else and `StoreUnavailableError` when the store
        does not say within a second.
        """
        if authorization is None or len(authorization) > _MAX_HEADER:
            raise UnauthenticatedError
        seen = hashlib.sha256(authorization.encode()).digest()
        kept = self._kept.get(seen)
        if kept is None or kept.until <= monotonic():
            kept = await self._ask(authorization, seen)
        if kept is None or (kept.expires_at is not None and kept.expires_at <= self._clock()):
            raise UnauthenticatedError
        return kept.caller

    async def _ask(self, authorization: str, seen: bytes) -> _Kept | None:
        # Requests of one key share one look-up; one that is cancelled does not take it from others.
        task = self._running.get(seen)
        if task is None:
            task = asyncio.create_task(self._look_up(_digest(authorization), seen))
            self._running[seen] = task
            task.add_done_callback(lambda done: self._finish(seen, done))
        return await asyncio.shield(task)

    def _finish(self, seen: bytes, task: "asyncio.Task[_Kept | None]") -> None:
        del self._running[seen]
        if not task.cancelled():
            task.exception()  # every waiter may be gone; that is no reason to complain

    async def _look_up(self, digest: str, seen: bytes) -> _Kept | None:
        asked = monotonic()
        try:
            with anyio.fail_after(LIFE_SECONDS):
                record = await anyio.to_thread.run_sync(
                    self._find, digest, abandon_on_cancel=True, limiter=self._limiter
                )
        except TimeoutError as error:
            raise StoreUnavailableError from error
        if record is None:
            self._kept.pop(seen, None)
            return None
        kept = _Kept(_caller(record), record.expires_at, asked + LIFE_SECONDS)
        if len(self._kept) >= _MAX_KEPT:
            self._kept.clear()
        self._kept[seen] = kept
        return kept

    def _find(self, digest: str) -> KeyRecord | None:
        with self._store.reading() as connection:
            return find(connection, digest, self._clock())


def _digest(authorization: str) -> str:
    scheme, _, key = authorization.partition(" ")
    digest = hash_of(key.strip()) if scheme.lower() == _SCHEME else None
    if digest is None:
        raise UnauthenticatedError
    return digest


def _caller(record: KeyRecord) -> Caller:
    return Caller(record.id, record.name, record.scopes, record.person_id, record.schools)


async def authorize(request: Request, scope: str) -> Caller:
    """The caller of `request`, who has `scope`; else 401, 403 or 503."""
    authenticator: Authenticator = request.app.state.authenticator
    given = [value for name, value in request.scope["headers"] if name == b"authorization"]
    caller = await authenticator.caller(given[0].decode("latin-1") if len(given) == 1 else None)
    if scope not in caller.scopes:
        detail = f"It needs the scope {scope}"
        raise ForbiddenError(detail)
    return caller


class Requires:
    """A dependency that yields the caller and tells, for the schema, which scope it asks for."""

    def __init__(self, scope: str) -> None:
        if scope not in SCOPES:
            message = "there is no such scope"
            raise ValueError(message)
        self.scope = scope

    async def __call__(self, request: Request) -> Caller:
        """The caller, who has the scope."""
        return await authorize(request, self.scope)


def requires(scope: str) -> Requires:
    """For ordinary routes: `caller: Annotated[Caller, Depends(requires("people:read"))]`."""
    return Requires(scope)


def declares(scope: str) -> dict[str, Any]:
    """For hot routes that call `authorize` themselves: `openapi_extra=declares("check")`."""
    return {"x-scope": Requires(scope).scope}


def scope_of(route: Any) -> str | None:
    """The scope a route asks for, None for a public one."""
    declared = (getattr(route, "openapi_extra", None) or {}).get("x-scope")
    if declared is not None:
        return str(declared)
    dependant = getattr(route, "dependant", None)
    calls = [d.call for d in dependant.dependencies] if dependant else []
    return next((call.scope for call in calls if isinstance(call, Requires)), None)
