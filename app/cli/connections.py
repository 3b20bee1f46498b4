"""Limits of one connection: bytes, time, and connections from one address.

Whoever sends slowly, reads slowly or keeps connections open for nothing would otherwise take the
places of those who ask. Looked at every other second, so requests themselves cost next to nothing.
"""

import asyncio
import resource
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, cast
from weakref import WeakKeyDictionary, ref

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle
from uvicorn.server import ServerState

from app.errors import BadRequestError, ClearpostError, HeadTooLargeError
from app.http.check_door import CheckDoor, ShortCheck
from app.http.middleware import CLIENT, GUARDS, HAS_LEFT
from app.http.pipelined_requests import PipelinedRequests
from app.http.problems import problem_bytes
from app.log import request_id
from app.rates import client_network
from app.store.ledger.chain import make_id

IDLE_SECONDS = 75
_counts: "WeakKeyDictionary[ServerState, Counter[str]]" = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The limits at which a connection is closed; `look_seconds` is how often they are checked.

    `head_seconds` count from a head's first byte, `stall_seconds` from the last progress of a
    body that is sent or an answer that is read, `idle_seconds` from the last answer. A body may be
    awaited, and answers may lie unread, for `body_seconds`, and a second longer for each
    `body_rate` bytes that came or were read meanwhile.
    """

    head_bytes: int = 64 * 1024
    head_seconds: float = 10
    stall_seconds: float = 30
    body_seconds: float = 60
    body_rate: float = 1024
    idle_seconds: float = IDLE_SECONDS
    look_seconds: float = 2


class LastAnswer:
    """The transport of an answer after which `close` closes the connection."""

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self._transport = transport
        self.close = close
        self.write = transport.write
        self.is_closing = transport.is_closing


class ShortRequest:
    """A request on the short way: asked once its body is there, and answered by one write.

    What does not fit that, a failure or a client that reads slowly, is left to the application.
    """

    __slots__ = ("_check", "_connection", "begun", "cycle")

    def __init__(
        self, connection: "Connection", cycle: RequestResponseCycle, check: ShortCheck
    ) -> None:
        self._connection, self.cycle, self._check = connection, cycle, check
        self.begun = False
        check.write = self._write

    def ask(self) -> None:
        """Ask what the body holds, once; what came late is left to the application."""
        if self.begun:
            return
        self.begun = True
        if self._check.is_late():
            self.leave()
        else:
            self._check.ask(bytes(self.cycle.body))

    def leave(self) -> None:
        """Let the application go on with it."""
        self._check.leave_to(cast("Scope", self.cycle.scope))
        self._connection.leave_short(self.cycle)

    def _write(self) -> None:
        told, cycle, connection = self._check.told, self.cycle, self._connection
        if cycle.disconnected:
            self._check.count(has_left=True)
        elif (
            not isinstance(told, bytes)
            or not cycle.keep_alive
            or connection.flow.write_paused
            or connection.transport.is_closing()
        ):
            self.leave()
        else:
            head = self._check.make_head(cycle.default_headers, len(told))
            connection.transport.write(head + told)
            cycle.response_started = cycle.response_complete = True
            self._check.count(has_left=False)
            cycle.on_response()


class Connection(PipelinedRequests):
    """uvicorn's connection, within `limits`; what it cannot read it answers by a problem."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a new connection, unless its address has too many."""
        super().connection_made(transport)
        # uvicorn writes its lines wherever anybody listens, told to or not; whoever listens, as the
        # tests do, would see them on one way of a check and not on the other.
        self.access_log = self.access_log and self.config.access_log
        self._in_head, self._head_bytes, self._begun = False, 0, 0.0
        self._is_silent, self._silent_bytes = False, 0
        self._chunks = self._heads = 0
        self._answered: RequestResponseCycle | None = None
        self._state: tuple[int, ...] = ()
        self._since = self._looked = self.loop.time()
        self._body_bytes, self._body_seconds = 0, 0.0
        self._unread = self._read_bytes = 0
        self._unread_seconds = 0.0
        self._closes = self._refused = False
        self._watch = self.loop.call_later(self.limits.look_seconds, self._look)
        self._address = client_network(self.client[0] if self.client else None)
        self._door: CheckDoor | None = self.app_state.get("check_door")
        self._short: ShortRequest | None = None
        counts = _counts.setdefault(self.server_state, Counter())
        counts[self._address] += 1
        if counts[self._address] > self.app_state.get("address_connections", 512):
            transport.close()
        elif len(self.connections) > _find_room():
            self._make_room(counts)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, and tell the request that is being answered.

        uvicorn tells the one that came last, which may wait behind that.
        """
        super().connection_lost(exc)
        if self._answered is not None:
            self._answered.disconnected = True
            self._answered.message_event.set()
        if self._short is not None and not self._short.begun:
            self._short.leave()
        self._watch.cancel()
        counts = _counts[self.server_state]
        counts[self._address] -= 1
        if not counts[self._address]:
            del counts[self._address]

    def close_idle(self, address: str) -> bool:
        """Close it where it is of `address` and idle; return whether it was."""
        if self._address != address or not self._is_between() or self.transport.is_closing():
            return False
        self.transport.abort()
        return True

    def _make_room(self, counts: Counter[str]) -> None:
        """Close an idle connection of the address that has most, or else this one."""
        fullest, most = counts.most_common(1)[0]
        others = cast("set[Connection]", self.connections)
        if most <= counts[self._address] or not any(one.close_idle(fullest) for one in others):
            self.transport.close()

    def shutdown(self) -> None:
        """End all waits for events; then end as the requests under way do."""
        end_waits: Callable[[], None] | None = self.app_state.get("end_waits")
        if end_waits is not None:
            end_waits()
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Read on; refuse a head that takes too long, and then read no more."""
        self._chunks += 1
        super().data_received(data)

    def read_part(self, data: bytes) -> None:
        """Read it, unless the parser keeps more to itself than a head may have."""
        if self._refused:
            return
        self._is_silent = True
        super().read_part(data)
        # A header, a trailer and the like are told of only at their ends, which may never come.
        self._silent_bytes = self._silent_bytes + len(data) if self._is_silent else 0
        kept = self._head_bytes + self._silent_bytes
        if kept > self.limits.head_bytes and not (self._refused or self.transport.is_closing()):
            self._head_bytes = kept
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin to read a head."""
        super().on_message_begin()
        self._is_silent = False
        self._heads += 1
        self._in_head, self._head_bytes, self._begun = True, 0, self.loop.time()
        self._body_bytes, self._body_seconds = 0, 0.0

    def on_url(self, url: bytes) -> None:
        """Read a part of the address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read a header; or a trailer, which is none (RFC 9110, 6.5.1) and counts for nothing.

        A key or an address in a trailer would have passed a proxy that looks at headers.
        """
        self._count(len(name) + len(value) + len(b": \r\n"))
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the request, unless it comes behind one after which the connection is closed."""
        self._in_head, self._head_bytes = False, 0
        if self.transport.is_closing():
            return
        before = self.cycle
        super().on_headers_complete()
        if (cycle := self.cycle) is not before:
            self.scope["extensions"] = {CLIENT: {HAS_LEFT: _watch_client(cycle)}}
            if not cycle.keep_alive:
                last = LastAnswer(self.transport, self._close_politely)
                cycle.transport = last  # type: ignore[assignment] # it has what is used of one

    def on_body(self, body: bytes) -> None:
        """Read a part of a body; once it has been answered, for nothing."""
        self._is_silent = False
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._is_silent = False
        super().on_message_complete()
        if self._short is not None and self._short.cycle is self.cycle:
            self._short.ask()
        if self._closes:
            self.transport.close()

    def _close_politely(self) -> None:
        """Close once the rest of a request has come that was answered before its end.

        Who is still sending would else be reset, and might never read the answer. It ends after
        `stall_seconds` at the latest.
        """
        unsent = self.expect_100_continue and not self._body_bytes
        if self.cycle.more_body and not unsent:
            self._closes = True
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words
        """Say that the request cannot be read, and end the connection."""
        large = self._head_bytes > self.limits.head_bytes
        # While another request waits for its answer, this would be taken for it.
        if self._is_between() or (self.cycle.more_body and not self.cycle.response_started):
            self.transport.write(_make_refusal(HeadTooLargeError() if large else BadRequestError()))
            self._refuse_rest()
        else:
            self.transport.close()

    def _refuse_rest(self) -> None:
        """Hear nothing more, and let the other side close, so that it can read why."""
        self._refused = self._closes = True
        self.transport.write_eof()
        if self._answered is not None:
            self._answered.disconnected = True
            self._answered.message_event.set()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered, self._short = cycle, None
        if self._door is not None and app is self.app and self._is_plain(cycle):
            check = self._door.admit(cast("Scope", cycle.scope))
            if check is not None:
                self._short = ShortRequest(self, cycle, check)
                if not cycle.more_body:
                    self._short.ask()
                return
        super()._start_asgi_task(cycle, app)

    def _is_plain(self, cycle: RequestResponseCycle) -> bool:
        """Return whether nothing but its answer is to be sent for this request."""
        return cycle.keep_alive and not (cycle.waiting_for_100_continue or self.access_log)

    def leave_short(self, cycle: RequestResponseCycle) -> None:
        """Let the application answer a request that was on the short way."""
        self._short = None
        super()._start_asgi_task(cycle, self.app)

    def _count(self, size: int) -> None:
        self._is_silent = False
        self._head_bytes += size
        if self._head_bytes > self.limits.head_bytes:
            raise HeadTooLargeError  # the parser stops, and `send_400_response` is called

    def _is_between(self) -> bool:
        """Return whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _look(self) -> None:
        """Close the connection where nothing has come of it for too long; else look again."""
        now, unread = self.loop.time(), self.transport.get_write_buffer_size()
        # What comes between requests, as blank lines do, is no use of the connection; nor is what
        # comes from somebody who does not read.
        between = self._is_between() or self._closes
        state = (unread, self._heads, between, 0 if between or unread else self._chunks)
        if state != self._state:
            self._state, self._since = state, now
        slow = self._in_head and now - self._begun > self.limits.head_seconds
        awaited, self._looked = now - self._looked, now
        slow = slow or self._is_slow_body(awaited) or self._is_slow_reader(awaited, unread)
        if slow or now - self._since > self._patience(unread):
            # Not `close`, which waits until all has been read.
            self.transport.abort()
            return
        self._watch = self.loop.call_later(self.limits.look_seconds, self._look)

    def _is_slow_body(self, awaited: float) -> bool:
        """Return whether a body has been awaited for longer than its bytes so far are worth."""
        if self._is_between() or not self._awaits_body():
            return False
        self._body_seconds += awaited
        worth = self.limits.body_seconds + self._body_bytes / self.limits.body_rate
        return self._body_seconds > worth

    def _is_slow_reader(self, awaited: float, unread: int) -> bool:
        """Return whether answers have lain unread for longer than what was read is worth."""
        before, self._unread = self._unread, unread
        if not unread:
            self._read_bytes, self._unread_seconds = 0, 0.0
            return False
        if unread != before:  # more is written once most has been read
            self._read_bytes += before - unread if unread < before else before
        self._unread_seconds += awaited
        worth = self.limits.body_seconds + self._read_bytes / self.limits.body_rate
        return self._unread_seconds > worth

    def _awaits_body(self) -> bool:
        """Return whether more of a body is to come, and nothing of ours holds it up."""
        waits_for_us = self.flow.read_paused or self.cycle.waiting_for_100_continue
        return self.cycle.more_body and not waits_for_us

    def _patience(self, unread: int) -> float:
        """Return how many seconds without any change are too many now."""
        if unread:
            return self.limits.stall_seconds
        if self._closes:
            return self.limits.stall_seconds
        if self._is_between():
            return self.limits.idle_seconds
        return self.limits.stall_seconds if self._awaits_body() else float("inf")


def _watch_client(cycle: RequestResponseCycle) -> Callable[[], bool]:
    """Return a function that returns whether the client of a request has left.

    The request leads to it by its scope; led it back, each would wait for a garbage collection.
    """
    watched = ref(cycle)

    def has_left() -> bool:
        watching = watched()
        return watching is None or watching.disconnected

    return has_left


def _find_room() -> int:
    """Return how many connections there may be: the store needs descriptors, too."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] * 3 // 4


def _make_refusal(error: ClearpostError) -> bytes:
    """A whole answer outside the application, with the headers that all answers have."""
    ident = make_id()
    token = request_id.set(ident)
    status, headers, body = problem_bytes(error)
    request_id.reset(token)
    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    lines += [(b"x-request-id", ident.encode()), *GUARDS, (b"connection", b"close")]
    lines.append((b"content-length", str(len(body)).encode()))
    head = b"".join(name + b": " + value + b"\r\n" for name, value in lines)
    return STATUS_LINE[status] + head + b"\r\n" + body
