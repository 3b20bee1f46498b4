"""What one connection may take: of bytes, of time, and how many there may be from one address.

Whoever sends slowly, reads slowly or keeps connections open for nothing would otherwise take the
places of those who ask. Looked at every other second, so requests themselves cost next to nothing.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from app.errors import BadRequestError, ClearpostError, HeadTooLargeError
from app.log import request_id
from app.rates import network
from app.routers.http import CLIENT, GUARDS, HAS_LEFT
from app.routers.problems import problem_bytes
from app.store.ledger import new_id

IDLE_SECONDS = 75
_counts: "WeakKeyDictionary[ServerState, Counter[str]]" = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Where a connection is closed; `look_seconds` is how often it is looked at.

    `head_seconds` count from a head's first byte, `stall_seconds` from the last progress of a
    body that is sent or an answer that is read, `idle_seconds` from the last answer.
    """

    head_bytes: int = 64 * 1024
    head_seconds: float = 10
    stall_seconds: float = 30
    idle_seconds: float = IDLE_SECONDS
    look_seconds: float = 2


class Connection(HttpToolsProtocol):
    """uvicorn's connection, within `limits`; what it cannot read it answers by a problem."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a new connection, unless its address has too many."""
        super().connection_made(transport)
        self._in_head, self._head_bytes, self._begun = False, 0, 0.0
        self._chunks = self._heads = 0
        self._answered: RequestResponseCycle | None = None
        self._state: tuple[int, ...] = ()
        self._since = self.loop.time()
        self._watch = self.loop.call_later(self.limits.look_seconds, self._look)
        self._address = network(self.client[0] if self.client else None)
        counts = _counts.setdefault(self.server_state, Counter())
        counts[self._address] += 1
        if counts[self._address] > self.app_state.get("address_connections", 512):
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, and tell the request that is being answered.

        uvicorn tells the one that came last, which may wait behind that.
        """
        super().connection_lost(exc)
        self.pipeline.clear()
        if self._answered is not None:
            self._answered.disconnected = True
            self._answered.message_event.set()
        self._watch.cancel()
        counts = _counts[self.server_state]
        counts[self._address] -= 1
        if not counts[self._address]:
            del counts[self._address]

    def data_received(self, data: bytes) -> None:
        """Read on; a head that goes on for too long is refused."""
        self._chunks += 1
        was_in_head = self._in_head
        super().data_received(data)
        # One header is told of only at its end, which may never come.
        if was_in_head and self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > self.limits.head_bytes:
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin to read a head."""
        super().on_message_begin()
        self._heads += 1
        self._in_head, self._head_bytes, self._begun = True, 0, self.loop.time()

    def on_url(self, url: bytes) -> None:
        """Read a part of the address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read a header, or a trailer."""
        self._count(len(name) + len(value) + len(b": \r\n"))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the request."""
        self._in_head, self._head_bytes = False, 0
        before = self.cycle
        super().on_headers_complete()
        if (cycle := self.cycle) is not before:
            self.scope["extensions"] = {CLIENT: {HAS_LEFT: lambda: cycle.disconnected}}

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words
        """Say that the request cannot be read, and close."""
        large = self._head_bytes > self.limits.head_bytes
        # While another request waits for its answer, this would be taken for it.
        if self._is_between() or (self.cycle.more_body and not self.cycle.response_started):
            self.transport.write(_refusal(HeadTooLargeError() if large else BadRequestError()))
        self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > self.limits.head_bytes:
            raise HeadTooLargeError  # the parser stops, and `send_400_response` is called

    def _is_between(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _look(self) -> None:
        """Close the connection where nothing has come of it for too long; else look again."""
        now, unread = self.loop.time(), self.transport.get_write_buffer_size()
        # What comes between requests, as blank lines do, is no use of the connection; nor is what
        # comes from somebody who does not read.
        between = self._is_between()
        state = (unread, self._heads, between, 0 if between or unread else self._chunks)
        if state != self._state:
            self._state, self._since = state, now
        slow_head = self._in_head and now - self._begun > self.limits.head_seconds
        if slow_head or now - self._since > self._patience(unread):
            # Not `close`, which waits until all has been read.
            self.transport.abort()
            return
        self._watch = self.loop.call_later(self.limits.look_seconds, self._look)

    def _patience(self, unread: int) -> float:
        """How many seconds without any change are too many now."""
        if unread:
            return self.limits.stall_seconds
        if self._is_between():
            return self.limits.idle_seconds
        waits_for_us = self.flow.read_paused or self.cycle.waiting_for_100_continue
        is_body = self.cycle.more_body and not waits_for_us
        return self.limits.stall_seconds if is_body else float("inf")


def _refusal(error: ClearpostError) -> bytes:
    """A whole answer outside the application, with the headers that all answers have."""
    ident = new_id()
    token = request_id.set(ident)
    status, headers, body = problem_bytes(error)
    request_id.reset(token)
    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    lines += [(b"x-request-id", ident.encode()), *GUARDS, (b"connection", b"close")]
    lines.append((b"content-length", str(len(body)).encode()))
    head = b"".join(name + b": " + value + b"\r\n" for name, value in lines)
    return STATUS_LINE[status] + head + b"\r\n" + body
