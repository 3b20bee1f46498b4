"""Erasing a person over HTTP: who may, what a check says afterwards, that the service goes on."""

from typing import Any

import httpx
import pytest

from app.database.session import Store
from app.store.ledger import chain
from tests.api.test_auth import bearer
from tests.conftest import MakeKey
from tests.district import found
from tests.store.raw_files import traces


@pytest.fixture(autouse=True)
def district(store: Store) -> None:
    with store.writing() as connection:
        found(connection)


def erase(client: httpx.Client, person_id: str, secret: str) -> httpx.Response:
    return client.post("/v1/people/erase", json={"person_id": person_id}, headers=bearer(secret))


def consent(client: httpx.Client, person: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/v1/checks/photo-consent", json={"students": [person]})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_erased_person_is_unknown_and_the_service_goes_on(
    client: httpx.Client, store: Store, make_key: MakeKey
) -> None:
    key = make_key(person_id="dora").secret
    assert consent(client, {"id": "cleo"})["outcome"] == "allow"
    assert "Cleo" in traces(store, "Cleo")
    answer = erase(client, "cleo", key)
    assert answer.status_code == 200, answer.text
    assert answer.json()["overwritten"] is True
    assert "cleo" not in answer.text
    assert traces(store, "cleo") == []
    assert consent(client, {"id": "cleo"})["outcome"] == "review"
    found = client.post("/v1/people/search", json={"query": "Cleo"}).json()
    assert [one["id"] for one in found["items"]] == []
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None


@pytest.mark.parametrize(
    ("rights", "status", "slug"),
    [
        ({}, 403, "person-required"),
        ({"person_id": "dora", "scopes": ["people:read"]}, 403, "forbidden"),
        ({"person_id": "dora", "schools": ["birch"]}, 403, "forbidden"),
    ],
)
def test_who_may_not(
    client: httpx.Client, store: Store, make_key: MakeKey, rights: Any, status: int, slug: str
) -> None:
    answer = erase(client, "cleo", make_key(**rights).secret)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert consent(client, {"id": "cleo"})["outcome"] == "allow"


def test_nobody_erases_themselves_or_nobody(client: httpx.Client, make_key: MakeKey) -> None:
    key = make_key(person_id="dora").secret
    assert erase(client, "dora", key).json()["type"] == "/problems/own-request"
    assert erase(client, "nobody-knows", key).status_code == 404


def test_key_of_an_erased_person_ends(client: httpx.Client, make_key: MakeKey) -> None:
    theirs = make_key(person_id="sue").secret
    assert erase(client, "sue", make_key(person_id="dora").secret).status_code == 200
    assert client.get("/v1/ledger/head", headers=bearer(theirs)).status_code == 401
