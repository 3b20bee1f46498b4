import io
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import httpx
import orjson
import pytest
from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core._pydantic_core import list_all_errors

from app import errors
from app.http.authorization import json_body
from app.http.middleware import MAX_BODY_BYTES
from app.http.problems import describe_problem, list_kinds
from app.main import create_app
from app.schemas.fault_sentences import SENTENCES
from app.schemas.faults import make_invalid_error
from app.settings import Settings
from tests.service import serving
from tests.waiting import until

CANARY = "Zoë-Canary-5711"
# What a message of pydantic's may be filled in with: words of the schema, and counts.
SCHEMA_WORDS = {
    "attribute", "class", "class_name", "decimal_places", "discriminator", "expected",
    "expected_plural", "expected_schemes", "expected_version", "field_type", "ge", "gt", "le",
    "lt", "max_digits", "max_length", "min_length", "actual_length", "method_name",
    "multiple_of", "pattern", "tz_expected", "whole_digits",
}  # fmt: skip


class Pet(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Literal["rex"]
    toys: list[int] = []


def failing_routes(app: FastAPI) -> None:
    """Routes that fail in every way a route can."""

    @app.get("/raises")
    async def raises() -> None:
        raise RuntimeError(CANARY)

    @app.get("/wrong-answer")
    async def wrong_answer() -> Pet:
        return {"name": CANARY}  # type: ignore[return-value]

    @app.get("/query")
    async def query(limit: Annotated[int, Query()]) -> int:
        return limit

    @app.post("/pet")
    async def pet(body: Pet) -> Pet:
        return body

    @app.post("/raw")
    async def raw(request: Request) -> int:
        return len(await json_body(request))


@pytest.fixture
def url(settings: Settings) -> Iterator[str]:
    app = create_app(settings)
    failing_routes(app)
    with serving(app) as base:
        yield base


def find_lines(log: io.StringIO, request_id: str) -> list[dict[str, Any]]:
    """The lines of one request; the last line may still be on its way."""
    whole = log.getvalue().rpartition("\n")[0].splitlines()
    return [line for line in map(orjson.loads, whole) if line["request_id"] == request_id]


@pytest.mark.parametrize("path", ["/raises", "/wrong-answer"])
def test_the_unforeseen_is_a_500_that_says_nothing_and_can_be_found(
    url: str, log: io.StringIO, path: str
) -> None:
    answer = httpx.get(f"{url}{path}?name={CANARY}", headers={"X-Request-ID": "find-me.1"})
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] == "find-me.1"
    assert answer.json() == {
        "type": "/problems/internal",
        "title": "Something went wrong on our side",
        "status": 500,
        "request_id": "find-me.1",
    }
    until(lambda: find_lines(log, "find-me.1"))  # it is written once the answer has been sent
    (line,) = find_lines(log, "find-me.1")
    assert path in line["message"]
    assert "Error at" in line["message"]
    assert CANARY not in answer.text + log.getvalue()


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nowhere", 404, "no-such-address"),
        ("DELETE", "/v1/policy", 405, "method-not-allowed"),
        ("GET", "/v1/policy/", 404, "no-such-address"),
        ("GET", f"/problems/{CANARY}", 404, "not-found"),
    ],
)
def test_what_is_not_served_is_a_problem(
    url: str, method: str, path: str, status: int, slug: str
) -> None:
    answer = httpx.request(method, url + path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == f"/problems/{slug}"
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]
    assert (status == 405) == ("Allow" in answer.headers)
    assert CANARY not in answer.text


def test_errors_point_at_fields_and_repeat_no_value(url: str) -> None:
    body = {"name": CANARY, "toys": [1, CANARY], CANARY: 1, "zoe": CANARY}
    answer = httpx.post(f"{url}/pet", json=body)
    assert answer.status_code == 422
    told = {error["at"]: error["code"] for error in answer.json()["errors"]}
    assert told == {
        "/name": "literal_error",
        "/toys/1": "int_parsing",
        "": "extra_forbidden",
    }
    assert len(told) == len(answer.json()["errors"])
    assert answer.json()["errors"][-1]["message"].endswith("; it takes name, toys")
    assert CANARY not in answer.text
    assert "zoe" not in answer.text


