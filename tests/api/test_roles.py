"""Every route and every role: who is let in, who is not, and that no school learns of another.

A route that is not in the table fails, and so does a line whose route is gone. The columns:

- `nobody`: without a key;
- `scope`: with every scope but the route's own;
- `school`: with the route's scope, limited to Birch, about what is Maple's;
- `right`: with the route's scope alone, for a person who may do it; 409 and 422 are answers to
  somebody who was let in.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import select

from app.database import tables as t
from app.database.session import Store
from app.http.authorization import scope_of
from app.store.ledger.changes import Actor
from app.store.service import import_records
from app.store.service.keys import SCOPES
from app.store.service.origins import add_origin as register
from tests.api.test_auth import bearer
from tests.conftest import MakeKey
from tests.district import found

POST = {
    "text": "Field day at Maple.", "author": {"id": "tess"}, "purpose": "school",
    "account": {"platform": "facebook", "handle": "maple"}, "media": [],
}  # fmt: skip
FORM = {"platform": "x", "handle": "mapleroom", "kind": "school", "org_id": "maple"}
SINCE = str(date(2026, 1, 2))
SIGNED = {"decision": "refuse", "capacity": "guardian", "signed_on": SINCE}
TOKEN = {"origin": "https://intranet.example.org", "scopes": ["check"]}


class Line(NamedTuple):
    route: str
    nobody: int
    scope: int | None
    school: int | None
    right: int
    person: str = "dora"  # whom the keys act for


# fmt: off
TABLE = [
    # route                                                  nobody scope school right
    Line("GET /healthz",                                        200, None, None,  200),
    Line("GET /readyz",                                         200, None, None,  200),
    Line("GET /metrics",                                        200, None, None,  200),
    Line("GET /openapi.json",                                   200, None, None,  200),
    Line("GET /docs",                                           200, None, None,  200),
    Line("GET /problems/{slug}",                                200, None, None,  200),
    Line("GET /v1/policy",                                      200, None, None,  200),
    Line("GET /v1/accounts/verify",                             422, None, None,  422),
    Line("POST /v1/reports",                                    422, None, None,  422),
    Line("POST /v1/checks/post",                                401,  403,  200,  200),
    Line("POST /v1/checks/posts",                               401,  403,  200,  200),
    Line("POST /v1/checks/photo-consent",                       401,  403,  200,  200),
    Line("POST /v1/checks/coworker-consent",                    401,  403,  200,  200),
    Line("POST /v1/checks/logo",                                401,  403,  200,  200),
    Line("POST /v1/checks/spokesperson",                        401,  403,  200,  200),
    Line("POST /v1/checks/account",                             401,  403,  200,  200),
    Line("POST /access/v1/evaluation",                          401,  403,  200,  200),
    Line("POST /access/v1/evaluations",                         401,  403,  200,  200),
    Line("GET /.well-known/authzen-configuration",              404, None, None,  404),
    Line("GET /.well-known/authzen-configuration/{place}",      404, None, None,  404),
    Line("GET /.well-known/jwks.json",                          200, None, None,  200),
    Line("POST /v1/declarations",                               401,  403,  422,  201),
    Line("POST /v1/declarations/search",                        401,  403,  200,  200),
    Line("GET /v1/declarations/{declaration}",                  401,  403,  404,  200),
    Line("POST /v1/declarations/{declaration}/corrections",     401,  403,  422,  201),
    Line("POST /v1/declarations/{declaration}/withdrawal",      401,  403,  404,  201),
    Line("GET /v1/clearances/{clearance}",                      401,  403,  404,  200),
    Line("POST /v1/clearances/{clearance}/verify",              401,  403,  404,  200),
    Line("POST /v1/clearances/search",                          401,  403,  200,  200),
    Line("POST /v1/posts/published",                            401,  403,  422,  200),
    Line("GET /v1/posts/published",                             401,  403,  200,  200),
    Line("GET /v1/posts/published/{published}",                 401,  403,  404,  200),
    Line("POST /v1/people/published",                           401,  403,  422,  200),
    Line("GET /v1/takedowns",                                   401,  403,  200,  200),
    Line("GET /v1/takedowns/{takedown}",                        401,  403,  404,  200),
    Line("POST /v1/takedowns/{takedown}/contest",               401,  403,  404,  200),
    Line("POST /v1/takedowns/{takedown}/confirm",               401,  403,  404,  200),
    Line("GET /v1/accounts",                                    401,  403,  200,  200),
    Line("POST /v1/accounts",                                   401,  403,  422,  201),
    Line("GET /v1/accounts/{account}",                          401,  403,  200,  200),
    Line("PATCH /v1/accounts/{account}",                        401,  403,  403,  200),
    Line("POST /v1/accounts/{account}/status",                  401,  403,  403,  200),
    Line("POST /v1/accounts/{account}/attest",                  401,  403,  403,  200),
    Line("GET /v1/accounts/{account}/history",                  401,  403,  200,  200),
    Line("POST /v1/accounts/{account}/aliases",                 401,  403,  403,  201),
    Line("POST /v1/accounts/{account}/moderations",             401,  403,  403,  201),
    Line("GET /v1/moderations",                                 401,  403,  200,  200),
    Line("GET /v1/accounts/reports/schools-without-presence",   401,  403,  200,  200),
    Line("GET /v1/accounts/reports/{report_kind}",              401,  403,  200,  200),
    Line("GET /v1/decisions/{decision}",                        401,  403,  404,  200),
    Line("POST /v1/decisions/search",                           401,  403,  200,  200),
    Line("POST /v1/decisions/{decision}/resolve",               401,  403,  404,  409),
    Line("POST /v1/decisions/{decision}/questions",             401,  403,  404,  409),
    Line("POST /v1/decisions/{decision}/answers",               401,  403,  404,  404),
    Line("GET /v1/decisions/{decision}/messages",               401,  403,  404,  404),
    Line("GET /v1/reviews/{decision}",                          401,  403,  404,  409),
    Line("POST /v1/reviews/search",                             401,  403,  200,  200),
    Line("GET /v1/events",                                      401,  403,  200,  200),
    Line("GET /v1/events/endpoints",                            401,  403,  403,  200),
    Line("POST /v1/events/endpoints",                           401,  403,  403,  422),
    Line("POST /v1/events/endpoints/{endpoint}/rotate",         401,  403,  403,  404),
    Line("POST /v1/events/endpoints/{endpoint}/enable",         401,  403,  403,  404),
    Line("POST /v1/events/endpoints/{endpoint}/remove",         401,  403,  403,  404),
    Line("GET /v1/ledger",                                      401,  403,  403,  200),
    Line("GET /v1/ledger/head",                                 401,  403,  403,  200),
    Line("GET /v1/reports",                                     401,  403,  403,  200),
    Line("GET /v1/reports/{report}",                            401,  403,  403,  200),
    Line("POST /v1/reports/{report}/assign",                    401,  403,  403,  200),
    Line("POST /v1/reports/{report}/close",                     401,  403,  403,  200),
    Line("GET /v1/designations",                                401,  403,  200,  200),
    Line("POST /v1/designations",                               401,  403,  403,  201),
    Line("POST /v1/designations/preview",                       401,  403,  403,  200),
    Line("POST /v1/designations/{designation}/end",             401,  403,  403,  201),
    Line("POST /v1/designations/{designation}/end/preview",     401,  403,  403,  200),
    Line("GET /v1/grants",                                      401,  403,  200,  200),
    Line("POST /v1/grants",                                     401,  403,  422,  201, "sue"),
    Line("GET /v1/grants/{grant}",                              401,  403,  404,  200),
    Line("POST /v1/grants/{grant}/revoke",                      401,  403,  404,  201, "sue"),
    Line("POST /v1/consents",                                   401,  403,  422,  201),
    Line("POST /v1/consents/own",                               401,  403,  201,  201, "tess"),
    Line("GET /v1/consents/{consent}",                          401,  403,  404,  200),
    Line("POST /v1/people/consent-state",                       401,  403,  422,  200),
    Line("POST /v1/people/search",                              401,  403,  200,  200),
    Line("POST /v1/people/erase",                               401,  403,  403,  200),
    Line("GET /v1/classes",                                     401,  403,  200,  200),
    Line("POST /v1/classes/not-pictured",                       401,  403,  200,  200),
    Line("GET /v1/orgs",                                        401,  403,  200,  200),
    Line("POST /v1/imports",                                    401,  403,  403,  415),
    Line("GET /v1/imports",                                     401,  403,  403,  200),
    Line("GET /v1/imports/{import}",                            401,  403,  403,  200),
    Line("GET /v1/imports/{import}/errors",                     401,  403,  403,  200),
    Line("POST /v1/imports/{import}/approve",                   401,  403,  403,  409),
    Line("POST /v1/imports/{import}/reject",                    401,  403,  403,  409),
    Line("POST /v1/imports/{import}/resume",                    401,  403,  403,  409),
    Line("POST /v1/imports/{import}/undo",                      401,  403,  403,  409),
    Line("GET /v1/imports/{import}/kept",                       401,  403,  403,  200),
    Line("POST /v1/imports/differences",                        401,  403,  200,  200),
    Line("GET /v1/doubts",                                      401,  403,  403,  200),
    Line("POST /v1/doubts/{doubt}/settle",                      401,  403,  403,  404),
    Line("POST /v1/widget-tokens",                              401,  403,  422,  422),
    Line("GET /v1/releases/{release}",                          401,  403,  403,  200),
    Line("POST /v1/releases",                                   401,  403,  403,  201),
    Line("POST /v1/releases/{release}/end",                     401,  403,  403,  201),
    Line("POST /v1/releases/search",                            401,  403,  403,  200),
    Line("GET /v1/authorization-requests",                      401,  403,  200,  200),
    Line("POST /v1/authorization-requests",                     401,  403,  422,  201, "tess"),
    Line("GET /v1/authorization-requests/{form}",               401,  403,  404,  200),
    Line("PUT /v1/authorization-requests/{form}",               401,  403,  404,  200, "tess"),
    Line("POST /v1/authorization-requests/{form}/submit",       401,  403,  404,  409, "tess"),
    Line("POST /v1/authorization-requests/{form}/notice",       401,  403,  404,  409, "tess"),
    Line("POST /v1/authorization-requests/{form}/acknowledge",  401,  403,  404,  403, "ed"),
    Line("POST /v1/authorization-requests/{form}/attest",       401,  403,  404,  409),
    Line("POST /v1/authorization-requests/{form}/decide",       401,  403,  404,  409),
    Line("POST /v1/authorization-requests/{form}/withdraw",     401,  403,  404,  200, "tess"),
]
# fmt: on
AHEAD = "2099-01-01"
DESIGNEE = {
    "office": "director_communications", "person_id": "tess", "capacity": "designee",
    "effective_from": AHEAD,
}  # fmt: skip
DECLARED = {
    "purpose": "school", "media": [{"kind": "photo", "sha256": "ab" * 32}],
    "pictured": {"students": [{"id": "ana"}]},
}  # fmt: skip
EVALUATION = {
    "subject": {"type": "employee", "id": "tess"}, "action": {"name": "publish_photo"},
    "resource": {"type": "student", "id": "ben"},
}  # fmt: skip
PUBLISHED = {
    "account": {"platform": "facebook", "handle": "maple"}, "external_id": "1",
    "published_at": f"{SINCE}T12:00:00Z", "text": "Bravo, Ben Park!",
}  # fmt: skip
BODIES: dict[str, Any] = {
    "POST /access/v1/evaluation": EVALUATION,
    "POST /access/v1/evaluations": {**EVALUATION, "evaluations": [{}]},
    "POST /v1/reports": {},
    "POST /v1/checks/post": POST,
    "POST /v1/checks/posts": {"posts": [POST]},
    "POST /v1/checks/photo-consent": {"students": [{"id": "ben"}]},
    "POST /v1/checks/coworker-consent": {"employees": [{"id": "tess"}]},
    "POST /v1/checks/logo": {"author": {"id": "tess"}},
    "POST /v1/checks/spokesperson": {"author": {"id": "tess"}},
    "POST /v1/checks/account": POST["account"],
    "POST /v1/accounts": FORM,
    "PATCH /v1/accounts/{account}": {"url": None},
    "POST /v1/accounts/{account}/status": {"status": "under_review", "reason": "r"},
    "POST /v1/accounts/{account}/aliases": {"system": "postiz", "external_id": "p-1"},
    "POST /v1/accounts/{account}/moderations": {"action": "nothing_found", "done_on": SINCE},
    "POST /v1/decisions/search": {"subject": "ben"},
    "POST /v1/decisions/{decision}/resolve": {
        "outcome": "allow",
        "reason": "r",
        "shown": "0" * 64,
    },
    "POST /v1/decisions/{decision}/questions": {"text": "t"},
    "POST /v1/decisions/{decision}/answers": {"text": "t"},
    "POST /v1/reviews/search": {},
    "POST /v1/reports/{report}/assign": {"assigned_to": "mia"},
    "POST /v1/reports/{report}/close": {"outcome": "no_action"},
    "POST /v1/designations": DESIGNEE,
    "POST /v1/designations/preview": {**DESIGNEE, "effective_from": "2099-02-01"},
    "POST /v1/designations/{designation}/end": {"effective_to": AHEAD},
    "POST /v1/designations/{designation}/end/preview": {"effective_to": AHEAD},
    "POST /v1/grants": {"kind": "logo", "person_id": "mia", "effective_from": "2026-11-22"},
    "POST /v1/grants/{grant}/revoke": {},
    "POST /v1/consents": {**SIGNED, "person_id": "ana", "given_by": {"name": "P"}},
    "POST /v1/consents/own": {"decision": "refuse"},
    "POST /v1/people/consent-state": {"person_id": "ben"},
    "POST /v1/people/search": {"query": "Ben"},
    "POST /v1/people/erase": {"person_id": "new"},
    "POST /v1/classes/not-pictured": {"class_id": "c-mixed"},
    "POST /v1/widget-tokens": {**TOKEN, "schools": ["maple"]},
    "POST /v1/declarations": DECLARED,
    "POST /v1/declarations/search": {},
    "POST /v1/declarations/{declaration}/corrections": DECLARED,
    "POST /v1/declarations/{declaration}/withdrawal": {"reason": "r"},
    "POST /v1/clearances/{clearance}/verify": {"account": POST["account"], "text": "Go!"},
    "POST /v1/clearances/search": {},
    "POST /v1/posts/published": PUBLISHED,
    "POST /v1/people/published": {"person_id": "ben"},
    "POST /v1/takedowns/{takedown}/contest": {"reason": "r"},
    "POST /v1/takedowns/{takedown}/confirm": {},
    "POST /v1/events/endpoints": {"url": "https://127.0.0.1/"},
    "POST /v1/events/endpoints/{endpoint}/rotate": {},
    "POST /v1/releases": {"name": "Pat", "effective_from": SINCE},
    "POST /v1/releases/{release}/end": {"effective_to": SINCE},
    "POST /v1/releases/search": {},
    "POST /v1/imports/{import}/reject": {"reason": "r"},
    "POST /v1/imports/differences": {},
    "POST /v1/doubts/{doubt}/settle": {"reason": "r"},
    "POST /v1/authorization-requests": FORM,
    "PUT /v1/authorization-requests/{form}": {**FORM, "owner_id": "olga", "managers": ["mia"]},
    "POST /v1/authorization-requests/{form}/notice": {"text": "n", "day": SINCE},
    "POST /v1/authorization-requests/{form}/decide": {"decision": "return", "reason": "r"},
}


def route_of(line: Line) -> str:
    """A line's route as the application names it."""
    named = re.sub(r"\{(?!slug|place)[a-z_]+\}", "{id}", line.route)
    return named.replace("reports/{id}", "reports/{report}") if "accounts/rep" in named else named


