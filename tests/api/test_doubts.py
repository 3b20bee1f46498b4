"""Doubts over HTTP: listed as work, settled once, and by whom."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert

from app.database import tables as t
from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from tests.conftest import MakeKey
from tests.district import found
from tests.service import serving
from tests.store.conftest import backend, postgres, postgres_template, store_url

__all__ = ["backend", "postgres", "postgres_template", "store_url"]

REASON = {"reason": "The family was asked."}


@pytest.fixture
def settings(store_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=store_url, signing_key_file=tmp_path / "key.pem")


@pytest.fixture
def url(settings: Settings, store: Store) -> Iterator[str]:
    with store.writing() as connection:
        found(connection)
    with serving(create_app(settings, store=store)) as address:
        yield address


def put_doubt(store: Store, ident: str, person_id: str = "ana") -> None:
    """A row of a delivery that is no delivery, and cannot be read."""
    at = store.now()
    delivery = {"number": 7, "id": str(uuid4()), "version": 1, "state": "invalid"}
    doubt = {
        "id": ident, "import_number": 7, "file": "list.csv", "line": 2, "reason": "unlisted",
        "matches": "sourced_id", "key": person_id, "source": "profile:x", "refuses": True,
        "since": at,
    }  # fmt: skip
    with store.writing() as connection:
        connection.execute(insert(t.imports).values(**delivery, created_at=at, updated_at=at))
        connection.execute(insert(t.import_doubts).values(**doubt))
        connection.execute(insert(t.doubted_people).values(person_id=person_id, doubt_id=ident))


def bearer(secret: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}", **more}


def photo(url: str, key: dict[str, str]) -> tuple[str, str]:
    asked = {"students": [{"id": "ana"}]}
    answer = httpx.post(f"{url}/v1/checks/photo-consent", json=asked, headers=key, timeout=60)
    return answer.json()["outcome"], answer.json()["findings"][0]["code"]


def test_a_doubt_is_settled_once_however_often_it_is_sent(
    url: str, store: Store, make_key: MakeKey
) -> None:
    ident = str(uuid4())
    put_doubt(store, ident)
    key = bearer(make_key(person_id="dora").secret)
    assert photo(url, key) == ("review", "consent.unread")
    [listed] = httpx.get(f"{url}/v1/doubts", headers=key).json()["items"]
    assert (listed["id"], listed["key"], listed["line"]) == (ident, "ana", 2)
    settle = f"{url}/v1/doubts/{ident}/settle"
    sent = [
        httpx.post(settle, json=REASON, headers=key | {"Idempotency-Key": "k-1"}) for _ in range(3)
    ]
    assert {answer.status_code for answer in sent} == {200}
    assert len({answer.text for answer in sent}) == 1
    assert [answer.headers.get("Idempotency-Replayed") for answer in sent[1:]] == ["true"] * 2
    assert httpx.post(settle, json=REASON, headers=key).status_code == 409
    assert photo(url, key) == ("allow", "consent.not_on_list")
    assert httpx.get(f"{url}/v1/doubts", headers=key).json()["items"] == []


def test_who_may_not_settle_a_doubt(url: str, store: Store, make_key: MakeKey) -> None:
    ident = str(uuid4())
    put_doubt(store, ident)
    settle = f"{url}/v1/doubts/{ident}/settle"
    for rights, status in (
        ({}, 403),
        ({"person_id": "dora", "scopes": ["check"]}, 403),
        ({"person_id": "tess", "schools": ["maple"]}, 403),
    ):
        key = bearer(make_key(**rights).secret)
        assert httpx.post(settle, json=REASON, headers=key).status_code == status
    key = bearer(make_key(person_id="dora").secret)
    assert httpx.post(settle, json={"reason": " "}, headers=key).status_code == 422
    assert httpx.post(settle, json=REASON | {"person_id": "ben"}, headers=key).status_code >= 400
    unknown = f"{url}/v1/doubts/{uuid4()}/settle"
    assert httpx.post(unknown, json=REASON, headers=key).status_code == 404
    assert photo(url, key) == ("review", "consent.unread")
