"""Differences between the system and us, over HTTP: in pages, by school, and on the ledger."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.database import tables
from app.database.session import Store
from app.settings import Settings
from app.store.consents import list_differences
from tests.conftest import MakeKey
from tests.district import District
from tests.store.conftest import backend, postgres, postgres_template, store_url

__all__ = ["backend", "postgres", "postgres_template", "store_url"]

PATH = "/v1/imports/differences"


@pytest.fixture
def settings(store_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=store_url, signing_key_file=tmp_path / "key.pem")


@pytest.fixture
def listed(store: Store) -> Store:
    """Five students refused by the system, of one of whom the family has told us, too."""
    with store.writing() as connection:
        district = District(connection)
        for org in ("maple", "birch", "elm"):
            district.org(org)
        for n in range(5):
            person = f"s-{n}"
            district.person(person, f"Stu Dent{n}", org_id="maple" if n < 3 else "birch")
            district.consent(person, "refuse", source="profile:ours")
        district.consent("s-4", "refuse", source="guardian:mum")
    return store


def ask(service: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}"}
    answer = httpx.post(f"{service}{PATH}", json=body, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def walk(service: str, key: str, limit: int) -> list[str]:
    body: dict[str, Any] = {"limit": limit}
    found: list[str] = []
    while True:
        page = ask(service, key, body)
        assert len(page["items"]) <= limit
        found += [one["person_id"] for one in page["items"]]
        if page["next_cursor"] is None:
            return found
        body["cursor"] = page["next_cursor"]


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_pages_hold_all_and_each_once(
    service: str, listed: Store, make_key: MakeKey, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_differences, "_MOST", 2)
    key = make_key(scopes=["imports:write"]).secret
    assert walk(service, key, limit) == ["s-0", "s-1", "s-2", "s-3"]


def test_a_limited_key_finds_its_schools_students(
    service: str, listed: Store, make_key: MakeKey
) -> None:
    key = make_key(scopes=["imports:write"], schools=["birch"]).secret
    page = ask(service, key, {})
    [one] = page["items"]
    told = one["person_id"], one["school"], one["source"], one["says"]
    assert told == ("s-3", "birch", "profile:ours", "no")


def test_what_is_shown_is_on_the_ledger_and_nothing_is_for_nobody(
    service: str, listed: Store, make_key: MakeKey
) -> None:
    key = make_key(scopes=["imports:write"]).secret
    ask(service, key, {"limit": 2})
    ledger = tables.metadata.tables["ledger"].c
    wanted = select(ledger.payload).where(ledger.kind == "records.read")
    with listed.reading() as connection:
        [said] = map(json.loads, connection.scalars(wanted))
    assert (said["what"], said["count"]) == ("differences", 2)
    empty = make_key(scopes=["imports:write"], schools=["elm"]).secret
    assert ask(service, empty, {}) == {"items": [], "next_cursor": None}
    with listed.reading() as connection:
        assert len(connection.scalars(wanted).all()) == 1


@pytest.mark.parametrize("body", [{"cursor": "?"}, {"limit": 0}, {"school": "maple"}])
def test_a_wrong_question_is_refused(service: str, make_key: MakeKey, body: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {make_key(scopes=['imports:write']).secret}"}
    answer = httpx.post(f"{service}{PATH}", json=body, headers=headers, timeout=30)
    assert answer.status_code == 422
