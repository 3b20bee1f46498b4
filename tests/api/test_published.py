"""Published posts over HTTP: held against what was answered, listed, and taken down."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text, update

from app.checks.watches import open_recall
from app.database import tables as t
from app.database.session import Store
from app.erasure.person_erasure import erase_person
from app.imports.merge.application import end_writes
from app.policy_setup import read_setup
from app.settings import Settings
from app.store.ledger import record_sums
from app.store.ledger.changes import Actor
from tests.api.offices import For
from tests.district import District

MAPLE = {"platform": "facebook", "handle": "maple"}
A, B = "aa" * 32, "bb" * 32
UNKNOWN = "01a20358-0000-7000-8000-000000000000"
TEXT = "The choir sang.\nIt was a night to remember."
REASON = "Somebody else of that name."
Body = dict[str, Any]


class Posts:
    """A scheduler that asks and tells, and the offices that look."""

    def __init__(self, client: httpx.Client, for_: For, store: Store, settings: Settings) -> None:
        self.client, self.for_, self.store, self.settings = client, for_, store, settings
        self.tool = for_(None, scopes=("check", "published:write"))
        self.office = for_("dora", scopes=("decisions:read", "published:write", "reviews:decide"))
        self._posts = 0

    def send(self, path: str, body: Body, headers: Any = None) -> httpx.Response:
        return self.client.post(path, json=body, headers=headers or self.tool)

    def ask(self, **more: Any) -> Body:
        body = {
            "account": MAPLE, "author": {"id": "tess"}, "purpose": "school", "text": TEXT,
            "media": [{"kind": "photo", "rights": "own", "sha256": A}],
            "pictured": {"students": [{"id": "ana"}]}, **more,
        }  # fmt: skip
        said: Body = self.send("/v1/checks/post", body).json()
        assert "outcome" in said, said
        return said

    def report(self, headers: Any = None, **more: Any) -> httpx.Response:
        self._posts += 1
        body = {
            "account": MAPLE, "external_id": f"fb-{self._posts}", "text": TEXT, "media": [A],
            "published_at": datetime.now(UTC).isoformat(), **more,
        }  # fmt: skip
        return self.send("/v1/posts/published", body, headers)

    def tell(self, **more: Any) -> Body:
        answer = self.report(**more)
        assert answer.status_code in (200, 201), answer.text
        assert "takedown" not in answer.json()  # or a tool could learn who is refused
        return self.read(answer.json())

    def read(self, post: Body) -> Body:
        answer = self.client.get(f"/v1/posts/published/{post['id']}", headers=self.office)
        said: Body = answer.json()
        return said

    def listed(self, name: str | None, **more: Any) -> list[str]:
        query = {"list": name, **more} if name else more
        answer = self.client.get("/v1/posts/published", params=query, headers=self.office)
        return [one["id"] for one in answer.json()["items"]]

    def takedowns(self, **query: Any) -> list[Body]:
        answer = self.client.get("/v1/takedowns", params=query, headers=self.office)
        found: list[Body] = answer.json()["items"]
        return found

    def say(self, person_id: str, decision: str, **more: Any) -> None:
        body = {
            "person_id": person_id, "decision": decision, "capacity": "guardian",
            "given_by": {"name": "Robin Example"}, "signed_at": "2026-01-05T09:00:00-07:00", **more,
        }  # fmt: skip
        headers = self.for_("dora", scopes=("consents:write",))
        answer = self.send("/v1/consents", body, headers)
        assert answer.status_code == 201, answer.text

    def look(self) -> None:
        """The recall looks until nothing is left to do."""
        recall = open_recall(self.store, read_setup(self.settings))
        while recall.look():
            pass

    def of(self, person_id: str, **more: Any) -> list[Body]:
        reader = self.for_(None, scopes=("people:read",))
        answer = self.send("/v1/people/published", {"person_id": person_id, **more}, reader)
        found: list[Body] = answer.json()["items"]
        return found


@pytest.fixture
def posts(client: httpx.Client, for_: For, store: Store, settings: Settings) -> Iterator[Posts]:
    """Whatever a test does by the service, the sums over posts and the people in them hold."""
    record_sums.begin_import(store, store.now(), "test")
    end_writes(store, store.now(), "test")
    yield Posts(client, for_, store, settings)
    with store.reading() as connection:
        assert record_sums.list_unbound(connection) == []
        faults = dict(record_sums.find_faults(connection))
    assert not faults.keys() & {"published_posts", "published_people"}


def test_a_clearance_is_used_by_the_post_that_goes_out_on_it(posts: Posts) -> None:
    said = posts.ask(clearance=True)
    given = said["clearance"]["id"]
    post = posts.tell(clearance=given)
    assert (post["state"], post["clearance_id"], post["differs"]) == ("allowed", given, None)
    assert post["match"] == {"decision": said["id"], "by": "clearance"}
    shown = posts.client.get(f"/v1/clearances/{given}", headers=posts.tool).json()
    assert (shown["state"], shown["reason"]) == ("used", None)
    verify = {"account": MAPLE, "text": TEXT, "media": [A]}
    again = posts.send(f"/v1/clearances/{given}/verify", verify).json()
    assert (again["live"], again["code"]) == (False, "used")
    assert posts.read(post) == post


@pytest.mark.parametrize(
    ("told", "code", "state"),
    [
        ({"text": TEXT + "!"}, "other_text", "unasked"),
        ({"media": [B]}, "other_media", "unasked"),
        ({"media": []}, "other_media", "unasked"),
        ({"hours": 3}, "expired", "allowed"),  # it is the post that was allowed, if late
        ({"text": None, "media": None}, None, "allowed"),
        ({"text": TEXT.replace("\n", "\r\n") + "\n", "media": [A.upper()]}, None, "allowed"),
    ],
)
def test_what_differs_from_its_clearance_is_told(
    posts: Posts, told: Body, code: str | None, state: str
) -> None:
    given = posts.ask(clearance=True)["clearance"]["id"]
    hours = told.pop("hours", 0)
    if hours:
        with posts.store.writing() as connection:
            past = datetime.now(UTC) - timedelta(hours=hours)
            window = {"not_before": past - timedelta(hours=1), "not_after": past}
            connection.execute(update(t.clearances).values(window))
    post = posts.tell(clearance=given, **told)
    assert (post["differs"], post["state"]) == (code, state)
    shown = posts.client.get(f"/v1/clearances/{given}", headers=posts.tool).json()
    assert (shown["state"] == "used") == (code is None)


def test_a_post_on_a_revoked_clearance_was_not_allowed(posts: Posts) -> None:
    given = posts.ask(clearance=True)["clearance"]["id"]
    posts.say("ana", "refuse")
    posts.look()
    post = posts.tell(clearance=given)
    assert (post["state"], post["differs"]) == ("not_allowed", "revoked")
    assert post["takedown"] == "open"
    assert posts.listed("not_allowed") == posts.listed("refused") == [post["id"]]


def test_a_post_that_was_out_before_the_revocation_was_allowed(posts: Posts) -> None:
    given = posts.ask(clearance=True)["clearance"]["id"]
    out = datetime.now(UTC)
    posts.say("ana", "refuse")
    posts.look()
    post = posts.tell(clearance=given, published_at=out.isoformat())
    assert (post["state"], post["differs"], post["takedown"]) == ("allowed", None, "open")


def test_without_a_clearance_it_is_found_by_its_content(posts: Posts) -> None:
    said = posts.ask()
    by_text = posts.tell()
    assert (by_text["state"], by_text["match"]) == (
        "allowed",
        {"decision": said["id"], "by": "text"},
    )
    by_media = posts.tell(text=None)
    assert by_media["match"] == {"decision": said["id"], "by": "media"}
    cited = posts.tell(decision=said["id"])
    assert cited["match"] == {"decision": said["id"], "by": "decision"}
    # A later answer about the same content is the one that counts.
    denied = posts.ask(pictured={"students": [{"id": "ben"}]})
    last = posts.tell()
    assert (last["state"], last["match"]["decision"]) == ("not_allowed", denied["id"])


@pytest.mark.parametrize(
    "told",
    [
        {"text": "Never asked", "media": [A]},
        {"text": TEXT, "media": [B]},
        {"text": TEXT, "media": [A, B]},
        {"text": None, "media": None},
        {"text": "", "media": []},
        {"account": {"platform": "instagram", "handle": "lost"}},
        {"days": 9},
        {"days": -2},
    ],
)
def test_other_content_account_or_time_was_never_asked(posts: Posts, told: Body) -> None:
    posts.ask()
    if "days" in told:
        # As if it had been asked that long ago, or for later than it went out.
        moved = datetime.now(UTC) - timedelta(days=told.pop("days"))
        said = posts.ask(publish_at=moved.isoformat(), text="Planned")
        told = {"text": "Planned"}
        if moved < datetime.now(UTC):
            told["published_at"] = (datetime.now(UTC) - timedelta(days=9)).isoformat()
        assert said["outcome"] == "allow"
    post = posts.tell(**told)
    assert (post["state"], post["match"]) == ("unasked", None)
    assert posts.listed("unasked") == [post["id"]]


def test_a_post_by_an_alias_is_the_accounts(posts: Posts) -> None:
    with posts.store.writing() as connection:
        account = connection.scalar(select(t.accounts.c.id).where(t.accounts.c.handle == "maple"))
        connection.execute(
            t.account_aliases.insert().values(account_id=account, system="buffer", value="77")
        )
    alias = {"system": "buffer", "external_id": "77"}
    said = posts.ask(account=alias)
    assert posts.tell()["match"]["decision"] == said["id"]
    assert posts.tell(account=alias, decision=said["id"])["match"]["by"] == "decision"


def test_the_same_post_is_told_of_once(posts: Posts) -> None:
    url = "https://www.facebook.com/maple/posts/1?fbclid=x"
    first = posts.tell(external_id="1", text="Nobody asked", media=None)
    again = posts.report(external_id="1", url=url, text="Nobody asked")
    assert again.status_code == 200
    assert again.json()["id"] == first["id"]
    assert again.json()["url"] == "https://www.facebook.com/maple/posts/1"
    assert posts.tell(external_id=None, url=url.replace("https", "http"))["id"] == first["id"]
    # By its text within the hour, where one report lacks what the other has.
    other = posts.tell(external_id="2", text="By hand")
    assert posts.tell(external_id=None, url="https://e.org/2", text="By hand")["id"] == other["id"]
    assert posts.tell(external_id="3", text="By hand")["id"] != other["id"]
    assert len(posts.listed(None)) == 3


def test_an_unasked_post_that_was_asked_after_all_is_matched(posts: Posts) -> None:
    given = posts.ask(clearance=True)["clearance"]["id"]
    post = posts.tell(text="Other", external_id="1")
    assert post["state"] == "unasked"
    matched = posts.tell(clearance=given, external_id="1")
    assert (matched["id"], matched["state"], matched["differs"]) == (post["id"], "allowed", None)
    # And one whose text was changed after it went out is not what was asked any more.
    edited = posts.tell(external_id="1", text="Edited")
    assert (edited["id"], edited["state"]) == (post["id"], "unasked")


def test_an_edited_text_takes_nobody_out_of_the_picture(posts: Posts) -> None:
    posts.ask()
    post = posts.tell(external_id="1")
    edited = posts.tell(external_id="1", text="A letter more")
    assert (edited["id"], edited["state"]) == (post["id"], "unasked")
    posts.say("ana", "refuse")
    posts.look()
    assert posts.read(post)["takedown"] == "open"


def test_what_is_told_later_of_an_unasked_post_counts(posts: Posts) -> None:
    writer = posts.for_("tess", scopes=("declarations:write",))
    declared = {
        "purpose": "school", "media": [{"kind": "photo", "rights": "own", "sha256": B}],
        "pictured": {"students": [{"id": "ben"}]},
    }  # fmt: skip
    posts.send("/v1/declarations", declared, writer)
    post = posts.tell(external_id="1", text="Hello", media=None)
    assert post["takedown"] is None
    assert posts.tell(external_id="1", text=None, media=[B])["takedown"] == "open"


def test_a_refusal_opens_a_takedown_and_a_lift_lets_it_lapse(posts: Posts) -> None:
    posts.ask()
    post, other = posts.tell(), posts.tell(text="Somebody else", media=None)
    posts.look()
    assert posts.takedowns() == []
    posts.say("ana", "refuse")
    posts.look()
    (one,) = posts.takedowns(state="open")
    assert (one["published_id"], one["reason"], one["overdue"]) == (
        post["id"], "consent.refused", False
    )  # fmt: skip
    assert "ana" not in str(one)
    assert posts.listed("refused") == [post["id"]]
    assert (posts.read(post)["takedown"], posts.read(other)["takedown"]) == ("open", None)
    shown = posts.client.get(f"/v1/takedowns/{one['id']}", headers=posts.office).json()
    assert shown["person"] == "ana"
    posts.look()
    assert len(posts.takedowns()) == 1
    posts.say("ana", "lift", signed_at="2026-01-06T09:00:00-07:00")
    posts.look()
    assert [one["state"] for one in posts.takedowns()] == ["lapsed"]
    assert posts.listed("refused") == []
    # A new refusal is new work.
    posts.say("ana", "refuse", signed_at="2026-01-07T09:00:00-07:00")
    posts.look()
    assert [one["state"] for one in posts.takedowns()] == ["lapsed", "open"]


def test_confirmed_until_it_is_seen_again(posts: Posts) -> None:
    posts.ask(pictured={"students": [{"id": "ana"}, {"id": "cleo"}]})
    post = posts.tell(external_id="1")
    for child in ("ana", "cleo"):
        posts.say(child, "refuse")
    posts.look()
    first, second = posts.takedowns(state="open")
    done = posts.send(f"/v1/takedowns/{first['id']}/confirm", {"note": "Deleted"}, posts.office)
    assert (done.status_code, done.json()["state"]) == (200, "confirmed")
    assert [one["state"] for one in posts.takedowns()] == ["confirmed", "confirmed"]
    over = posts.send(f"/v1/takedowns/{second['id']}/confirm", {}, posts.office)
    assert over.status_code == 409
    posts.look()
    assert posts.takedowns(state="open") == []
    assert posts.tell(external_id="1")["takedown"] == "open"
    assert [one["state"] for one in posts.takedowns()] == ["open", "open"]
    assert posts.listed("refused") == [post["id"]]


def test_only_communications_says_that_a_post_may_stay(posts: Posts) -> None:
    posts.ask()
    posts.tell()
    posts.say("ana", "refuse")
    posts.look()
    (one,) = posts.takedowns()
    path = f"/v1/takedowns/{one['id']}/contest"
    nobody = posts.for_("tess", scopes=("reviews:decide",))
    assert posts.send(path, {"reason": REASON}, nobody).status_code == 403
    tool = posts.for_(None, scopes=("reviews:decide",))
    assert posts.send(path, {"reason": REASON}, tool).status_code == 403
    assert posts.send(path, {}, posts.office).status_code == 422
    assert posts.send(path, {"reason": REASON}, posts.office).json()["state"] == "contested"
    assert posts.send(path, {"reason": REASON}, posts.office).status_code == 409
    posts.look()
    assert [one["state"] for one in posts.takedowns()] == ["contested"]
    assert len(posts.listed("refused")) == 1


def test_overdue_after_a_school_day(posts: Posts) -> None:
    posts.ask()
    posts.tell()
    posts.say("ana", "refuse")
    posts.look()
    assert posts.takedowns(overdue="true") == []
    with posts.store.writing() as connection:
        past = datetime.now(UTC) - timedelta(days=4)
        connection.execute(update(t.takedowns).values(opened_at=past))
    (one,) = posts.takedowns(overdue="true")
    assert one["overdue"]


def test_an_unasked_post_that_names_a_refused_child_is_work(posts: Posts) -> None:
    post = posts.tell(text="Bravo, Ben Park!", media=[])
    assert (post["state"], post["takedown"]) == ("unasked", "open")
    assert [(one["id"], one["parts"]) for one in posts.of("ben")] == [(post["id"], ["named"])]


def test_a_declared_picture_that_nobody_asked_about_is_known(posts: Posts) -> None:
    writer = posts.for_("tess", scopes=("declarations:write",))
    declared = {
        "purpose": "school", "media": [{"kind": "photo", "rights": "own", "sha256": B}],
        "pictured": {"students": [{"id": "ana"}]},
    }  # fmt: skip
    made = posts.send("/v1/declarations", declared, writer).json()
    post = posts.tell(text="By hand", media=[B])
    assert (post["state"], post["takedown"]) == ("unasked", None)
    assert [one["parts"] for one in posts.of("ana")] == [["pictured"]]
    declared["pictured"] = {"students": [{"id": "ana"}, {"id": "ben"}]}
    posts.send(f"/v1/declarations/{made['id']}/corrections", declared, writer)
    posts.look()
    assert posts.read(post)["takedown"] == "open"


def test_a_name_that_somebody_said_yes_to_is_no_takedown(posts: Posts) -> None:
    named = {"text": "Bravo, Ben Park!", "pictured": {"nobody_identifiable": True}}
    said = posts.ask(**named)
    assert said["outcome"] == "review"
    seen = posts.client.get(f"/v1/reviews/{said['id']}", headers=posts.office).json()["shown"]
    yes = {"outcome": "allow", "reason": "Another Ben.", "shown": seen}
    assert posts.send(f"/v1/decisions/{said['id']}/resolve", yes, posts.office).status_code == 201
    assert posts.ask(**named)["outcome"] == "allow"
    post = posts.tell(text=named["text"])
    assert (post["state"], post["takedown"]) == ("allowed", None)
    posts.look()
    assert posts.takedowns() == []
    assert posts.of("ben")[0]["parts"] == ["accepted", "named"]


def test_what_was_published_of_a_child(posts: Posts) -> None:
    posts.ask()
    posts.ask(text="Two", pictured={"students": [{"id": "ana"}, {"id": "cleo"}]})
    before = datetime.now(UTC)
    one, two = posts.tell(), posts.tell(text="Two")
    posts.tell(text="Nobody")
    assert [found["id"] for found in posts.of("ana")] == [two["id"], one["id"]]
    assert [found["id"] for found in posts.of("cleo")] == [two["id"]]
    assert posts.of("ana", until=(before - timedelta(minutes=1)).isoformat()) == []
    reader = posts.for_(None, scopes=("people:read",))
    page = posts.send("/v1/people/published", {"person_id": "ana", "limit": 1}, reader).json()
    assert [found["id"] for found in page["items"]] == [two["id"]]
    rest = posts.of("ana", cursor=page["next_cursor"])
    assert [found["id"] for found in rest] == [one["id"]]
    limited = posts.for_(None, scopes=("people:read",), schools=frozenset({"birch"}))
    other = posts.send("/v1/people/published", {"person_id": "ana"}, limited)
    nobody = posts.send("/v1/people/published", {"person_id": "nobody"}, limited)
    assert other.status_code == nobody.status_code == 422
    assert other.json()["errors"] == nobody.json()["errors"]
    with posts.store.reading() as connection:
        kinds = connection.scalars(select(t.ledger.c.kind).where(t.ledger.c.kind == "records.read"))
        assert len(list(kinds)) == 5


def test_a_page_to_print(posts: Posts) -> None:
    posts.ask()
    posts.tell(url="https://facebook.com/maple/posts/7")
    reader = posts.for_(None, scopes=("people:read",)) | {"Accept": "text/html"}
    page = posts.send("/v1/people/published", {"person_id": "ana"}, reader)
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "Published posts of <bdi>Ana" in page.text
    assert "https://facebook.com/maple/posts/7" in page.text
    empty = posts.send("/v1/people/published", {"person_id": "cleo"}, reader)
    assert "No published post is known" in empty.text


def test_lists_as_a_sheet(posts: Posts) -> None:
    post = posts.tell(text="Never asked")
    headers = posts.office | {"Accept": "text/csv"}
    sheet = posts.client.get("/v1/posts/published?list=unasked", headers=headers)
    (row,) = csv.DictReader(io.StringIO(sheet.text))
    assert (row["id"], row["state"]) == (post["id"], "unasked")
    assert (
        posts.client.get("/v1/takedowns", headers=headers)
        .headers["content-type"]
        .startswith("text/csv")
    )


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"external_id": None}, ("", "at_least_one")),
        ({"url": "https://me:secret@e.org/1"}, ("/url", "address")),
        ({"url": "ftp://e.org/1"}, ("/url", "address")),
        ({"account": {"platform": "x", "handle": "nobodys"}}, ("/account", "unknown")),
        ({"account": {"platform": "x", "personal": True}}, ("/account", "unknown")),
        ({"clearance": UNKNOWN}, ("/clearance", "unknown")),
        ({"decision": UNKNOWN}, ("/decision", "unknown")),
        ({"clearance": UNKNOWN, "decision": UNKNOWN}, ("/decision", "exactly_one")),
        ({"media": ["ab"]}, ("/media/0", "string_pattern_mismatch")),
        ({"published_at": "2090-01-01T00:00:00Z"}, ("/published_at", "future")),
        ({"published_at": None}, ("/published_at", None)),
    ],
)
def test_bad_input_names_its_field(posts: Posts, told: Body, place: tuple[str, str]) -> None:
    answer = posts.report(**told)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["at"] == place[0]
    assert place[1] in (None, error["code"])
    assert "secret" not in answer.text
    assert posts.listed(None) == []


def test_a_key_of_one_school_knows_of_its_accounts(posts: Posts) -> None:
    said = posts.ask()
    post = posts.tell()
    own = posts.for_(None, scopes=("check", "published:write", "decisions:read"),
                     schools=frozenset({"birch"}))  # fmt: skip
    answer = posts.report(headers=own)
    assert answer.json()["errors"][0]["at"] == "/account"
    assert posts.client.get(f"/v1/posts/published/{post['id']}", headers=own).status_code == 404
    assert posts.client.get("/v1/posts/published", headers=own).json()["items"] == []
    maple = posts.for_(None, scopes=("published:write",), schools=frozenset({"maple"}))
    other = posts.report(headers=maple, decision=said["id"])
    assert other.json()["errors"][0]["at"] == "/decision"


def test_an_erased_child_is_in_no_post_any_more(posts: Posts) -> None:
    posts.ask(pictured={"students": [{"id": "ana"}, {"id": "cleo"}]})
    post = posts.tell(url="https://e.org/bravo-ana-lopez")
    posts.say("ana", "refuse")
    posts.look()
    erase_person(posts.store, "ana", lambda: Actor("key-1", "dora", posts.store.now()))
    with posts.store.reading() as connection:
        kept = connection.execute(text("SELECT asked, url FROM published_posts")).one()
        people = connection.execute(text("SELECT person_id FROM published_people")).scalars().all()
    assert '"ana"' not in kept.asked
    assert people == ["cleo"]
    # What was to be taken down still is, and the other child's refusal is heard.
    posts.look()
    assert [one["state"] for one in posts.takedowns()] == ["open"]
    posts.say("cleo", "refuse")
    posts.look()
    assert [one["state"] for one in posts.takedowns()] == ["open", "open"]
    assert posts.listed("refused") == [post["id"]]


def declare(posts: Posts, sha256: str, *students: str) -> Body:
    writer = posts.for_("tess", scopes=("declarations:write",))
    body = {
        "purpose": "school", "media": [{"kind": "photo", "rights": "own", "sha256": sha256}],
        "pictured": {"students": [{"id": one} for one in students]},
    }  # fmt: skip
    made: Body = posts.send("/v1/declarations", body, writer).json()
    return made


@pytest.mark.parametrize(
    "again",
    [
        {"text": TEXT, "media": None},  # as a feed tells it
        {"text": None, "media": None},
        {"text": TEXT, "media": [B]},
    ],
)
def test_a_later_report_that_tells_less_makes_no_other_post_of_it(
    posts: Posts, again: Body
) -> None:
    given = posts.ask(clearance=True)["clearance"]["id"]
    declare(posts, B, "ana")
    post = posts.tell(external_id="1", media=[B])
    assert post["state"] == "unasked"
    for more in ({}, {"clearance": given}):
        told = posts.tell(external_id="1", **again, **more)
        assert (told["id"], told["state"]) == (post["id"], "unasked")
    posts.say("ana", "refuse")
    posts.look()
    assert posts.read(post)["takedown"] == "open"


@pytest.mark.parametrize("again", [{"media": [B]}, {"media": [A, B]}, {"text": "", "media": [A]}])
def test_other_media_or_no_text_any_more_is_an_edit(posts: Posts, again: Body) -> None:
    posts.ask()
    post = posts.tell(external_id="1")
    told = posts.tell(external_id="1", **again)
    assert (told["id"], told["state"]) == (post["id"], "unasked")


def test_a_text_that_is_told_later_is_judged(posts: Posts) -> None:
    said = posts.ask(text="Bravo, Ana Lopez!", pictured={"nobody_identifiable": True})
    assert said["outcome"] == "allow"
    post = posts.tell(external_id="1", decision=said["id"], text=None)
    assert posts.of("ana") == []
    posts.tell(external_id="1", text="Bravo, Ana Lopez!")
    posts.say("ana", "refuse", channel="all", extent="image_with_name")
    posts.look()
    assert posts.read(post)["takedown"] == "open"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE people SET grade = '04' WHERE id = 'ana'",
        "UPDATE people SET org_id = 'birch' WHERE id = 'ana'",
        "UPDATE people SET status = 'inactive' WHERE id = 'ana'",
    ],
)
def test_whoever_was_in_it_stays_in_it(posts: Posts, change: str) -> None:
    """Whatever becomes of the words by which they were found, or of the asking key's schools."""
    tool = posts.for_(None, scopes=("check", "published:write"), schools=frozenset({"maple"}))
    body = {
        "account": MAPLE, "author": {"id": "tess"}, "purpose": "school", "text": TEXT,
        "media": [{"kind": "photo", "rights": "own", "sha256": A}],
        "pictured": {"students": [{"name": "Ana Lopez", "grade": "3"}]},
    }  # fmt: skip
    assert posts.send("/v1/checks/post", body, tool).json()["outcome"] == "allow"
    post = posts.tell(headers=tool)
    with posts.store.writing() as connection:
        connection.execute(text(change))
    posts.say("ana", "refuse")
    posts.look()
    assert posts.read(post)["takedown"] == "open"


