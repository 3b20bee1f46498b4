"""A check on the short way is answered as on the ordinary one, but for its id and times."""

import re
import socket
from collections.abc import Iterator
from typing import Any, ClassVar

import orjson
import pytest

from app.cli.connections import Connection
from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from tests.conftest import MakeKey
from tests.service import serving

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
    """Counts the requests that go the ordinary way."""

    ordinary: ClassVar[int] = 0

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        super()._start_asgi_task(cycle, app)
        Watched.ordinary += self._short is None

    def leave_short(self, cycle: Any) -> None:
        super().leave_short(cycle)
        Watched.ordinary += 1


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def connection(settings: Settings, store: Store) -> Iterator[socket.socket]:
    Watched.ordinary = 0
    with (
        serving(create_app(settings, store=store), http=Watched) as url,
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 20) as opened,
    ):
        yield opened


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
    """One whole answer and no more, which is what is awaited."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(1)
    length = int(re.findall(rb"content-length: (\d+)", got)[0])
    head = len(got)
    while len(got) < head + length:
        got += connection.recv(head + length - len(got))
    return got


def ask(connection: socket.socket, asked: bytes) -> bytes:
    connection.sendall(asked)
    return _CHANGES.sub(b"", read(connection))


def test_both_ways_answer_alike(connection: socket.socket, key: str) -> None:
    for check, body in CHECKS:
        began = Watched.ordinary
        usual = ask(connection, request(check, body, key, "application/json;"))
        assert Watched.ordinary == began + 1
        # What fails is answered by the application, on either way.
        assert ask_shortly(connection, request(check, body, key), b"200 OK" not in usual) == usual


def ask_shortly(connection: socket.socket, asked: bytes, ordinary: int) -> bytes:
    """Ask until so many answers went the ordinary way; a key is known for a second at a time."""
    while True:
        began = Watched.ordinary
        answer = ask(connection, asked)
        if Watched.ordinary == began + ordinary:
            return answer


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


def test_a_key_without_the_scope_and_a_stranger_are_refused(
    connection: socket.socket, make_key: MakeKey
) -> None:
    reader = make_key(scopes=["people:read"]).secret
    for _ in range(2):  # the second time it is known
        assert ask(connection, request("post", POST, reader)).startswith(b"HTTP/1.1 403")
    assert ask(connection, request("post", POST, "cp_nobody")).startswith(b"HTTP/1.1 401")
    asked = request("post", {**POST, "text": "x" * 5_000}, reader)
    assert ask(connection, asked).startswith(b"HTTP/1.1 403")


def test_pipelined_checks_are_answered_in_order(connection: socket.socket, key: str) -> None:
    several = [request("post", POST, key).replace(b"ours", b"n%d" % n) for n in range(5)]
    # In odd pieces, and with an ordinary one in the middle.
    several[2] = several[2].replace(b"application/json", b"application/json;")
    sent = b"".join(several)
    ordinary = 0
    while ordinary != 1:  # a key is known for a second at a time
        ask(connection, request("post", POST, key))
        began = Watched.ordinary
        for at in range(0, len(sent), 37):
            connection.sendall(sent[at : at + 37])
        told = [re.findall(rb"x-request-id: (n\d)", read(connection)) for _ in several]
        assert told == [[b"n%d" % n] for n in range(5)]
        ordinary = Watched.ordinary - began
