"""Whatever stands in a path, a query, a cursor or a header: no failure of ours, on both stores."""

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import pytest

from app.main import create_app
from app.settings import Settings
from tests.api.hostile import Maker, Place
from tests.store.conftest import postgres, postgres_template, store_url

__all__ = ["postgres", "postgres_template", "store_url"]

CANARY = "571138026947"
SOME_ID = "0197b9c4-0000-7000-8000-00000000abcd"
BIG = 2**63
NUMBERS = {
    "beyond 64 bits": str(BIG), "the last of 64 bits": str(BIG - 1), "below": str(-BIG - 1),
    "negative": "-1", "5,000 digits": CANARY * 417, "beyond all floats": "1e400",
    "a float": "1.5", "NaN": "NaN", "infinite": "-Infinity", "Arabic digits": "\u0661\u0662",
    "underscores": "1_0", "a plus": "+1", "blanks": " 1 ", "nothing": "",
}  # fmt: skip
TEXTS = {
    **NUMBERS, "NUL": "a\0b", "a newline": "a\nb", "a lone surrogate": "\ud800",
    "no UTF-8": b"\xff", "a quote": "'\";--", "a wildcard": "%_\\", "very long": "x" * 10_000,
    "a way out": "../../x",
}  # fmt: skip
# What a cursor of ours could hold, had we made it.
POSITIONS = [
    BIG, BIG - 1, -BIG, -1, 10**400, 0, 1.5, 1e308, True, None, "", "x", "\0", "a\nb", "\udfff",
    "x" * 300, "2026-13-45T99:99:99Z", SOME_ID, [], {}, [[[]]], "9" * 200,
]  # fmt: skip


def cursor(*position: Any) -> str:
    said = json.dumps(position).encode()
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


# What one store takes and another may not: of these alone does it matter which it is.
OF_STORES = {"beyond 64 bits", "the last of 64 bits", "below", "NUL", "a lone surrogate"}
POSITIONS_OF_STORES = [BIG, BIG - 1, -BIG, 10**400, 1.5, "\0", "\udfff"]


class Values(NamedTuple):
    """What is tried: by kind numbers and texts, and cursors."""

    numbers: dict[str, str]
    texts: dict[str, str | bytes]
    cursors: list[str]


def make_cursors(positions: list[Any]) -> list[str]:
    return [
        *(cursor(one) for one in positions),
        *(cursor(one, two) for one in ("x", 1, BIG, "\0", "2026") for two in positions),
        *(cursor(one, one, one) for one in positions),
    ]


CURSORS = [
    *make_cursors(POSITIONS),
    cursor(), "e30", "bnVsbA", "=", "====", "a", "%", "\u00e9", "\0", "W" * 499, "W" * 501,
]  # fmt: skip
ALL = Values(NUMBERS, TEXTS, CURSORS)
FEW = Values(
    {kind: value for kind, value in NUMBERS.items() if kind in OF_STORES},
    {kind: value for kind, value in TEXTS.items() if kind in OF_STORES},
    make_cursors(POSITIONS_OF_STORES),
)


# What never reaches a store is tried with SQLite alone; `make test-all` tries all with both.
@pytest.fixture(params=["sqlite", "postgresql", pytest.param("all", marks=pytest.mark.slow)])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def values(backend: str) -> Values:
    return FEW if backend == "postgresql" else ALL


@pytest.fixture
def settings(store_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=store_url, signing_key_file=tmp_path / "key.pem",
        import_spool=tmp_path / "spool", public_lookups_per_minute=10_000,
    )  # fmt: skip


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings(database_url="sqlite:///:memory:")).openapi()


def parameters(document: dict[str, Any], where: str) -> Iterator[tuple[str, str, str]]:
    """Method, path and name of every parameter of that kind."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for one in operation.get("parameters", []):
                if one["in"] == where:
                    yield method.upper(), path, one["name"]


def must_be_answered(answer: httpx.Response, told: str) -> None:
    assert answer.status_code < 500, f"{told}: {answer.status_code} {answer.text}"
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json", told
        assert CANARY not in answer.text, told
    for name in ("x-request-id", "x-content-type-options", "content-security-policy"):
        assert name in answer.headers, told


def said(log: io.StringIO) -> list[str]:
    """Return what was logged, but for the client's lines and the access log, which is off."""
    lines = [(json.loads(line)["logger"], line) for line in log.getvalue().splitlines()]
    return [line for name, line in lines if not name.startswith(("http", "uvicorn.access"))]


