"""A key limited to schools is told the same of somebody elsewhere and of nobody; on both stores.

Every route and check is asked about an id, a name or a record of another school, and about one that
nobody has. Answers must not differ once what the caller sent is taken out.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import orjson
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import select

from app.database import tables as t
from app.database.session import Store
from app.http.authorization import scope_of
from app.settings import Settings
from app.store.accounts.register import find_account
from app.store.ledger.changes import Actor
from app.store.service import import_records
from app.store.service.keys import FOR_OTHERS, SCOPES
from app.store.service.origins import add_origin as register
from tests.api.offices import open_offices
from tests.conftest import MakeKey
from tests.district import District
from tests.store.conftest import backend, postgres, postgres_template, store_url

__all__ = ["backend", "postgres", "postgres_template", "store_url"]

# Of each kind somebody or something of another school, and what nobody has; of one length.
PAIRS = {
    "employee": ("there-granted", "nowhere-grant"),
    "refused": ("there-refused", "nowhere-refus"),
    "office": ("there-office", "nowhere-offi"),
    "student": ("there-student", "nowhere-stude"),
    "employee_name": ("Zadie Granted", "Zudie Granted"),
    "several_name": ("Twin Elsewhere", "Twyn Elsewhere"),
    "student_name": ("Zelda Student", "Zulda Student"),
    "class": ("there-class", "nowhere-cla"),
    "org": ("birch", "birck"),
    "account": ("facebook/birch", "facebook/birck"),
}
PEOPLE = ("employee", "refused", "office", "student")
NAMES = ("employee_name", "several_name", "student_name")
MAPLE = {"platform": "facebook", "handle": "maple"}
POST = {"account": MAPLE, "purpose": "school"}
PHOTO = [{"kind": "photo", "rights": "own"}]
SIGNED = {"decision": "grant", "capacity": "guardian", "signed_on": "2026-03-03"}
FORM = {"platform": "x", "handle": "ours", "kind": "school", "org_id": "maple"}
TOKEN = {"origin": "https://intranet.example.org", "scopes": ["check"]}
SINCE = "2099-01-01"
X = "{x}"


PUBLISHED = {"account": MAPLE, "external_id": "1", "published_at": "2026-01-02T12:00:00Z"}
DECLARED: dict[str, Any] = {
    "purpose": "school", "media": [{"kind": "photo", "sha256": "ab" * 32}],
    "pictured": {"students": [{"id": "ana"}]},
}  # fmt: skip


class Probe(NamedTuple):
    """A request with `{x}` where the id or the name stands, which is of each of `kinds`."""

    route: str
    body: Any
    kinds: tuple[str, ...]
    query: str = ""


def checked(by: dict[str, str], kinds: tuple[str, ...]) -> list[Probe]:
    """Every place of every check where somebody can be named."""
    bodies = [
        ("coworker-consent", {"employees": [by]}),
        ("coworker-consent", {"employees": [{"id": "tess"}], "author": by}),
        ("coworker-consent", {"employees": [by], "author": by}),
        ("photo-consent", {"students": [by]}),
        ("photo-consent", {"students": [{"id": "ana"}], "author": by}),
        ("account", {**MAPLE, "author": by}),
        ("logo", {"author": by}),
        ("logo", {"author": by, "account": MAPLE}),
        ("spokesperson", {"author": by}),
        ("post", {**POST, "author": by, "uses_logo": True, "speaks_for_district": True}),
        ("post", {**POST, "media": PHOTO, "pictured": {"students": [by]}}),
        ("post", {**POST, "media": PHOTO, "pictured": {"employees": [by]}}),
        ("posts", {"posts": [{**POST, "author": by}, {**POST, "pictured": {"employees": [by]}}]}),
    ]
    return [Probe(f"POST /v1/checks/{check}", body, kinds) for check, body in bodies]


def evaluated(action: str, resource: str, ident: str, subject: str = "tess") -> dict[str, Any]:
    return {
        "subject": {"type": "employee", "id": subject}, "action": {"name": action},
        "resource": {"type": resource, "id": ident, "properties": {"post": POST}},
    }  # fmt: skip


EVALUATED = [
    (evaluated("publish_photo", "student", X), PEOPLE),
    (evaluated("publish_photo", "employee", X), PEOPLE),
    (evaluated("publish_photo", "class", X), ("class",)),
    (evaluated("publish_photo", "student", "ana", X), PEOPLE),
    (evaluated("use_logo", "logo", "district", X), PEOPLE),
    (evaluated("operate_account", "account", "facebook/maple", X), PEOPLE),
    (evaluated("speak_for_district", "account", "facebook/maple", X), PEOPLE),
    (evaluated("publish_post", "post", "p", X), PEOPLE),
]
PROBES = [
    *(Probe("POST /access/v1/evaluation", body, kinds) for body, kinds in EVALUATED),
    *(Probe("POST /access/v1/evaluations", {"evaluations": [body]}, kinds)
      for body, kinds in EVALUATED),
    *checked({"id": X}, PEOPLE),
    *checked({"name": X}, NAMES),
    Probe("POST /v1/checks/photo-consent", {"students": [{"name": "Ana Lopez", "school": X}]},
          ("org",)),
    Probe("POST /v1/checks/coworker-consent",
          {"employees": [{"name": "Zadie Granted", "school": X}]},
          ("org",)),
    Probe("POST /v1/checks/photo-consent", {"class_id": X}, ("class",)),
    Probe("POST /v1/checks/post", {**POST, "text": "Well done {x}!"}, NAMES),
    Probe("POST /v1/checks/post", {**POST, "pictured": {"others": [{"name": X}]}}, NAMES),
    Probe("POST /v1/checks/post", {**POST, "pictured": {"others": [{"release_id": X}]}}, PEOPLE),
    Probe("POST /v1/classes/not-pictured", {"class_id": X}, ("class",)),
    Probe("POST /v1/people/search", {"ids": [X]}, PEOPLE),
    Probe("POST /v1/people/search", {"query": X}, NAMES),
    Probe("POST /v1/people/search", {"class_id": X}, ("class",)),
    Probe("POST /v1/people/search", {"school": X}, ("org",)),
    Probe("POST /v1/people/consent-state", {"person_id": X}, PEOPLE),
    Probe("POST /v1/people/erase", {"person_id": X}, PEOPLE),
    Probe("POST /v1/consents", {**SIGNED, "person_id": X, "given_by": {"name": "P"}}, PEOPLE),
    Probe("POST /v1/consents", {**SIGNED, "person_id": "ana", "given_by": {"id": X}}, PEOPLE),
    Probe("POST /v1/consents", {**SIGNED, "person_id": "ana", "given_by": {"name": "P"},
                                "corrects": X}, ("consent",)),
    Probe("POST /v1/consents", {"person_id": "ana", "capacity": "office_hold", "decision": "lift",
                                "signed_on": "2026-03-03", "lifts": [X]}, ("consent",)),
    Probe("GET /v1/consents/{x}", None, ("consent",)),
    Probe("GET /v1/classes", None, ("class",), "id={x}"),
    Probe("GET /v1/classes", None, ("org",), "school={x}"),
    Probe("GET /v1/classes", None, NAMES, "title={x}"),
    Probe("POST /v1/decisions/search", {"subject": X}, PEOPLE),
    Probe("GET /v1/decisions/{x}", None, ("decision",)),
    Probe("GET /v1/decisions/{x}/messages", None, ("decision",)),
    Probe("POST /v1/decisions/{x}/questions", {"text": "t"}, ("decision",)),
    Probe("POST /v1/decisions/{x}/answers", {"text": "t"}, ("decision",)),
    Probe("POST /v1/decisions/{x}/resolve",
          {"outcome": "deny", "reason": "r", "shown": "0" * 64}, ("decision",)),
    Probe("GET /v1/reviews/{x}", None, ("decision",)),
    Probe("GET /v1/ledger", None, PEOPLE, "caller={x}"),
    Probe("GET /v1/reports", None, PEOPLE, "assigned_to={x}"),
    Probe("GET /v1/reports/{x}", None, ("report",)),
    Probe("POST /v1/reports/{x}/assign", {"assigned_to": "mia"}, ("report",)),
    Probe("POST /v1/reports/{x}/close", {"outcome": "no_action"}, ("report",)),
    Probe("POST /v1/accounts", {**FORM, "owner_id": X}, PEOPLE),
    Probe("POST /v1/accounts", {**FORM, "managers": [X]}, PEOPLE),
    Probe("POST /v1/accounts", {**FORM, "org_id": X}, ("org",)),
    Probe("PATCH /v1/accounts/{maple}", {"owner_id": X}, PEOPLE),
    Probe("PATCH /v1/accounts/{maple}", {"managers": [X]}, PEOPLE),
    Probe("PATCH /v1/accounts/{maple}", {"org_id": X}, ("org",)),
    Probe("POST /v1/grants", {"kind": "logo", "person_id": X, "effective_from": "2026-11-22"},
          PEOPLE),
    Probe("POST /v1/grants", {"kind": "logo", "org_id": X, "effective_from": "2026-11-22"},
          ("org",)),
    Probe("GET /v1/grants", None, PEOPLE, "grantee={x}"),
    Probe("GET /v1/grants", None, ("account",), "grantee={x}"),
    Probe("GET /v1/grants/{x}", None, ("grant",)),
    Probe("POST /v1/grants/{x}/revoke", {}, ("grant",)),
    Probe("POST /v1/designations", {"office": "superintendent", "person_id": X,
                                    "capacity": "designee", "effective_from": SINCE}, PEOPLE),
    Probe("POST /v1/designations/preview", {"office": "superintendent", "person_id": X,
                                            "capacity": "designee", "effective_from": SINCE},
          PEOPLE),
    Probe("POST /v1/designations/{x}/end", {"effective_to": SINCE}, ("designation",)),
    Probe("POST /v1/designations/{x}/end/preview", {"effective_to": SINCE}, ("designation",)),
    Probe("POST /v1/declarations", {**DECLARED, "pictured": {"students": [{"id": X}]}}, PEOPLE),
    Probe("POST /v1/declarations", {**DECLARED, "pictured": {"students": [{"name": X}]}}, NAMES),
    Probe("POST /v1/declarations", {**DECLARED, "pictured": {"employees": [{"id": X}]}}, PEOPLE),
    Probe("POST /v1/declarations", {**DECLARED, "pictured": {"employees": [{"name": X}]}}, NAMES),
    Probe("POST /v1/declarations", {**DECLARED, "author": {"id": X}}, PEOPLE),
    Probe("GET /v1/declarations/{x}", None, ("declaration",)),
    Probe("POST /v1/declarations/{x}/corrections", DECLARED, ("declaration",)),
    Probe("POST /v1/declarations/{x}/withdrawal", {"reason": "r"}, ("declaration",)),
    Probe("GET /v1/clearances/{x}", None, ("clearance",)),
    Probe("POST /v1/clearances/{x}/verify", {"account": MAPLE, "text": "Go!"}, ("clearance",)),
    Probe("POST /v1/posts/published", {**PUBLISHED, "clearance": X}, ("clearance",)),
    Probe("POST /v1/posts/published", {**PUBLISHED, "decision": X}, ("decision",)),
    Probe("GET /v1/posts/published", None, ("account_id",), "account_id={x}"),
    Probe("GET /v1/posts/published/{x}", None, ("published",)),
    Probe("POST /v1/people/published", {"person_id": X}, PEOPLE),
    Probe("GET /v1/takedowns", None, ("account_id",), "account_id={x}"),
    Probe("GET /v1/takedowns/{x}", None, ("takedown",)),
    Probe("POST /v1/takedowns/{x}/confirm", {}, ("takedown",)),
    Probe("POST /v1/takedowns/{x}/contest", {"reason": "r"}, ("takedown",)),
    Probe("GET /v1/releases/{x}", None, ("release",)),
    Probe("POST /v1/releases/{x}/end", {"effective_to": SINCE}, ("release",)),
    Probe("POST /v1/releases/search", {"name": X}, NAMES),
    Probe("GET /v1/imports/{x}", None, ("import",)),
    Probe("GET /v1/imports/{x}/errors", None, ("import",)),
    Probe("POST /v1/imports/{x}/approve", None, ("import",)),
    Probe("POST /v1/imports/{x}/reject", {"reason": "r"}, ("import",)),
    Probe("POST /v1/imports/{x}/resume", None, ("import",)),
    Probe("POST /v1/imports/{x}/undo", None, ("import",)),
    Probe("GET /v1/imports/{x}/kept", None, ("import",)),
    Probe("POST /v1/widget-tokens", {**TOKEN, "person_id": X}, PEOPLE),
    Probe("POST /v1/widget-tokens", {**TOKEN, "schools": [X]}, ("org",)),
    Probe("GET /v1/authorization-requests", None, PEOPLE, "requester={x}"),
    Probe("GET /v1/authorization-requests", None, ("org",), "org_id={x}"),
    Probe("GET /v1/authorization-requests/{x}", None, ("form",)),
    Probe("POST /v1/authorization-requests", {**FORM, "owner_id": X}, PEOPLE),
    Probe("POST /v1/authorization-requests", {**FORM, "managers": [X]}, PEOPLE),
    Probe("POST /v1/authorization-requests", {**FORM, "org_id": X}, ("org",)),
    Probe("PUT /v1/authorization-requests/{x}", FORM, ("form",)),
    Probe("PUT /v1/authorization-requests/{own}", {**FORM, "owner_id": X}, PEOPLE),
    Probe("PUT /v1/authorization-requests/{own}", {**FORM, "managers": [X]}, PEOPLE),
    Probe("POST /v1/authorization-requests/{x}/submit", None, ("form",)),
    Probe("POST /v1/authorization-requests/{x}/withdraw", None, ("form",)),
    Probe("POST /v1/authorization-requests/{x}/notice", {"text": "n", "day": SINCE}, ("form",)),
    Probe("POST /v1/authorization-requests/{x}/acknowledge", None, ("form",)),
    Probe("POST /v1/authorization-requests/{x}/attest", None, ("form",)),
    Probe("POST /v1/authorization-requests/{x}/decide", {"decision": "deny", "reason": "r"},
          ("form",)),
]  # fmt: skip
# Nothing of another school can be asked for there: no id is sent, or it is one of the register of
# accounts, which everybody with a key may read (`account_out` leaves the staff out).
NOTHING_TO_TRY = {
    "GET /v1/accounts", "GET /v1/accounts/{x}", "GET /v1/accounts/{x}/history",
    "POST /v1/accounts/{x}/status", "POST /v1/accounts/{x}/attest", "PATCH /v1/accounts/{x}",
    "GET /v1/accounts/reports/schools-without-presence", "GET /v1/accounts/reports/{report}",
    "GET /v1/designations", "GET /v1/orgs", "POST /v1/reviews/search",
    "GET /v1/ledger/head", "POST /v1/consents/own", "POST /v1/releases", "POST /v1/imports",
    "GET /v1/imports", "POST /v1/accounts/{x}/moderations", "GET /v1/moderations",
    "POST /v1/accounts/{x}/aliases", "POST /v1/imports/differences",
    "POST /v1/declarations/search", "POST /v1/clearances/search",
    "GET /v1/events",
    # Forbidden whatever is asked.
    "GET /v1/events/endpoints", "POST /v1/events/endpoints",
    "POST /v1/events/endpoints/{x}/rotate", "POST /v1/events/endpoints/{x}/enable",
    "POST /v1/events/endpoints/{x}/remove",
    "GET /v1/doubts", "POST /v1/doubts/{x}/settle",
}  # fmt: skip
CALLERS = (None, "pat", "dora", "sue")
_OWN = re.compile(
    r'"(id|decided_at|publish_at|as_of|recorded_at|created_at|updated_at|at|token|expires_at|shown'
    r'|request_id|decision_id|record|signed_at|holds_until|effective_to)":"[^"]*"'
)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}")


class House(NamedTuple):
    """The service, a key of Maple for each caller, and the records of Birch by their kinds."""

    client: httpx.Client
    keys: dict[str | None, str]
    records: dict[str, str]
    own: dict[str | None, str]


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
    yield opened
    opened.close()


@pytest.fixture
def house(service: str, store: Store, make_key: MakeKey) -> Iterator[House]:
    records = settle_birch(store)
    everything = [one for one in SCOPES if one != FOR_OTHERS]
    with httpx.Client(base_url=service, timeout=30) as client:
        of_birch = bearer(make_key(person_id="there-granted"))
        for kind, path, body in (
            ("decision", "checks/post", {**POST, "author": {"id": "there-granted"}}),
            ("report", "reports", {"kind": "inappropriate_post", "platform": "x", "handle": "y",
                                   "description": "d"}),
            ("form", "authorization-requests", {**FORM, "org_id": "birch"}),
        ):  # fmt: skip
            made = client.post(f"/v1/{path}", json=body, headers=of_birch)
            assert made.status_code < 300, made.text
            records[kind] = made.json()["id"]
        declared = {**DECLARED, "pictured": {"students": [{"id": "there-student"}]}}
        made = client.post("/v1/declarations", json=declared, headers=of_birch)
        records["declaration"] = made.json()["id"]
        cleared = {**POST, "author": {"id": "there-granted"}, "clearance": True}
        made = client.post("/v1/checks/post", json=cleared, headers=of_birch)
        records["clearance"] = made.json()["clearance"]["id"]
        there = {"platform": "facebook", "handle": "birch"}
        told = {**PUBLISHED, "account": there, "text": "Bravo, Zelda Student!"}
        made = client.post("/v1/posts/published", json=told, headers=of_birch)
        records["published"] = made.json()["id"]
        with store.reading() as connection:
            records["takedown"] = connection.scalars(select(t.takedowns.c.id)).one()
        keys, own = {}, {}
        for who in CALLERS:
            key = make_key(person_id=who, scopes=everything, schools=["maple"])
            keys[who] = bearer(key)["Authorization"]
            if who is not None:
                form = client.post("/v1/authorization-requests", json=FORM, headers=bearer(key))
                assert form.status_code == 201, form.text
                own[who] = form.json()["id"]
        yield House(client, keys, records, own)


def bearer(key: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {key.secret}"}


def settle_birch(store: Store) -> dict[str, str]:
    """Somebody and something of every kind at Birch; the ids of the records."""
    open_offices(store)
    with store.writing() as connection:
        district, actor = District(connection), Actor("cli", None, datetime.now(UTC))
        register(connection, actor, TOKEN["origin"])
        for person_id, name in (("there-granted", "Zadie Granted"),
                                ("there-refused", "Zoltan Refused"),
                                ("there-office", "Zita Office")):  # fmt: skip
            district.employee(person_id, name, org_id="birch")
        for person_id in ("twin1", "twin2"):
            district.employee(person_id, "Twin Elsewhere", org_id="birch")
        for person_id, decision in (("there-granted", "grant"), ("there-refused", "refuse")):
            district.consent(person_id, decision, capacity="employee", source=person_id)
        district.designation("superintendent", "there-office", capacity="designee")
        district.person("there-student", "Zelda Student", org_id="birch")
        district.school_class("there-class", ["there-student"], org="birch")
        account = district.account("facebook", "birch", org_id="birch", owner_id="there-granted")
        district.authorization(account)
        district.grant("logo", "facebook/birch")
        return {
            "consent": district.consent("there-student", "refuse"),
            "grant": district.grant("logo", "there-granted"),
            "designation": district.designation("principal", "there-refused", org_id="birch"),
            "release": district.release("Zed Quill"),
            "import": import_records.create_import(connection, actor, state="applied").id,
            "maple": str(find_account(connection, "facebook", "maple")),
            "account_id": account,
        }


def asked(house: House, probe: Probe, who: str | None, value: str) -> str:
    """The answer, without what the caller sent and what differs in any two answers."""
    method, path = probe.route.split(" ")
    path = path.replace("{maple}", house.records["maple"]).replace(X, value)
    path = path.replace("{own}", house.own.get(who, str(uuid4())))
    body = None if probe.body is None else orjson.loads(orjson.dumps(probe.body).replace(
        X.encode(), value.encode()))  # fmt: skip
    params = dict([probe.query.replace(X, value).split("=")]) if probe.query else None
    headers = {"Authorization": house.keys[who], "If-Match": "*", "X-Request-ID": "fixed"}
    answer = house.client.request(method, path, json=body, params=params, headers=headers)
    assert answer.status_code < 500, answer.text
    text = _UUID.sub("", _OWN.sub(r'"\1":""', answer.text)).replace(value, "")
    kept = {n: v for n, v in answer.headers.items() if n not in ("date", "content-length")}
    kept = {name: _UUID.sub("", said) for name, said in kept.items() if name != "etag"}
    return f"{answer.status_code} {sorted(kept.items())} {text}"


@pytest.mark.parametrize("who", CALLERS)
def test_elsewhere_and_nowhere_are_told_alike(house: House, who: str | None) -> None:
    differing = []
    for probe in PROBES:
        for kind in probe.kinds:
            elsewhere, nowhere = PAIRS.get(kind) or (house.records[kind], str(uuid4()))
            first, second = (asked(house, probe, who, one) for one in (elsewhere, nowhere))
            if first != second:
                differing.append(f"{probe.route} {kind} {probe.body}\n  {first}\n  {second}")
    assert "\n".join(differing) == ""


def test_every_route_with_a_key_is_tried_or_has_nothing_to_try(application: FastAPI) -> None:
    served = {
        f"{method} {(route.path or '').replace('{id:record}', X)}"
        for route in iter_route_contexts(application.routes)
        for method in route.methods or ()
        if method != "HEAD" and scope_of(route) is not None
    }
    named = {one.route.replace("{maple}", X).replace("{own}", X) for one in PROBES}
    assert named | NOTHING_TO_TRY == served


def test_offices_of_others_are_not_listed(house: House) -> None:
    headers = {"Authorization": house.keys["pat"]}
    listed = house.client.get("/v1/designations", headers=headers).json()["items"]
    assert {one["person_id"] for one in listed} == {"pat"}
