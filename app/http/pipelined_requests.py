"""The requests of one connection, of which few are read ahead of the one that is answered.

uvicorn reads all that comes, and after each answer more, however many requests wait: a client that
sends them faster than they are answered fills its memory.
"""

import asyncio
from collections.abc import Callable

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.errors import BadRequestError

_HEAD_END = b"\r\n\r\n"
# A part of what came at once ends with the first head that ends behind so many bytes of it.
_PART = 256


class ReadingInTurn(FlowControl):
    """A connection's flow that is not read on while requests wait behind the one under way."""

    def __init__(self, transport: asyncio.Transport, has_waiting: Callable[[], bool]) -> None:
        super().__init__(transport)
        self._has_waiting = has_waiting

    def resume_reading(self) -> None:
        """Read on, unless requests wait."""
        if not self._has_waiting():
            super().resume_reading()


class PipelinedRequests(HttpToolsProtocol):
    """uvicorn's connection, which reads on only once no request waits; no upgrade is taken."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a new connection."""
        super().connection_made(transport)
        # What came and is not yet looked at, since requests that came before wait.
        self._held = bytearray()
        self.flow = ReadingInTurn(transport, lambda: bool(self._held or self.pipeline))

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what waits."""
        super().connection_lost(exc)
        self.pipeline.clear()
        self._held.clear()

    def data_received(self, data: bytes) -> None:
        """Read on, or hold what comes behind requests that wait."""
        if self._held or self.pipeline or data.count(_HEAD_END) > 1:
            self._held += data
            self._read_held()
        else:
            self.read_part(data)

    def on_headers_complete(self) -> None:
        """Begin the request.

        Where it asks for an upgrade the parser takes what follows for no body, and so for the next
        request: with a body it cannot be read.
        """
        if self.parser.should_upgrade() and _announces_body(self.headers):
            raise BadRequestError  # the parser stops, and `send_400_response` is called
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request, and with what came behind it once none waits."""
        super().on_response_complete()
        if self._held:
            self._read_held()
        self.flow.resume_reading()

    def _read_held(self) -> None:
        """Read what is held, a few requests at a time, until one of them has to wait."""
        while self._held and not self.pipeline and not self.transport.is_closing():
            end = self._held.find(_HEAD_END, _PART)
            cut = len(self._held) if end < 0 else end + len(_HEAD_END)
            part = bytes(self._held[:cut])
            del self._held[:cut]
            self.read_part(part)
        if self._held:
            self.flow.pause_reading()

    def read_part(self, data: bytes) -> None:
        """Let the parser read on. An upgrade is not taken: what comes behind it is HTTP as before.

        uvicorn would drop what came in one piece with it, and hand a WebSocket to a library, where
        one is installed, which knows no limits.
        """
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            if rest := data[upgrade.args[0] :]:
                self.read_part(rest)
        except HttpParserError:
            self.logger.warning("Invalid HTTP request received.")
            self.send_400_response("")

    def _should_upgrade(self) -> bool:
        return False


def _announces_body(headers: list[tuple[bytes, bytes]]) -> bool:
    said = [value for name, value in headers if name in (b"content-length", b"transfer-encoding")]
    return any(value.strip(b"0") for value in said)