def test_a_withdrawn_declaration_takes_nobody_out_of_what_is_out(posts: Posts) -> None:
    made = declare(posts, A, "ana")
    assert posts.ask(pictured=None)["outcome"] == "allow"
    post = posts.tell()
    writer = posts.for_("tess", scopes=("declarations:write",))
    path = f"/v1/declarations/{made['id']}/withdrawal"
    assert posts.send(path, {"reason": "r"}, writer).status_code == 201
    posts.say("ana", "refuse")
    posts.look()
    assert posts.read(post)["takedown"] == "open"


def test_a_declaration_counts_beside_what_the_post_said(posts: Posts) -> None:
    posts.ask(pictured={"nobody_identifiable": True})
    post = posts.tell()
    declare(posts, A, "ben")
    posts.look()
    assert posts.read(post)["takedown"] == "open"
    assert [one["parts"] for one in posts.of("ben")] == [["pictured"]]


def test_of_namesakes_each_may_be_meant(posts: Posts) -> None:
    with posts.store.writing() as connection:
        district = District(connection)
        for one in ("t1", "t2"):
            district.person(one, "Twin Namesake", grade="3")
        district.consent("t2", "refuse", channel="all")
    said = posts.ask(pictured={"students": [{"name": "Twin Namesake"}]})
    assert said["outcome"] == "review"
    assert posts.tell()["takedown"] == "open"


