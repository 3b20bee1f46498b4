"""Search for people over HTTP: rights, hostile questions, and how far an import is followed."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.database.session import Store
from app.schemas.pages import next_cursor
from app.settings import Settings
from tests.conftest import MakeKey
from tests.district import found
from tests.imports.conftest import Files, district, write
from tests.imports.runs import run_import

SHOWN = {"id", "kind", "name", "matched_name", "match", "school", "grade"}


def search(client: httpx.Client, **asked: Any) -> httpx.Response:
    return client.post("/v1/people/search", json=asked)


def ids(client: httpx.Client, **asked: Any) -> list[str]:
    answer = search(client, **asked)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


@pytest.fixture
def people(store: Store) -> None:
    with store.writing() as connection:
        district = found(connection)
        district.person("left", "Lee Gone", status="inactive", grade="5")
        district.person("lost", "Lou Gone", status="missing_from_feed")
        district.person("ann", "Ana Lopez", org_id="birch", grade="3")


@pytest.fixture
def of_birch(people: None, service: str, make_key: MakeKey) -> Callable[..., httpx.Response]:
    """Asks with a key of one school."""
    key = make_key(scopes=["people:read"], schools=["birch"])
    headers = {"Authorization": f"Bearer {key.secret}"}
    return lambda **asked: httpx.post(f"{service}/v1/people/search", json=asked, headers=headers)


def test_namesakes_come_with_what_tells_them_apart_and_nothing_more(
    client: httpx.Client, people: None
) -> None:
    items = search(client, query="LÓPEZ, Ana").json()["items"]
    assert [(one["id"], one["school"], one["grade"]) for one in items] == [
        ("ana", "Maple", "3"), ("ann", "Birch", "3"),
    ]  # fmt: skip
    assert all(one.keys() == SHOWN for one in items)


def test_who_has_left_is_found_and_can_be_checked(client: httpx.Client, people: None) -> None:
    assert ids(client, query="gone") == ["left", "lost"]
    asked = {"students": [{"id": "left"}, {"id": "lost"}]}
    answer = client.post("/v1/checks/photo-consent", json=asked).json()
    assert {f["code"] for f in answer["findings"] if f["rule"] == "student_consent"} == {
        "consent.student_left"
    }


def test_a_key_of_one_school_learns_nothing_of_another(
    of_birch: Callable[..., httpx.Response], people: None
) -> None:
    assert [one["id"] for one in of_birch(query="ana lopez").json()["items"]] == ["ann"]
    unknown = of_birch(query="Nobody Whatever")
    for asked in (
        {"query": "Ben Park"},
        {"query": "Bem Parc"},
        {"school": "maple"},
        {"class_id": "c-good"},
        {"class_id": "no-such-class"},
        {"query": "ben", "cursor": next_cursor(0, 0, 0, 0, "ben", "", "")},
    ):
        answer = of_birch(**asked)
        assert (answer.status_code, answer.content) == (200, unknown.content)


HOSTILE = (
    "x" * 200,
    "a b c d e f g h i j k l m n o p q r s t u v w x y z",
    "' OR 1=1 --",
    "%a%",
    "_en",
    "ben\\",
    "\u202eben\u200f",
    "b\u00e9n\u0301 \U0001f600",
    "0",
    "\u4e2d\u6587",
    '"ben"',
    "\u0130stanbul",
)
NO_NAMES = ("%", "_", "***", "\U0001f600", "'", " ", ".", "\u202e")
MALFORMED: tuple[dict[str, Any], ...] = (
    {"query": ""},
    {"query": "a\x00b"},
    {"query": "a\nb"},
    {"query": "x" * 10_000},
    {"query": "\ud800"},
    {"query": 7},
    {"limit": 0},
    {"limit": 201},
    {"kind": "dog"},
    {"cursor": "x"},
    {"cursor": next_cursor(0, 0, 0, 0, "a", "b")},
    {"cursor": next_cursor(0, 0, 0, 0, "a", "b", "\0")},
    {"cursor": next_cursor(2**63, 0, 0, 0, "a", "b", "c")},
    {"names": "ana"},
)
PLACES = (
    (-5, -5, -5, -5), (9, 9, 9, 9), (2, 7, 2, 99), (1, 1, 0, 0), (0, 99, 0, 0), (2**62,) * 4,
)  # fmt: skip


def test_ids_show_who_they_are_to_whom_may_know(
    client: httpx.Client, of_birch: Callable[..., httpx.Response], people: None
) -> None:
    asked = ["mia", "nobody", "ann", "ana", "ann"]
    items = search(client, ids=asked).json()["items"]
    assert [one["id"] for one in items] == ["mia", "ann", "ana"]
    assert items[1] == {
        "id": "ann", "kind": "student", "name": "Ana Lopez", "school": "Birch", "grade": "3",
        "matched_name": None, "match": None,
    }  # fmt: skip
    assert ids(client, ids=asked, kind="employee") == ["mia"]
    assert [one["id"] for one in of_birch(ids=asked).json()["items"]] == ["ann"]
    assert of_birch(ids=["ana"]).json() == of_birch(ids=["nobody"]).json()
    for refused in ({"ids": []}, {"ids": asked, "query": "ana"}, {"ids": ["x"] * 201}):
        assert search(client, **refused).status_code == 422


def test_hostile_queries_are_answered(client: httpx.Client, people: None) -> None:
    for query in HOSTILE:
        assert (query, search(client, query=query).status_code) == (query, 200)


def test_a_query_without_letter_or_digit_is_refused_and_lists_nobody(
    client: httpx.Client, people: None
) -> None:
    for query in NO_NAMES:
        answer = search(client, query=query)
        assert (query, answer.status_code) == (query, 422)
        assert answer.json()["errors"] == [
            {"at": "/query", "code": "no_name", "message": "Holds no letter or digit"}
        ]


def test_wildcards_stand_for_nothing(client: httpx.Client, people: None) -> None:
    assert ids(client, query="b%n") == ids(client, query="b n") == []
    assert ids(client, query="be_") == ids(client, query="be") == ["ben"]


def test_what_is_not_as_documented_is_refused(client: httpx.Client, people: None) -> None:
    headers = {"Content-Type": "application/json"}
    for asked in MALFORMED:
        body = json.dumps(asked)
        answer = client.post("/v1/people/search", content=body, headers=headers)
        assert (asked, answer.status_code) == (asked, 422)
        assert all("at" in fault for fault in answer.json()["errors"])


def test_a_cursor_that_was_made_up_leads_nowhere_else(client: httpx.Client, people: None) -> None:
    everybody = set(ids(client, query="a l", limit=200))
    for place in PLACES:
        cursor = next_cursor(*place, "", "", "")
        assert set(ids(client, query="a l", cursor=cursor)) <= everybody


def test_names_are_not_logged(client: httpx.Client, people: None, log: io.StringIO) -> None:
    search(client, query="Ana Lopez")
    search(client, query="Ana\x00Lopez")
    assert "lopez" not in log.getvalue().lower()


def deliver(store: Store, settings: Settings, folder: Path, files: Files) -> None:
    taken = run_import(store, settings, write(folder, files), complete_consents=True)
    assert taken.errors == []


@pytest.fixture
def bring(store: Store, settings: Settings, tmp_path: Path) -> Callable[[Files], None]:
    return lambda files: deliver(store, settings, tmp_path / "delivery", files)


def outcome(client: httpx.Client, student: str) -> str:
    asked = {"students": [{"id": student}]}
    answer = client.post("/v1/checks/photo-consent", json=asked).json()
    return str(answer["outcome"])


def test_a_move_to_another_school_takes_the_refusal_along(
    client: httpx.Client, bring: Callable[[Files], None]
) -> None:
    bring(district())
    assert outcome(client, "s-1") == "deny"
    files = district()
    files["orgs"].append({**files["orgs"][2], "sourced_id": "dale", "name": "Dale School"})
    files["people"][0]["org_sourced_id"] = "dale"
    bring({"orgs": files["orgs"], "people": files["people"]})
    assert outcome(client, "s-1") == "deny"
    assert ids(client, query="nunez", school="Dale School") == ["s-1"]
    assert ids(client, query="nunez", school="hill") == []


def test_a_sibling_inherits_nothing(client: httpx.Client, bring: Callable[[Files], None]) -> None:
    files = district()
    # The same family name, the same guardian, the same class as the one whose guardian refused.
    files["people"].append({**files["people"][0], "sourced_id": "s-4", "given_name": "Rosa"})
    files["guardians"].append({**files["guardians"][0], "student_sourced_id": "s-4"})
    files["enrollments"].append({**files["enrollments"][0], "person_sourced_id": "s-4"})
    bring(files)
    assert (outcome(client, "s-1"), outcome(client, "s-4")) == ("deny", "allow")


def test_a_former_name_finds_whom_it_was_changed_for(
    client: httpx.Client, bring: Callable[[Files], None]
) -> None:
    bring(district())
    files = district()
    files["people"][0]["family_name"] = "Vega"
    bring({"people": files["people"]})
    [one] = search(client, query="José Núñez").json()["items"]
    assert (one["id"], one["name"], one["matched_name"]) == ("s-1", "Pepe Vega", "jose nunez")
    [one] = search(client, query="vega").json()["items"]
    assert (one["id"], one["matched_name"]) == ("s-1", None)


def test_who_is_not_delivered_any_more_is_still_found(
    client: httpx.Client, bring: Callable[[Files], None]
) -> None:
    bring(district())
    bring({"people": district()["people"][1:]})
    assert ids(client, query="pepe nunez") == ["s-1"]
    assert outcome(client, "s-1") == "deny"
