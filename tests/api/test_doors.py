"""Who is let in: persons whom a key only names, people who have left, pages that are gone.

On both stores, and by two services at one store, which know of each other by it alone.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import delete

from app.auth.authenticator import FOR_NAMED
from app.database import tables as t
from app.database.session import Store
from app.http.authorization import Requires, scope_of
from app.main import create_app
from app.routers.widget_tokens import WITHHELD
from app.settings import Settings
from app.store.ledger.changes import Actor
from app.store.service import keys, origins
from tests.conftest import MakeKey
from tests.district import District, found, set_status
from tests.service import serving
from tests.store.conftest import backend, postgres, postgres_template, store_url
from tests.waiting import until

__all__ = ["backend", "postgres", "postgres_template", "store_url"]

PAGE = "https://intranet.example.org"
CHECK = {"students": [{"id": "ana"}]}
# Routes that need `accounts:write` and are open to a person whom a key only named: their own form,
# and what they moderated.
OWN_FORM = {
    "POST /v1/accounts/{id}/moderations",
    "POST /v1/authorization-requests",
    "PUT /v1/authorization-requests/{id}",
    "POST /v1/authorization-requests/{id}/submit",
    "POST /v1/authorization-requests/{id}/withdraw",
    "POST /v1/authorization-requests/{id}/notice",
}


@pytest.fixture
def settings(store_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=store_url,
        signing_key_file=tmp_path / "signing-key.pem",
        import_spool=tmp_path / "spool",
    )


@pytest.fixture(autouse=True)
def _district(store: Store) -> None:
    with store.writing() as connection:
        district = found(connection)
        district.person("pam", "Pam Parent", kind="affiliate")
        origins.add_origin(connection, Actor("test", None, datetime.now(UTC)), PAGE)


@pytest.fixture
def services(settings: Settings, service: str) -> Iterator[tuple[str, str]]:
    with serving(create_app(settings)) as another:
        yield service, another


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def ask(service: str, headers: dict[str, str]) -> httpx.Response:
    return httpx.post(f"{service}/v1/checks/photo-consent", json=CHECK, headers=headers)


def issue(service: str, key: keys.NewKey, **asked: Any) -> httpx.Response:
    body = {"origin": PAGE, "scopes": ["check"], **asked}
    return httpx.post(f"{service}/v1/widget-tokens", json=body, headers=bearer(key.secret))


def token(service: str, key: keys.NewKey, **asked: Any) -> dict[str, str]:
    answer = issue(service, key, **asked)
    assert answer.status_code == 201, answer.text
    return {**bearer(answer.json()["token"]), "Origin": PAGE}


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


@pytest.mark.parametrize("scope", sorted(set(keys.SCOPES) - FOR_NAMED - WITHHELD))
def test_no_token_for_a_named_person_decides(service: str, make_key: MakeKey, scope: str) -> None:
    answer = issue(service, make_key(), person_id="sue", scopes=["check", scope])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "needs_bound_key"
    assert issue(service, make_key(person_id="sue"), scopes=["check", scope]).status_code == 201


def decides(route: Any) -> bool:
    dependant = getattr(route, "dependant", None)
    calls = [one.call for one in dependant.dependencies] if dependant else []
    return any(isinstance(call, Requires) and call.decides for call in calls)


def test_named_persons_read_check_and_fill_in_their_form_alone(application: FastAPI) -> None:
    open_to_named = {
        f"{method} {(route.path or '').replace('{id:record}', '{id}')}": scope_of(route)
        for route in iter_route_contexts(application.routes)
        for method in route.methods or ()
        if scope_of(route) and not decides(route)
    }
    more = {path for path, scope in open_to_named.items() if scope not in {"check", "people:read"}}
    assert more == OWN_FORM


def test_named_person_does_nothing_of_an_office(service: str, make_key: MakeKey) -> None:
    """The scope is also that of the form; what else it opens stays shut."""
    named = token(service, make_key(), person_id="mia", scopes=["accounts:write", "check"])
    bound = token(service, make_key(person_id="mia"), scopes=["accounts:write", "check"])
    account = {"platform": "instagram", "handle": "maple_art", "kind": "school", "org_id": "maple"}
    url = f"{service}/v1/accounts"
    assert told(httpx.post(url, json=account, headers=named)) == (403, "bound-key-required")
    assert httpx.post(url, json=account, headers=bound).status_code == 201
    own = httpx.post(f"{service}/v1/consents/own", json={"decision": "refuse"}, headers=named)
    assert (own.status_code, own.json()["person_id"]) == (201, "mia")


@pytest.mark.parametrize("status", ["inactive", "missing_from_feed", "gone"])
@pytest.mark.parametrize("kind", ["key", "token", "named token"])
def test_who_has_left_is_refused_everywhere_and_at_once(
    services: tuple[str, str], store: Store, make_key: MakeKey, kind: str, status: str
) -> None:
    made = make_key(person_id=None if kind == "named token" else "pam")
    named = {"person_id": "pam"} if kind == "named token" else {}
    headers = bearer(made.secret) if kind == "key" else token(services[0], made, **named)
    assert [ask(url, headers).status_code for url in services] == [200, 200]
    with store.writing() as connection:
        leave(connection, status)
    for url in services:
        until(lambda url=url: ask(url, headers).status_code != 200)  # type: ignore[misc]
        assert told(ask(url, headers)) == (401, "person-inactive")
    if status != "gone":
        with store.writing() as connection:
            set_status(connection, "pam", "active")
        until(lambda: ask(services[0], headers).status_code == 200)


def leave(connection: Any, status: str) -> None:
    if status != "gone":
        set_status(connection, "pam", status)
        return
    for table in (t.person_words, t.person_names):
        connection.execute(delete(table).where(table.c.person_id == "pam"))
    connection.execute(delete(t.people).where(t.people.c.id == "pam"))


def test_write_of_who_has_just_left_is_refused(
    service: str, store: Store, make_key: MakeKey
) -> None:
    """At the door a caller is known for a second; a write looks again."""
    headers = bearer(make_key(person_id="pam").secret)
    assert ask(service, headers).status_code == 200
    with store.writing() as connection:
        set_status(connection, "pam", "inactive")
    answer = httpx.post(f"{service}/v1/consents/own", json={"decision": "refuse"}, headers=headers)
    assert told(answer) == (401, "person-inactive")


def test_token_of_staff_who_changed_schools_ends(
    service: str, store: Store, make_key: MakeKey
) -> None:
    with store.writing() as connection:
        District(connection).employee("bea", "Bea Birch", org_id="birch")
    key = make_key(schools=["birch"])
    headers = token(service, key, person_id="bea")
    assert ask(service, headers).status_code == 200
    with store.writing() as connection:
        connection.execute(t.people.update().where(t.people.c.id == "bea").values(org_id="maple"))
    until(lambda: ask(service, headers).status_code != 200)
    assert told(ask(service, headers)) == (401, "person-inactive")


def test_tokens_of_a_removed_origin_end_and_stay_ended(
    services: tuple[str, str], store: Store, make_key: MakeKey
) -> None:
    key = make_key()
    headers, embedded = token(services[0], key), token(services[0], key, embedded=True)
    pages = {url: {**embedded, "Origin": url, "Sec-Fetch-Site": "same-origin"} for url in services}
    assert [ask(url, headers).status_code for url in services] == [200, 200]
    assert [ask(url, pages[url]).status_code for url in services] == [200, 200]
    now = datetime.now(UTC)
    with store.writing() as connection:
        origins.remove_origin(connection, Actor("test", None, now), PAGE)
    for url in services:
        until(lambda url=url: ask(url, headers).status_code != 200)  # type: ignore[misc]
        until(lambda url=url: ask(url, pages[url]).status_code != 200)  # type: ignore[misc]
        assert told(ask(url, headers)) == told(ask(url, pages[url])) == (401, "unauthenticated")
    until(lambda: int(datetime.now(UTC).timestamp()) > int(now.timestamp()))
    with store.writing() as connection:
        origins.add_origin(connection, Actor("test", None, datetime.now(UTC)), PAGE)
    assert ask(services[0], token(services[0], key)).status_code == 200
    assert ask(services[0], headers).status_code == 401


def test_no_key_is_made_for_who_has_left(store: Store, make_key: MakeKey) -> None:
    with store.writing() as connection:
        set_status(connection, "pam", "inactive")
    with pytest.raises(ValueError, match="person: is not with the district"):
        make_key(person_id="pam")
