"""Grants over HTTP: who may give them, what a check makes of them, how they end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.database.session import Store
from app.settings import Settings
from tests.api.offices import For
from tests.snapshots import rows_of

UNKNOWN = "01a20358-0000-7000-8000-000000000000"
TODAY = datetime.now(UTC).astimezone(Settings().zone).date()
LOGO: dict[str, Any] = {"kind": "logo", "person_id": "ed", "effective_from": str(TODAY)}


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


class Office:
    """Grants given and taken back by people of the district."""

    def __init__(self, client: httpx.Client, for_: For) -> None:
        self.client = client
        self.for_ = for_

    def give(
        self, who: str | None = "sue", *, key: str | None = None, **changed: Any
    ) -> httpx.Response:
        body = {name: v for name, v in {**LOGO, **changed}.items() if v is not None}
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post("/v1/grants", json=body, headers={**self.for_(who), **headers})

    def revoke(self, grant_id: str, who: str | None = "sue", **rights: Any) -> httpx.Response:
        path = f"/v1/grants/{grant_id}/revoke"
        return self.client.post(path, json={"reason": "Misuse"}, headers=self.for_(who, **rights))

    def asked(self, check: str, person: str = "ed", **use: str) -> str:
        account = {"platform": "x", "personal": True}
        body = {"author": {"id": person}, "account": account, **use}
        answer = self.client.post(f"/v1/checks/{check}", json=body)
        said = answer.json()
        return str(said["findings" if answer.status_code == 200 else "errors"][0]["code"])

    def listed(self, who: str = "sue", rights: dict[str, Any] | None = None, **query: Any) -> Any:
        headers = self.for_(who, **(rights or {}))
        answer = self.client.get("/v1/grants", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def office(client: httpx.Client, for_: For) -> Office:
    return Office(client, for_)


def test_a_grant_permits_and_its_revocation_ends_it_at_once(office: Office) -> None:
    assert office.asked("logo") == "logo.no_grant"
    given = office.give(mark="crest", purpose="Graduation")
    assert given.status_code == 201
    said = given.json()
    assert (said["granted_by"], said["mark"], said["network"]) == ("sue", "crest", "all")
    assert office.asked("logo") == "logo.use_unknown"
    assert office.asked("logo", logo_purpose="GRADUATION!") == "logo.granted_for"
    assert office.asked("logo", logo_purpose="Bake sale") == "logo.outside_limit"
    assert office.asked("logo", topic="Graduation") == "not_of_this_check"
    revoked = office.revoke(said["id"], "sid")
    assert revoked.status_code == 201
    assert date.fromisoformat(revoked.json()["effective_to"]) == TODAY - timedelta(days=1)
    assert office.asked("logo") == "logo.no_grant"
    assert told(office.revoke(said["id"])) == (409, "conflict")
    assert told(office.revoke(revoked.json()["id"])) == (409, "conflict")
    assert office.give(mark="crest", purpose="Graduation").status_code == 201
    assert office.asked("logo", logo_purpose="Graduation") == "logo.granted_for"


@pytest.mark.parametrize(
    ("kind", "check", "particular"),
    [("logo", "logo", "mark"), ("spokesperson", "spokesperson", "topic")],
)
def test_the_end_of_one_mark_or_topic_is_not_the_others(
    office: Office, kind: str, check: str, particular: str
) -> None:
    first = office.give(kind=kind, **{particular: "one"}).json()
    second = office.give(kind=kind, **{particular: "two"}).json()
    office.revoke(first["id"])
    use = {"topic": "two"} if particular == "topic" else {}
    assert office.asked(check, **use) == f"{check}.granted_for"
    office.revoke(second["id"])
    assert office.asked(check) == f"{check}.no_grant"
    third = office.give(kind=kind, **{particular: "three"}).json()
    assert [
        item["id"] for item in office.listed(on=str(TODAY), kind=kind, grantee="ed")["items"]
    ] == [third["id"]]


REFUSED: dict[str, tuple[str | None, dict[str, Any], tuple[int, str]]] = {
    "nobody's key": (None, {}, (403, "person-required")),
    "no office": ("tess", {}, (403, "designation-required")),
    "Communications, of the logo": ("dora", {}, (403, "designation-required")),
    "Communications, of speaking": (
        "dora", {"kind": "spokesperson"}, (403, "designation-required"),
    ),
    "the Superintendent, of e-mail": (
        "sue", {"kind": "network_email", "network": "x"}, (403, "designation-required"),
    ),
    "a former designee": (
        "old", {"kind": "network_email", "network": "x"}, (403, "designation-required"),
    ),
    "from a day before the office": (
        "sue", {"effective_from": "2019-01-01"}, (403, "designation-required"),
    ),
    "to oneself": ("sid", {"person_id": "sid"}, (403, "own-request")),
    "to a student": ("sue", {"person_id": "ana"}, (422, "invalid-request")),
    "to nobody": ("sue", {"person_id": "nobody"}, (422, "invalid-request")),
    "to who has left": ("sue", {"person_id": "gone"}, (422, "invalid-request")),
    "to two": ("sue", {"account": {"url": "https://x.com/wild"}}, (422, "invalid-request")),
    "to none": ("sue", {"person_id": None}, (422, "invalid-request")),
    "the logo to an org": ("sue", {"person_id": None, "org_id": "d"}, (422, "invalid-request")),
    "a topic of a logo": ("sue", {"topic": "Snow days"}, (422, "invalid-request")),
    "ending before it begins": ("sue", {"effective_to": "2020-05-05"}, (422, "invalid-request")),
    "e-mail on all networks": (
        "dora", {"kind": "network_email", "network": " All "}, (422, "invalid-request"),
    ),
}  # fmt: skip


def test_what_may_not_be_granted_changes_nothing(office: Office, store: Store) -> None:
    for who, _, _ in REFUSED.values():
        office.for_(who)
    before = rows_of(store)
    for case, (who, changed, problem) in REFUSED.items():
        assert told(office.give(who, **changed)) == problem, case
    assert rows_of(store) == before


def test_who_may_not_revoke_changes_nothing(office: Office, store: Store) -> None:
    given = office.give().json()["id"]
    others = {"dora": "designation-required", "ed": "designation-required", None: "person-required"}
    for who in others:
        office.for_(who)
    before = rows_of(store)
    for who, problem in others.items():
        assert told(office.revoke(given, who)) == (403, problem)
    assert rows_of(store) == before


def test_what_has_ended_is_not_brought_back_by_revoking_it(office: Office) -> None:
    begun, ended = TODAY - timedelta(days=9), TODAY - timedelta(days=5)
    given = office.give(effective_from=str(begun), effective_to=str(ended)).json()
    assert told(office.revoke(given["id"])) == (409, "conflict")


def test_the_same_grant_twice_is_a_conflict(office: Office) -> None:
    assert office.give().status_code == 201
    assert told(office.give()) == (409, "conflict")


def test_an_account_is_named_as_people_name_it(office: Office) -> None:
    named = {"url": "https://twitter.com/Wild?s=20"}
    given = office.give(person_id=None, account=named, network="Twitter")
    assert (given.json()["grantee"], given.json()["network"]) == ("x/wild", "x")
    body = {"account": {"platform": "x", "handle": "wild"}}
    answer = office.client.post("/v1/checks/logo", json=body).json()
    assert [finding["code"] for finding in answer["findings"]] == ["logo.granted"]


def test_district_email_is_no_permission_for_anything_else(office: Office) -> None:
    given = office.give("dee", kind="network_email", network="x")
    assert given.status_code == 201
    assert office.asked("logo") == "logo.no_grant"
    assert office.asked("spokesperson") == "spokesperson.no_grant"
    assert told(office.revoke(given.json()["id"], "sue")) == (403, "designation-required")
    assert office.revoke(given.json()["id"], "dora").status_code == 201


def test_eight_equal_requests_make_one_grant(office: Office, store: Store) -> None:
    office.for_("sue")
    before = len(rows_of(store)["grants"])
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: office.give(key="k-1"), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(rows_of(store)["grants"]) == before + 1


def test_two_revocations_at_once_make_one(office: Office, store: Store) -> None:
    given = office.give().json()["id"]
    for who in ("sue", "sid"):
        office.for_(who)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda who: office.revoke(given, who), ("sue", "sid")))
    assert sorted(answer.status_code for answer in answers) == [201, 409]


def test_a_key_of_one_school_sees_that_schools_grants_and_learns_nothing_else(
    office: Office,
) -> None:
    ours = office.give().json()["id"]
    theirs = office.give(person_id="bea").json()["id"]
    limited = {"schools": ("maple",)}
    seen = [item["id"] for item in office.listed(rights=limited)["items"]]
    assert ours in seen
    assert theirs not in seen
    for ident in (theirs, UNKNOWN):
        answer = office.client.get(f"/v1/grants/{ident}", headers=office.for_("sue", **limited))
        assert told(answer) == (404, "not-found")
        assert told(office.revoke(ident, **limited)) == (404, "not-found")
    for named in (
        {"person_id": "bea"},
        {"person_id": "nobody"},
        {"person_id": None, "account": {"platform": "x", "handle": "nowhere"}},
    ):
        body = {k: v for k, v in {**LOGO, **named}.items() if v is not None}
        headers = office.for_("sue", **limited)
        answer = office.client.post("/v1/grants", json=body, headers=headers)
        assert told(answer) == (422, "invalid-request")
    assert office.revoke(ours, **limited).status_code == 201


def test_lists_are_paged(office: Office) -> None:
    made = [office.give(mark=f"m{n}").json()["id"] for n in range(4)]
    first = office.listed(grantee="ed", limit=3)
    rest = office.listed(grantee="ed", limit=3, cursor=first["next_cursor"])
    assert [item["id"] for item in first["items"] + rest["items"]] == made
    assert rest["next_cursor"] is None
    assert office.listed(network="mars")["items"] == []
