"""Query parameters that nobody knows, and what can be switched off."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.http.authorization import scope_of
from app.http.middleware import ACCESS
from app.main import create_app
from app.settings import Settings
from tests.service import serving

RECORD = "01a20358-0000-7000-8000-000000000000"


def addresses(application: FastAPI) -> list[tuple[str, str]]:
    """Every route that takes a key, and those that anybody may ask."""
    found = []
    for route in iter_route_contexts(application.routes):
        path = re.sub(r"\{[a-z_:]+\}", RECORD, route.path or "").replace(
            f"reports/{RECORD}",
            "reports/stale" if "accounts" in (route.path or "") else f"reports/{RECORD}",
        )
        if scope_of(route) or path == "/v1/accounts/verify":
            found += [(method, path) for method in route.methods or () if method != "HEAD"]
    return found


def test_unknown_query_parameter_is_422_at_every_route(
    application: FastAPI, client: httpx.Client
) -> None:
    asked = addresses(application)
    assert len(asked) > 60
    for method, path in asked:
        answer = client.request(method, path, params={"hunter2": "hunter3"})
        wanted = 400 if path.startswith(ACCESS) else 422
        assert answer.status_code == wanted, (method, path, answer.text)
        assert answer.json()["errors"][0]["code"] == "extra_forbidden", (method, path)
        assert "hunter" not in answer.text


def test_stranger_hears_of_the_key_first(service: str) -> None:
    assert httpx.get(f"{service}/v1/accounts?limt=1").status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/v1/accounts?limit=1&status=closed&flag=stale&flag=no_owner", "/v1/ledger?limit=1",
     "/v1/grants?kind=logo", "/v1/classes?title=a&limit=2", "/v1/reports?limit=1"],
)  # fmt: skip
def test_known_ones_pass(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 200, path


def test_the_error_lists_what_the_address_takes(client: httpx.Client) -> None:
    (error,) = client.get("/v1/orgs?limt=1").json()["errors"]
    assert error["message"].endswith("; it takes cursor, limit")


@pytest.mark.parametrize(
    ("path", "name"),
    [("/v1/accounts?limit=1&limit=2", "limit"), ("/v1/ledger?from=x&from=y", "from"),
     ("/v1/classes?school=hill&school=mill", "school"), ("/v1/reports?limit=1&limit=1", "limit"),
     ("/v1/accounts/verify?handle=a&handle=b&platform=x", "handle")],
)  # fmt: skip
def test_one_that_comes_twice_is_refused(client: httpx.Client, path: str, name: str) -> None:
    """Of two schools only the last would be asked for."""
    answer = client.get(path)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"parameter": name, "code": "repeated", "message": "Must come once"}
    ]


def test_report_takes_none(service: str) -> None:
    body: dict[str, Any] = {
        "kind": "inappropriate_post", "platform": "x", "handle": "y", "description": "d",
    }  # fmt: skip
    assert httpx.post(f"{service}/v1/reports?x=1", json=body).status_code == 422
    assert httpx.post(f"{service}/v1/reports", json=body).status_code == 201


@pytest.mark.parametrize(
    ("switch", "gone"),
    [
        ("serve_docs", ["/docs", "/docs/start.js", "/docs/swagger-ui.css", "/openapi.json"]),
        ("serve_metrics", ["/metrics"]),
    ],
)
def test_what_is_switched_off_is_not_there(
    settings: Settings, switch: str, gone: list[str]
) -> None:
    everything = {"/docs", "/docs/start.js", "/docs/swagger-ui.css", "/openapi.json", "/metrics"}
    off = settings.model_copy(update={switch: False})
    with serving(create_app(off)) as url:
        for path in everything:
            answer = httpx.get(url + path)
            assert answer.status_code == (404 if path in gone else 200), path
            if path in gone:
                assert answer.json()["type"] == "/problems/no-such-address"
        assert httpx.get(f"{url}/healthz").status_code == 200
