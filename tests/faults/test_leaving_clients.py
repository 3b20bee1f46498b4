"""Clients that leave in the middle: no error of ours, and what was committed stays."""

import io
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import orjson
import pytest
from starlette.responses import StreamingResponse

from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import log
from tests.faults.asking import ANA, on_ledger, waiting
from tests.faults.conftest import Headers, Hold
from tests.service import serving
from tests.waiting import until

__all__ = ["log"]

FORM = b'--b\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\n\r\n'
Leave = Callable[[socket.socket], None]
# Method, path and body, and whether some of the answers are read.
Asked = tuple[str, str, bytes, bool]


def leave_by_reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def leave_well(connection: socket.socket) -> None:
    connection.close()


@pytest.fixture(params=[leave_by_reset, leave_well])
def leave(request: pytest.FixtureRequest) -> Leave:
    left: Leave = request.param
    return left


class EndlessAnswer:
    """An answer without an end; `ended` is set once nobody is answered any more."""

    ended = threading.Event()

    async def __call__(self, scope: object, receive: object, send: object) -> None:
        self.ended.clear()
        try:
            response = StreamingResponse(iter(lambda: b"x" * 100_000, None))
            await response(scope, receive, send)  # type: ignore[arg-type]
        finally:
            self.ended.set()


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"import_spool": tmp_path / "spool"})


@pytest.fixture
def service(settings: Settings, store: Store) -> Iterator[str]:
    app = create_app(settings)
    app.router.add_route("/endless", EndlessAnswer())
    with serving(app) as url:
        yield url


def connect(service: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(service.rpartition(":")[2])), timeout=20)


def send(
    service: str, headers: Headers, path: str, body: bytes, *, length: int = 0,
    kind: str = "application/json",
) -> socket.socket:  # fmt: skip
    """Send a request, of which more may be announced than comes."""
    connection = connect(service)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {headers['Authorization']}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {length or len(body)}\r\n\r\n"
    )
    connection.sendall(head.encode() + body)
    return connection


def counted(service: str, route: str) -> dict[str, float]:
    """How often the route was answered, by status."""
    found = {}
    for line in httpx.get(f"{service}/metrics").text.splitlines():
        if line.startswith("clearpost_requests_total") and f'route="{route}"' in line:
            found[line.partition('status="')[2].partition('"')[0]] = float(line.split()[-1])
    return found


def settle(service: str, route: str) -> bool:
    """Whether some were answered, and none more in a tenth of a second."""
    before = counted(service, route)
    time.sleep(0.1)
    return bool(before) and before == counted(service, route)


def faults(log: io.StringIO) -> list[str]:
    lines = [orjson.loads(line) for line in log.getvalue().splitlines()]
    return [str(line) for line in lines if line["level"] in {"warning", "error", "critical"}]


@pytest.mark.parametrize("path", ["/v1/checks/post", "/v1/checks/posts", "/v1/grants"])
def test_in_the_middle_of_a_body(
    service: str, headers: Headers, log: io.StringIO, leave: Leave, path: str
) -> None:
    connection = send(service, headers, path, b'{"account": ', length=500)
    counted(service, path)  # by now the server has read what was sent before
    leave(connection)
    until(lambda: counted(service, path))
    assert counted(service, path) == {"499": 1}
    assert faults(log) == []


def test_in_the_middle_of_an_upload(
    service: str, headers: Headers, log: io.StringIO, leave: Leave, settings: Settings
) -> None:
    spool = settings.import_spool
    connection = send(
        service, headers, "/v1/imports", FORM + b"p-1\r\n" * 200_000, length=10_000_000,
        kind="multipart/form-data; boundary=b",
    )  # fmt: skip
    until(lambda: spool.is_dir() and list(spool.glob("*/files/*")))
    leave(connection)
    until(lambda: counted(service, "/v1/imports"))
    assert counted(service, "/v1/imports") == {"499": 1}
    assert list(spool.iterdir()) == []
    assert faults(log) == []


def test_while_the_answer_is_awaited(
    service: str, headers: Headers, hold: Hold, store: Store, log: io.StringIO, leave: Leave
) -> None:
    """The decision is on the ledger all the same: it was asked for, and was made."""
    route = "/v1/checks/photo-consent"
    with hold():
        connection = send(service, headers, route, orjson.dumps(ANA))
        until(lambda: waiting(service) == 1)
        leave(connection)
        counted(service, route)  # by now the server has seen it go
    until(lambda: counted(service, route))
    assert counted(service, route) == {"499": 1}
    assert faults(log) == []
    assert len(on_ledger(store)) == 1


def test_in_the_middle_of_an_answer(service: str, log: io.StringIO, leave: Leave) -> None:
    connection = connect(service)
    connection.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection.recv(1000)
    leave(connection)
    until(EndlessAnswer.ended.is_set)
    until(lambda: counted(service, "unmatched").get("499"))
    assert faults(log) == []


@pytest.mark.parametrize(
    "asked",
    [
        ("GET", "/healthz", b"", False),
        ("GET", "/v1/classes", b"", True),
        ("GET", "/v1/classes", b"", False),
        ("POST", "/v1/checks/photo-consent", orjson.dumps(ANA), False),
        ("POST", "/v1/people/search", b'{"query": "ana lopez"}', True),
    ],
)
def test_with_many_requests_under_way(
    service: str, headers: Headers, log: io.StringIO, leave: Leave, asked: Asked
) -> None:
    """Pipelined: the one that is being answered is not the last that came."""
    method, path, body, reads_some = asked
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {headers['Authorization']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    for delay in (0, 0.002, 0.005, 0.01, 0.02):
        connection = connect(service)
        connection.sendall((head.encode() + body) * 50)
        if reads_some:
            connection.recv(100)
        time.sleep(delay)
        leave(connection)
    until(lambda: settle(service, path))
    assert counted(service, path).keys() <= {"200", "499"}
    assert faults(log) == []


def test_who_stays_is_counted_by_the_answer(service: str, headers: Headers) -> None:
    answer = httpx.post(f"{service}/v1/checks/photo-consent", json=ANA, headers=headers)
    assert counted(service, "/v1/checks/photo-consent") == {str(answer.status_code): 1}