def escaped(value: str | bytes) -> str:
    return quote(value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass"), "")


def test_any_query(
    client: httpx.Client, document: dict[str, Any], values: Values, log: io.StringIO
) -> None:
    asked = [one for one in parameters(document, "query") if one[0] == "GET"]
    assert {"/v1/ledger", "/v1/imports", "/v1/classes"} <= {path for _, path, _ in asked}
    for _, path, name in asked:
        address = path.replace("{id}", SOME_ID).replace("{report}", "stale")
        for kind, value in values.texts.items():
            answer = client.get(f"{address}?{name}={escaped(value)}")
            told = f"{path}?{name}: {kind}"
            must_be_answered(answer, told)
            if name == "limit":
                wanted = 200 if kind in {"a plus", "blanks", "underscores"} else 422
                assert answer.status_code == wanted, told
    assert not any(CANARY in line for line in said(log))


def test_any_path(
    client: httpx.Client, document: dict[str, Any], values: Values, log: io.StringIO
) -> None:
    for method, path, name in parameters(document, "path"):
        for kind, value in values.texts.items():
            address = path.replace(f"{{{name}}}", escaped(value) or "%20")
            answer = client.request(method, address, json={})
            must_be_answered(answer, f"{method} {path}: {kind}")
            assert answer.status_code in {404, 405, 422}, f"{method} {path}: {kind}"
    assert not any(CANARY in line for line in said(log))


def test_any_header(client: httpx.Client, document: dict[str, Any], values: Values) -> None:
    tried = [v.strip().encode() for v in values.numbers.values()]
    tried += [b"\xff\xfe", b'"' + b"9" * 200 + b'"', b'W/"1"', b"*, *", b"x" * 9_000, b'"1", "2"']
    asked = list(parameters(document, "header"))
    assert {"If-Match", "Idempotency-Key"} <= {name for _, _, name in asked}
    for method, path, name in asked:
        for value in tried:
            address = path.replace("{id}", SOME_ID).replace("{report}", "stale")
            answer = client.request(method, address, headers={name.encode(): value}, json={})
            must_be_answered(answer, f"{method} {path} {name}: {value[:20]!r}")


def test_any_cursor(client: httpx.Client, document: dict[str, Any], values: Values) -> None:
    asked = [path for _, path, name in parameters(document, "query") if name == "cursor"]
    assert len(asked) > 8
    for path in asked:
        address = path.replace("{report}", "stale")
        for value in values.cursors:
            answer = client.get(f"{address}?cursor={escaped(value)}")
            must_be_answered(answer, f"{path}: {value[:40]}")
            assert answer.status_code in {200, 422}, f"{path}: {value[:40]} {answer.text}"


def test_any_cursor_and_number_in_a_body(
    client: httpx.Client, document: dict[str, Any], values: Values
) -> None:
    maker, found = Maker(document), 0
    for method, path, place in bodies(maker, document):
        name = place.pointer.rpartition("/")[2]
        tried = [json.dumps(one) for one in values.cursors] if name == "cursor" else []
        if place.schema.get("type") == "integer":
            tried = [value or "null" for value in values.numbers.values()]
        found += bool(tried)
        for value in tried:
            answer = client.request(
                method, path, content=place.filled(value),
                headers={"Content-Type": "application/json", "If-Match": "*"},
            )  # fmt: skip
            must_be_answered(answer, f"{path}{place.pointer}: {value[:40]}")
    assert found > 5


def bodies(maker: Maker, document: dict[str, Any]) -> Iterator[tuple[str, str, Place]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                for place in maker.places(content["application/json"]["schema"]):
                    yield method.upper(), path.replace("{id}", SOME_ID), place