def test_a_no_of_a_person_pardons_nobody(posts: Posts) -> None:
    named = {"text": "Bravo, Ben Park!", "pictured": {"nobody_identifiable": True}}
    said = posts.ask(**named)
    seen = posts.client.get(f"/v1/reviews/{said['id']}", headers=posts.office).json()["shown"]
    no = {"outcome": "deny", "reason": "It is he.", "shown": seen}
    assert posts.send(f"/v1/decisions/{said['id']}/resolve", no, posts.office).status_code == 201
    assert posts.ask(**named)["outcome"] == "deny"
    post = posts.tell(text=named["text"])
    assert (post["state"], post["takedown"]) == ("not_allowed", "open")


def test_a_later_no_counts_more_than_the_answer_that_is_named(posts: Posts) -> None:
    first = posts.ask()
    last = posts.ask(pictured={"students": [{"id": "ben"}]})
    post = posts.tell(decision=first["id"])
    assert (post["state"], post["match"]["decision"]) == ("not_allowed", last["id"])


def test_a_revoked_clearance_is_a_no_however_the_post_is_found(posts: Posts) -> None:
    said = posts.ask(clearance=True)
    posts.say("ana", "refuse")
    posts.look()
    assert posts.tell()["state"] == "not_allowed"
    assert posts.tell(decision=said["id"])["state"] == "not_allowed"
    with posts.store.writing() as connection:
        past = datetime.now(UTC) - timedelta(hours=2)
        connection.execute(update(t.clearances).values(not_after=past))
    late = posts.tell(clearance=said["clearance"]["id"])
    assert (late["state"], late["differs"]) == ("not_allowed", "revoked")


