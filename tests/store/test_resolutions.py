"""Resolving and asking again, through the pipeline's own transaction, on both stores."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from app.checks.batch import decide_inquiries
from app.checks.questions import ANYBODY
from app.checks.queue import Answer, Inquiry
from app.checks.request_parser import POST, account_asked, read_check
from app.checks.reviews import ReviewAnswer, record_answer, record_message
from app.database.session import Store
from app.erasure.person_erasure import erase_person
from app.erasure.retention import purge_contents
from app.errors import AlreadyResolvedError, ErasedError, NotShownError, ReviewChangedError
from app.policy.facts import Setup
from app.store.decisions import index, records, review_queue
from app.store.decisions.review_display import NamedPerson, describe_reviews, digest_review
from app.store.ledger import chain
from app.store.ledger.changes import Actor
from tests.district import District, found

SETUP = Setup(ZoneInfo("America/Denver"))
BODY = {
    "account": {"platform": "facebook", "handle": "maple"}, "purpose": "school",
    "media": [{"kind": "photo", "sha256": "ab" * 32}], "pictured": {"students": [{"id": "ana"}]},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _district(store: Store) -> None:
    with store.writing() as connection:
        found(connection)


def ask(store: Store, **more: Any) -> dict[str, Any]:
    read = read_check(POST, orjson.dumps({**BODY, **more}), ANYBODY)
    (answer,) = decide_inquiries(
        store, SETUP, [Inquiry(read.question, read.request, "k", text=read.text)]
    )
    assert isinstance(answer, Answer)
    said: dict[str, Any] = orjson.loads(answer.body)
    return said


def answer(store: Store, decision: dict[str, Any], outcome: Any = "allow") -> None:
    with store.writing() as connection:
        actor = Actor("k2", "dora", datetime.now(UTC))
        kept = records.read_decision(connection, decision["id"])
        record_answer(
            connection,
            actor,
            "dora",
            kept,
            ReviewAnswer(outcome, "Seen", digest_review(kept, [])),
            SETUP,
        )


def waiting(store: Store) -> list[str]:
    index.catch_up(store, account_asked)
    with store.reading() as connection:
        rows = review_queue.list_waiting(connection, review_queue.ReviewFilter(), None, 10)
    return [row["id"] for row in rows]


def test_yes_then_refusal(store: Store) -> None:
    first = ask(store)
    assert (first["outcome"], waiting(store)) == ("review", [first["id"]])
    answer(store, first)
    assert waiting(store) == []
    again = ask(store)
    assert (again["outcome"], again["resolution"]["outcome"]) == ("allow", "allow")
    with store.writing() as connection:
        District(connection).consent("ana", "refuse")
    assert ask(store)["outcome"] == "deny"
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None


def test_once_and_only_the_last(store: Store) -> None:
    first, last = ask(store), ask(store)
    with pytest.raises(ReviewChangedError):
        answer(store, first)
    answer(store, last)
    with pytest.raises(AlreadyResolvedError):
        answer(store, last)
    answer(store, ask(store), "deny")
    assert ask(store)["outcome"] == "deny"


def test_review_names_who_asked_and_who_answers_are_named_in_the_next(store: Store) -> None:
    first = ask(store)
    with store.reading() as connection:
        (review,) = describe_reviews(connection, [records.read_decision(connection, first["id"])])
    assert (review.asked_with, review.asked_by, review.author) == ("k", None, None)
    answer(store, first)
    (said,) = (one["resolved"] for one in ask(store)["findings"] if "resolved" in one)
    assert (said["by"], said["outcome"]) == ({"id": "dora", "name": "Dora Director"}, "allow")


def test_text_goes_with_whom_it_names_and_with_time(store: Store) -> None:
    naming, old = ask(store, text="Hurrah for Cleo Stone!"), ask(store, text="Go!")
    erase_person(store, "cleo", lambda: Actor("k", "dora", datetime.now(UTC)))
    with store.reading() as connection:
        with pytest.raises(ErasedError):
            records.read_decision(connection, naming["id"])
        assert records.read_decision(connection, old["id"]).text == "Go!"
    purge_contents(store, datetime.now(UTC), lambda: Actor("k", None, datetime.now(UTC)))
    with store.reading() as connection, pytest.raises(ErasedError):
        records.read_decision(connection, old["id"])


def test_name_of_a_file_is_no_other_content(store: Store) -> None:
    answer(store, ask(store))
    named = [{**BODY["media"][0], "name": "field day.jpg"}]
    assert ask(store, media=named)["outcome"] == "allow"
    other = [{**named[0], "sha256": "cd" * 32}]
    assert ask(store, media=other)["outcome"] == "review"


def test_words_about_a_review_stand_on_the_ledger_alone(store: Store) -> None:
    first = ask(store, text="Go!")
    with store.writing() as connection:
        kept = records.read_decision(connection, first["id"])
        asked = record_message(
            connection, Actor("k2", "dora", datetime.now(UTC)), kept, "question", "Whose?"
        )
        record_message(
            connection, Actor("k", None, datetime.now(UTC)), kept, "answer", "Of Cleo Stone"
        )
    with pytest.raises(NotShownError):
        answer(store, first)
    erase_person(store, "cleo", lambda: Actor("k", "dora", datetime.now(UTC)))
    with store.reading() as connection:
        (review,) = describe_reviews(connection, [kept])
        said = [(one.message.kind, one.message.text, one.by_key) for one in review.messages]
        assert said == [("question", "Whose?", "k2"), ("answer", None, "k")]
        assert review.messages[0].by == NamedPerson("dora", "Dora Director")
        assert review.messages[0].message.id == asked.id
        assert review.shown != digest_review(kept, [])
