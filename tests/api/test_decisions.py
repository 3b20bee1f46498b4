from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import insert, text

from app.database.session import Store
from app.database.tables import orgs
from app.store.ledger import chain
from tests.conftest import MakeKey
from tests.district import found

ANSWER = {"id": "…", "outcome": "deny", "findings": [{"at": "/students/0", "code": "consent.x"}]}


def record(store: Store, caller: str, kind: str = "decision") -> str:
    entry_id = chain.make_id()
    body: dict[str, Any] = {"answer": ANSWER, "request": {}, "person": None, "subjects": []}
    with store.writing() as connection:
        chain.append_entries(
            connection, [chain.LedgerEntry(entry_id, kind, datetime.now(UTC), caller, body)]
        )
    return entry_id


def erase(store: Store, entry_id: str) -> None:
    with store.writing() as connection:
        connection.execute(
            text("UPDATE ledger SET salt = NULL, payload = NULL WHERE id = :id"), {"id": entry_id}
        )


def test_a_decision_is_read_back_as_it_was_answered(client: httpx.Client, store: Store) -> None:
    answer = client.get(f"/v1/decisions/{record(store, 'another key')}")
    assert (answer.status_code, answer.json()) == (200, ANSWER)
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_erased_decision_is_gone(client: httpx.Client, store: Store) -> None:
    decision_id = record(store, "another key")
    erase(store, decision_id)
    answer = client.get(f"/v1/decisions/{decision_id}")
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/erased")


def test_what_is_no_decision_is_one_and_the_same_404(client: httpx.Client, store: Store) -> None:
    for shapeless in ("x", "%00", "%ED%A0%80", "a" * 5_000):
        assert client.get(f"/v1/decisions/{shapeless}").status_code == 404
    unlike = [str(uuid4()), record(store, "k", "key.created")]
    bodies = []
    for decision_id in unlike:
        answer = client.get(f"/v1/decisions/{decision_id}")
        assert answer.status_code == 404
        bodies.append({k: v for k, v in answer.json().items() if k != "request_id"})
    assert all(body == bodies[0] for body in bodies)


def test_a_key_limited_to_schools_reads_only_what_it_asked(
    service: str, store: Store, make_key: MakeKey
) -> None:
    with store.writing() as connection:
        school = {"id": "s1", "name": "Maple", "name_key": "maple", "kind": "school"}
        connection.execute(insert(orgs), school)
    key = make_key(schools=["s1"])
    mine, theirs, erased = record(store, key.id), record(store, "k"), record(store, "k")
    erase(store, erased)
    headers = {"Authorization": f"Bearer {key.secret}"}
    with httpx.Client(base_url=service, headers=headers) as client:
        statuses = [client.get(f"/v1/decisions/{i}").status_code for i in (mine, theirs, erased)]
    assert statuses == [200, 404, 404]


def searched(client: httpx.Client, **body: Any) -> list[str]:
    answer = client.post("/v1/decisions/search", json=body)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def check(client: httpx.Client, *students: str) -> str:
    asked = {"students": [{"id": student} for student in students]}
    return str(client.post("/v1/checks/photo-consent", json=asked).json()["id"])


def test_decisions_are_found_by_whom_they_are_about(client: httpx.Client, store: Store) -> None:
    with store.writing() as connection:
        found(connection)
    ana, both, nobody = check(client, "ana"), check(client, "ana", "ben"), check(client, "x")
    assert searched(client) == [nobody, both, ana]
    assert searched(client, subject="ana") == [both, ana]
    assert searched(client, subject="ben", outcome="deny") == [both]
    assert searched(client, subject="x") == []
    assert searched(client, check="photo-consent", to="2026-01-01T00:00:00Z") == []


def test_decisions_are_found_by_the_account_however_it_is_named(
    client: httpx.Client, store: Store
) -> None:
    with store.writing() as connection:
        found(connection)
    asked = {"url": "https://m.facebook.com/Maple?ref=x"}
    decision = client.post("/v1/checks/account", json=asked).json()["id"]
    named = {"platform": "Facebook", "handle": "@maple"}
    assert searched(client, account=named) == [decision]
    assert searched(client, account={"platform": "x", "handle": "maple"}) == []
    answer = client.post(
        "/v1/decisions/search", json={"account": {"personal": True, "platform": "x"}}
    )
    assert answer.json()["errors"][0]["at"] == "/account/personal"


def test_pages_of_decisions_end(client: httpx.Client, store: Store) -> None:
    ids = [check(client, "x") for _ in range(5)]
    seen, cursor = [], None
    while True:
        body = {"limit": 2, "cursor": cursor}
        page = client.post("/v1/decisions/search", json=body).json()
        seen += [item["id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == ids[::-1]


def test_limited_key_finds_only_what_it_asked(
    client: httpx.Client, service: str, store: Store, make_key: MakeKey
) -> None:
    with store.writing() as connection:
        found(connection)
    key = make_key(schools=["maple"])
    theirs = check(client, "ana")
    with httpx.Client(
        base_url=service, headers={"Authorization": f"Bearer {key.secret}"}
    ) as limited:
        mine = check(limited, "ana")
        assert searched(limited, subject="ana") == [mine]
        other = client.get(f"/v1/decisions/{theirs}").json()
        assert other["id"] == theirs
        (caller,) = {
            item["caller"]
            for item in client.post("/v1/decisions/search", json={}).json()["items"]
            if item["id"] == theirs
        }
        assert searched(limited, caller=caller) == []
