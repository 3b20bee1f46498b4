"""Clearances and their recall, on both stores: what is revoked, by what, and what is left."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import insert, select, update

from app.checks import clearances as judging
from app.checks import recall as recalling
from app.checks import revocations as revoking
from app.checks.batch import decide_inquiries
from app.checks.queue import Answer, Inquiry
from app.checks.recall import Recall
from app.checks.request_parser import POST, read_check
from app.checks.revocations import revoke_clearances
from app.checks.watches import open_recall
from app.database import tables as t
from app.database.session import Store
from app.errors import StoreUnavailableError
from app.policy.facts import Setup
from app.policy.question import Asker
from app.policy_setup import read_setup
from app.schemas.bodies import MAX_PARTS
from app.settings import Settings
from app.store.clearances.records import NewClearance, read_clearance
from app.store.ledger import chain
from tests.district import District, found

A = "aa" * 32


@pytest.fixture
def setup(store_url: str) -> Setup:
    return read_setup(Settings(database_url=store_url))


@pytest.fixture
def clear(store: Store, setup: Setup) -> Callable[..., NewClearance]:
    """Gives a clearance of a post that pictures Ana, unless told otherwise."""
    with store.writing() as connection:
        district = found(connection)
        account = district.account("x", "second", managers=("mia",), owner_id="olga")
        district.authorization(account)

    def ask(**more: Any) -> NewClearance:
        body = {
            "account": {"platform": "facebook", "handle": "maple"}, "author": {"id": "tess"},
            "purpose": "school", "text": "Hello", "clearance": True,
            "media": [{"kind": "photo", "rights": "own", "sha256": A}],
            "pictured": {"students": [{"id": "ana"}]}, **more,
        }  # fmt: skip
        read = read_check(POST, orjson.dumps(body), Asker())
        inquiry = Inquiry(read.question, read.request, "key-1", None, read.text, "key-1", 60)
        (answer,) = decide_inquiries(store, setup, [inquiry])
        assert isinstance(answer, Answer), answer
        assert answer.clearance is not None, answer.body
        return answer.clearance

    return ask


def state(store: Store, one: NewClearance) -> tuple[str, str | None]:
    with store.reading() as connection:
        row = read_clearance(connection, one.id)
    assert row is not None
    return row["state"], row["reason"]


def turn(recall: Recall) -> int:
    """Look until nothing is left to do; the number of looks."""
    looks = 1
    while recall.look():
        looks += 1
    return looks


def test_news_of_one_child_touch_no_other(
    store: Store, setup: Setup, clear: Callable[..., NewClearance]
) -> None:
    ana, cleo = clear(), clear(pictured={"students": [{"id": "cleo"}]})
    recall = open_recall(store, setup)
    turn(recall)
    with store.writing() as connection:
        District(connection).consent("ana", "refuse")
    assert turn(recall) == 1
    assert (state(store, ana)[0], state(store, cleo)[0]) == ("revoked", "live")


def test_news_of_an_account_touch_what_is_posted_there(
    store: Store, setup: Setup, clear: Callable[..., NewClearance]
) -> None:
    here, there = clear(), clear(account={"platform": "x", "handle": "second"})
    recall = open_recall(store, setup)
    turn(recall)
    with store.writing() as connection:
        account = t.accounts.c.handle_key == "second"
        ident = connection.scalar(select(t.accounts.c.id).where(account))
        connection.execute(update(t.accounts).where(account).values(status="suspended"))
        connection.execute(
            insert(t.changes).values(
                record_kind="account", record_id=ident, action="suspended", caller="key-1",
                at=store.now(),
            )
        )  # fmt: skip
    assert turn(recall) == 1
    assert (state(store, here)[0], state(store, there)[0]) == ("live", "revoked")


def test_news_of_anything_else_begin_a_turn(
    store: Store, setup: Setup, clear: Callable[..., NewClearance]
) -> None:
    given = clear(uses_logo=True)
    recall = open_recall(store, setup)
    turn(recall)
    with store.writing() as connection:
        day = (store.now() - timedelta(days=2)).date()
        District(connection).grant("logo", "tess", effective_to=day)
    turn(recall)
    assert state(store, given) == ("revoked", "logo.no_grant")


def test_a_doubt_of_a_delivery_that_is_not_applied_begins_a_turn(
    store: Store, setup: Setup, clear: Callable[..., NewClearance]
) -> None:
    given = clear()
    recall = open_recall(store, setup)
    turn(recall)
    with store.writing() as connection:
        doubted = update(t.people).where(t.people.c.id == "ana")
        connection.execute(doubted.values(identity_doubt="arrival"))
        row = chain.LedgerEntry(chain.make_id(), "import.doubted", store.now(), None, {"rows": 1})
        chain.append_entries(connection, [row])
    turn(recall)
    assert state(store, given)[0] == "revoked"


def test_many_are_asked_in_chunks_and_one_that_cannot_be_read_stops_no_other(
    store: Store, setup: Setup, clear: Callable[..., NewClearance]
) -> None:
    given = [clear(text=f"Post {n}") for n in range(2 * recalling.CHUNK + 1)]
    with store.writing() as connection:
        broken = t.clearances.c.id == given[3].id
        asker = {"schools": None, "person": None, "for_others": False}
        said = orjson.dumps({"request": {"purpose": 1}, "text": "", "asker": asker}).decode()
        connection.execute(update(t.clearances).where(broken).values(asked=said))
    assert turn(open_recall(store, setup)) == 3
    assert state(store, given[3]) == ("revoked", "unreadable")
    assert {state(store, one)[0] for one in given[:3] + given[4:]} == {"live"}


def test_a_post_at_the_limit_of_parts_is_asked_again_as_it_was(
    store: Store, setup: Setup, clear: Callable[..., NewClearance]
) -> None:
    """The key determined its author, who makes it one part larger."""
    body = {
        "account": {"platform": "facebook", "handle": "maple"}, "purpose": "school",
        "clearance": True, "media": [{"kind": "photo", "rights": "own", "sha256": A}],
        "pictured": {"students": [{"id": "ana"}]}, "text": "",
    }  # fmt: skip
    parts = sum(orjson.dumps(body).count(one) for one in (b"[", b"{"))
    body["text"] = "[" * (MAX_PARTS - parts)
    read = read_check(POST, orjson.dumps(body), Asker(None, "tess", False))
    inquiry = Inquiry(read.question, read.request, "key-1", "tess", read.text, "key-1", 60)
    (answer,) = decide_inquiries(store, setup, [inquiry])
    assert isinstance(answer, Answer), answer
    assert answer.clearance is not None, answer.body
    turn(open_recall(store, setup))
    assert state(store, answer.clearance) == ("live", None)


def test_ended_is_ended(store: Store, setup: Setup, clear: Callable[..., NewClearance]) -> None:
    given = clear()
    with store.writing() as connection:
        District(connection).consent("ana", "refuse")
    assert revoke_clearances(store, setup, [given.id], "key-1") == 1
    assert revoke_clearances(store, setup, [given.id], "key-1") == 0
    with store.writing() as connection:
        # The mother takes it back: it has to be asked again.
        since = store.now() - timedelta(minutes=1)
        District(connection).consent("ana", "grant", signed_at=since)
    turn(open_recall(store, setup))
    assert state(store, given) == ("revoked", "consent.refused")
    with store.reading() as connection:
        row = read_clearance(connection, given.id)
        kinds = set(connection.scalars(select(t.clearance_facts.c.kind)))
        rows = list(connection.scalars(select(t.ledger.c.kind)))
    assert row is not None
    assert row["asked"] is None
    assert kinds == set()
    assert rows.count("clearance.revoked") == 1


def test_a_store_that_is_away_is_looked_at_again(
    store: Store, setup: Setup, clear: Callable[..., NewClearance], monkeypatch: Any
) -> None:
    given = clear()
    recall = open_recall(store, setup)
    real = store.reading
    fails = iter([True, True])

    def away() -> Any:
        if threading.current_thread().name == "clearpost-recall" and next(fails, False):
            raise StoreUnavailableError
        return real()

    monkeypatch.setattr(store, "reading", away)
    monkeypatch.setattr(recalling, "_LOOK_SECONDS", 0.01)
    with store.writing() as connection:
        District(connection).consent("ana", "refuse")
    recall.start()
    try:
        for _ in range(1_000):
            if state(store, given)[0] == "revoked":
                break
            recall._stopping.wait(0.02)
    finally:
        recall.close()
    assert state(store, given)[0] == "revoked"


def test_a_clearance_is_given_with_its_decision_or_not_at_all(
    store: Store, setup: Setup, clear: Callable[..., NewClearance]
) -> None:
    given = clear()
    with store.reading() as connection:
        rows = connection.execute(select(t.clearances)).mappings().all()
        decision = connection.scalar(
            select(t.ledger.c.payload).where(t.ledger.c.id == given.decision_id)
        )
    assert [row["id"] for row in rows] == [given.id]
    assert given.id in decision


@pytest.mark.parametrize("news", [True, False])
def test_what_fails_is_looked_at_again(
    store: Store, setup: Setup, clear: Callable[..., NewClearance], monkeypatch: Any, *, news: bool
) -> None:
    """The store is away for one read, in the midst of the news or of a turn."""
    given = clear()
    recall = open_recall(store, setup)
    if news:
        turn(recall)
    with store.writing() as connection:
        District(connection).consent("ana", "refuse")
    real, fails = revoking.judge_again, iter([True])

    def away(*arguments: Any) -> Any:
        if next(fails, False):
            raise StoreUnavailableError
        return real(*arguments)

    monkeypatch.setattr(revoking, "judge_again", away)
    with pytest.raises(StoreUnavailableError):
        recall.look()
    turn(recall)
    assert state(store, given)[0] == "revoked"


def test_a_fault_in_the_rules_about_one_stops_no_other(
    store: Store, setup: Setup, clear: Callable[..., NewClearance], monkeypatch: Any
) -> None:
    given = [clear(text=f"Post {n}") for n in range(3)]
    real = judging.evaluate_question

    def evaluate(question: Any, facts: Any) -> Any:
        if question.text_key.strip() == "post 1":
            raise ZeroDivisionError
        return real(question, facts)

    monkeypatch.setattr(judging, "evaluate_question", evaluate)
    turn(open_recall(store, setup))
    assert [state(store, one) for one in given] == [
        ("live", None), ("revoked", "unreadable"), ("live", None)
    ]  # fmt: skip


def test_one_whose_time_is_over_is_forgotten(
    store: Store, setup: Setup, clear: Callable[..., NewClearance]
) -> None:
    old, new = clear(), clear(text="New")
    past = store.now() - timedelta(days=2)
    with store.writing() as connection:
        c = t.clearances.c
        over = {"not_before": past, "not_after": past}
        connection.execute(update(t.clearances).where(c.id == old.id).values(over))
    turn(open_recall(store, setup))
    assert (state(store, old)[0], state(store, new)[0]) == ("expired", "live")
    with store.reading() as connection:
        kept = {row.id: row.asked for row in connection.execute(select(c.id, c.asked))}
        facts = set(connection.scalars(select(t.clearance_facts.c.clearance_id)))
    assert kept[old.id] is None
    assert kept[new.id] is not None
    assert facts == {new.id}
