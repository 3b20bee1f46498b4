"""Clearances over HTTP: bound to what was asked, live as long as it is true, and recalled."""

import base64
import json
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import jwt
import orjson
import pytest
from joserfc.jwk import OKPKey
from jwt.algorithms import OKPAlgorithm
from sqlalchemy import text, update

from app.auth.receipts import ReceiptKeys
from app.checks.watches import open_recall
from app.database import tables as t
from app.database.session import Store
from app.erasure.person_erasure import erase_person
from app.policy_setup import read_setup
from app.settings import Settings
from app.store.consents.list_dates import attest_list
from app.store.ledger.changes import Actor
from tests.api.offices import For
from tests.district import District, set_status
from tests.waiting import until

MAPLE = {"platform": "facebook", "handle": "maple"}
A, B = "aa" * 32, "bb" * 32
UNKNOWN = "01a20358-0000-7000-8000-000000000000"
TEXT = "The choir sang.\nIt was a night to remember — thank you!"
Body = dict[str, Any]


class Clearances:
    def __init__(self, client: httpx.Client, for_: For) -> None:
        self.client = client
        self.for_ = for_
        self.headers = for_(None, scopes=("check",))

    def post(self, **more: Any) -> Body:
        return {
            "account": MAPLE, "author": {"id": "tess"}, "purpose": "school", "text": TEXT,
            "media": [{"kind": "photo", "rights": "own", "sha256": A}],
            "pictured": {"students": [{"id": "ana"}]}, "clearance": True, **more,
        }  # fmt: skip

    def ask(self, **more: Any) -> httpx.Response:
        return self.client.post("/v1/checks/post", json=self.post(**more), headers=self.headers)

    def get(self, **more: Any) -> Body:
        """The clearance of a post that is allowed."""
        said = self.ask(**more).json()
        assert said["outcome"] == "allow", said
        given: Body = said["clearance"]
        return given

    def verify(self, given: Body, headers: Any = None, **more: Any) -> httpx.Response:
        body = {"account": MAPLE, "text": TEXT, "media": [A], **more}
        path = f"/v1/clearances/{given['id']}/verify"
        return self.client.post(path, json=body, headers=headers or self.headers)

    def code(self, given: Body, **more: Any) -> str:
        said = self.verify(given, **more).json()
        assert said["live"] == (said["code"] == "live")
        return str(said["code"])

    def read(self, given: Body) -> Body:
        answer = self.client.get(f"/v1/clearances/{given['id']}", headers=self.headers)
        said: Body = answer.json()
        return said

    def refuse(self, person_id: str) -> None:
        """A mother says no, at the office."""
        body = {
            "person_id": person_id, "decision": "refuse", "capacity": "guardian",
            "given_by": {"name": "Robin Example"}, "signed_on": "2026-01-05",
        }  # fmt: skip
        answer = self.client.post(
            "/v1/consents", json=body, headers=self.for_("dora", scopes=("consents:write",))
        )
        assert answer.status_code == 201, answer.text


@pytest.fixture
def clearances(client: httpx.Client, for_: For) -> Clearances:
    return Clearances(client, for_)


def test_an_allow_gives_what_is_live_for_this_post_alone(clearances: Clearances) -> None:
    given = clearances.get()
    assert clearances.code(given) == "live"
    assert clearances.code(given, text=TEXT.replace("\n", "\r\n") + "\n") == "live"
    assert clearances.code(given, media=[A.upper()]) == "live"
    for changed, code in (
        ({"text": TEXT + "!"}, "other_text"),
        ({"text": TEXT.replace("night", "might")}, "other_text"),
        ({"text": ""}, "other_text"),
        ({"media": [B]}, "other_media"),
        ({"media": [A, B]}, "other_media"),
        ({"media": []}, "other_media"),
        ({"account": {"platform": "x", "handle": "wild"}}, "other_account"),
        ({"account": {"platform": "x", "handle": "nobodys"}}, "other_account"),
        ({"account": {"platform": "facebook", "personal": True}}, "other_account"),
    ):
        assert clearances.code(given, **changed) == code, changed
    assert clearances.read(given)["state"] == "live"


def test_its_window_is_around_the_post(clearances: Clearances) -> None:
    friday = datetime.now(UTC) + timedelta(days=3)
    given = clearances.get(publish_at=friday.isoformat())
    assert datetime.fromisoformat(given["not_before"]) == friday - timedelta(hours=1)
    assert datetime.fromisoformat(given["not_after"]) == friday + timedelta(hours=1)

    def at(moment: datetime) -> str:
        return clearances.code(given, at=moment.isoformat())

    assert clearances.code(given) == "too_early"
    assert at(friday) == at(friday + timedelta(minutes=59)) == "live"
    assert at(friday - timedelta(minutes=61)) == "too_early"
    assert at(friday + timedelta(minutes=61)) == "expired"


