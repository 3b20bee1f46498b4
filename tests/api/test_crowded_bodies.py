"""Bodies of very many parts are refused at a look; as many as a check can need are read."""

import json
import time
from typing import Any

import httpx
import pytest

from app.checks import request_parser
from app.errors import InvalidRequestError
from app.policy.question import Asker
from app.schemas.bodies import MAX_LISTED_PARTS, MAX_PARTS, read_body
from app.schemas.grants import GrantIn

JSON = {"Content-Type": "application/json"}
MEGABYTE = 1024 * 1024
KEYS = ",".join(f'"{number:x}" : 1' for number in range(75_000))
REPEATED = ",".join(f'"{number % 40_000:x}":1' for number in range(80_000))
CROWDS = {
    "unknown keys": f"{{{KEYS}}}",
    "unknown keys further in": f'{{"account":{{{KEYS}}}}}',
    "unknown keys of a post": f'{{"posts":[{{{KEYS}}}]}}',
    "keys that come twice": f"{{{REPEATED}}}",
    "objects": f'{{"students":[{",".join(["{}"] * 300_000)}]}}',
    "arrays": f"[{','.join(['[]'] * 300_000)}]",
    "arrays in arrays": "[" * 200_000 + "]" * 200_000,
}
PATHS = ["/v1/checks/post", "/v1/checks/posts", "/v1/checks/photo-consent", "/v1/grants",
         "/v1/people/search"]  # fmt: skip
ACCOUNT = {"platform": "facebook", "handle": "maple"}


@pytest.mark.parametrize("crowd", CROWDS)
def test_crowds_are_refused_in_few_words(client: httpx.Client, crowd: str) -> None:
    assert len(CROWDS[crowd]) <= MEGABYTE
    for path in PATHS:
        answer = client.post(path, content=CROWDS[crowd], headers=JSON)
        assert answer.status_code == 422, path
        assert answer.json()["errors"] == [
            {
                "at": "",
                "code": "too_many_parts",
                "message": "Has too many keys, objects or arrays",
            }
        ]


@pytest.mark.parametrize("crowd", CROWDS)
def test_crowds_take_hardly_any_time(crowd: str) -> None:
    """Of the processor, for Python's lock is held all the while."""
    body = CROWDS[crowd].encode()
    for read in (
        lambda: read_body(GrantIn, body),
        lambda: request_parser.read_check(request_parser.POST, body, Asker()),
        lambda: request_parser.list_posts(body),
    ):
        begun = time.thread_time()
        with pytest.raises(InvalidRequestError):
            read()
        assert time.thread_time() - begun < 0.05


def test_as_many_as_a_post_can_need_are_read(client: httpx.Client) -> None:
    name = {"name": "Ana", "school": "Maple", "grade": "3", "id": None}
    post = {
        "account": ACCOUNT, "purpose": "school", "text": 'He said: "yes": [1]. ' * 100,
        "media": [{"kind": "photo", "name": "a", "sha256": None, "alt_text": "b"}] * 100,
        "pictured": {"students": [{**name, "named": True}] * 1_000},
    }  # fmt: skip
    assert ask(client, "/v1/checks/post", post) == 200
    assert ask(client, "/v1/checks/posts", {"posts": [post] * 6}) == 200


def ask(client: httpx.Client, path: str, body: dict[str, Any]) -> int:
    content = json.dumps(body, separators=(",", ":"))
    assert len(content) <= MEGABYTE
    return client.post(path, content=content, headers=JSON).status_code


@pytest.mark.parametrize(("people", "status"), [(590, 200), (601, 422)])
def test_several_posts_have_a_limit_of_their_own(
    client: httpx.Client, people: int, status: int
) -> None:
    students = [{"id": f"s{number}"} for number in range(people)]
    post = {"account": ACCOUNT, "purpose": "school", "pictured": {"students": students}}
    assert people * 100 > MAX_PARTS
    assert (people * 100 > MAX_LISTED_PARTS) == (status == 422)
    assert ask(client, "/v1/checks/posts", {"posts": [post] * 100}) == status


def test_one_crowded_post_is_refused_alone(client: httpx.Client) -> None:
    good = {"account": ACCOUNT, "purpose": "school"}
    crowded = {**good, **{f"{number:x}": 1 for number in range(MAX_PARTS)}}
    body = json.dumps({"posts": [good, crowded, good]})
    items = client.post("/v1/checks/posts", content=body, headers=JSON).json()["items"]
    assert [item.get("status") for item in items] == [None, 422, None]
    assert items[1]["errors"][0]["code"] == "too_many_parts"
