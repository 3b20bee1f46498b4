"""Connections that take without asking are closed: tried with real sockets, and short limits."""

import asyncio
import contextlib
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import httpx
import orjson
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.cli.connections import Connection, ConnectionLimits
from app.cli.serving import MOST_DESCRIPTORS, raise_descriptor_limit
from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from tests.faults.conftest import Service
from tests.service import serving
from tests.waiting import until

HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
BODY = b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = BODY + b"Transfer-Encoding: chunked\r\n\r\n"
Connect = Callable[[], socket.socket]


class Short(Connection):
    limits = ConnectionLimits(
        head_seconds=0.6,
        stall_seconds=0.6,
        idle_seconds=1.2,
        look_seconds=0.05,
        body_seconds=2.5,
        body_rate=1_000,
    )
    heads: ClassVar[int] = 0

    def on_message_begin(self) -> None:
        super().on_message_begin()
        Short.heads += 1


class Waiting:
    """An answer that is made, once its body has come, when it may."""

    may_end = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()
        while not self.may_end.is_set():
            await asyncio.sleep(0.01)
        await JSONResponse("ended")(scope, receive, send)


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
    app.router.add_route("/waits", Waiting())
    Waiting.may_end.clear()
    Short.heads = 0

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


def send_until_closed(connection: socket.socket, part: bytes) -> float:
    """Send `part` ten times a second; the time at which the connection was found closed."""
    for _ in range(200):
        try:
            connection.sendall(part)
        except ConnectionError:
            break
        time.sleep(0.1)
    return time.monotonic()


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


@pytest.mark.parametrize(
    "start",
    [
        b"Content-Length: 9999\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n270F\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n270F;",
        b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\na: ",
    ],
)
def test_body_that_drips_is_closed_in_the_end(connect: Connect, start: bytes) -> None:
    """Of a body, of what stands before a part of it, or of a trailer."""
    connection, begun = connect(), time.monotonic()
    connection.sendall(BODY + start)
    assert 2.4 < send_until_closed(connection, b"a") - begun < 15


def test_body_that_comes_slowly_but_well_is_read(connect: Connect) -> None:
    connection, begun = connect(), time.monotonic()
    connection.sendall(BODY + b"Connection: close\r\nContent-Length: 10000\r\n\r\n")
    for _ in range(20):
        connection.sendall(b" " * 500)
        time.sleep(0.2)
    assert time.monotonic() - begun > 2.6
    assert rest(connection).startswith(b"HTTP/1.1 422 ")


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
@pytest.mark.parametrize("path", [b"/v1/reports", b"/v1/imports", b"/v1/checks/post", b"/none"])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_who_is_refused_early_can_read_why(
    connect: Connect, version: bytes, path: bytes, is_chunked: bool
) -> None:
    """Who sends 20 MB before the first look at the answer, and wants the connection closed."""
    connection = connect()
    head = b"POST " + path + b" HTTP/" + version + b"\r\nHost: x\r\nConnection: close\r\n"
    part = b"x" * 100_000
    if is_chunked:
        head, part = head + b"Transfer-Encoding: chunked\r\n", b"186A0\r\n" + part + b"\r\n"
    else:
        head += b"Content-Length: 20000000\r\n"
    connection.sendall(head + b"Content-Type: application/json\r\n\r\n")
    for _ in range(200):
        connection.sendall(part)
    connection.sendall(b"0\r\n\r\n" if is_chunked else b"")
    begun = time.monotonic()
    assert rest(connection).partition(b" ")[2][:3] in {b"413", b"401", b"404"}
    # Closed as soon as all has come.
    assert time.monotonic() - begun < 0.5


def test_who_is_refused_early_and_sends_on_is_closed_in_the_end(connect: Connect) -> None:
    connection, begun = connect(), time.monotonic()
    connection.sendall(BODY + b"Connection: close\r\nContent-Length: 20000000\r\n\r\n")
    assert send_until_closed(connection, b"x" * 100) - begun < 15


@pytest.mark.parametrize(
    ("start", "status"),
    [
        (b"GET /" + b"a" * 70_000, b"431"),
        (HEAD + b"A: b\r\n" * 20_000, b"431"),
        (b"no request\r\n\r\n", b"400"),
        (BODY + b"Transfer-Encoding: chunked\r\n\r\nno size\r\n", b"400"),
    ],
)
def test_who_sends_no_request_can_read_why(connect: Connect, start: bytes, status: bytes) -> None:
    """Who sends 20 MB of it before the first look at the answer."""
    connection = connect()
    connection.sendall(start)
    for _ in range(200):
        connection.sendall(b"A" * 100_000)
    begun = time.monotonic()
    assert rest(connection).partition(b" ")[2][:3] == status
    assert time.monotonic() - begun < 0.5


def test_who_sends_no_request_and_sends_on_is_closed_in_the_end(connect: Connect) -> None:
    connection, begun = connect(), time.monotonic()
    connection.sendall(b"no request\r\n\r\n")
    assert send_until_closed(connection, b"x" * 100) - begun < 15


def test_what_comes_behind_a_request_that_closes_is_not_done(connect: Connect) -> None:
    connection = connect()
    last = BODY + b"Connection: close\r\nContent-Length: 20000\r\n\r\n" + b"x" * 20_000
    connection.sendall(last + HEAD + b"\r\n")
    assert rest(connection).count(b"HTTP/1.1 ") == 1