def test_its_time_is_over_whatever_the_caller_says(clearances: Clearances, store: Store) -> None:
    given = clearances.get()
    past = datetime.now(UTC) - timedelta(days=2)
    with store.writing() as connection:
        ended = {"not_before": past - timedelta(hours=1), "not_after": past}
        connection.execute(update(t.clearances).values(ended))
    assert clearances.code(given) == "expired"
    assert clearances.code(given, at=(past - timedelta(minutes=5)).isoformat()) == "expired"


@pytest.mark.parametrize(
    ("more", "places"),
    [
        ({"media": [{"kind": "photo"}]}, {("/media/0/sha256", "missing")}),
        ({"account": {"platform": "x", "personal": True}}, {("/clearance", "personal")}),
        ({"author": None}, {("/author", "missing")}),
        ({"clearance": "yes"}, {("/clearance", "bool_type")}),
    ],
)
def test_what_it_is_bound_to_has_to_be_given(
    clearances: Clearances, more: Body, places: set[tuple[str, str]]
) -> None:
    answer = clearances.ask(**more)
    assert answer.status_code == 422
    assert {(one["at"], one["code"]) for one in answer.json()["errors"]} == places


def test_nothing_else_gives_one(clearances: Clearances) -> None:
    assert "clearance" not in clearances.ask(clearance=False).json()
    denied = clearances.ask(pictured={"students": [{"id": "ben"}]}).json()
    assert (denied["outcome"], denied.get("clearance")) == ("deny", None)
    doubtful = clearances.ask(pictured={"students": [{"id": "new"}]}).json()
    assert (doubtful["outcome"], doubtful.get("clearance")) == ("review", None)


def test_several_posts_each_have_their_own(clearances: Clearances) -> None:
    posts = [clearances.post(), clearances.post(clearance=False), clearances.post(text="Other")]
    answer = clearances.client.post(
        "/v1/checks/posts", json={"posts": posts}, headers=clearances.headers
    )
    first, none, last = (one.get("clearance") for one in answer.json()["items"])
    assert none is None
    assert first["receipt"] != last["receipt"]
    assert (clearances.code(first), clearances.code(last, text="Other")) == ("live", "live")


def test_a_refusal_is_heard_by_the_next_verification(clearances: Clearances) -> None:
    given = clearances.get()
    clearances.refuse("ana")
    assert clearances.code(given) == "revoked"
    said = clearances.read(given)
    assert (said["state"], said["reason"]) == ("revoked", "consent.refused")


def test_a_refusal_is_recalled_though_nobody_asks(clearances: Clearances) -> None:
    given, other = clearances.get(), clearances.get(pictured={"students": [{"id": "cleo"}]})
    clearances.refuse("ana")
    until(lambda: clearances.read(given)["state"] == "revoked")
    assert clearances.read(other)["state"] == "live"
    ended = clearances.client.post("/v1/clearances/search", json={}, headers=clearances.headers)
    page = ended.json()
    assert [(one["id"], one["reason"]) for one in page["items"]] == [
        (given["id"], "consent.refused")
    ]
    # The cursor goes on later: nothing yet, then the next one.
    more = {"cursor": page["next_cursor"]}
    again = clearances.client.post("/v1/clearances/search", json=more, headers=clearances.headers)
    assert again.json()["items"] == []
    clearances.refuse("cleo")
    until(lambda: clearances.read(other)["state"] == "revoked")
    again = clearances.client.post("/v1/clearances/search", json=more, headers=clearances.headers)
    assert [one["id"] for one in again.json()["items"]] == [other["id"]]


@pytest.mark.parametrize(
    "change",
    [
        text("UPDATE accounts SET status = 'suspended'"),
        text("UPDATE people SET status = 'inactive' WHERE id = 'ana'"),
        text("UPDATE people SET identity_doubt = 'arrival' WHERE id = 'ana'"),
    ],
)
def test_whatever_changes_counts(clearances: Clearances, store: Store, change: Any) -> None:
    """Also what no row tells of: the truth is what the rules say of the facts on file."""
    given = clearances.get()
    with store.writing() as connection:
        connection.execute(change)
    assert clearances.code(given) == "revoked"


