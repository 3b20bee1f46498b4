"""A check on the short way is answered as on the ordinary one, but for its id and times."""

import gc
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import orjson
import pytest
from starlette.middleware.gzip import GZipMiddleware
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from app.auth import authenticator
from app.checks.queue import Inquiry
from app.cli.connections import Connection
from app.database.session import Store
from app.http.check_door import ShortCheck
from app.main import create_app
from app.policy.question import Question
from app.settings import Settings
from tests.conftest import MakeKey
from tests.service import serving
from tests.waiting import until

POST = {"account": {"platform": "facebook", "handle": "maple"}, "purpose": "school"}
PICTURE = {"media": [{"kind": "photo", "rights": "own"}]}
SHOWN = {**PICTURE, "pictured": {"students": [{"id": "ana"}]}}
# Some of all kinds of answers: decisions, faults by field, and bodies that are no JSON.
CHECKS: tuple[tuple[str, Any], ...] = (
    ("post", POST),
    ("post", {**POST, **SHOWN}),
    ("post", {**POST, "text": "What a damn day for Ana!"}),
    ("post", {**POST, "publish_at": "2031-01-15T09:00:00-07:00"}),
    ("post", {**POST, "declaration": "K7Q4-2MDX"}),
    ("post", {"purpose": "school", "colour": "red"}),
    ("photo-consent", {"students": [{"id": "ana"}]}),
    ("photo-consent", {"students": [{"name": "Nobody At All"}], "media": "video"}),
    ("photo-consent", {"class_id": "nowhere"}),
    ("coworker-consent", {"employees": [{"id": "nobody"}]}),
    ("logo", {"author": {"id": "nobody"}}),
    ("spokesperson", {"author": {"id": "nobody"}}),
    ("account", {"platform": "x", "handle": "nowhere"}),
    ("account", b'{"platform": "x", "platform": "facebook", "handle": "maple"}'),
    ("account", b"{"),
    ("account", b"[1]"),
)
_CHANGES = re.compile(rb'"(?:id|decided_at|publish_at|holds_until)":"[0-9a-fTZ:.-]+"|date: [^\r]+')


class Watched(Connection):
    """Counts the requests that go the ordinary way; notes when its client does not read."""

    ordinary: ClassVar[int] = 0
    unread: ClassVar[threading.Event] = threading.Event()

    def connection_made(self, transport: Any) -> None:
        # So that a few answers fill it.
        sent = transport.get_extra_info("socket")
        sent.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        super().connection_made(transport)

    def pause_writing(self) -> None:
        super().pause_writing()
        Watched.unread.set()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        super()._start_asgi_task(cycle, app)
        Watched.ordinary += self._short is None

    def leave_short(self, cycle: Any) -> None:
        super().leave_short(cycle)
        Watched.ordinary += 1


