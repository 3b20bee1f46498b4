"""The register of accounts over HTTP: who sees and changes what, and how it moves."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from app.database import tables as t
from app.database.session import Store
from app.store.ledger import chain
from tests.conftest import MakeKey
from tests.district import District, found

NEW = {"platform": "Twitter", "handle": "@MapleElem", "kind": "school", "org_id": "maple"}
Headers = dict[str, str]


@pytest.fixture
def district(store: Store) -> None:
    with store.writing() as connection:
        found(connection)


@pytest.fixture
def as_(district: None, make_key: MakeKey) -> Callable[..., Headers]:
    """The header of a key with these rights, by default one that may read and write accounts."""

    def header(**rights: Any) -> Headers:
        key = make_key(**{"scopes": ["accounts:write", "people:read"], **rights})
        return {"Authorization": f"Bearer {key.secret}"}

    return header


@pytest.fixture
def office(as_: Callable[..., Headers]) -> Headers:
    """A key that acts for the Director of Communications."""
    return as_(person_id="dora")


def add(client: httpx.Client, headers: Headers, **changed: Any) -> httpx.Response:
    return client.post("/v1/accounts", json={**NEW, **changed}, headers=headers)


def listed(client: httpx.Client, headers: Headers, **params: Any) -> list[dict[str, Any]]:
    items, cursor = [], None
    while True:
        query = {**params, "limit": 2, **({"cursor": cursor} if cursor else {})}
        answer = client.get("/v1/accounts", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return items


def names(items: list[dict[str, Any]]) -> set[str]:
    return {f"{item['platform']}/{item['handle']}" for item in items}


def the(client: httpx.Client, headers: Headers, handle: str) -> tuple[dict[str, Any], str]:
    """The account with this handle, and its ETag."""
    (item,) = [one for one in listed(client, headers) if one["handle"] == handle]
    answer = client.get(f"/v1/accounts/{item['id']}", headers=headers)
    assert answer.json() == item
    return item, answer.headers["ETag"]


def move(client: httpx.Client, headers: Headers, item: dict[str, Any], to: str) -> httpx.Response:
    tag = client.get(f"/v1/accounts/{item['id']}", headers=headers).headers["ETag"]
    body = {"status": to, "reason": "Because."}
    return client.post(
        f"/v1/accounts/{item['id']}/status", json=body, headers={**headers, "If-Match": tag}
    )


def checked(client: httpx.Client, platform: str, handle: str) -> dict[str, Any]:
    said = client.post("/v1/checks/account", json={"platform": platform, "handle": handle})
    assert said.status_code == 200
    answer: dict[str, Any] = said.json()
    return answer


def test_a_found_account_is_registered_and_authorized_by_nobody(
    client: httpx.Client, office: Headers, store: Store
) -> None:
    answer = add(client, office, owner_id="olga", managers=["mia", "ed", "mia"])
    assert answer.status_code == 201
    said = answer.json()
    assert (said["platform"], said["handle"], said["status"]) == (
        "x", "@MapleElem", "unauthorized_found"
    )  # fmt: skip
    assert said["managers"] == ["ed", "mia"]
    assert said["address"] == "https://x.com/mapleelem"
    assert said["flags"] == ["no_administrator", "existed_before"]
    read = client.get(answer.headers["Location"], headers=office)
    assert (read.json(), read.headers["ETag"]) == (said, answer.headers["ETag"])
    assert checked(client, "x", "mapleelem")["outcome"] == "deny"
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None


@pytest.mark.parametrize("status", ["authorized", "suspended", "closed"])
def test_nobody_registers_an_account_as_authorized(
    client: httpx.Client, office: Headers, status: str
) -> None:
    answer = add(client, office, status=status)
    assert (answer.status_code, answer.json()["errors"][0]["at"]) == (422, "/status")


@pytest.mark.parametrize(
    "again", [{}, {"platform": "x", "handle": "mapleelem"}, {"handle": None, "platform": None,
     "url": "https://twitter.com/mapleelem?s=20"}],
)  # fmt: skip
def test_an_account_is_registered_once(
    client: httpx.Client, office: Headers, again: dict[str, Any]
) -> None:
    assert add(client, office).status_code == 201
    answer = add(client, office, **again)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")


@pytest.mark.parametrize(
    ("field", "value", "at"),
    [
        ("owner_id", "ana", "/owner_id"),
        ("owner_id", "canary", "/owner_id"),
        ("managers", ["mia", "canary", "ed"], "/managers/1"),
        ("managers", ["x"] * 101, "/managers"),
        ("org_id", "canary", "/org_id"),
        ("reviewed_on", "2999-01-01", "/reviewed_on"),
        ("last_post_on", "2999-01-01", "/last_post_on"),
        ("contact_email", "canary", "/contact_email"),
        ("url", "https://facebook.com/canary", "/url"),
        ("aliases", [{"system": "url", "external_id": "canary"}], "/aliases/0/system"),
        ("handle", "no such canary", "/handle"),
        ("version", 7, ""),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(
    client: httpx.Client, office: Headers, field: str, value: Any, at: str
) -> None:
    answer = add(client, office, **{field: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == at
    assert "canary" not in answer.text
    assert names(listed(client, office)) == {"facebook/maple", "instagram/lost", "x/wild"}


def test_two_accounts_do_not_share_an_alias(client: httpx.Client, office: Headers) -> None:
    alias = [{"system": "postiz", "external_id": "17"}]
    assert add(client, office, aliases=alias).status_code == 201
    assert add(client, office, handle="other", aliases=alias).status_code == 409
    other = add(client, office, handle="other")
    changed = client.patch(
        other.headers["Location"],
        json={"aliases": alias},
        headers={**office, "If-Match": other.headers["ETag"]},
    )
    assert changed.status_code == 409
    assert checked_by_alias(client) == "account.unauthorized"


def checked_by_alias(client: httpx.Client) -> str:
    said = client.post("/v1/checks/account", json={"system": "postiz", "external_id": "17"})
    return str(said.json()["findings"][0]["code"])


def test_eight_equal_requests_register_one(client: httpx.Client, office: Headers) -> None:
    headers = {**office, "Idempotency-Key": "k-1"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: add(client, headers), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(listed(client, office)) == 4


def test_of_eight_editors_with_one_reading_one_wins(client: httpx.Client, office: Headers) -> None:
    item, tag = the(client, office, "wild")
    path = f"/v1/accounts/{item['id']}"
    assert client.patch(path, json={"owner_id": "ed"}, headers=office).status_code == 428

    def edit(number: int) -> int:
        body = {"contact_email": f"office{number}@provo.example"}
        return client.patch(path, json=body, headers={**office, "If-Match": tag}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(edit, range(8))) == [200] + [412] * 7
    history = client.get(f"{path}/history", headers=office).json()["items"]
    assert [(one["action"], one["person_id"]) for one in history] == [("changed", "dora")]


def test_a_change_leaves_what_it_does_not_name(client: httpx.Client, office: Headers) -> None:
    item, tag = the(client, office, "maple")
    path, headers = f"/v1/accounts/{item['id']}", {**office, "If-Match": tag}
    body = {"managers": ["ed"], "kind": "club", "last_post_on": "2026-01-02", "owner_id": None}
    answer = client.patch(path, json=body, headers=headers)
    assert answer.status_code == 200
    changed = {name for name, value in answer.json().items() if value != item[name]}
    assert changed == {"managers", "kind", "last_post_on", "owner_id", "version", "flags", "care"}
    assert answer.headers["ETag"] != tag
    again = client.patch(path, json=body, headers={**office, "If-Match": answer.headers["ETag"]})
    assert (again.json(), again.headers["ETag"]) == (answer.json(), answer.headers["ETag"])
    assert len(client.get(f"{path}/history", headers=office).json()["items"]) == 1


def test_an_address_that_no_host_explains_finds_the_account(
    client: httpx.Client, office: Headers
) -> None:
    new = add(client, office, platform="blog", handle="Maple", url="https://maple.example/blog/")
    assert new.status_code == 201
    assert new.json()["address"] == "https://maple.example/blog/"

    def code(url: str) -> str:
        said = client.post("/v1/checks/account", json={"url": url}).json()
        return str(said["findings"][0]["code"])

    assert code("http://maple.example/blog?utm_source=x") == "account.unauthorized"
    headers = {**office, "If-Match": new.headers["ETag"]}
    moved = {"url": "https://maple.example/news"}
    assert client.patch(new.headers["Location"], json=moved, headers=headers).status_code == 200
    assert code("https://maple.example/blog") == "account.unknown"
    assert code("https://maple.example/news") == "account.unauthorized"


@pytest.mark.parametrize(
    ("to", "outcome", "code"),
    [
        ("suspended", "deny", "account.suspended"),
        ("closed", "deny", "account.closed"),
        ("under_review", "review", "account.under_review"),
    ],
)
def test_what_is_held_back_is_held_back_in_the_checks(
    client: httpx.Client, office: Headers, to: str, outcome: str, code: str
) -> None:
    item, _ = the(client, office, "maple")
    assert item["status"] == "unauthorized_found"
    assert checked(client, "facebook", "maple")["outcome"] == "allow"
    answer = move(client, office, item, to)
    assert (answer.status_code, answer.json()["status"]) == (200, to)
    said = checked(client, "facebook", "maple")
    assert said["outcome"] == outcome
    assert code in {finding["code"] for finding in said["findings"]}
    (event,) = client.get(f"/v1/accounts/{item['id']}/history", headers=office).json()["items"]
    assert (event["action"], event["note"], event["person_id"]) == (to, "Because.", "dora")


def test_only_communications_ends_a_suspension(
    client: httpx.Client, office: Headers, as_: Callable[..., Headers]
) -> None:
    item, _ = the(client, office, "maple")
    assert move(client, office, item, "suspended").status_code == 200
    for headers, problem in (
        (as_(), "person-required"),
        (as_(person_id="sue"), "designation-required"),
        (as_(person_id="mia"), "designation-required"),
    ):
        answer = move(client, headers, item, "authorized")
        assert (answer.status_code, answer.json()["type"]) == (403, f"/problems/{problem}")
    assert checked(client, "facebook", "maple")["outcome"] == "deny"
    assert move(client, office, item, "authorized").status_code == 200
    assert checked(client, "facebook", "maple")["outcome"] == "allow"


def test_nothing_is_authorized_by_another_status(client: httpx.Client, office: Headers) -> None:
    item, tag = the(client, office, "wild")
    assert move(client, office, item, "authorized").json()["type"] == "/problems/illegal-transition"
    assert move(client, office, item, "suspended").status_code == 200
    answer = move(client, office, item, "authorized")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")
    assert the(client, office, "wild")[0]["status"] == "suspended"
    stale = client.post(
        f"/v1/accounts/{item['id']}/status",
        json={"status": "closed", "reason": "Because."},
        headers={**office, "If-Match": tag},
    )
    assert stale.status_code == 412


def test_a_closed_account_stays_closed(client: httpx.Client, office: Headers) -> None:
    item, _ = the(client, office, "maple")
    assert move(client, office, item, "closed").status_code == 200
    for to in ("authorized", "under_review", "suspended", "requested", "closed"):
        answer = move(client, office, item, to)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/closed-account")
    assert checked(client, "facebook", "maple")["outcome"] == "deny"


def test_the_list_tells_what_needs_care(
    client: httpx.Client, office: Headers, store: Store
) -> None:
    now = datetime.now(UTC)
    with store.writing() as connection:
        district = District(connection)
        district.employee("gone", "Gail Gone", status="missing_from_feed")
        day = now.date()
        good = {"reviewed_on": day - timedelta(days=30), "last_post_on": day - timedelta(days=30)}
        district.account("x", "good", **good)
        district.account("x", "left", owner_id="gone", managers=["gone", "mia"], **good)
        district.account("x", "fresh", created_at=now)
        district.account("x", "late", **{**good, "last_post_on": day - timedelta(days=92)})
        district.account("x", "unseen", **{**good, "reviewed_on": day - timedelta(days=367)})
        district.account("x", "alone", communications_admin_at=None, owner_id=None, managers=[],
                         status="closed", **good)  # fmt: skip
    flags = {item["handle"]: set(item["flags"]) for item in listed(client, office)}
    assert flags == {
        "maple": {"review_due", "stale"},
        "lost": {"no_owner", "no_manager", "review_due", "stale"},
        "wild": {"review_due", "stale"},
        "good": set(),
        "left": {"owner_left", "manager_left"},
        "fresh": set(),
        "late": {"stale"},
        "unseen": {"review_due"},
        "alone": {"no_owner", "no_manager", "no_administrator"},
    }
    assert names(listed(client, office, flag="manager_left")) == {"x/left"}
    both = listed(client, office, flag=["no_owner", "owner_left"])
    assert names(both) == {"instagram/lost", "x/left", "x/alone"}
    assert names(listed(client, office, status="closed")) == {"x/alone"}
    assert names(listed(client, office, org="birch")) == set()
    assert names(listed(client, office, kind="club")) == set()


def test_a_key_of_one_school_sees_of_the_others_what_is_public(
    client: httpx.Client, as_: Callable[..., Headers], store: Store
) -> None:
    with store.writing() as connection:
        district = District(connection)
        district.employee("bea", "Bea Birch", org_id="birch")
        account = district.account(
            "x", "birch", org_id="birch", owner_id="bea", managers=["bea"],
            contact_email="bea@provo.example",
        )  # fmt: skip
        district.authorization(account, requested_by="bea")
        district.account("x", "birchlost", org_id="birch", owner_id=None)
    maple, birch = as_(schools=["maple"]), as_(schools=["birch"], person_id="bea")
    item, tag = the(client, maple, "birch")
    assert (item["owner_id"], item["managers"], item["contact_email"]) == (None, [], None)
    assert (item["authorized_by"], item["requested_by"]) == (None, None)
    assert the(client, birch, "birch")[0].keys() == item.keys()
    assert the(client, birch, "birch")[0]["owner_id"] == "bea"
    assert "no_owner" not in the(client, maple, "birchlost")[0]["flags"]
    assert names(listed(client, maple, flag="no_owner")) == {"instagram/lost"}
    assert names(listed(client, birch, flag="no_owner")) == {"x/birchlost"}
    answer = client.patch(
        f"/v1/accounts/{item['id']}", json={"kind": "club"}, headers={**maple, "If-Match": tag}
    )
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
    assert move(client, maple, item, "closed").status_code == 403
    assert move(client, birch, item, "suspended").status_code == 200
    path = f"/v1/accounts/{item['id']}/history"
    (event,) = client.get(path, headers=maple).json()["items"]
    assert (event["note"], event["person_id"], event["caller"]) == (None, None, None)
    (event,) = client.get(path, headers=birch).json()["items"]
    assert (event["note"], event["person_id"]) == ("Because.", "bea")


def test_a_key_of_one_school_registers_for_it_and_learns_of_nobody_else(
    client: httpx.Client, as_: Callable[..., Headers], store: Store
) -> None:
    with store.writing() as connection:
        District(connection).employee("bea", "Bea Birch", org_id="birch")
    maple = as_(schools=["maple"])
    assert add(client, maple, owner_id="olga").status_code == 201
    refusals = [add(client, maple, handle="other", owner_id=who).json() for who in ("bea", "none")]
    assert refusals[0]["errors"] == refusals[1]["errors"]
    for org in ("birch", "nowhere", None):
        answer = add(client, maple, handle="other", org_id=org)
        assert answer.json()["errors"][0]["at"] == "/org_id"


@pytest.mark.parametrize("ident", ["%00", "..%2f", "x" * 300, "01a20358-0000-7000-8000-0"])
def test_unknown_ids_are_refused_alike(client: httpx.Client, office: Headers, ident: str) -> None:
    for path in (f"/v1/accounts/{ident}", f"/v1/accounts/{ident}/history"):
        assert client.get(path, headers=office).status_code == 404


@pytest.mark.parametrize("body", [{}, {"status": "closed"}, {"status": "closed", "reason": ""},
                                  {"status": "open", "reason": "Because."}])  # fmt: skip
def test_a_move_needs_a_status_and_a_reason(
    client: httpx.Client, office: Headers, body: dict[str, Any]
) -> None:
    item, tag = the(client, office, "wild")
    answer = client.post(
        f"/v1/accounts/{item['id']}/status", json=body, headers={**office, "If-Match": tag}
    )
    assert answer.status_code == 422


def test_every_method_of_an_address_is_told(client: httpx.Client, office: Headers) -> None:
    item, _ = the(client, office, "wild")
    for path, methods in (("", "GET, POST"), (f"/{item['id']}", "GET, PATCH"), ("/verify", "GET")):
        answer = client.delete(f"/v1/accounts{path}", headers=office)
        assert (answer.status_code, answer.headers["Allow"]) == (405, methods)


def test_nobody_makes_themselves_content_owner(
    client: httpx.Client, office: Headers, make_key: MakeKey
) -> None:
    new = add(client, office, owner_id="olga")
    key = make_key(scopes=["accounts:write", "people:read"], person_id="ed")
    own = {"Authorization": f"Bearer {key.secret}", "If-Match": new.headers["ETag"]}
    answer = client.patch(new.headers["Location"], json={"owner_id": "ed"}, headers=own)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/own-request")
    assert client.get(new.headers["Location"], headers=office).json()["owner_id"] == "olga"
    other = client.patch(new.headers["Location"], json={"owner_id": "mia"}, headers=own)
    assert other.status_code == 200


def test_communications_attests_its_seat_of_what_is_authorized(
    client: httpx.Client, office: Headers, as_: Callable[..., Headers], store: Store
) -> None:
    scopes = ["authorizations:decide"]
    dora = {**as_(person_id="dora", scopes=scopes), "If-Match": "*"}
    item = the(client, office, "maple")[0]
    with store.writing() as connection:
        connection.execute(update(t.accounts).values(communications_admin_at=None))
    path = f"/v1/accounts/{item['id']}/attest"
    for person, slug in ((None, "person-required"), ("ed", "designation-required")):
        stranger = {**as_(person_id=person, scopes=scopes), "If-Match": "*"}
        assert client.post(path, headers=stranger).json()["type"] == f"/problems/{slug}"
    assert client.post(path, headers={**dora, "If-Match": '"999"'}).status_code == 412
    answer = client.post(path, headers=dora)
    assert answer.status_code == 200, answer.text
    assert answer.json()["communications_admin_at"]
    wild = the(client, office, "wild")[0]
    refused = client.post(f"/v1/accounts/{wild['id']}/attest", headers=dora)
    assert refused.json()["type"] == "/problems/conflict"