def test_an_id_that_went_to_another_child_is_another_childs(
    clearances: Clearances, store: Store
) -> None:
    given = clearances.get()
    with store.writing() as connection:
        whose = t.people.c.id == "ana"
        connection.execute(update(t.people).where(whose).values(first_seen_at=store.now()))
    attest_list(store, store.now(), None)
    assert clearances.code(given) == "revoked"
    assert clearances.read(given)["reason"] == "another_bearer"


def test_a_turn_finds_what_no_news_told(
    clearances: Clearances, store: Store, settings: Settings
) -> None:
    given = [clearances.get(text=f"Post {n}") for n in range(60)]
    with store.writing() as connection:
        set_status(connection, "ana", "inactive")
    recall = open_recall(store, read_setup(settings))
    while recall.look():
        pass
    assert {clearances.read(one)["state"] for one in given} == {"revoked"}


def test_a_stale_list_suspends_and_a_fresh_one_lifts_it(
    clearances: Clearances, store: Store, settings: Settings
) -> None:
    given = clearances.get()
    old = datetime.now(UTC) - timedelta(days=8)
    with store.writing() as connection:
        District(connection).list_date("consents", old)
    assert clearances.code(given) == "suspended"
    recall = open_recall(store, read_setup(settings))
    while recall.look():
        pass
    assert clearances.read(given)["state"] == "live"
    with store.writing() as connection:
        District(connection).list_date("consents", datetime.now(UTC))
    assert clearances.code(given) == "live"


def test_a_withdrawn_declaration_takes_it_back(clearances: Clearances) -> None:
    writer = clearances.for_("tess", scopes=("declarations:write",))
    body = {
        "purpose": "school", "media": [{"kind": "photo", "rights": "own", "sha256": A}],
        "pictured": {"students": [{"id": "ana"}]},
    }  # fmt: skip
    made = clearances.client.post("/v1/declarations", json=body, headers=writer).json()
    given = clearances.get(pictured=None)
    path = f"/v1/declarations/{made['id']}/withdrawal"
    clearances.client.post(path, json={"reason": "Not this one"}, headers=writer)
    until(lambda: clearances.read(given)["state"] == "revoked")
    assert "declaration.withdrawn" in clearances.read(given)["reason"]


def test_it_is_known_to_its_key_and_to_unlimited_ones(clearances: Clearances) -> None:
    given = clearances.get()
    limited = clearances.for_(None, scopes=("check",), schools=frozenset({"maple"}))
    assert clearances.verify(given, limited).status_code == 404
    assert clearances.verify({"id": UNKNOWN}).status_code == 404
    other = clearances.for_(None, scopes=("check", "decisions:read"))
    assert clearances.verify(given, other).json()["code"] == "live"
    search = clearances.client.post("/v1/clearances/search", json={}, headers=other).json()
    assert search == {"items": [], "next_cursor": None}


def test_a_wrong_digest_names_its_field(clearances: Clearances) -> None:
    answer = clearances.verify(clearances.get(), media=["ab"])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "/media/0"


def test_an_erased_child_leaves_nothing_to_ask(clearances: Clearances, store: Store) -> None:
    given = clearances.get()
    erase_person(store, "ana", lambda: Actor("key-1", "dora", store.now()))
    assert clearances.code(given) == "revoked"
    with store.reading() as connection:
        assert connection.scalar(text("SELECT asked FROM clearances")) is None
        facts = connection.execute(text("SELECT value FROM clearance_facts")).scalars().all()
    assert "ana" not in facts


def test_a_receipt_says_what_was_answered_and_outlives_its_key(
    clearances: Clearances, settings: Settings
) -> None:
    given = clearances.get()
    ReceiptKeys(settings.receipt_folder).add_key()
    later = [clearances.get()]

    def is_taken_up() -> bool:
        later.append(clearances.get())
        return _kid(later[-1]) != _kid(given)

    until(is_taken_up)
    public = clearances.client.get("/.well-known/jwks.json", headers={"Authorization": ""}).json()
    assert [one["kid"] for one in public["keys"]] == [_kid(later[-1]), _kid(given)]
    assert all("d" not in one for one in public["keys"])
    # By another library than the one that signs, which knows the algorithm by its older name.
    library = jwt.PyJWS()
    library.register_algorithm("Ed25519", OKPAlgorithm())
    known = {one.key_id: one.key for one in jwt.PyJWKSet.from_dict(public).keys}
    for one in (given, later[-1]):
        payload = library.decode(one["receipt"], known[_kid(one)], algorithms=["Ed25519"])
        said = orjson.loads(payload)
        assert (said["sub"], said["account"]) == (one["id"], "facebook/maple")
        assert said["media_sha256"] == [A]
        assert "ana" not in said.values()
        head, _, signature = one["receipt"].split(".")
        other = orjson.dumps({**said, "text_sha256": "0" * 64})
        forged = base64.urlsafe_b64encode(other).decode().rstrip("=")
        with pytest.raises(jwt.InvalidSignatureError):
            library.decode(f"{head}.{forged}.{signature}", known[_kid(one)], algorithms=["Ed25519"])


