"""Designations over HTTP, and with them what all routes that keep records have in common."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from app.database.session import Store
from app.store.ledger import chain
from tests.conftest import MakeKey
from tests.district import District, found

# A number that no store takes.
HUGE = base64.urlsafe_b64encode(b"[9223372036854775808]").decode()
TODAY = datetime.now(UTC).astimezone(ZoneInfo("America/Denver")).date()


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


NEW = {
    "office": "superintendent", "person_id": "tess", "capacity": "designee",
    "effective_from": day(0),
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
        assert chain.verify_chain(connection).bad is None


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
    ended = client.post(path, json={"effective_to": day(30)}, headers=sue)
    assert ended.status_code == 201
    assert ended.json()["id"] != first["id"]
    again = client.post(path, json={"effective_to": day(60)}, headers=sue)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict")


def test_pages_reach_everything_also_what_is_added_meanwhile(
    client: httpx.Client, sue: dict[str, str]
) -> None:
    for ahead in range(1, 6):
        post(client, sue, effective_from=day(ahead))
    seen, cursor = [], None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get("/v1/designations", params=params, headers=sue).json()
        seen += [item["id"] for item in page["items"]]
        if len(seen) == 2:
            post(client, sue, effective_from=day(9))
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


def test_who_may_not_designate(
    client: httpx.Client, sue: dict[str, str], make_key: MakeKey
) -> None:
    assert post(client, sue, person_id="ed").status_code == 201
    designee = make_key(scopes=["grants:write"], person_id="ed")
    headers = {"Authorization": f"Bearer {designee.secret}"}
    told = post(client, headers)
    assert (told.status_code, told.json()["type"]) == (403, "/problems/designation-required")
    own = post(client, sue, person_id="sue")
    assert (own.status_code, own.json()["type"]) == (403, "/problems/own-request")
    admin = make_key(scopes=["admin", "grants:write"], person_id="olga")
    own = post(client, {"Authorization": f"Bearer {admin.secret}"}, person_id="olga")
    assert (own.status_code, own.json()["type"]) == (403, "/problems/own-request")
    late = post(client, sue, effective_from=day(-1))
    assert (late.status_code, late.json()["errors"][0]["code"]) == (422, "past")


def test_the_past_is_an_administrators_who_was_shown_what_it_changes(
    client: httpx.Client, sue: dict[str, str], make_key: MakeKey, store: Store
) -> None:
    with store.writing() as connection:
        District(connection).grant("logo", "olga", granted_by="tess", effective_from=TODAY)
        District(connection).grant(
            "logo", "mia", granted_by="tess", effective_from=date(2021, 1, 4)
        )
    admin = {"Authorization": f"Bearer {make_key(scopes=['admin', 'grants:write']).secret}"}
    body = {**NEW, "effective_from": "2021-01-01", "effective_to": day(-100)}
    codes = []
    for more in ({}, {"reason": "A file was lost"}, {"reason": "x", "confirm": "0" * 64}):
        answer = client.post("/v1/designations", json={**body, **more}, headers=admin)
        assert answer.status_code == 422
        codes.append(answer.json()["errors"][0]["code"])
    assert codes == ["reason_needed", "not_shown", "not_shown"]
    preview = client.post("/v1/designations/preview", json=body, headers=admin)
    assert preview.status_code == 200, preview.text
    shown = preview.json()
    assert (shown["authorizations"], shown["grants"]) == (0, 1)
    said = {**body, "reason": "A file was lost", "confirm": shown["digest"]}
    made = client.post("/v1/designations", json=said, headers=admin)
    assert made.status_code == 201, made.text
    path = f"/v1/designations/{made.json()['id']}/end"
    assert client.post(path, json={"effective_to": "2020-12-31"}, headers=sue).status_code == 422
    ending = {"effective_to": "2020-12-31", "reason": "It never was"}
    shown = client.post(f"{path}/preview", json=ending, headers=admin).json()
    assert shown["grants"] == 1
    ended = client.post(path, json={**ending, "confirm": shown["digest"]}, headers=admin)
    assert ended.status_code == 201, ended.text


def test_a_principal_is_one_of_a_school_by_the_superintendents_word(
    client: httpx.Client, sue: dict[str, str], make_key: MakeKey
) -> None:
    told = []
    for org_id in (None, "hq", "nowhere"):
        answer = post(client, sue, office="principal", capacity="holder", org_id=org_id)
        told.append((answer.status_code, answer.json()["errors"][0]["at"]))
    assert told == [(422, "/org_id")] * 3
    assert post(client, sue, org_id="maple").status_code == 422
    made = post(client, sue, office="principal", capacity="holder", org_id="maple")
    assert (made.status_code, made.json()["org_id"]) == (201, "maple")
    dora = make_key(scopes=["grants:write"], person_id="dora")
    headers = {"Authorization": f"Bearer {dora.secret}"}
    assert post(client, headers, office="principal", org_id="birch").status_code == 403
