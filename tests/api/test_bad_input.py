"""Whatever a body holds, the answer is a problem that names the field and repeats nothing."""

import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.http.middleware import ACCESS, MAX_BODY_BYTES
from app.main import create_app
from app.routers.reports import PUBLIC
from app.settings import Settings
from tests.api.hostile import ANYWHERE, BODIES, DIGITS, TIMES, Maker, Place

REPEATED = ("Canary", "Zoë", DIGITS, "2031-05", "2031-13", "9999-12", "0001-01", "1935000000")
SOME_ID = "0197b9c4-0000-7000-8000-00000000abcd"
# A fixed request id, lest a random one holds by chance what is looked for.
JSON = {"Content-Type": "application/json", "X-Request-ID": "fixed"}
Operations = dict[str, dict[str, Any]]


def _taken(operation: dict[str, Any]) -> dict[str, Any]:
    """The schemas of the body by media type; a delivery of files is not JSON."""
    content: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    return content


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Reports are counted before they are read, so that bad ones count, too."""
    return settings.model_copy(update={"public_reports_per_minute": 10_000})


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The API's description, which is the same for every service and takes long to make."""
    return create_app(Settings(database_url="sqlite:///:memory:")).openapi()


@pytest.fixture(scope="module")
def posts(document: dict[str, Any]) -> Operations:
    """The body's schema of every POST route but AuthZEN's, which keep to their specification."""
    found = {
        path.replace("{id}", SOME_ID): content["application/json"]["schema"]
        for path, methods in document["paths"].items()
        if "application/json" in (content := _taken(methods.get("post", {})))
        and not path.startswith(ACCESS)
    }
    assert found
    return found


@pytest.fixture(scope="module")
def maker(document: dict[str, Any]) -> Maker:
    return Maker(document)


def refusal(answer: httpx.Response, told: str) -> tuple[dict[str, Any], str]:
    """The problem in an answer, and where the part it is about begins in the request."""
    for text in REPEATED:
        assert text not in answer.text, f"{told}: repeated"
    body = answer.json()
    if answer.status_code == 200 and "items" in body:
        (problem,) = body["items"]
        part = "/posts/0"
    else:
        assert answer.headers["Content-Type"] == "application/problem+json", told
        assert answer.status_code == body["status"], told
        problem, part = body, ""
    assert 400 <= problem.get("status", 0) < 500, f"{told}: {problem}"
    return problem, part


def is_too_large(answer: httpx.Response, path: str) -> bool:
    """Whether the body is over the limit of a route without a key, and so was not read."""
    return answer.status_code == 413 and path in PUBLIC


def names(problem: dict[str, Any], part: str, pointer: str) -> bool:
    """Whether an error is at `pointer` or inside it, or the body was not read at all."""
    return any(
        error["code"] in {"json_invalid", "too_many_parts"}
        or f"{part}{error['at']}/".startswith(f"{pointer}/")
        for error in problem["errors"]
    )


def fields(maker: Maker, posts: Operations) -> Iterator[tuple[str, Place]]:
    for path, schema in posts.items():
        for place in maker.places(schema):
            yield path, place


def test_the_walk_reaches_the_deepest_fields(maker: Maker, posts: Operations) -> None:
    reached = {path + place.pointer for path, place in fields(maker, posts)}
    assert {
        "/v1/checks/post/pictured/students/0/named",
        "/v1/checks/posts/posts/0/media/0/sha256",
        "/v1/checks/photo-consent/students/0/grade",
        "/v1/checks/account/url",
    } <= reached


@pytest.mark.parametrize("kind", ANYWHERE)
def test_a_hostile_value_in_any_field(
    client: httpx.Client, maker: Maker, posts: Operations, log: io.StringIO, kind: str
) -> None:
    for path, place in fields(maker, posts):
        told = f"{kind} at {path}{place.pointer}"
        answer = client.post(path, content=place.filled(ANYWHERE[kind]), headers=JSON)
        if is_too_large(answer, path):
            continue
        assert names(*refusal(answer, told), place.pointer), f"{told}: {answer.text}"
    assert not any(text in log.getvalue() for text in REPEATED)


@pytest.mark.parametrize("kind", TIMES)
def test_a_hostile_time(
    client: httpx.Client, maker: Maker, posts: Operations, log: io.StringIO, kind: str
) -> None:
    times = [f for f in fields(maker, posts) if f[1].schema.get("format") == "date-time"]
    assert {path for path, _ in times} >= {path for path in posts if path.startswith("/v1/checks/")}
    for path, place in times:
        told = f"{kind} at {path}{place.pointer}"
        content = place.filled(json.dumps(TIMES[kind]))
        answer = client.post(path, content=content, headers=JSON)
        assert names(*refusal(answer, told), place.pointer), f"{told}: {answer.text}"
    assert not any(text in log.getvalue() for text in REPEATED)


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_that_is_wrong_as_a_whole(
    client: httpx.Client, posts: Operations, log: io.StringIO, kind: str
) -> None:
    for path in posts:
        answer = client.post(path, content=BODIES[kind], headers=JSON)
        assert is_too_large(answer, path) or refusal(answer, f"{kind} to {path}")[0]["errors"]
    assert not any(text in log.getvalue() for text in REPEATED)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large(client: httpx.Client, posts: Operations, chunked: bool) -> None:
    blank = b" " * (MAX_BODY_BYTES + 1)
    for path in posts:
        content = iter([blank[:-1], blank[-1:]]) if chunked else blank
        assert client.post(path, content=content, headers=JSON).status_code == 413, path


def test_a_list_longer_than_allowed(client: httpx.Client, maker: Maker, posts: Operations) -> None:
    lists = [f for f in fields(maker, posts) if "maxItems" in f[1].schema]
    assert lists
    for path, place in lists:
        item = json.dumps(maker.sample(place.schema["items"]))
        text = f"[{','.join([item] * (place.schema['maxItems'] + 1))}]"
        answer = client.post(path, content=place.filled(text), headers=JSON)
        assert names(*refusal(answer, path + place.pointer), place.pointer)


def test_a_body_of_another_type_is_not_guessed_at(client: httpx.Client, posts: Operations) -> None:
    for path in posts:
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "text/json", ""):
            headers = {"Content-Type": content_type}
            assert client.post(path, content=b"{}", headers=headers).status_code == 415, path


def test_a_huge_header_is_refused_or_ignored(client: httpx.Client, posts: Operations) -> None:
    for path in posts:
        headers = {**JSON, "X-Request-ID": DIGITS * 4_000}
        problem, _ = refusal(client.post(path, content=b"[]", headers=headers), path)
        assert problem["type"] == "/problems/invalid-request"


def test_of_two_values_for_one_key_none_escapes_the_check(
    client: httpx.Client, posts: Operations
) -> None:
    """Which of the two counts is the parser's choice; a wrong one among them must not pass."""
    for path in posts:
        content = b'{"publish_at": "2031-05-07T11:00:00", "publish_at": "Canary-5711"}'
        refusal(client.post(path, content=content, headers=JSON), path)


def test_the_same_bodies_without_the_fault_are_answered(
    client: httpx.Client, maker: Maker, posts: Operations
) -> None:
    for path, schema in posts.items():
        answer = client.post(path, json=maker.sample(schema))
        # What keeps records may know nobody by the made-up ids, and says so; a check answers.
        wanted = {200} if path.startswith("/v1/checks/") else {200, 201, 403, 404, 409, 422, 428}
        assert answer.status_code in wanted, f"{path}: {answer.text}"