def test_a_parameter_is_named(url: str) -> None:
    answer = httpx.get(f"{url}/query", params={"limit": CANARY})
    assert answer.json()["errors"][0]["parameter"] == "limit"
    assert CANARY not in answer.text


def test_no_more_than_fifty_errors_are_told(url: str) -> None:
    answer = httpx.post(f"{url}/pet", json={"name": "rex", "toys": ["x"] * 500})
    assert len(answer.json()["errors"]) == 50
    assert answer.json()["detail"] == "The first 50 of 500 errors"


@pytest.mark.parametrize("path", ["/pet", "/raw"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_one_and_the_same_413(url: str, path: str, chunked: bool) -> None:
    def send(size: int) -> httpx.Response:
        body = b'"' + b"x" * (size - 2) + b'"'
        content: Any = (body[i : i + 65_536] for i in range(0, size, 65_536)) if chunked else body
        headers = {"Content-Type": "application/json"}
        return httpx.post(url + path, content=content, headers=headers, timeout=30)

    assert send(MAX_BODY_BYTES).status_code == (200 if path == "/raw" else 422)
    refused = send(MAX_BODY_BYTES + 1)
    assert refused.status_code == 413
    said = refused.json()
    said.pop("request_id")
    assert said == {
        "type": "/problems/body-too-large",
        "title": "The request's body is larger than this address takes",
        "status": 413,
    }


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/xml", CANARY.encode()])
def test_a_body_that_is_not_json_is_a_415(url: str, content_type: str | bytes | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = httpx.post(f"{url}/raw", content=b"{}", headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 415
    good = httpx.post(
        f"{url}/raw", content=b"{}", headers={"Content-Type": "Application/JSON; charset=utf-8"}
    )
    assert good.status_code == 200


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "é", "a\tb", CANARY])
def test_a_request_id_that_is_not_plain_is_replaced(url: str, given: str) -> None:
    headers = [(b"X-Request-ID", given.encode())]
    answer = httpx.get(f"{url}/healthz", headers=headers)
    assert answer.headers["X-Request-ID"] not in {"", given}


def test_every_answer_has_its_headers(url: str) -> None:
    for path in ("/healthz", "/v1/policy", "/nowhere", "/raises"):
        headers = httpx.get(url + path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        policy = "default-src 'none'; frame-ancestors 'none'"
        assert headers.get_list("Content-Security-Policy") == [policy]
        assert headers["X-Request-ID"]
        assert (headers.get("Cache-Control") == "no-store") == path.startswith("/v1")


def test_every_kind_of_problem_is_explained_at_its_own_address(url: str) -> None:
    for slug, kind in list_kinds().items():
        said = httpx.get(f"{url}{describe_problem(kind_of(kind))['type']}").json()
        assert (said["title"], said["status"]) == (kind.title, kind.status)
        assert said["meaning"]
        assert said["type"] == f"/problems/{slug}"


def kind_of(kind: type[errors.ClearpostError]) -> errors.ClearpostError:
    return kind([]) if issubclass(kind, errors.InvalidRequestError) else kind()


def test_no_two_kinds_have_one_slug() -> None:
    def declared(kind: type[errors.ClearpostError]) -> list[str]:
        own = [kind.slug] if "slug" in vars(kind) else []
        return own + [slug for narrower in kind.__subclasses__() for slug in declared(narrower)]

    slugs = declared(errors.ClearpostError)
    assert len(slugs) > 40
    assert sorted(slugs) == sorted(list_kinds())


def test_a_sentence_is_filled_in_with_words_of_the_schema_alone() -> None:
    """Fails when a sentence asks for what comes with no such error, or for what was sent."""
    for found in list_all_errors():
        sentence = SENTENCES.get(found["type"], "")
        filled = {part.partition("}")[0] for part in sentence.split("{")[1:]}
        assert filled <= SCHEMA_WORDS & set(found["example_context"] or ()), found["type"]


def test_malformed_json_points_at_the_whole_body() -> None:
    with pytest.raises(ValidationError) as caught:
        Pet.model_validate_json(b'{"name": ')
    assert [error["at"] for error in make_invalid_error(caught.value, Pet).errors] == [""]
