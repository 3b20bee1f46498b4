"""Racing editors and repeated requests over HTTP, on both stores, for each resource."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Table, func, select

from app.database import tables as t
from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from app.store.ledger import chain
from app.store.ledger.changes import Actor
from app.store.service import origins
from tests.api.test_auth import bearer
from tests.conftest import MakeKey
from tests.district import found
from tests.service import serving
from tests.store.conftest import backend, postgres, postgres_template, store_url

__all__ = ["backend", "postgres", "postgres_template", "store_url"]
SINCE = "2026-01-02"
TODAY = str(datetime.now(UTC).date())
FORM = {"platform": "x", "handle": "mapleroom", "kind": "school", "org_id": "maple"}
REPORT = {"kind": "inappropriate_post", "platform": "x", "handle": "y", "description": "d"}
SIGNED = {"decision": "refuse", "capacity": "guardian", "signed_on": SINCE, "person_id": "ana"}


class Made(NamedTuple):
    """How a record is made: where, from what, into which table, by whom."""

    path: str
    body: dict[str, Any]
    table: Table
    person: str = "dora"


class Edited(NamedTuple):
    """How a record is changed: of what is made by `made`, with which request, by whom."""

    made: Made
    method: str
    path: str
    body: dict[str, Any] | None
    person: str = "dora"


REPORTED = Made("/v1/reports", REPORT, t.reports)
ACCOUNT = Made("/v1/accounts", FORM, t.accounts)
ASKED = Made("/v1/authorization-requests", FORM, t.authorization_requests, "tess")
MADE = [
    REPORTED,
    ACCOUNT,
    ASKED,
    Made("/v1/consents", {**SIGNED, "given_by": {"name": "P"}}, t.consents),
    Made("/v1/consents/own", {"decision": "refuse"}, t.consents, "tess"),
    Made("/v1/declarations", {"purpose": "school", "pictured": {"nobody_identifiable": True},
                              "media": [{"kind": "photo", "sha256": "ab" * 32}]},
         t.declarations, "tess"),
    Made("/v1/posts/published", {"account": {"platform": "facebook", "handle": "maple"},
                                 "external_id": "1", "published_at": f"{SINCE}T12:00:00Z"},
         t.published_posts),
    Made("/v1/releases", {"name": "Pat", "effective_from": SINCE}, t.releases),
    Made("/v1/grants", {"kind": "logo", "person_id": "mia", "effective_from": TODAY},
         t.grants, "sue"),
    Made("/v1/designations", {"office": "director_communications", "person_id": "tess",
                              "capacity": "designee", "effective_from": "2099-01-01"},
         t.designations),
]  # fmt: skip
EDITED = [
    Edited(ACCOUNT, "PATCH", "", {"last_post_on": SINCE}),
    Edited(ACCOUNT, "POST", "/status", {"status": "under_review", "reason": "r"}),
    Edited(REPORTED, "POST", "/assign", {"assigned_to": "mia"}),
    Edited(REPORTED, "POST", "/close", {"outcome": "no_action"}),
    Edited(ASKED, "PUT", "", {**FORM, "owner_id": "olga"}, "tess"),
    Edited(ASKED, "POST", "/withdraw", None, "tess"),
]
# Deliveries are files, a review and a doubt end once, messages and moderations are about one:
# `test_imports`, `test_reviews`, `test_doubts`, `test_review_messages`, `test_moderations`,
# `test_accounts`, `test_declarations` and `test_published` try those.
ELSEWHERE = {
    "/v1/accounts/{id}/aliases",
    "/v1/accounts/{id}/moderations",
    "/v1/declarations/{id}/corrections",
    "/v1/declarations/{id}/withdrawal",
    "/v1/decisions/{id}/answers",
    "/v1/decisions/{id}/questions",
    "/v1/decisions/{id}/resolve",
    "/v1/doubts/{id}/settle",
    "/v1/imports",
    "/v1/imports/{id}/undo",
    "/v1/takedowns/{id}/confirm",
    "/v1/takedowns/{id}/contest",
}


@pytest.fixture
def settings(store_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=store_url, signing_key_file=tmp_path / "key.pem",
        public_reports_per_minute=1_000,
    )  # fmt: skip


@pytest.fixture
def both(settings: Settings, store: Store) -> Iterator[httpx.Client]:
    """A client of a service on either store, with the usual district."""
    with store.writing() as connection:
        found(connection)
    with serving(create_app(settings, store=store)) as url, httpx.Client(base_url=url) as client:
        client.timeout = httpx.Timeout(60)
        yield client


def count(store: Store, table: Table) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def eight(client: httpx.Client, method: str, path: str, **sent: Any) -> list[httpx.Response]:
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(client.request, method, path, **sent) for _ in range(8)]
        return [one.result() for one in asked]


def test_every_route_that_takes_a_key_or_an_etag_is_here(application: FastAPI) -> None:
    keyed, guarded = set(), set()
    for path, methods in application.openapi()["paths"].items():
        for operation in methods.values():
            names = {one["name"] for one in operation.get("parameters", ())}
            if "Idempotency-Key" in names and not path.endswith(("/end", "/revoke")):
                keyed.add(path)
            if "If-Match" in names:
                guarded.add(path.partition("/{id}")[0])
    assert keyed - ELSEWHERE == {made.path for made in MADE}
    assert guarded - ELSEWHERE == {edited.made.path for edited in EDITED}


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.path)
def test_eight_equal_requests_with_a_key_make_one_record(
    both: httpx.Client, store: Store, make_key: MakeKey, made: Made
) -> None:
    before = count(store, made.table)
    headers = {**bearer(make_key(person_id=made.person).secret), "Idempotency-Key": "k-1"}
    answers = eight(both, "POST", made.path, json=made.body, headers=headers)
    assert {one.status_code for one in answers} == {201}, answers[0].text
    assert len({one.text for one in answers}) == 1
    assert sum(one.headers.get("Idempotency-Replayed") == "true" for one in answers) == 7
    assert count(store, made.table) == before + 1
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None


@pytest.mark.parametrize("edited", EDITED, ids=lambda edited: f"{edited.made.path}{edited.path}")
def test_of_eight_editors_who_read_the_same_one_changes_it(
    both: httpx.Client, store: Store, make_key: MakeKey, edited: Edited
) -> None:
    made = edited.made
    maker = bearer(make_key(person_id=made.person).secret)
    first = both.post(made.path, json=made.body, headers=maker)
    assert first.status_code == 201, first.text
    path = f"{made.path}/{first.json()['id']}"
    headers = bearer(make_key(person_id=edited.person).secret)
    tag = both.get(path, headers=headers).headers["ETag"]
    unread = both.request(edited.method, path + edited.path, json=edited.body, headers=headers)
    assert unread.status_code == 428
    assert both.get(path, headers=headers).headers["ETag"] == tag
    sent = {"json": edited.body, "headers": {**headers, "If-Match": tag}}
    answers = eight(both, edited.method, path + edited.path, **sent)
    assert sorted(one.status_code for one in answers) == [200, *[412] * 7], answers[0].text
    changed = [one for one in answers if one.status_code == 200]
    assert both.get(path, headers=headers).headers["ETag"] == changed[0].headers["ETag"] != tag


def test_same_key_of_two_people_is_two_requests(
    both: httpx.Client, store: Store, make_key: MakeKey
) -> None:
    """One API key, two people by its widgets' tokens, and a page that gives both one key."""
    both_of = {}
    with store.writing() as connection:
        origins.add_origin(
            connection, Actor("cli", None, datetime.now(UTC)), "https://intranet.example.org"
        )
    issuer = bearer(make_key().secret)
    for person in ("tess", "ed"):
        asked = {"origin": "https://intranet.example.org", "scopes": ["check"], "person_id": person}
        token = both.post("/v1/widget-tokens", json=asked, headers=issuer).json()["token"]
        headers = {**bearer(token), "Idempotency-Key": "own", "Origin": asked["origin"]}
        body = {"decision": "refuse"}
        both_of[person] = both.post("/v1/consents/own", json=body, headers=headers)
    assert [one.status_code for one in both_of.values()] == [201, 201], both_of["ed"].text
    assert both_of["ed"].json()["person_id"] == "ed"
