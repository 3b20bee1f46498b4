"""Releases over HTTP: what one lets through, how it ends, and that names stay in bodies."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app.database.session import Store
from tests.api.offices import For
from tests.checks.conftest import MAPLE
from tests.snapshots import rows_of

UNKNOWN = "01a20358-0000-7000-8000-000000000000"
PHOTO = "ab" * 32
NEW: dict[str, Any] = {
    "name": "Zoë Vance", "sha256": PHOTO.upper(), "channel": "social",
    "effective_from": "2026-01-01", "evidence": "Folder 7", "evidence_sha256": "CD" * 32,
}  # fmt: skip


class Releases:
    def __init__(self, client: httpx.Client, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    def post(self, path: str = "", body: Any = None, **headers: str) -> httpx.Response:
        return self.client.post(
            f"/v1/releases{path}", json=body, headers={**self.headers, **headers}
        )

    def add(self, **changed: Any) -> httpx.Response:
        return self.post(body={k: v for k, v in {**NEW, **changed}.items() if v is not None})

    def end(self, release_id: str, day: str) -> httpx.Response:
        return self.post(f"/{release_id}/end", {"effective_to": day})

    def asked(self, other: dict[str, str], rights: str = "own") -> str:
        """The outcome of a post that pictures `other`."""
        media = [{"kind": "photo", "rights": rights, "sha256": PHOTO}]
        body = {"account": MAPLE, "purpose": "school", "media": media}
        answer = self.client.post("/v1/checks/post", json={**body, "pictured": {"others": [other]}})
        return str(answer.json()["outcome"])


@pytest.fixture
def releases(client: httpx.Client, for_: For) -> Releases:
    return Releases(client, for_(None, scopes=("consents:write", "people:read")))


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def test_a_release_lets_a_post_through_and_an_ended_one_does_not(releases: Releases) -> None:
    named = {"name": "zoe vance"}
    assert releases.asked(named) != "allow"
    added = releases.add()
    assert added.status_code == 201
    said = added.json()
    assert (said["work"], said["evidence"]) == (PHOTO, "Folder 7")
    assert said["evidence_sha256"] == "cd" * 32
    assert releases.asked(named) == "allow"
    assert releases.asked({"release_id": said["id"]}, rights="released") == "allow"
    ended = releases.end(said["id"], "2026-02-01")
    assert ended.status_code == 201
    assert releases.asked(named) != "allow"
    assert releases.asked({"release_id": said["id"]}) != "allow"
    assert told(releases.end(said["id"], "2026-01-15")) == (409, "conflict")


def test_an_end_takes_nothing_back(releases: Releases) -> None:
    said = releases.add(effective_to="2026-03-01").json()
    assert told(releases.end(said["id"], "2027-01-01")) == (409, "conflict")
    assert releases.end(said["id"], "2025-01-01").status_code == 201  # it never was


def test_a_release_for_one_work_is_for_no_other(releases: Releases) -> None:
    releases.add(sha256=None, title="School song")
    assert releases.asked({"name": "Zoë Vance"}) != "allow"
    releases.add(sha256=None)
    # One that covers the picture beside one that does not: a person has to look.
    assert releases.asked({"name": "Zoë Vance"}) == "review"


def test_search_finds_by_name_and_by_work(releases: Releases) -> None:
    first = releases.add().json()
    second = releases.add(sha256=None, title="School song", name="Ann Poe").json()

    def found(**wanted: Any) -> list[str]:
        answer = releases.post("/search", wanted)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    assert found() == [first["id"], second["id"]]
    assert found(name="zoe  VANCE") == [first["id"]]
    assert found(sha256=PHOTO) == [first["id"]]
    assert found(title="School song") == [second["id"]]
    assert found(name="Nobody") == []
    ended = releases.end(first["id"], "2026-02-01").json()
    assert found(on="2026-05-05") == [second["id"]]
    assert found(on="2026-01-05") == [second["id"], ended["id"]]
    page = releases.post("/search", {"limit": 2}).json()
    rest = releases.post("/search", {"limit": 2, "cursor": page["next_cursor"]}).json()
    assert [item["id"] for item in rest["items"]] == [ended["id"]]
    assert releases.post("/search", {"cursor": "x"}).json()["errors"][0]["at"] == "/cursor"


def test_one_is_read_by_its_id(releases: Releases) -> None:
    said = releases.add().json()
    path = f"/v1/releases/{said['id']}"
    assert releases.client.get(path, headers=releases.headers).json() == said
    answer = releases.client.get(f"/v1/releases/{UNKNOWN}", headers=releases.headers)
    assert told(answer) == (404, "not-found")


def test_what_is_refused_changes_nothing(releases: Releases, store: Store) -> None:
    releases.add()
    before = rows_of(store)
    for changed in (
        {"name": "…"}, {"title": "And a title"}, {"sha256": "short"},
        {"effective_to": "2025-01-01"}, {"channel": "radio"}, {"name": None},
    ):  # fmt: skip
        answer = releases.add(**changed)
        assert told(answer) == (422, "invalid-request")
        assert "Vance" not in answer.text
    assert told(releases.add()) == (409, "conflict")
    assert rows_of(store) == before


def test_a_key_of_one_school_neither_keeps_nor_reads_them(
    releases: Releases, for_: For, store: Store
) -> None:
    said = releases.add().json()
    limited = Releases(releases.client, for_(None, schools=("maple",)))
    before = rows_of(store)
    for answer in (
        limited.add(name="Ann Poe"),
        limited.end(said["id"], "2026-02-01"),
        limited.post("/search", {}),
        limited.client.get(f"/v1/releases/{said['id']}", headers=limited.headers),
    ):
        assert told(answer) == (403, "forbidden")
    assert rows_of(store) == before


def test_eight_equal_requests_make_one_release(releases: Releases, store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        send = {"Idempotency-Key": "k-1"}
        answers = list(pool.map(lambda _: releases.post(body=NEW, **send), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(rows_of(store)["releases"]) == 1
