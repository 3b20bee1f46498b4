"""Keys of JSON objects: none comes twice, and none that was made up comes back.

At every field and in every object that a body of any route may have.
"""

import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.http.middleware import ACCESS
from app.main import create_app
from app.settings import Settings
from tests.api.hostile import HOLE, Maker, Place

SOME_ID = "0197b9c4-0000-7000-8000-00000000abcd"
JSON = {"Content-Type": "application/json", "X-Request-ID": "fixed"}
# As keys in our own style are written, so that nothing but our list of fields tells it apart.
INVENTED = "ana_nunez"
Asked = tuple[str, str]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Reports are counted before they are read, so that bad ones count, too."""
    return settings.model_copy(update={"public_reports_per_minute": 10_000})


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings(database_url="sqlite:///:memory:")).openapi()


@pytest.fixture(scope="module")
def maker(document: dict[str, Any]) -> Maker:
    return Maker(document)


@pytest.fixture(scope="module")
def bodies(document: dict[str, Any]) -> dict[Asked, dict[str, Any]]:
    """The schema of every JSON body but AuthZEN's (`test_evaluations`), by method and path."""
    found = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content and not path.startswith(ACCESS):
                asked = (method.upper(), path.replace("{id}", SOME_ID))
                found[asked] = content["application/json"]["schema"]
    return found


def places(
    maker: Maker, bodies: dict[Asked, dict[str, Any]]
) -> Iterator[tuple[str, str, dict[str, Any], Place]]:
    for (method, path), schema in bodies.items():
        for place in maker.places(schema):
            yield method, path, schema, place


def errors(answer: httpx.Response) -> tuple[list[tuple[str, str]], str]:
    """The errors of an answer by place and code, and the part of the request they point into."""
    said = answer.json()
    if answer.status_code == 200:
        (said,) = said["items"]
        return [(f"/posts/0{one['at']}", one["code"]) for one in said["errors"]], said["type"]
    assert answer.status_code == 422, answer.text
    return [(one["at"], one["code"]) for one in said["errors"]], said["type"]


def test_the_walk_reaches_every_method(bodies: dict[Asked, dict[str, Any]]) -> None:
    assert {method for method, _ in bodies} == {"POST", "PUT", "PATCH"}
    assert len(bodies) > 30


@pytest.mark.parametrize("escaped", [False, True])
def test_a_field_that_comes_twice_is_named_and_refused(
    client: httpx.Client, maker: Maker, bodies: dict[Asked, dict[str, Any]], escaped: bool
) -> None:
    """Also where the second is written in another way."""
    for method, path, _, place in places(maker, bodies):
        name = place.pointer.rpartition("/")[2]
        if name == "0":
            continue
        value = json.dumps(maker.sample(place.schema))
        again = f"\\u{ord(name[0]):04x}{name[1:]}" if escaped else name
        hole = f'"{name}": "{HOLE}"'
        body = json.dumps(place.body)
        assert body.count(hole) == 1
        content = body.replace(hole, f'"{name}": {value}, "{again}": {value}').encode()
        answer = client.request(method, path, content=content, headers=JSON)
        told, kind = errors(answer)
        assert kind == "/problems/invalid-request"
        assert (place.pointer, "repeated") in told, f"{method} {path}{place.pointer}: {told}"


def test_a_field_that_was_made_up_never_comes_back(
    client: httpx.Client, maker: Maker, bodies: dict[Asked, dict[str, Any]], log: io.StringIO
) -> None:
    """It is told as a fault of the object that it stands in, whatever it holds."""
    for method, path, _, place in places(maker, bodies):
        parent, _, name = place.pointer.rpartition("/")
        hole = f'"{name}": "{HOLE}"'
        for value in ("1", '{"ana_nunez": {"id": NaN}}', '["ana_nunez"]'):
            made_up = json.dumps(place.body).replace(hole, f'"{INVENTED}": {value}')
            answer = client.request(method, path, content=made_up.encode(), headers=JSON)
            told, _ = errors(answer)
            assert (parent, "extra_forbidden") in told, f"{method} {path}{parent}: {told}"
            assert "nunez" not in answer.text
    assert "nunez" not in log.getvalue()


def test_an_unknown_field_that_comes_twice_never_comes_back(
    client: httpx.Client, bodies: dict[Asked, dict[str, Any]]
) -> None:
    for method, path in bodies:
        content = b'{"ana_nunez": 1, "ana_nunez": {"x": 2, "x": 3}}'
        answer = client.request(method, path, content=content, headers=JSON)
        assert answer.status_code == 422
        assert "nunez" not in answer.text


def test_of_several_posts_only_that_with_a_key_twice_is_refused(client: httpx.Client) -> None:
    post = {"account": {"platform": "x", "handle": "y"}, "purpose": "school"}
    good = json.dumps(post)
    bad = good.replace('"handle": "y"', '"handle": "y", "handle": "z"')
    body = f'{{"posts": [{good}, {bad}, {good}]}}'.encode()
    items = client.post("/v1/checks/posts", content=body, headers=JSON).json()["items"]
    assert [item.get("status") for item in items] == [None, 422, None]
    assert items[1]["errors"] == [
        {"at": "/account/handle", "code": "repeated", "message": "Must come once"}
    ]


def test_several_posts_twice_are_refused_whole(client: httpx.Client) -> None:
    post = json.dumps({"account": {"platform": "x", "handle": "y"}, "purpose": "school"})
    body = f'{{"posts": [{post}], "posts": [{post}]}}'.encode()
    answer = client.post("/v1/checks/posts", content=body, headers=JSON)
    assert errors(answer)[0] == [("/posts", "repeated")]


def test_nothing_is_decided_by_a_key_that_comes_twice(client: httpx.Client) -> None:
    """The parser would take the last: of two purposes the one that allows."""
    before = client.get("/v1/ledger").json()["items"]
    body = (
        b'{"account": {"platform": "x", "handle": "y"}, "purpose": "promotional", '
        b'"purpose": "school"}'
    )
    assert client.post("/v1/checks/post", content=body, headers=JSON).status_code == 422
    assert client.get("/v1/ledger").json()["items"] == before


def test_the_same_key_in_two_objects_is_no_repeat(client: httpx.Client) -> None:
    body = b'{"students": [{"name": "name"}, {"name": "students"}]}'
    assert client.post("/v1/checks/photo-consent", content=body, headers=JSON).status_code == 200
