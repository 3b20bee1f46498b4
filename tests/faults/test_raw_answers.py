"""Every answer has its request's id, a policy and `nosniff`: also those to what is no HTTP."""

import io
import re
import socket
from collections.abc import Iterator

import orjson
import pytest
from fastapi import FastAPI

from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import log
from tests.service import serving

__all__ = ["log"]

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
PREFLIGHT = b"OPTIONS /v1/checks/post HTTP/1.1\r\nHost: x\r\nOrigin: https://x\r\n"
MALFORMED = {
    "no request": b"no request\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "another version": b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
    "an unknown method": b"ZAP /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes in the address": b"GET /\xff\xfe\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "NUL in the address": b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no address": b"GET  HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address of bytes beyond ASCII": "GET /Núñez HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "a scheme without a host": b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
    "a port beyond all": b"GET http://x:99999999/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "a name with a blank": b"GET /healthz HTTP/1.1\r\nHo st: x\r\n\r\n",
    "NUL in a header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a length of letters": POST + b"Content-Length: ten\r\n\r\n",
    "a length beyond all": POST + b"Content-Length: " + b"9" * 60 + b"\r\n\r\n",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a length and chunks": POST + b"Content-Length: 5\r\n" + CHUNKED + b"0\r\n\r\n",
    "an upgrade with a body": POST + UPGRADE + b"Content-Length: 2\r\n\r\n{}",
    "an upgrade with chunks": POST + UPGRADE + CHUNKED + b"2\r\n{}\r\n0\r\n\r\n",
    "no size of a chunk": POST + CHUNKED + b"ana\r\n",
}
WELL_FORMED = {
    "not found": (b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "a page of ours": (b"GET /docs HTTP/1.1\r\nHost: x\r\n\r\n", 200),
    "a script": (b"GET /widgets/v1/clearpost.js HTTP/1.1\r\nHost: x\r\n\r\n", None),
    "metrics": (b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 200),
    "HEAD": (b"HEAD /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", None),
    "HTTP/0.9": (b"GET /healthz\r\n\r\n", 200),
    "HTTP/1.0": (b"GET /healthz HTTP/1.0\r\n\r\n", 200),
    "an asterisk": (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", None),
    "TRACE": (b"TRACE /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    "CONNECT": (b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", None),
    "an upgrade": (
        GET + UPGRADE + b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", 200,
    ),
    "escaped bytes": (b"GET /v1/%ff%00%0d%0aX:%20y HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "a failure of ours": (b"GET /broken HTTP/1.1\r\nHost: x\r\n\r\n", 500),
    "no key": (b"GET /v1/accounts HTTP/1.1\r\nHost: x\r\n\r\n", 401),
    "too large a body": (
        b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413,
    ),
    "a type in a trailer": (
        b"POST /v1/reports HTTP/1.1\r\nHost: x\r\n" + CHUNKED
        + b"2\r\n{}\r\n0\r\nContent-Type: application/json\r\n\r\n", 415,
    ),
    "a page of strangers": (b"GET /healthz HTTP/1.1\r\nHost: x\r\nOrigin: https://x\r\n\r\n", 200),
    "what such a page may": (
        PREFLIGHT + b"Access-Control-Request-Method: POST\r\n\r\n", 400,
    ),
    "an id that forges": (
        GET + b"X-Request-ID: a\tb {\"level\":\"error\"}\r\n\r\n", 200,
    ),
}  # fmt: skip


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def service(settings: Settings, store: Store) -> Iterator[str]:
    app: FastAPI = create_app(settings, store=store)

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError

    with serving(app) as url:
        yield url


def ask(service: str, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """The first answer to these bytes, after which nothing more is sent."""
    address = ("127.0.0.1", int(service.rpartition(":")[2]))
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(sent)
        heard = b""
        while b"\r\n\r\n" not in heard:
            part = connection.recv(65_536)
            assert part, heard
            heard += part
        head, _, body = heard.partition(b"\r\n\r\n")
        lines = head.decode("ascii").split("\r\n")
        headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in lines[1:])}
        while len(body) < int(headers.get("content-length", 0)) and b"HEAD" not in sent:
            body += connection.recv(65_536)
    return int(lines[0].split()[1]), headers, body


def must_be_guarded(headers: dict[str, str]) -> None:
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src" in headers["content-security-policy"]
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", headers["x-request-id"])


@pytest.mark.parametrize("kind", MALFORMED)
def test_what_is_no_http(service: str, log: io.StringIO, kind: str) -> None:
    status, headers, body = ask(service, MALFORMED[kind])
    assert 400 <= status < 500
    must_be_guarded(headers)
    assert headers["content-type"] == "application/problem+json"
    said = orjson.loads(body)
    assert (said["status"], said["request_id"]) == (status, headers["x-request-id"])
    levels = {orjson.loads(line)["level"] for line in log.getvalue().splitlines()}
    assert "error" not in levels


@pytest.mark.parametrize("kind", WELL_FORMED)
def test_what_is_http(service: str, kind: str) -> None:
    sent, wanted = WELL_FORMED[kind]
    status, headers, _ = ask(service, sent)
    assert status == wanted or (wanted is None and status < 500)
    must_be_guarded(headers)