def test_what_comes_behind_an_upgrade_that_is_not_taken_is_done(connect: Connect) -> None:
    connection, heard = connect(), b""
    upgrade = HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    connection.sendall(upgrade + HEAD + b"\r\n" + upgrade + HEAD + b"\r\n")
    while heard.count(b'{"status":"ok"}') < 4:
        heard += connection.recv(65_536)


def test_body_behind_an_upgrade_is_no_request(connect: Connect) -> None:
    connection = connect()
    connection.sendall(BODY + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 39\r\n\r\n")
    connection.sendall(HEAD + b"\r\n")
    assert rest(connection).count(b"HTTP/1.1 ") == 1


def test_reader_without_progress_is_closed(connect: Connect) -> None:
    connection = connect()
    connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection.recv(1)
    until(Large.ended.is_set, 0.05)
    assert len(rest(connection)) < 30_000_000


def test_reader_that_drips_is_closed_in_the_end(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Short, "limits", replace(Short.limits, stall_seconds=9, body_rate=1e7))
    connection, begun = connect(), time.monotonic()
    connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    heard = len(connection.recv(1))
    while not Large.ended.is_set():
        heard += len(connection.recv(20_000))
        time.sleep(0.01)
    assert time.monotonic() - begun > 2.4
    assert heard + len(rest(connection)) < 30_000_000


def test_reader_that_reads_slowly_but_well_gets_all(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Short, "limits", replace(Short.limits, body_seconds=0.5))
    connection = connect()
    connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    heard = len(connection.recv(1))
    while not Large.ended.is_set():
        heard += len(connection.recv(1_000_000))
        time.sleep(0.03)
    assert heard + len(rest(connection)) > 30_000_000


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


@pytest.mark.parametrize(
    "start",
    [HEAD + b"A: ", CHUNKED + b"0\r\nA: ", CHUNKED + b"1;", b"\r\n"],
    ids=["header", "trailer", "extension of a chunk", "blank lines"],
)
def test_what_never_ends_is_refused_once_and_closed(connect: Connect, start: bytes) -> None:
    connection, begun = connect(), time.monotonic()
    connection.sendall(start)
    for _ in range(10):
        connection.sendall((b"\r\n" if start == b"\r\n" else b"aa") * 5_000)
        time.sleep(0.01)
    assert rest(connection).count(b"HTTP/1.1 431 ") == 1
    assert send_until_closed(connection, b"a" * 10_000) - begun < 15


@pytest.mark.parametrize("headers", [1, 50])
def test_head_within_the_limit_is_read_however_it_is_cut(connect: Connect, headers: int) -> None:
    connection = connect()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sent = HEAD + (b"A: " + b"b" * (50_000 // headers) + b"\r\n") * headers + b"\r\n"
    for at in range(0, len(sent), 5_000):
        connection.sendall(sent[at : at + 5_000])
        time.sleep(0.01)
    assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")


def test_few_of_many_requests_are_read_ahead_and_all_are_answered(connect: Connect) -> None:
    """Requests that come faster than they are answered would else fill the memory."""
    connection, other, count = connect(), connect(), 1_000
    one = BODY.replace(b"/v1/reports", b"/waits") + b"Content-Length: 2\r\n\r\n{}"
    connection.sendall(one * count)
    until(lambda: Short.heads > 1)
    for _ in range(3):
        other.sendall(HEAD + b"\r\n")
        assert other.recv(65_536).startswith(b"HTTP/1.1 200 ")
    assert Short.heads < 20
    Waiting.may_end.set()
    heard = b""
    while heard.count(b'"ended"') < count:
        heard += connection.recv(65_536)
    assert heard.count(b"HTTP/1.1 200 ") == count


def test_where_descriptors_run_out_the_address_with_most_connections_gives_way(
    tmp_path: Path, store: Store
) -> None:
    url = store.url.render_as_string(hide_password=False)
    service = Service(tmp_path, database_url=url)
    had = resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE, (400, had[1]))
    place = ("127.0.0.1", int(service.url.rpartition(":")[2]))
    with contextlib.ExitStack() as stack:

        def connected(address: str) -> socket.socket:
            return stack.enter_context(
                socket.create_connection(place, timeout=20, source_address=(address, 0))
            )

        def is_answered(connection: socket.socket) -> bool:
            connection.sendall(HEAD + b"\r\n")
            heard = b""
            while not heard.endswith(b'{"status":"ok"}') and (part := connection.recv(65_536)):
                heard += part
            return heard.startswith(b"HTTP/1.1 200 ")

        other = connected("127.0.0.3")
        for _ in range(500):
            connected("127.0.0.2")
            assert is_answered(other)  # so that the new one has been taken, too
        assert is_answered(connected("127.0.0.4"))
        assert httpx.get(f"{service.url}/readyz").status_code == 200
    service.kill()


def test_service_takes_the_descriptors_it_may_have() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted - 1, hard))
        raise_descriptor_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (wanted, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_too_many_connections_of_one_address_are_closed(connect: Connect) -> None:
    kept = [connect() for _ in range(4)]
    assert rest(connect()) == b""
    kept[0].close()
    time.sleep(0.2)
    last = connect()
    last.sendall(HEAD + b"\r\n")
    assert last.recv(65_536).startswith(b"HTTP/1.1 200 ")
