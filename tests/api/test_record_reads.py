"""Reads of children's records leave a row on the ledger before they are answered; both stores."""

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.database.session import Store
from app.erasure.person_erasure import erase_person
from app.erasure.retention import purge_contents
from app.settings import Settings
from app.store.ledger import chain
from app.store.ledger.changes import Actor
from app.store.ledger.record_reads import KIND
from tests.conftest import MakeKey
from tests.district import District, found
from tests.store.conftest import backend, postgres, postgres_template, store_url

__all__ = ["backend", "postgres", "postgres_template", "store_url"]

NOW = datetime(2027, 3, 4, 12, tzinfo=UTC)
Rows = Callable[[], list[dict[str, Any]]]
PAGE = {"Accept": "text/html"}
SEARCH, STATE, LIST = (
    "/v1/people/search", "/v1/people/consent-state", "/v1/classes/not-pictured",
)  # fmt: skip


@pytest.fixture
def settings(store_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=store_url,
        signing_key_file=tmp_path / "signing-key.pem",
        import_spool=tmp_path / "spool",
    )


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store(store_url)
    with opened.writing() as connection:
        found(connection)
    yield opened
    opened.close()


@pytest.fixture
def rows(client: httpx.Client) -> Rows:
    """The rows of reads, as the ledger's reader gets them, with what they say."""

    def listed() -> list[dict[str, Any]]:
        answer = client.get("/v1/ledger", params={"kind": KIND, "limit": 200})
        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        return [one | {"said": one["payload"] and json.loads(one["payload"])} for one in items]

    return listed


@pytest.fixture
def of_olga(service: str, make_key: MakeKey) -> Iterator[httpx.Client]:
    """Asks with a key that acts for somebody; its id is in a header of its own."""
    key = make_key(person_id="olga", scopes=["check", "people:read"])
    headers = {"Authorization": f"Bearer {key.secret}", "X-Key": key.id}
    with httpx.Client(base_url=service, headers=headers, timeout=30) as opened:
        yield opened


@pytest.fixture
def statement(store: Store) -> str:
    with store.writing() as connection:
        return District(connection).consent("ana", "grant")


def digest(row: dict[str, Any], student_id: str) -> str:
    """As `docs/decisions/0023` says, with nothing of ours."""
    salt = bytes.fromhex(row["said"]["salt"])
    return hashlib.sha256(salt + student_id.encode()).hexdigest()[:32]


def told(row: dict[str, Any]) -> tuple[str, int]:
    return row["said"]["what"], row["said"]["count"]


@pytest.mark.parametrize(
    ("path", "body", "what", "whom"),
    [
        (SEARCH, {"query": "ana lopez"}, "search", {"ana"}),
        (SEARCH, {"ids": ["ana", "ben", "tess"]}, "search", {"ana", "ben"}),
        (SEARCH, {"class_id": "c-mixed"}, "search", {"ana", "ben", "new"}),
        (STATE, {"person_id": "ben"}, "consent_state", {"ben"}),
        (LIST, {"class_id": "c-mixed"}, "class_list", {"ben", "new"}),
    ],
)
def test_each_read_leaves_a_row_that_tells_whom_and_names_nobody(
    of_olga: httpx.Client, rows: Rows, path: str, body: dict[str, Any], what: str, whom: set[str]
) -> None:
    answer = of_olga.post(path, json=body)
    assert answer.status_code == 200, answer.text
    [row] = rows()
    assert told(row) == (what, len(whom))
    assert row["said"]["person"] == "olga"
    assert row["said"]["whom"] == sorted(digest(row, one) for one in whom)
    assert not any(one in row["payload"] for one in ("Ana", "ben", "Park", "c-mixed", '"ana"'))


def test_printed_list_leaves_a_row_as_the_answer_does(of_olga: httpx.Client, rows: Rows) -> None:
    answer = of_olga.post(LIST, json={"class_id": "c-mixed"}, headers=PAGE)
    assert answer.headers["Content-Type"].startswith("text/html")
    [row] = rows()
    assert (told(row), row["caller"]) == (("class_list", 2), of_olga.headers["X-Key"])


def test_single_statement_of_a_child_leaves_a_row(
    client: httpx.Client, statement: str, rows: Rows
) -> None:
    assert client.get(f"/v1/consents/{statement}").status_code == 200
    [row] = rows()
    assert told(row) == ("statement", 1)
    assert row["said"]["whom"] == [digest(row, "ana")]


def test_two_reads_of_one_child_do_not_look_alike(client: httpx.Client, rows: Rows) -> None:
    for _ in range(2):
        client.post(STATE, json={"person_id": "ana"})
    first, second = rows()
    assert first["said"]["whom"] != second["said"]["whom"]
    assert digest(second, "ana") in second["said"]["whom"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (SEARCH, {"query": "tess reed"}, 200),
        (SEARCH, {"query": "nobody whatever"}, 200),
        (SEARCH, {"ids": ["nobody"]}, 200),
        (STATE, {"person_id": "tess"}, 200),
        (STATE, {"person_id": "nobody"}, 422),
        (LIST, {"class_id": "c-good"}, 200),
        (LIST, {"class_id": "no-such-class"}, 200),
        (SEARCH, {"query": "?"}, 422),
    ],
)
def test_what_shows_no_child_leaves_no_row(
    client: httpx.Client, rows: Rows, path: str, body: dict[str, Any], status: int
) -> None:
    assert client.post(path, json=body).status_code == status
    assert rows() == []


def test_many_reads_and_checks_at_once_each_have_their_row(
    client: httpx.Client, store: Store, rows: Rows
) -> None:
    def both(number: int) -> tuple[int, int]:
        read = client.post(STATE, json={"person_id": ("ana", "ben")[number % 2]})
        check = client.post("/v1/checks/photo-consent", json={"students": [{"id": "ana"}]})
        return read.status_code, check.status_code

    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(both, range(60))) == {(200, 200)}
    assert len(rows()) == 60
    assert sum(digest(row, "ben") in row["said"]["whom"] for row in rows()) == 30
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None


def test_erasing_a_child_leaves_no_row_that_tells_of_it(
    client: httpx.Client, store: Store, rows: Rows
) -> None:
    for one in ("ana", "ben"):
        client.post(STATE, json={"person_id": one})
    client.post(SEARCH, json={"class_id": "c-mixed"})
    done = erase_person(store, "ana", lambda: Actor("key-1", "dora", store.now()))
    first, second, both = rows()
    assert (first["erased"], second["erased"], both["erased"]) == (True, False, True)
    assert done.ledger_rows >= 2
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None


def test_erasing_who_reads_takes_their_rows(
    service: str, make_key: MakeKey, store: Store, rows: Rows
) -> None:
    key = make_key(person_id="ed", scopes=["people:read"])
    sent = {"Authorization": f"Bearer {key.secret}"}
    httpx.post(service + STATE, json={"person_id": "ana"}, headers=sent)
    erase_person(store, "ed", lambda: Actor("key-1", "dora", store.now()))
    [row] = rows()
    assert row["erased"]


def test_purge_takes_what_reads_say(client: httpx.Client, store: Store, rows: Rows) -> None:
    client.post(STATE, json={"person_id": "ana"})
    purge_contents(store, NOW.replace(year=2100), lambda: Actor("cli:op", None, store.now()))
    [row] = rows()
    assert row["erased"]
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None
