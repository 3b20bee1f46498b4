"""A key that ends while its request comes in, or its answer goes out, does nothing more."""

import contextlib
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from app.database.session import Store
from app.store.ledger import chain
from app.store.service import keys
from tests.conftest import MakeKey
from tests.waiting import until

JSON = "application/json"
CHECK = b'{"account": {"platform": "facebook", "handle": "maple"}, "purpose": "school"}'
FORM = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na\r\n--b--\r\n'
ASKED = (
    ("/v1/checks/post", CHECK, JSON),
    ("/v1/checks/post", CHECK, f"{JSON};"),  # not on the short way
    ("/v1/checks/posts", b'{"posts": [%b]}' % CHECK, JSON),
    ("/access/v1/evaluation", b'{"subject": {}}', JSON),
    ("/v1/accounts", b'{"platform": "x", "handle": "maple"}', JSON),
    ("/v1/imports", FORM, "multipart/form-data; boundary=b"),
)


@pytest.fixture
def backend() -> str:
    return "sqlite"


@contextlib.contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=20) as made:
        yield made


def end_key(url: str, store: Store, key: keys.NewKey) -> None:
    """Revoke the key, once the service has heard it; return when it is refused."""

    def ask() -> int:
        headers = {"Authorization": f"Bearer {key.secret}"}
        return httpx.get(url + "/v1/accounts", headers=headers).status_code

    assert ask() == 200
    with store.writing() as connection:
        keys.revoke_key(connection, key.id, datetime.now(UTC))
    until(lambda: ask() == 401)


def test_what_comes_after_the_end_of_its_key_is_not_done(
    service: str, store: Store, make_key: MakeKey
) -> None:
    key = make_key()
    httpx.get(service + "/v1/accounts", headers={"Authorization": f"Bearer {key.secret}"})
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(connected(service)) for _ in ASKED]
        for connection, (path, body, kind) in zip(opened, ASKED, strict=True):
            head = (
                f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key.secret}\r\n"
                f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            connection.sendall(head.encode() + body[:9])
        end_key(service, store, key)
        for connection, (path, body, _) in zip(opened, ASKED, strict=True):
            connection.sendall(body[9:])
            assert connection.recv(65_536).startswith(b"HTTP/1.1 401 "), path


def test_what_is_read_after_the_end_of_its_key_is_broken_off(
    service: str, store: Store, make_key: MakeKey
) -> None:
    key = make_key()
    at, body = datetime.now(UTC), {"x": "y" * 500_000}
    rows = [chain.LedgerEntry(chain.make_id(), "large", at, "k", body) for _ in range(60)]
    with store.writing() as connection:
        chain.append_entries(connection, rows)
    asked = (
        f"GET /v1/ledger HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key.secret}\r\n"
        "Accept: application/x-ndjson\r\n\r\n"
    )
    with connected(service) as reader:
        reader.sendall(asked.encode())
        heard = reader.recv(4_096)
        assert heard.startswith(b"HTTP/1.1 200 ")
        end_key(service, store, key)
        while part := reader.recv(65_536):
            heard += part
    assert len(heard) < 25_000_000
    assert not heard.endswith(b"0\r\n\r\n")
