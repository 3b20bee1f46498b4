"""Several posts in one request, each for itself; and what is wrong with a request, told exactly."""

from typing import Any

import httpx
import orjson
import pytest

from app.checks.answers import Decisions
from tests.checks.conftest import MAPLE, POST, Ask, as_described, photo


def test_posts_are_answered_in_order_and_each_for_itself(client: httpx.Client) -> None:
    bad = [
        None, 7, [], "text", {}, {**POST, "extra": 1}, {**POST, "purpose": "fun"},
        {**POST, "publish_at": "2026-01-01T00:00:00"},
        {**POST, "pictured": {"students": [{"id": "ana"}], "nobody_identifiable": True}},
    ]  # fmt: skip
    good = [
        (POST, "allow"),
        ({**POST, **photo("ben")}, "deny"),
        ({**POST, **photo("x9")}, "review"),
    ]
    posts = [post for n, one in enumerate(bad) for post in (one, good[n % 3][0])]
    answer = client.post("/v1/checks/posts", json={"posts": posts})
    assert answer.status_code == 200
    items = answer.json()["items"]
    Decisions.model_validate({"items": items})
    for n, (problem, decision) in enumerate(zip(items[::2], items[1::2], strict=True)):
        assert (problem["type"], problem["status"]) == ("/problems/invalid-request", 422)
        assert problem["errors"]
        assert decision["outcome"] == good[n % 3][1]
        as_described(decision)
    pointers = {error["at"] for error in items[-2]["errors"]}
    assert pointers == {"/pictured/nobody_identifiable"}


