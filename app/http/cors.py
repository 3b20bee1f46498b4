"""Cross-origin answers (the Fetch standard's CORS protocol) for registered origins, and no others.

The layer stands outside all others, so that errors carry the headers too. A request without an
`Origin`, as every scheduling tool's is, passes straight through.
"""

import contextlib
from time import monotonic

import anyio
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.database.session import Store
from app.errors import OverloadedError, StoreUnavailableError
from app.http.middleware import GUARDS, choose_id
from app.slots import ThreadSlots
from app.store.service.origins import list_origins

LIFE_SECONDS = 1.0
# A store that is slow is waited for: a page whose script is refused stays empty.
PATIENCE_SECONDS = 5.0


class RegisteredOrigins(CORSMiddleware):
    """Starlette's CORS with the origins of the store, read again after a second.

    Where the store does not say, no origin is registered. Who comes together reads together.
    """

    def __init__(self, app: ASGIApp, store: Store, slots: ThreadSlots) -> None:
        super().__init__(
            app,
            allow_methods=("GET", "POST", "PATCH", "PUT", "DELETE"),
            allow_headers=("Authorization", "Idempotency-Key", "If-Match", "X-Request-ID"),
            expose_headers=("ETag", "Location", "Retry-After", "X-Request-ID"),
        )
        self._store = store
        self._slots = slots
        self._reading = anyio.Lock()
        self._asked = self._until = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, with the headers its origin has a right to."""
        if scope["type"] != "http" or not any(name == b"origin" for name, _ in scope["headers"]):
            await self.app(scope, receive, send)
            return
        came = monotonic()
        if self._until <= came:
            async with self._reading:
                # What was asked of the store after this request came is new enough for it.
                if self._asked < came:
                    await self._refresh()
        await super().__call__(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return the answer that a browser asks for beforehand, with the headers of all answers."""
        response = super().preflight_response(request_headers)
        ident = choose_id(request_headers.get("x-request-id", "").encode("latin-1"))
        response.raw_headers += [(b"x-request-id", ident.encode()), *GUARDS]
        return response

    async def _refresh(self) -> None:
        self._asked, found = monotonic(), frozenset[str]()
        with contextlib.suppress(OverloadedError):
            found = await self._slots.run(self._registered, seconds=PATIENCE_SECONDS)
        self.allow_origins, self._until = found, self._asked + LIFE_SECONDS

    def _registered(self) -> frozenset[str]:
        try:
            with self._store.reading() as connection:
                return list_origins(connection)
        except StoreUnavailableError:
            return frozenset()
