"""Connections that take without asking are closed: tried with real sockets, and short limits."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import orjson
import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.cli.connections import Connection, ConnectionLimits
from app.main import create_app
from app.settings import Settings
from tests.service import serving
from tests.waiting import until

HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
BODY = b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
Connect = Callable[[], socket.socket]


class Short(Connection):
    limits = ConnectionLimits(
        head_seconds=0.6, stall_seconds=0.6, idle_seconds=1.2, look_seconds=0.05
    )


class Large:
    """An answer larger than all buffers on its way; `ended` is set once nobody waits for it."""

    ended = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.ended.clear()
        try:
            await StreamingResponse(b"x" * 100_000 for _ in range(300))(scope, receive, send)
        finally:
            self.ended.set()


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def connect(settings: Settings) -> Iterator[Connect]:
    app: FastAPI = create_app(settings.model_copy(update={"address_connections": 4}))

    app.router.add_route("/large", Large())

    opened: list[socket.socket] = []
    with serving(app, http=Short) as url:
        port = int(url.rpartition(":")[2])

        def made() -> socket.socket:
            opened.append(socket.create_connection(("127.0.0.1", port), timeout=20))
            return opened[-1]

        yield made
        for one in opened:
            one.close()


def rest(connection: socket.socket) -> bytes:
    """All that comes until the connection is closed."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def test_slow_head_is_closed_however_often_a_byte_comes(connect: Connect) -> None:
    connection, begun = connect(), time.monotonic()
    with pytest.raises(ConnectionError):  # noqa: PT012 - any of them may be the one refused
        for byte in HEAD * 100:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)
    assert 0.5 < time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "start", [b"Content-Length: 9\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n"]
)
def test_body_without_progress_is_closed(connect: Connect, start: bytes) -> None:
    connection = connect()
    connection.sendall(BODY + start)
    assert rest(connection) == b""


def test_body_with_progress_is_not_closed(connect: Connect) -> None:
    connection = connect()
    connection.sendall(BODY + b"Connection: close\r\nContent-Length: 8\r\n\r\n")
    for byte in b'{"a": 1}':
        connection.sendall(bytes([byte]))
        time.sleep(0.2)
    assert rest(connection).startswith(b"HTTP/1.1 422 ")


def test_reader_without_progress_is_closed(connect: Connect) -> None:
    connection = connect()
    connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection.recv(1)
    until(Large.ended.is_set, 0.05)
    assert len(rest(connection)) < 30_000_000


@pytest.mark.parametrize("sent", [b"", HEAD + b"\r\n"])
def test_idle_connection_is_closed_whether_it_was_used_or_not(
    connect: Connect, sent: bytes
) -> None:
    connection, begun = connect(), time.monotonic()
    connection.sendall(sent)
    assert rest(connection).startswith(b"HTTP/1.1 200 " if sent else b"")
    assert 1 < time.monotonic() - begun < 10


def test_used_connection_stays(connect: Connect) -> None:
    connection, heard = connect(), b""
    for number in range(8):
        connection.sendall(HEAD + b"\r\n")
        while heard.count(b'{"status":"ok"}') == number:
            heard += connection.recv(65_536)
        time.sleep(0.3)


@pytest.mark.parametrize(
    ("sent", "status", "kind"),
    [
        (HEAD + b"A: b\r\n" * 20_000 + b"\r\n", 431, "head-too-large"),
        (b"GET /" + b"a" * 70_000, 431, "head-too-large"),
        (b"no request\r\n\r\n", 400, "bad-request"),
        (BODY + b"Transfer-Encoding: chunked\r\n\r\nno size\r\n", 400, "bad-request"),
    ],
    ids=["headers", "address", "no request", "no chunk"],
)
def test_what_cannot_be_read_is_told_as_a_problem(
    connect: Connect, sent: bytes, status: int, kind: str
) -> None:
    connection = connect()
    connection.sendall(sent)
    head, _, body = rest(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    said = orjson.loads(body)
    assert said["type"] == f"/problems/{kind}"
    assert said["request_id"] == headers["x-request-id"]


def test_endless_header_is_closed(connect: Connect) -> None:
    connection = connect()
    with pytest.raises(ConnectionError):  # noqa: PT012 - any of them may be the one refused
        connection.sendall(HEAD + b"A: ")
        for _ in range(1_000):
            connection.sendall(b"a" * 10_000)


def test_too_many_connections_of_one_address_are_closed(connect: Connect) -> None:
    kept = [connect() for _ in range(4)]
    assert rest(connect()) == b""
    kept[0].close()
    time.sleep(0.2)
    last = connect()
    last.sendall(HEAD + b"\r\n")
    assert last.recv(65_536).startswith(b"HTTP/1.1 200 ")
