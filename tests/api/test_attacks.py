"""What somebody tries who may do one thing and wants another."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.database.session import Store
from tests.api.offices import For
from tests.api.test_auth import bearer
from tests.api.test_roles import FORM, TOKEN
from tests.district import District, set_status
from tests.store.raw_files import traces

GRANT = {"kind": "logo", "person_id": "mia", "effective_from": "2026-11-22"}
DESIGNEE = {
    "office": "superintendent", "person_id": "mia", "capacity": "designee",
    "effective_from": "2026-01-02",
}  # fmt: skip
REPORT = {"kind": "inappropriate_post", "platform": "x", "handle": "y", "description": "d"}


@pytest.fixture
def register_origin(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(
            text("INSERT INTO origins VALUES (:origin, '2026-01-01 00:00:00.000000')"),
            {"origin": TOKEN["origin"]},
        )


def token(client: httpx.Client, key: dict[str, str], **asked: Any) -> dict[str, str]:
    answer = client.post("/v1/widget-tokens", json={**TOKEN, **asked}, headers=key)
    assert answer.status_code == 201, answer.text
    return {**bearer(answer.json()["token"]), "Origin": str(TOKEN["origin"])}


def test_token_of_somebody_erased_acts_for_nobody(
    client: httpx.Client, for_: For, store: Store, register_origin: None
) -> None:
    report = client.post("/v1/reports", json=REPORT).json()["id"]
    theirs = token(client, for_(None), person_id="mia", scopes=["accounts:write", "check"])
    erased = client.post("/v1/people/erase", json={"person_id": "mia"}, headers=for_("dora"))
    assert erased.status_code == 200
    headers = {**theirs, "If-Match": "*"}
    closing = {"outcome": "no_action"}
    for method, path, body in (
        ("POST", f"/v1/reports/{report}/close", closing),
        ("POST", "/v1/accounts", FORM),
        ("POST", "/v1/consents/own", {"decision": "grant"}),
        ("POST", "/v1/authorization-requests", FORM),
    ):
        answer = client.request(method, path, json=body, headers=headers)
        decides = path in {f"/v1/reports/{report}/close", "/v1/accounts"}
        told = {401: "/problems/person-inactive", 403: "/problems/bound-key-required"}
        assert answer.status_code in ({401, 403} if decides else {401})
        assert answer.json()["type"] == told[answer.status_code]
    assert "manley" not in traces(store, "manley")


def test_who_has_left_decides_nothing(client: httpx.Client, for_: For, store: Store) -> None:
    """The designation has no end, but the person is with the district no more."""
    keys = {path: for_("pat", **rights) for path, rights in (
        ("grants", {}), ("designations", {"scopes": ("grants:write",)}),
    )}  # fmt: skip
    with store.writing() as connection:
        district = District(connection)
        for office in ("superintendent", "director_communications"):
            district.designation(office, "pat")
        set_status(connection, "pat", "inactive")
    for path, body in (("grants", GRANT), ("designations", DESIGNEE)):
        answer = client.post(f"/v1/{path}", json=body, headers=keys[path])
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/person-inactive")


def test_school_names_nobody_for_an_office(client: httpx.Client, for_: For) -> None:
    for person in ("sue", None):
        headers = for_(person, schools=("maple",))
        answer = client.post("/v1/designations", json=DESIGNEE, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")


def test_office_does_not_stand_in_for_the_other(client: httpx.Client, for_: For) -> None:
    grants = for_("dora", scopes=("grants:write",))
    assert client.post("/v1/grants", json=GRANT, headers=grants).status_code == 403
    assert client.post("/v1/designations", json=DESIGNEE, headers=grants).status_code == 403
    assert (
        client.post("/v1/people/erase", json={"person_id": "ana"}, headers=grants).status_code
        == 403
    )


def test_token_erases_nobody_and_reads_no_ledger(
    client: httpx.Client, for_: For, register_origin: None
) -> None:
    for scope in ("admin", "ledger:read", "decisions:read", "imports:write", "widgets:issue"):
        asked = {**TOKEN, "scopes": [scope]}
        answer = client.post("/v1/widget-tokens", json=asked, headers=for_("dora"))
        assert answer.status_code == 422, scope


def test_key_that_may_not_see_a_student_learns_nothing_by_a_statement(
    client: httpx.Client, for_: For
) -> None:
    """Neither by correcting another school's statement, nor by naming it in a new one."""
    headers = for_("dora", schools=("birch",))
    said = {
        "decision": "grant", "capacity": "guardian", "signed_on": "2026-01-02",
        "person_id": "cleo", "given_by": {"name": "P"},
    }  # fmt: skip
    with_corrects = []
    for ident in (_consent_of_maple(client, for_), "0197b9c4-0000-7000-8000-00000000abcd"):
        answer = client.post("/v1/consents", json={**said, "corrects": ident}, headers=headers)
        problem = answer.json()
        problem.pop("request_id", None)
        with_corrects.append((answer.status_code, problem))
    assert with_corrects[0] == with_corrects[1]
    assert with_corrects[0][0] == 422


def _consent_of_maple(client: httpx.Client, for_: For) -> str:
    body = {
        "decision": "refuse", "capacity": "guardian", "signed_on": "2026-01-02",
        "person_id": "ben", "given_by": {"name": "P"},
    }  # fmt: skip
    answer = client.post("/v1/consents", json=body, headers=for_("dora"))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
