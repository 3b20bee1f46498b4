"""What asks for no key takes little: tried with heads that announce a body, and none that comes."""

import socket

import httpx
import orjson
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from app.http.authorization import scope_of
from app.http.middleware import MAX_PUBLIC_BODY_BYTES
from app.routers.reports import PUBLIC
from app.settings import Settings

REPORT = {"kind": "unofficial_account", "url": "https://x.com/a", "description": "Ours?"}
PATHS = [
    "/healthz", "/readyz", "/metrics", "/v1/policy", "/v1/accounts/verify?platform=x&handle=a",
    "/problems/busy", "/widgets/v1/post-check.js", "/embed/v1/post-check", "/embed/v1/embed.css",
]  # fmt: skip


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"public_reports_per_minute": 2})


def tell(service: str, head: str, body: bytes = b"") -> tuple[int, dict[str, object]]:
    """The answer's status and problem, where no more than this is sent."""
    host, port = service.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        said = b""
        while b"\r\n\r\n" not in said or not said.endswith(b"}"):
            part = connection.recv(65_536)
            assert part, said
            said += part
    head_said, _, problem = said.partition(b"\r\n\r\n")
    return int(head_said.split()[1]), orjson.loads(problem)


def announce(path: str, length: int, method: str = "POST") -> str:
    return (
        f"{method} {path} HTTP/1.1\nHost: x\nContent-Type: application/json\n"
        f"Content-Length: {length}"
    )


def test_too_large_a_report_is_refused_before_it_comes(service: str) -> None:
    status, said = tell(service, announce("/v1/reports", MAX_PUBLIC_BODY_BYTES + 1))
    assert (status, said["type"]) == (413, "/problems/body-too-large")


def test_too_large_a_report_is_refused_in_parts_too(service: str) -> None:
    def parts():  # type: ignore[no-untyped-def]
        for _ in range(10):
            yield b" " * 4_096

    headers = {"Content-Type": "application/json"}
    answer = httpx.post(f"{service}/v1/reports", content=parts(), headers=headers)
    assert answer.status_code == 413


def test_too_many_reports_are_refused_before_the_next_comes(service: str) -> None:
    for _ in range(2):
        assert httpx.post(f"{service}/v1/reports", json=REPORT).status_code == 201
    status, said = tell(service, announce("/v1/reports", 100))
    assert (status, said["type"]) == (429, "/problems/too-many-requests")


def test_reports_that_cannot_be_read_count(service: str) -> None:
    for _ in range(2):
        assert httpx.post(f"{service}/v1/reports", json={}).status_code == 422
    assert httpx.post(f"{service}/v1/reports", json=REPORT).status_code == 429


def test_a_stranger_is_refused_before_the_body_comes(service: str) -> None:
    status, _ = tell(service, announce("/v1/checks/post", 1_000_000))
    assert status == 401


@pytest.mark.parametrize("path", PATHS)
def test_a_read_takes_no_body(service: str, path: str) -> None:
    status, said = tell(service, announce(path, MAX_PUBLIC_BODY_BYTES + 1, "GET"))
    assert (status, said["type"]) == (413, "/problems/body-too-large")
    # A small one is not looked at, and is no part of the next request.
    body = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
    with httpx.Client(base_url=service) as client:
        for _ in range(2):
            assert client.request("GET", path, content=body).status_code == 200
        assert client.get("/healthz").json() == {"status": "ok"}


def test_every_address_that_takes_a_body_without_a_key_is_known(application: FastAPI) -> None:
    found = set()
    for one in iter_route_contexts(application.routes):
        if isinstance(one.original_route, APIRoute) and scope_of(one) is None:
            found |= {one.path_format for _ in one.methods or () if one.methods != {"GET"}}
    assert found == PUBLIC