@pytest.fixture(autouse=True)
def _long_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that was heard stays known, so that it is certain which way a check goes."""
    monkeypatch.setattr(authenticator, "LIFE_SECONDS", 3_600.0)


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def port(settings: Settings, store: Store) -> Iterator[int]:
    Watched.ordinary = 0
    with serving(create_app(settings, store=store), http=Watched) as url:
        yield int(url.rpartition(":")[2])


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with connected(port) as opened:
        yield opened


def connected(port: int) -> socket.socket:
    """A connection that sends every piece by itself, and takes few bytes it does not read."""
    made = socket.socket()
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    made.settimeout(30)
    made.connect(("127.0.0.1", port))
    return made


@pytest.fixture
def key(make_key: MakeKey) -> str:
    return make_key(scopes=["check"]).secret


def request(
    check: str, body: Any, key: str, kind: str = "application/json", more: str = ""
) -> bytes:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    head = (
        f"POST /v1/checks/{check} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        f"X-Request-ID: ours\r\nContent-Type: {kind}\r\n{more}"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def read(connection: socket.socket) -> bytes:
    """One whole answer and no more, which is what is awaited; ConnectionError where none comes."""
    got = b""
    while not got.endswith(b"\r\n\r\n"):
        got += take(connection, 1)
    length = int(re.findall(rb"content-length: (\d+)", got)[0])
    head = len(got)
    while len(got) < head + length:
        got += take(connection, head + length - len(got))
    return got


def take(connection: socket.socket, most: int) -> bytes:
    got = connection.recv(most)
    if not got:
        raise ConnectionError
    return got


def ask(connection: socket.socket, asked: bytes) -> bytes:
    connection.sendall(asked)
    return _CHANGES.sub(b"", read(connection))


def test_both_ways_answer_alike(connection: socket.socket, key: str) -> None:
    ask(connection, request("post", POST, key))  # from now on the key is known
    for check, body in CHECKS:
        began = Watched.ordinary
        usual = ask(connection, request(check, body, key, "application/json;"))
        assert Watched.ordinary == began + 1
        short = ask(connection, request(check, body, key))
        # What fails is answered by the application, on either way.
        assert Watched.ordinary == began + 1 + (b"200 OK" not in usual)
        assert short == usual, (check, body)


@pytest.mark.parametrize("kind", ["application/json", "application/json;"], ids=["short", "usual"])
def test_an_answered_check_needs_no_garbage_collection(
    connection: socket.socket, key: str, kind: str
) -> None:
    """All that a request needed is freed at once: no two things hold each other."""
    gc.collect()
    gc.disable()
    try:
        for body in (POST, {**POST, **SHOWN}, *[POST] * 20):
            ask(connection, request("post", body, key, kind))
        until(lambda: count_kept() <= _STILL_AT_HAND)
    finally:
        gc.enable()


# The last request of the connection, its question, and what a thread has not let go of yet.
_STILL_AT_HAND = 8


def count_kept() -> int:
    kinds = (Question, Inquiry, ShortCheck, RequestResponseCycle)
    return sum(isinstance(one, kinds) for one in gc.get_objects())


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("text/plain", ""),
        ("application/json", "Origin: https://x.example\r\n"),
        ("application/json", "Expect: 100-continue\r\n"),
        ("application/json", "X-Twice: 1\r\nX-Twice: 2\r\n"),
        ("application/json", "Connection: close\r\n"),
    ],
)
def test_all_but_plain_checks_go_the_ordinary_way(
    connection: socket.socket, key: str, kind: str, more: str
) -> None:
    ask(connection, request("post", POST, key))
    began = Watched.ordinary
    connection.sendall(request("post", POST, key, kind, more))
    assert connection.recv(12).startswith(b"HTTP/1.1 ")
    assert Watched.ordinary == began + 1


def test_a_new_layer_of_the_application_is_gone_through(
    settings: Settings, store: Store, key: str
) -> None:
    app = create_app(settings, store=store)
    app.add_middleware(GZipMiddleware)
    with serving(app, http=Watched) as url:
        port = int(url.rpartition(":")[2])
        with connected(port) as connection:
            for _ in range(2):  # the second time the key is known
                began = Watched.ordinary
                ask(connection, request("post", POST, key))
                assert Watched.ordinary == began + 1


def test_a_key_without_the_scope_and_a_stranger_are_refused(
    connection: socket.socket, make_key: MakeKey
) -> None:
    reader = make_key(scopes=["people:read"]).secret
    for _ in range(2):  # the second time it is known
        assert ask(connection, request("post", POST, reader)).startswith(b"HTTP/1.1 403")
    assert ask(connection, request("post", POST, "cp_nobody")).startswith(b"HTTP/1.1 401")
    asked = request("post", {**POST, "text": "x" * 5_000}, reader)
    assert ask(connection, asked).startswith(b"HTTP/1.1 403")


def pipelined(key: str) -> bytes:
    """Requests one behind the other: short ones, a read, and a check on the ordinary way."""
    read_it = b"GET /v1/policy HTTP/1.1\r\nHost: x\r\nX-Request-ID: n2\r\n\r\n"
    several = [request("post", POST, key).replace(b"ours", b"n%d" % n) for n in range(5)]
    several[2] = read_it
    several[3] = several[3].replace(b"application/json", b"application/json;")
    return b"".join(several)


def read_ids(connection: socket.socket, count: int) -> list[bytes]:
    return [re.findall(rb"x-request-id: (\w+)", read(connection))[0] for _ in range(count)]


def test_pipelined_checks_are_answered_in_order_wherever_they_are_cut(
    connection: socket.socket, key: str
) -> None:
    ask(connection, request("post", POST, key))
    sent = pipelined(key)
    for cut in range(1, len(sent), 5):
        began = Watched.ordinary
        connection.sendall(sent[:cut])
        connection.sendall(sent[cut:])
        assert read_ids(connection, 5) == [b"n%d" % n for n in range(5)]
        assert Watched.ordinary == began + 2
    for byte in sent:
        connection.sendall(bytes([byte]))
    assert read_ids(connection, 5) == [b"n%d" % n for n in range(5)]


def test_clients_that_leave_in_the_middle_cost_nobody_an_answer(
    port: int, connection: socket.socket, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    ask(connection, request("post", POST, key))
    sent = pipelined(key)
    for cut in range(1, len(sent), 17):
        with connected(port) as left:
            left.sendall(sent[:cut])
        connection.sendall(sent)
        assert read_ids(connection, 5) == [b"n%d" % n for n in range(5)]
    assert not [one for one in caplog.records if one.levelname in ("ERROR", "CRITICAL")]


def test_who_reads_slowly_gets_every_answer_in_order(connection: socket.socket, key: str) -> None:
    Watched.unread.clear()
    count = 200
    asked = [request("post", POST, key).replace(b"ours", b"n%d" % n) for n in range(count)]
    sender = threading.Thread(target=connection.sendall, args=(b"".join(asked),))
    sender.start()
    assert Watched.unread.wait(30)
    assert read_ids(connection, count) == [b"n%d" % n for n in range(count)]
    sender.join()


def test_no_answer_is_broken_off_when_the_service_ends(
    settings: Settings, store: Store, key: str
) -> None:
    answers: list[bytes] = []
    some = threading.Event()

    def ask_on(connection: socket.socket) -> None:
        try:
            while True:
                connection.sendall(request("post", POST, key))
                begun = take(connection, 1)
                answers.append(begun)
                answers[-1] += read(connection)
                if len(answers) == 20:
                    some.set()
        except ConnectionError:
            some.set()

    with serving(create_app(settings, store=store), http=Watched) as url:
        connection = connected(int(url.rpartition(":")[2]))
        client = threading.Thread(target=ask_on, args=(connection,))
        client.start()
        assert some.wait(30)
    client.join()
    connection.close()
    assert len(answers) >= 20
    # The last one, too, is whole: what was read of it was not only its beginning.
    assert all(one.startswith(b"HTTP/1.1 200") and one.endswith(b"}") for one in answers)
