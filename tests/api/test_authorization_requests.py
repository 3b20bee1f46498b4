"""The Social Media Authorization Form over HTTP: from a draft to an allowed post."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from app.database import tables as t
from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from app.store.ledger import chain
from tests.api.offices import For, Headers, open_offices
from tests.conftest import MakeKey
from tests.district import District
from tests.service import serving
from tests.snapshots import rows_of
from tests.waiting import until

PATH = "/v1/authorization-requests"
FORM: dict[str, Any] = {
    "platform": "Instagram", "handle": "@maple.room3", "kind": "classroom", "org_id": "maple",
    "owner_id": "tess", "managers": ["mia", "tess"], "contact_email": "tess@provo.edu",
    "purpose": "Pupils show their science projects.",
}  # fmt: skip
NOTICE = {"text": "We will show our projects at …", "day": "2026-09-01"}


class Desk:
    """Requests about one form; `If-Match` is what was read last unless told otherwise."""

    def __init__(self, client: httpx.Client, for_: For) -> None:
        self.client = client
        self.for_ = for_
        self.id = ""
        self.tag = ""

    def make(
        self, who: str | None = "tess", headers: Headers | None = None, **changed: Any
    ) -> httpx.Response:
        answer = self.client.post(
            PATH, json={**FORM, **changed}, headers={**self.for_(who), **(headers or {})}
        )
        return self._keep(answer)

    def move(
        self, move: str, who: str | None, body: Any = None, tag: str | None = None, **rights: Any
    ) -> httpx.Response:
        headers = {**self.for_(who, **rights), "If-Match": self.tag if tag is None else tag}
        if headers["If-Match"] == "-":
            del headers["If-Match"]
        if move == "edit":
            path, method = f"{PATH}/{self.id}", "PUT"
            body = {**FORM, **(body or {})}
        else:
            path, method = f"{PATH}/{self.id}/{move}", "POST"
        return self._keep(self.client.request(method, path, json=body, headers=headers))

    def decide(self, who: str | None, decision: str = "approve", **more: Any) -> httpx.Response:
        reason = {} if decision == "approve" else {"reason": "Say more of the purpose"}
        return self.move("decide", who, {"decision": decision, **reason}, **more)

    def read(self, who: str = "tess", **rights: Any) -> httpx.Response:
        return self._keep(self.client.get(f"{PATH}/{self.id}", headers=self.for_(who, **rights)))

    def ready(self, who: str = "tess", **changed: Any) -> dict[str, Any]:
        """A submitted form of `who` that lacks only the attestation."""
        self.make(who, submit=True, **changed)
        if changed.get("kind", "classroom") == "classroom":
            assert self.move("acknowledge", "pat").status_code == 200
            assert self.move("notice", who, NOTICE).status_code == 200
        said: dict[str, Any] = self.read().json()
        assert said["state"] == "submitted"
        return said

    def _keep(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_success and "ETag" in answer.headers:
            self.id, self.tag = answer.json()["id"], answer.headers["ETag"]
        return answer


@pytest.fixture
def desk(client: httpx.Client, for_: For) -> Desk:
    return Desk(client, for_)


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def check(client: httpx.Client, **more: Any) -> dict[str, Any]:
    post = {"account": {"platform": "instagram", "handle": "maple.room3"}, "purpose": "school"}
    said: dict[str, Any] = client.post("/v1/checks/post", json={**post, **more}).json()
    return said


def codes(said: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in said["findings"]}


def missing(answer: httpx.Response) -> list[str]:
    return [need["code"] for need in answer.json()["missing"]]


def accounts(store: Store) -> list[Any]:
    with store.reading() as connection:
        wanted = select(t.accounts).where(t.accounts.c.handle_key == "maple.room3")
        return list(connection.execute(wanted).all())


def test_from_a_draft_to_an_allowed_post(client: httpx.Client, desk: Desk, store: Store) -> None:
    assert codes(check(client)) >= {"account.unknown"}
    draft = desk.make()
    assert draft.status_code == 201
    assert draft.headers["Location"] == f"{PATH}/{desk.id}"
    assert (draft.json()["state"], draft.json()["requested_by"]) == ("draft", "tess")
    assert missing(draft) == ["form.principal", "form.notice", "form.administrator"]
    assert desk.move("submit", "tess").json()["state"] == "submitted"
    assert desk.move("acknowledge", "pat").json()["principal_id"] == "pat"
    assert missing(desk.move("notice", "tess", NOTICE)) == ["form.administrator"]
    assert missing(desk.move("attest", "dee")) == []
    approved = desk.decide("dora").json()
    assert (approved["state"], approved["decided_by"]) == ("approved", "dora")
    (account,) = accounts(store)
    assert (account.id, account.status) == (approved["account_id"], "authorized")
    assert (account.org_id, account.owner_id, account.kind) == ("maple", "tess", "classroom")
    said = check(client)
    assert (said["outcome"], codes(said) & {"account.authorized", "account.admin_named"}) == (
        "allow",
        {"account.authorized", "account.admin_named"},
    )
    actions = [item["action"] for item in approved["history"]]
    assert actions == ["created", "submitted", "acknowledged", "notified", "attested", "approved"]
    assert approved["moves"] == ["attest"]
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None


def test_without_the_attestation_the_account_waits_and_checks_say_so(
    client: httpx.Client, desk: Desk, store: Store
) -> None:
    desk.ready()
    approved = desk.decide("dee")
    assert approved.status_code == 200
    assert missing(approved) == ["form.administrator"]
    assert [row.status for row in accounts(store)] == ["requested"]
    said = check(client)
    assert (said["outcome"], "account.admin_missing" in codes(said)) == ("review", True)
    attested = desk.move("attest", "dora")
    assert missing(attested) == []
    assert [row.status for row in accounts(store)] == ["authorized"]
    assert check(client)["outcome"] == "allow"


REFUSED = {
    "approve one's own": ("dee", "dee", (403, "own-request")),
    "an expired designation": ("tess", "old", (403, "designation-required")),
    "the Superintendent's designee": ("tess", "sid", (403, "designation-required")),
    "the Superintendent": ("tess", "sue", (403, "designation-required")),
    "no designation at all": ("tess", "pat", (403, "designation-required")),
    "a key without a person": ("tess", None, (403, "person-required")),
}


@pytest.mark.parametrize(("requester", "who", "problem"), REFUSED.values(), ids=REFUSED)
def test_who_may_not_decide_changes_nothing(
    desk: Desk, store: Store, requester: str, who: str | None, problem: tuple[int, str]
) -> None:
    desk.ready(requester)
    desk.for_(who)
    before = rows_of(store)
    for decision in ("approve", "deny", "return"):
        assert told(desk.decide(who, decision)) == problem
    assert rows_of(store) == before


def test_a_designee_who_left_decides_no_more(desk: Desk, store: Store) -> None:
    desk.ready()
    desk.for_("dee")  # no key is made for who has left
    dee = update(t.people).where(t.people.c.id == "dee")
    for gone, refused in (
        ({"status": "inactive"}, (401, "person-inactive")),
        ({"status": "missing_from_feed"}, (401, "person-inactive")),
        ({"kind": "affiliate"}, (403, "designation-required")),
    ):
        with store.writing() as connection:
            connection.execute(dee.values(**gone))
        for decision in ("approve", "deny", "return"):
            assert told(desk.decide("dee", decision)) == refused
        with store.writing() as connection:
            connection.execute(dee.values(status="active", kind="employee"))
    until(lambda: desk.decide("dee").status_code == 200)  # at the door it is known for a second


def _approved(desk: Desk) -> None:
    desk.ready()
    desk.decide("dora")


def _denied(desk: Desk) -> None:
    desk.ready()
    desk.decide("dora", "deny")


def _withdrawn(desk: Desk) -> None:
    desk.ready()
    desk.move("withdraw", "tess")


def _returned(desk: Desk) -> None:
    desk.ready()
    desk.decide("dora", "return")


def _draft(desk: Desk) -> None:
    desk.make()


def _submitted(desk: Desk) -> None:
    desk.make(submit=True)


WHO = {
    "edit": "tess", "submit": "tess", "withdraw": "tess", "notice": "tess", "acknowledge": "pat",
    "decide": "dora", "attest": "dora",
}  # fmt: skip
ILLEGAL: list[tuple[Callable[[Desk], None], set[str]]] = [
    (_draft, {"decide", "attest"}),
    (_submitted, {"edit", "submit"}),
    (_returned, {"decide", "attest"}),
    (_approved, set(WHO) - {"attest"}),
    (_denied, set(WHO)),
    (_withdrawn, set(WHO)),
]
BODIES = {"notice": NOTICE, "decide": {"decision": "deny", "reason": "No"}}


@pytest.mark.parametrize(("reach", "illegal"), ILLEGAL)
def test_illegal_moves_change_nothing(
    desk: Desk, store: Store, reach: Callable[[Desk], None], illegal: set[str]
) -> None:
    reach(desk)
    for who in WHO.values():
        desk.for_(who)
    before = rows_of(store)
    for move in sorted(illegal):
        assert told(desk.move(move, WHO[move], BODIES.get(move))) == (409, "illegal-transition")
    assert rows_of(store) == before


def test_the_form_is_its_requesters_alone(desk: Desk, store: Store) -> None:
    desk.make()
    desk.for_("dora")
    before = rows_of(store)
    for move in ("edit", "submit", "withdraw", "notice"):
        assert told(desk.move(move, "dora", BODIES.get(move))) == (403, "requester-required")
    assert rows_of(store) == before


def test_who_may_not_acknowledge(desk: Desk, store: Store) -> None:
    desk.make()
    problems = {
        "tess": "own-request",
        "pam": "principal-required",
        "ed": "principal-required",
        "bea": "principal-required",
        None: "person-required",
    }
    for who in problems:
        desk.for_(who)
    before = rows_of(store)
    for who, problem in problems.items():
        assert told(desk.move("acknowledge", who)) == (403, problem)
    assert rows_of(store) == before


def test_a_club_takes_no_principals_word(desk: Desk, store: Store) -> None:
    desk.make(kind="club")
    desk.for_("pat")
    before = rows_of(store)
    assert told(desk.move("acknowledge", "pat")) == (409, "illegal-transition")
    assert rows_of(store) == before


def test_an_incomplete_form_is_not_submitted(desk: Desk, store: Store) -> None:
    left_out = {"org_id": None, "owner_id": None, "managers": [], "purpose": None}
    draft = desk.make(contact_email=None, **left_out)
    wanted = ["form.org", "form.owner", "form.manager", "form.educational_goal", "form.contact"]
    assert missing(draft)[:5] == wanted
    before = rows_of(store)
    answer = desk.move("submit", "tess")
    assert told(answer) == (409, "incomplete-request")
    assert [error["code"] for error in answer.json()["errors"]] == wanted
    assert rows_of(store) == before


def test_a_form_submitted_at_once_is_whole_or_not_there(desk: Desk, store: Store) -> None:
    desk.for_("tess")
    before = rows_of(store)
    assert told(desk.make(submit=True, owner_id=None)) == (409, "incomplete-request")
    assert rows_of(store) == before


def test_a_classroom_is_not_approved_without_principal_and_families(
    desk: Desk, store: Store
) -> None:
    desk.make(submit=True)
    desk.for_("dora")
    before = rows_of(store)
    answer = desk.decide("dora")
    assert told(answer) == (409, "incomplete-request")
    assert [e["code"] for e in answer.json()["errors"]] == ["form.principal", "form.notice"]
    assert rows_of(store) == before
    assert desk.decide("dora", "return").json()["state"] == "returned"


def test_an_owner_who_left_meanwhile_stops_the_approval(desk: Desk, store: Store) -> None:
    desk.ready(owner_id="ed")
    with store.writing() as connection:
        connection.execute(update(t.people).where(t.people.c.id == "ed").values(status="inactive"))
    answer = desk.decide("dora")
    assert [e["code"] for e in answer.json()["errors"]] == ["form.owner"]


def test_a_returned_form_is_mended_and_comes_again(desk: Desk) -> None:
    desk.ready()
    returned = desk.decide("dora", "return").json()
    assert returned["reason"] == "Say more of the purpose"
    edited = desk.move("edit", "tess", {"owner_id": "olga"}).json()
    assert (edited["state"], edited["principal_id"]) == ("returned", "pat")
    assert desk.move("submit", "tess").json()["state"] == "submitted"
    assert desk.decide("dora").json()["state"] == "approved"


def test_what_a_principal_did_not_see_is_not_acknowledged(desk: Desk) -> None:
    for changed in ({"purpose": "Something else"}, {"handle": "other"}, {"kind": "course"}):
        desk.make()
        desk.move("acknowledge", "pat")
        assert desk.move("edit", "tess", changed).json()["principal_id"] is None


def test_an_attestation_is_of_one_account(desk: Desk) -> None:
    desk.ready()
    desk.move("attest", "dora")
    desk.decide("dora", "return")
    assert desk.move("edit", "tess", {"owner_id": "olga"}).json()["communications_admin_at"]
    edited = desk.move("edit", "tess", {"handle": "other"}).json()
    assert edited["communications_admin_at"] is None


def test_a_closed_account_takes_a_new_form(client: httpx.Client, desk: Desk, store: Store) -> None:
    desk.ready()
    desk.move("attest", "dora")
    desk.decide("dora")
    with store.writing() as connection:
        connection.execute(
            update(t.accounts)
            .where(t.accounts.c.handle_key == "maple.room3")
            .values(status="closed")
        )
    before = rows_of(store)
    assert told(desk.move("attest", "dora")) == (409, "closed-account")
    assert rows_of(store) == before
    desk.ready()
    assert "form.administrator" in missing(desk.read())  # what was attested is long ago
    assert [one["status"] for one in desk.read().json()["similar"]["accounts"]] == ["closed"]
    desk.decide("dora")
    assert [row.status for row in accounts(store)] == ["requested"]
    desk.move("attest", "dora")
    assert check(client)["outcome"] == "allow"


def test_a_known_account_is_changed_and_stays_one(desk: Desk, store: Store) -> None:
    with store.writing() as connection:
        District(connection).account(
            "instagram", "maple.room3", kind="other", org_id="birch", owner_id=None,
            managers=("bea",), status="unauthorized_found",
        )  # fmt: skip
    desk.ready()
    (similar,) = desk.read().json()["similar"]["accounts"]
    assert similar["status"] == "unauthorized_found"
    desk.decide("dora")
    (account,) = accounts(store)
    assert (account.org_id, account.owner_id, account.status) == ("maple", "tess", "authorized")
    with store.reading() as connection:
        managers = connection.scalars(
            select(t.account_managers.c.person_id).where(
                t.account_managers.c.account_id == account.id
            )
        )
        assert set(managers) == {"mia", "tess"}


def test_a_key_of_one_school_takes_no_other_schools_account_over(desk: Desk, store: Store) -> None:
    with store.writing() as connection:
        theirs = {"org_id": "birch", "owner_id": "bea", "managers": ("bea",)}
        District(connection).account("instagram", "maple.room3", **theirs)
    desk.ready()
    desk.for_("dee", schools=("maple",))
    before = rows_of(store)
    assert told(desk.decide("dee", schools=("maple",))) == (403, "forbidden")
    assert rows_of(store) == before
    assert desk.decide("dee").status_code == 200
    assert [row.org_id for row in accounts(store)] == ["maple"]


def test_who_decides_sees_doubles_and_lookalikes(desk: Desk, store: Store) -> None:
    with store.writing() as connection:
        District(connection).account("instagram", "maple_room3")
    other = desk.make("ed", handle="maple.room3").json()
    desk.ready()
    similar = desk.read("dora").json()["similar"]
    assert [one["id"] for one in similar["requests"]] == [other["id"]]
    assert [one["handle"] for one in similar["lookalikes"]] == ["maple_room3"]
    assert similar["accounts"] == []


def test_two_deciders_at_once_make_one_account(desk: Desk, store: Store) -> None:
    desk.ready()
    for who in ("dora", "dee"):
        desk.for_(who)
    tag = desk.tag
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda who: desk.decide(who, tag=tag), ("dora", "dee")))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert len(accounts(store)) == 1
    with store.reading() as connection:
        wanted = select(func.count()).where(t.authorizations.c.account_id == accounts(store)[0].id)
        assert connection.scalar(wanted) == 1


def test_two_forms_for_one_account_approved_at_once_make_one_account(
    client: httpx.Client, desk: Desk, for_: For, store: Store
) -> None:
    first, second = desk, Desk(client, for_)
    first.ready()
    second.ready("ed")
    for_("dora")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: one.decide("dora"), (first, second)))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len({answer.json()["account_id"] for answer in answers}) == len(accounts(store)) == 1


def test_of_two_editors_the_second_hears_412_and_none_passes_without_having_read(
    desk: Desk, store: Store
) -> None:
    desk.make()
    read = desk.tag
    assert desk.move("edit", "tess", {"owner_id": "olga"}).status_code == 200
    before = rows_of(store)
    assert told(desk.move("edit", "tess", {"owner_id": "ed"}, tag=read)) == (412, "stale")
    assert told(desk.move("submit", "tess", tag="-")) == (428, "precondition-required")
    assert told(desk.decide("dora", tag="-")) == (428, "precondition-required")
    assert rows_of(store)["authorization_requests"] == before["authorization_requests"]


def test_eight_equal_requests_make_one_form(desk: Desk, store: Store) -> None:
    desk.for_("tess")
    with ThreadPoolExecutor(8) as pool:
        keyed = {"Idempotency-Key": "k-1"}
        answers = list(pool.map(lambda _: desk.make(headers=keyed), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(rows_of(store)["authorization_requests"]) == 1


UNKNOWN: list[tuple[dict[str, Any], str]] = [
    ({"owner_id": "ana"}, "/owner_id"),
    ({"owner_id": "gone"}, "/owner_id"),
    ({"managers": ["mia", "nobody"]}, "/managers/1"),
    ({"org_id": "nowhere"}, "/org_id"),
    ({"handle": "two words"}, "/handle"),
    ({"handle": None}, "/handle"),
    ({"platform": None, "handle": None, "url": "https://blog.example/room3"}, "/platform"),
]


def test_a_form_names_only_what_there_is(desk: Desk) -> None:
    for changed, at in UNKNOWN:
        answer = desk.make(**changed)
        assert answer.status_code == 422
        assert [error["at"] for error in answer.json()["errors"]] == [at]


def test_a_key_of_one_school_sees_that_schools_forms_and_learns_nothing_else(
    client: httpx.Client, desk: Desk, for_: For, store: Store
) -> None:
    ours = desk.make().json()
    theirs = desk.make("bea", org_id="birch", owner_id="bea", managers=["bea"]).json()
    limited = {"schools": ("maple",)}
    page = client.get(PATH, headers=for_("tess", **limited)).json()
    assert [item["id"] for item in page["items"]] == [ours["id"]]
    unknown = {"type": "/problems/not-found", "status": 404}
    for ident in (theirs["id"], "01a20358-0000-7000-8000-000000000000"):
        answer = client.get(f"{PATH}/{ident}", headers=for_("tess", **limited))
        assert unknown.items() <= answer.json().items()
    desk.id = theirs["id"]
    assert told(desk.decide("dora", **limited)) == (404, "not-found")
    headers = for_("tess", **limited)
    for named in ("bea", "nobody"):
        answer = client.post(PATH, json={**FORM, "owner_id": named}, headers=headers)
        assert [(e["at"], e["code"]) for e in answer.json()["errors"]] == [
            ("/owner_id", "unknown_person")
        ]
    for org in ("birch", "nowhere"):
        answer = client.post(PATH, json={**FORM, "org_id": org}, headers=headers)
        assert [(e["at"], e["code"]) for e in answer.json()["errors"]] == [
            ("/org_id", "unknown_org")
        ]
    desk.id, desk.tag = ours["id"], '"1"'
    assert desk.read("tess", **limited).json()["similar"]["requests"] == []


def test_lists_are_filtered_and_paged(client: httpx.Client, desk: Desk, for_: For) -> None:
    mine = [desk.make(handle=f"room{n}").json()["id"] for n in range(5)]
    desk.make("ed", kind="club", submit=True)

    def listed(**query: Any) -> list[str]:
        answer = client.get(PATH, params=query, headers=for_("dora"))
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    assert listed(requester="tess") == mine
    assert listed(state="submitted") == [desk.id]
    assert listed(org_id="birch") == []
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = client.get(PATH, params=query, headers=for_("dora")).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [*mine, desk.id]


def test_each_move_takes_its_scope(desk: Desk) -> None:
    desk.make()
    for move, scope in (
        ("submit", "accounts:write"),
        ("decide", "authorizations:decide"),
        ("attest", "authorizations:decide"),
    ):
        others = tuple({"accounts:write", "authorizations:decide", "people:read"} - {scope})
        answer = desk.move(move, "dora", BODIES.get(move), scopes=others)
        assert told(answer) == (403, "forbidden")


def test_nobody_decides_their_own_request_whatever_the_districts_setting(
    settings: Settings, store: Store, make_key: MakeKey
) -> None:
    open_offices(store)
    lenient = settings.model_copy(update={"forbid_self_approval": False})
    headers = {"Authorization": f"Bearer {make_key(person_id='dee').secret}"}
    with (
        serving(create_app(lenient, store=store)) as url,
        httpx.Client(base_url=url, headers=headers, timeout=30, trust_env=False) as client,
    ):
        desk = Desk(client, lambda *_, **__: {})
        made = desk.make(submit=True, kind="club")
        assert made.json()["requested_by"] == "dee"
        answer = desk.decide("dee")
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/own-request")


def test_a_domain_of_the_districts_makes_the_address_count(
    settings: Settings, store: Store, make_key: MakeKey
) -> None:
    open_offices(store)
    ours = settings.model_copy(update={"email_domains": ("provo.edu",)})
    headers = {"Authorization": f"Bearer {make_key(person_id='dee').secret}"}
    with (
        serving(create_app(ours, store=store)) as url,
        httpx.Client(base_url=url, headers=headers, timeout=30, trust_env=False) as client,
    ):
        desk = Desk(client, lambda *_, **__: {})
        assert "form.network_email" in missing(desk.make())
        assert "form.contact_foreign" in missing(desk.make(contact_email="tess@mail.example"))
        granted = {
            "kind": "network_email", "org_id": "d", "network": "instagram",
            "effective_from": str(datetime.now(UTC).astimezone(ours.zone).date()),
        }  # fmt: skip
        assert client.post("/v1/grants", json=granted).status_code == 201
        assert "form.network_email" not in missing(desk.make())


def test_neither_names_nor_texts_come_back_in_a_refusal(desk: Desk) -> None:
    answer = desk.make(owner_id="Zoë-Canary", managers=["Zoë-Canary"], purpose="")
    assert answer.status_code == 422
    assert "Canary" not in answer.text