def served(application: FastAPI) -> dict[str, str | None]:
    """Every route there is, pages and files of `app.web` left out, and its scope."""
    return {
        f"{method} {re.sub(r':[a-z]+}', '}', route.path or '')}": scope_of(route)
        for route in iter_route_contexts(application.routes)
        for method in route.methods or ()
        if method != "HEAD" and not re.search(r"/(widgets|docs)/|embed|demo", route.path or "")
    }


def test_every_route_is_in_the_table_and_no_other(application: FastAPI) -> None:
    assert sorted(route_of(line) for line in TABLE) == sorted(served(application))


class House:
    """A district with a record of everything, and keys of every role."""

    def __init__(self, client: httpx.Client, store: Store, make_key: MakeKey) -> None:
        self._client, self._store, self._make_key = client, store, make_key
        with store.writing() as connection:
            district = found(connection)
            register(connection, Actor("cli", None, datetime.now(UTC)), TOKEN["origin"])
            mia = district.designation("director_communications", "mia", capacity="designee")
            self.ids = {"designation": mia, "release": district.release("Quinn"), "slug": "stale",
                        "place": "pdp",
                        "report_kind": "stale"}  # fmt: skip
            done = import_records.create_import(
                connection, Actor("cli", None, datetime.now(UTC)), state="applied"
            )
            # No doubt and no endpoint has this id.
            self.ids["import"] = self.ids["doubt"] = self.ids["endpoint"] = done.id
            for name, table in (("account", t.accounts), ("consent", t.consents),
                                ("grant", t.grants)):  # fmt: skip
                self.ids[name] = connection.scalars(select(table.c.id).limit(1)).one()
        self.ids["decision"] = self._made("tess", "checks/photo-consent",
                                          {"students": [{"id": "ben"}]})  # fmt: skip
        self.ids["report"] = self._made("tess", "reports", {
            "kind": "inappropriate_post", "platform": "x", "handle": "y", "description": "d",
        })  # fmt: skip
        self.ids["form"] = self._made("tess", "authorization-requests", FORM)
        self.ids["declaration"] = self._made("dora", "declarations", DECLARED)
        cleared = self._answer("tess", "checks/post", {**POST, "clearance": True})
        self.ids["clearance"] = cleared["clearance"]["id"]
        self.ids["published"] = self._made("tess", "posts/published", PUBLISHED)
        with store.reading() as connection:
            self.ids["takedown"] = connection.scalars(select(t.takedowns.c.id)).one()

    def _made(self, person: str, path: str, body: Any) -> str:
        return str(self._answer(person, path, body)["id"])

    def _answer(self, person: str, path: str, body: Any) -> Any:
        headers = bearer(self._make_key(person_id=person).secret)
        answer = self._client.post(f"/v1/{path}", json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def ask(
        self, line: Line, scopes: Any, schools: list[str] | None = None, **other: Any
    ) -> httpx.Response:
        """`line` asked by a key; without scopes, without one. `other` are other ids."""
        headers = {"If-Match": "*", "X-Request-ID": "fixed"}
        if scopes:
            key = self._make_key(scopes=scopes, schools=schools, person_id=line.person)
            headers |= bearer(key.secret)
        method, path = line.route.split(" ")
        path = path.format(**{**self.ids, **other})
        body = other.get("body", BODIES.get(line.route))
        return self._client.request(method, path, json=body, headers=headers)


@pytest.fixture
def house(service: str, store: Store, make_key: MakeKey) -> Iterator[House]:
    with httpx.Client(base_url=service, timeout=30) as client:
        yield House(client, store, make_key)


def test_every_role_gets_what_the_table_says(house: House, application: FastAPI) -> None:
    scopes = served(application)
    told = []
    for line in TABLE:
        scope = scopes[route_of(line)]
        others = [one for one in SCOPES if one != scope]
        nobody = house.ask(line, None).status_code
        if scope is None:
            told.append(line._replace(nobody=nobody, right=house.ask(line, SCOPES).status_code))
            continue
        told.append(
            line._replace(
                nobody=nobody,
                scope=house.ask(line, others).status_code,
                school=house.ask(line, [scope], ["birch"]).status_code,
                right=house.ask(line, [scope]).status_code,
            )
        )
    pairs = zip(told, TABLE, strict=True)
    assert "\n".join(f"{one[:5]}, not {line[1:5]}" for one, line in pairs if one != line) == ""


# Routes that are asked about somebody, or about a record that is about somebody: for a key of
# another school they answer as if there were no such person or record.
ABOUT_SOMEBODY = [
    "POST /v1/checks/photo-consent", "GET /v1/decisions/{decision}", "POST /v1/decisions/search",
    "POST /v1/decisions/{decision}/resolve", "GET /v1/reviews/{decision}",
    "POST /v1/decisions/{decision}/questions", "GET /v1/decisions/{decision}/messages",
    "POST /v1/consents", "GET /v1/consents/{consent}",
    "POST /v1/people/consent-state", "POST /v1/people/search", "POST /v1/classes/not-pictured",
    "GET /v1/grants/{grant}", "POST /v1/grants/{grant}/revoke",
    "GET /v1/authorization-requests/{form}",
]  # fmt: skip
# What differs between two answers to the same question, whoever is asked about.
_OWN = re.compile(r'"(id|decided_at|publish_at|as_of|recorded_at)":"[^"]*"')


@pytest.mark.parametrize("route", ABOUT_SOMEBODY)
def test_elsewhere_is_as_unknown_as_nowhere(house: House, route: str, application: FastAPI) -> None:
    line = next(one for one in TABLE if one.route == route)
    scope = served(application)[route_of(line)]
    unknown: dict[str, Any] = {name: str(uuid4()) for name in house.ids}
    if route in BODIES:
        text = str(BODIES[route])
        for known, nobody in (("'ben'", "'zed'"), ("'Ben'", "'Zed'"), ("'ana'", "'zoe'"),
                              ("'c-mixed'", "'c-other'")):  # fmt: skip
            text = text.replace(known, nobody)
        unknown["body"] = eval(text, {})  # noqa: S307 - a constant of this file
    elsewhere = house.ask(line, [scope], ["birch"])
    nowhere = house.ask(line, [scope], ["birch"], **unknown)
    assert _bare(elsewhere) == _bare(nowhere).replace("zed", "ben").replace(
        "zoe", "ana").replace("c-other", "c-mixed")  # fmt: skip


def _bare(answer: httpx.Response) -> str:
    headers = {n: v for n, v in answer.headers.items() if n not in ("date", "content-length")}
    text = _OWN.sub(r'"\1":""', answer.text)
    # A problem names the address it was asked at.
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", "", text)
    return f"{answer.status_code} {sorted(headers.items())} {text}"