def test_media_without_digests_are_nobodys_media(posts: Posts) -> None:
    posts.ask(media=[{"kind": "photo", "rights": "own"}])
    assert posts.tell(text=None)["state"] == "unasked"
    assert posts.tell()["state"] == "unasked"
    assert posts.tell(media=None)["state"] == "allowed"


def test_asked_after_it_was_out_was_never_asked(posts: Posts) -> None:
    before = datetime.now(UTC) - timedelta(hours=1)
    post = posts.tell(external_id="1", published_at=before.isoformat())
    posts.ask()
    told = posts.tell(external_id="1")
    assert (told["id"], told["state"]) == (post["id"], "unasked")


def test_two_posts_of_one_text_and_other_media_are_two(posts: Posts) -> None:
    first = posts.tell(external_id="1")
    assert posts.tell(external_id=None, url="https://e.org/2", media=[B])["id"] != first["id"]


def test_a_post_that_is_back_is_work_again_though_nobody_was_refused_then(posts: Posts) -> None:
    posts.ask()
    posts.tell(external_id="1")
    posts.say("ana", "refuse")
    posts.look()
    (one,) = posts.takedowns()
    posts.send(f"/v1/takedowns/{one['id']}/confirm", {}, posts.office)
    posts.say("ana", "lift", signed_at="2026-01-06T09:00:00-07:00")
    posts.tell(external_id="1")
    posts.say("ana", "refuse", signed_at="2026-01-07T09:00:00-07:00")
    posts.look()
    assert [one["state"] for one in posts.takedowns()] == ["open"]