def _kid(given: Body) -> str:
    head = given["receipt"].split(".")[0]
    return str(orjson.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


def test_it_is_judged_for_the_time_at_which_it_goes_out(
    clearances: Clearances, store: Store
) -> None:
    """The window is around the planned time, and a release may begin or end within it."""
    zone = ZoneInfo("America/Denver")
    day = datetime.now(zone).date() + timedelta(days=3)
    midnight = datetime.combine(day, clock_time(), zone)
    with store.writing() as connection:
        begins = District(connection).release("Robin Example", effective_from=day)
        ends = District(connection).release("Kim Example", effective_to=day - timedelta(days=1))
    for release, planned, other in ((begins, 20, -20), (ends, -20, 20)):
        pictured = {"others": [{"release_id": release}]}
        at = (midnight + timedelta(minutes=planned)).isoformat()
        given = clearances.get(pictured=pictured, publish_at=at)
        assert clearances.code(given, at=at) == "live"
        beyond = (midnight + timedelta(minutes=other)).isoformat()
        assert clearances.code(given, at=beyond) == "other_time"
        assert clearances.read(given)["state"] == "live"


def test_what_describes_the_media_is_bound_too(clearances: Clearances) -> None:
    media = [{"kind": "photo", "rights": "own", "sha256": A, "alt_text": "A choir\r\n"}]
    given = clearances.get(media=media)
    assert clearances.code(given, alt_texts=["A choir"]) == "live"
    assert clearances.code(given) == "other_text"
    assert clearances.code(given, alt_texts=["A choir", "More"]) == "other_text"
    assert clearances.code(clearances.get(), alt_texts=["A choir"]) == "other_text"


def test_one_that_cannot_be_read_is_not_live_and_no_fault(
    clearances: Clearances, store: Store
) -> None:
    given = clearances.get()
    with store.writing() as connection:
        connection.execute(update(t.clearances).values(asked="{}"))
    assert clearances.code(given) == "revoked"
    assert clearances.read(given)["reason"] == "unreadable"


@pytest.mark.parametrize(
    "position", [["x", "y"], ["2020-01-01T00:00:00", "y"], [1.5, "y"], [2**70, "y"], [1]]
)
def test_a_cursor_of_another_list_is_refused(clearances: Clearances, position: Any) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")
    answer = clearances.client.post(
        "/v1/clearances/search", json={"cursor": cursor}, headers=clearances.headers
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "/cursor"


@pytest.mark.parametrize("since", [0, -(2**62), 2**63 - 1])
def test_a_cursor_of_any_time_is_a_place(clearances: Clearances, since: int) -> None:
    cursor = base64.urlsafe_b64encode(orjson.dumps([since, "y"])).decode().rstrip("=")
    answer = clearances.client.post(
        "/v1/clearances/search", json={"cursor": cursor}, headers=clearances.headers
    )
    assert (answer.status_code, answer.json()["items"]) == (200, [])


PUBLIC = OKPKey.generate_key("Ed25519").as_pem(private=False)
OTHER_CURVE = OKPKey.generate_key("X25519").as_pem(private=True)


@pytest.mark.parametrize("name", ["0", "ffff"])
@pytest.mark.parametrize("content", [b"", b"no key", b"\xff\x00", PUBLIC, OTHER_CURVE, None])
def test_a_file_that_is_no_key_is_passed_over(
    clearances: Clearances, settings: Settings, name: str, content: bytes | None
) -> None:
    settings.receipt_folder.mkdir()
    bad = settings.receipt_folder / f"{name}.pem"
    if content is None:
        bad.mkdir()
    else:
        bad.write_bytes(content)
    given = clearances.get()
    assert _kid(given) != name
    public = clearances.client.get("/.well-known/jwks.json").json()
    assert [one["kid"] for one in public["keys"]] == [_kid(given)]


def test_where_no_key_can_be_had_the_answer_has_no_receipt(
    clearances: Clearances, settings: Settings
) -> None:
    settings.receipt_folder.write_text("a file in the place of the folder")
    given = clearances.get()
    assert "receipt" not in given
    assert clearances.code(given) == "live"
    assert clearances.client.get("/.well-known/jwks.json").status_code == 503