@pytest.mark.parametrize(
    "odd",
    [
        b"NaN", b"-Infinity", b"1e999", b"9" * 4_000, b'"\\u0000"', b"[" * 150 + b"]" * 150,
        b'{"a":' * 150 + b"1" + b"}" * 150, b'{"account":NaN}', b'{"__class__":{}}',
    ],
    ids=range(9),
)  # fmt: skip
def test_no_item_spoils_the_others(client: httpx.Client, odd: bytes) -> None:
    body = b'{"posts":[' + orjson.dumps(POST) + b"," + odd + b"," + orjson.dumps(POST) + b"]}"
    answer = client.post(
        "/v1/checks/posts", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200
    first, problem, last = answer.json()["items"]
    assert (first["outcome"], problem["status"], last["outcome"]) == ("allow", 422, "allow")


def test_a_hundred_posts_and_not_one_more(client: httpx.Client) -> None:
    answer = client.post("/v1/checks/posts", json={"posts": [POST] * 100})
    assert len({item["id"] for item in answer.json()["items"]}) == 100
    for count in (0, 101):
        refused = client.post("/v1/checks/posts", json={"posts": [POST] * count})
        assert refused.status_code == 422
        assert [e["at"] for e in refused.json()["errors"]] == ["/posts"]


def test_a_thousand_students_in_one_check(ask: Ask) -> None:
    said = ask("photo-consent", students=[{"id": "ana"}] * 999 + [{"id": "ben"}])
    assert said["outcome"] == "deny"
    assert len([f for f in said["findings"] if f["rule"] == "student_consent"]) == 1_000


ID_AND_NAME = {"id": "ana", "name": "Ana Lopez"}
ALL_ACCOUNT = {
    "platform": "x", "handle": "a", "system": "s", "external_id": "1", "personal": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("check", "body", "faults"),
    [
        ("photo-consent", {}, {("", "exactly_one")}),
        ("photo-consent", {"students": [{"id": "a"}], "class_id": "c"}, {("", "exactly_one")}),
        ("photo-consent", {"students": [{"id": "a"}, {}, ID_AND_NAME, {"name": "?!"}]},
         {("/students/1", "exactly_one"), ("/students/2", "exactly_one"),
          ("/students/3/name", "no_name")}),
        ("photo-consent", {"students": [{"id": "a", "school": "m"}, {"id": "a", "grade": "3"},
                                        {"school": "maple"}]},
         {("/students/0", "exactly_one"), ("/students/1", "exactly_one"),
          ("/students/2", "exactly_one")}),
        ("coworker-consent", {"employees": [{}], "author": {"name": "--"}},
         {("/employees/0", "exactly_one"), ("/author/name", "no_name")}),
        ("logo", {}, {("", "at_least_one")}),
        ("spokesperson", {"publish_at": "2026-05-05T00:00:00Z"}, {("", "at_least_one")}),
        ("logo", {"account": {}, "author": ID_AND_NAME},
         {("/account", "exactly_one"), ("/author", "exactly_one")}),
        ("account", {}, {("", "exactly_one")}),
        ("account", ALL_ACCOUNT, {("", "exactly_one")}),
        ("account", {"platform": "x"}, {("", "exactly_one")}),
        ("account", {"handle": "a"}, {("/platform", "account_name")}),
        ("account", {"platform": "x", "handle": "a b"}, {("/handle", "account_name")}),
        ("account", {"url": "ftp://x.com/a"}, {("/url", "account_name")}),
        ("account", {"platform": "x", "url": "https://facebook.com/maple"},
         {("/url", "account_name")}),
        ("account", {"system": "postiz"}, {("/external_id", "account_name")}),
        ("account", {"external_id": "1"}, {("/system", "account_name")}),
        ("account", {"platform": "x", "handle": "a", "system": "s"},
         {("/external_id", "account_name")}),
        ("account", {"personal": True, "platform": "x", "system": "s", "external_id": "1"},
         {("", "exactly_one")}),
        ("account", {"personal": True}, {("/platform", "account_name")}),
        ("account", {"personal": True, "platform": "x", "handle": "a"}, {("", "exactly_one")}),
        ("account", {"platform": "x", "system": "s", "external_id": "1"}, {("", "exactly_one")}),
        ("post", {**POST, "account": {"url": "https://x.com/login"}},
         {("/account/url", "account_name")}),
        ("post", {**POST, "pictured": {"others": [{}, {"release_id": "r", "name": "N"},
                                                  {"name": "."}]}},
         {("/pictured/others/0", "exactly_one"), ("/pictured/others/1", "exactly_one"),
          ("/pictured/others/2/name", "no_name")}),
        ("post", {**POST, "pictured": {"students": [{}], "employees": [ID_AND_NAME],
                                       "nobody_identifiable": True}},
         {("/pictured/nobody_identifiable", "contradiction"),
          ("/pictured/students/0", "exactly_one"), ("/pictured/employees/0", "exactly_one")}),
        ("post", {**POST, "pictured": {"students": [{"id": "a"}] * 600,
                                       "employees": [{"id": "a"}] * 401}},
         {("/pictured", "too_many")}),
    ],
)  # fmt: skip
def test_all_faults_of_a_request_are_told_where_they_are(
    client: httpx.Client, check: str, body: dict[str, Any], faults: set[tuple[str, str]]
) -> None:
    answer = client.post(f"/v1/checks/{check}", json=body)
    assert answer.status_code == 422
    assert {(e["at"], e["code"]) for e in answer.json()["errors"]} == faults
    assert not any(name in answer.text for name in ("Lopez", "facebook.com", "postiz"))


@pytest.mark.parametrize(
    "moment",
    ["2026-05-05T00:00:00", "2026-05-05", 1_800_000_000, 1.8e9, "1800000000",
     "1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "now", "", None],
)  # fmt: skip
def test_a_time_is_rfc_3339_with_an_offset(client: httpx.Client, moment: object) -> None:
    answer = client.post("/v1/checks/account", json={**MAPLE, "publish_at": moment})
    if moment is None:  # the same as leaving it out
        assert answer.status_code == 200
        return
    assert answer.status_code == 422
    assert [e["at"] for e in answer.json()["errors"]] == ["/publish_at"]
