"""Designations over HTTP, and with them what all routes that keep records have in common."""

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app.store import ledger
from app.store.session import Store
from tests.conftest import MakeKey
from tests.district import found

# A number that no store takes.
HUGE = base64.urlsafe_b64encode(b"[9223372036854775808]").decode()
NEW = {
    "office": "superintendent", "person_id": "tess", "capacity": "designee",
    "effective_from": "2026-01-01",
}  # fmt: skip


@pytest.fixture
def sue(store: Store, make_key: MakeKey) -> dict[str, str]:
    """The header of a key that acts for the Superintendent, and is no administrator's."""
    with store.writing() as connection:
        found(connection)
    key = make_key(scopes=["grants:write", "people:read"], person_id="sue")
    return {"Authorization": f"Bearer {key.secret}"}


def post(client: httpx.Client, headers: dict[str, str], **changed: Any) -> httpx.Response:
    return client.post("/v1/designations", json={**NEW, **changed}, headers=headers)


def test_holder_names_a_designee(client: httpx.Client, sue: dict[str, str], store: Store) -> None:
    answer = post(client, sue)
    assert answer.status_code == 201
    assert NEW.items() <= answer.json().items()
    with store.reading() as connection:
        assert ledger.verify(connection).bad is None


def test_other_office_is_not_theirs_to_give(client: httpx.Client, sue: dict[str, str]) -> None:
    answer = post(client, sue, office="director_communications")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/designation-required")


def test_key_without_person_is_refused(
    client: httpx.Client, sue: dict[str, str], make_key: MakeKey
) -> None:
    key = make_key(scopes=["grants:write"])
    answer = post(client, {"Authorization": f"Bearer {key.secret}"})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/person-required")


def test_stranger_hears_nothing_about_the_body(client: httpx.Client) -> None:
    answer = client.post("/v1/designations", content=b"{", headers={"Authorization": "x"})
    assert answer.status_code == 401


@pytest.mark.parametrize("person", ["ana", "nobody"])
def test_only_an_employee_can_hold_an_office(
    client: httpx.Client, sue: dict[str, str], person: str
) -> None:
    answer = post(client, sue, person_id=person)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "/person_id"
    assert person not in answer.text


def test_ending_it_is_a_new_fact(client: httpx.Client, sue: dict[str, str]) -> None:
    first = post(client, sue).json()
    path = f"/v1/designations/{first['id']}/end"
    ended = client.post(path, json={"effective_to": "2026-02-01"}, headers=sue)
    assert ended.status_code == 201
    assert ended.json()["id"] != first["id"]
    again = client.post(path, json={"effective_to": "2026-03-01"}, headers=sue)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict")


def test_pages_reach_everything_also_what_is_added_meanwhile(
    client: httpx.Client, sue: dict[str, str]
) -> None:
    for day in range(1, 6):
        post(client, sue, effective_from=f"2026-01-0{day}")
    seen, cursor = [], None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get("/v1/designations", params=params, headers=sue).json()
        seen += [item["id"] for item in page["items"]]
        if len(seen) == 2:
            post(client, sue, effective_from="2026-01-09")
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 2 + 6


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "W10", "bnVsbA", "WzEsMl0", HUGE])
def test_foreign_cursor_is_refused(client: httpx.Client, sue: dict[str, str], cursor: str) -> None:
    answer = client.get("/v1/designations", params={"cursor": cursor}, headers=sue)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"parameter": "cursor", "code": "cursor", "message": "Is not a cursor of this list"}
    ]


def test_eight_equal_requests_make_one_record(client: httpx.Client, sue: dict[str, str]) -> None:
    headers = {**sue, "Idempotency-Key": "k-1"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(client, headers), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 7


def test_key_of_another_request_is_refused(client: httpx.Client, sue: dict[str, str]) -> None:
    headers = {**sue, "Idempotency-Key": "k-1"}
    assert post(client, headers).status_code == 201
    answer = post(client, headers, person_id="ed")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-reused")


def test_failed_request_may_be_mended_under_its_key(
    client: httpx.Client, sue: dict[str, str]
) -> None:
    headers = {**sue, "Idempotency-Key": "k-1"}
    assert post(client, headers, person_id="ana").status_code == 422
    assert post(client, headers).status_code == 201