def test_contested_for_the_name_and_then_pictured_is_open_again(posts: Posts) -> None:
    post = posts.tell(text="Bravo, Ben Park!", media=[B])
    (one,) = posts.takedowns()
    path = f"/v1/takedowns/{one['id']}/contest"
    assert posts.send(path, {"reason": REASON}, posts.office).json()["state"] == "contested"
    declare(posts, B, "ben")
    posts.look()
    assert posts.read(post)["takedown"] == "open"


def test_an_erased_author_silences_no_post(posts: Posts) -> None:
    posts.ask(contact_email="tess@maple.example", author={"id": "tess"})
    post = posts.tell()
    erase_person(posts.store, "tess", lambda: Actor("key-1", "dora", posts.store.now()))
    posts.say("ana", "refuse")
    posts.look()
    assert posts.read(post)["takedown"] == "open"


def test_who_is_refused_is_not_learned_by_reports(posts: Posts) -> None:
    """A key of one school hears of its own people alone, and every look is on the ledger."""
    with posts.store.writing() as connection:
        District(connection).consent("cleo", "refuse", channel="all")
    tool = posts.for_(None, scopes=("published:write", "decisions:read", "events:read"),
                      schools=frozenset({"maple"}))  # fmt: skip
    own = posts.report(headers=tool, text="Bravo, Ben Park!", media=[]).json()
    other = posts.report(headers=tool, text="Bravo, Cleo Stone!", media=[]).json()
    shown = {
        one["id"]: posts.client.get(f"/v1/posts/published/{one['id']}", headers=tool).json()
        for one in (own, other)
    }
    assert shown[own["id"]]["takedown"] == "open"
    assert shown[other["id"]]["takedown"] is None
    assert posts.read(other)["takedown"] == "open"
    query = {"list": "refused"}
    page = posts.client.get("/v1/posts/published", params=query, headers=tool).json()
    assert [one["id"] for one in page["items"]] == [own["id"]]
    work = posts.client.get("/v1/takedowns", headers=tool).json()["items"]
    assert [one["published_id"] for one in work] == [own["id"]]
    events = posts.client.get("/v1/events", headers=tool).json()["items"]
    assert [one["data"]["published"] for one in events] == [own["id"]]
    with posts.store.reading() as connection:
        kinds = connection.scalars(select(t.ledger.c.kind).where(t.ledger.c.kind == "records.read"))
        assert len(list(kinds)) == 4
