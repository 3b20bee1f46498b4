"""Resolving and asking again, through the pipeline's own transaction, on both stores."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from sqlalchemy import delete, insert, select, update

from app.checks.batch import decide_inquiries
from app.checks.questions import ANYBODY
from app.checks.queue import Answer, Inquiry
from app.checks.request_parser import POST, account_asked, read_check
from app.checks.reviews import ReviewAnswer, record_answer, record_message
from app.database import tables as t
from app.database.session import Store
from app.erasure.lifted_guards import lift_guards
from app.erasure.person_erasure import erase_person
from app.erasure.retention import purge_contents
from app.errors import AlreadyResolvedError, ErasedError, NotShownError, ReviewChangedError
from app.policy.facts import Setup
from app.store.decisions import index, records, review_queue
from app.store.decisions.review_display import NamedPerson, describe_reviews, digest_review
from app.store.ledger import chain
from app.store.ledger.changes import Actor
from app.store.ledger.record_audit import compare_records
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


def test_an_answer_that_nobody_gave_is_found_by_the_audit(store: Store) -> None:
    """A yes written past the service would open a post; a no that is gone, too."""

    def audit() -> list[tuple[str, str]]:
        with store.reading() as connection:
            found = compare_records(connection).mismatches
        return [(one.table, one.reason) for one in found if one.table == "resolutions"]

    answer(store, first := ask(store, text="Crap."), "deny")
    assert audit() == []
    table = t.resolutions
    with store.reading() as connection:
        row = dict(connection.execute(select(table)).mappings().one())
    edits: list[tuple[Any, str]] = [
        (update(table).values(outcome="allow"), "says another thing than the ledger"),
        (update(table).values(content="0" * 64), "says another thing than the ledger"),
        (update(table).values(resolved_by="tess"), "says another thing than the ledger"),
        (delete(table), "is gone"),
        (
            insert(table).values({**row, "seq": row["seq"] + 1, "id": "x", "outcome": "allow"}),
            "rows without a row on the ledger: 1",
        ),
    ]
    for edit, reason in edits:
        with store.writing() as connection, lift_guards(connection, [table]):
            tried = connection.begin_nested()
            connection.execute(edit)
            found = compare_records(connection).mismatches
            assert ("resolutions", reason) in [(one.table, one.reason) for one in found]
            tried.rollback()
    assert audit() == []
    erase_person(store, "ana", lambda: Actor("k", "dora", store.now()))
    assert audit() == []
    assert first["outcome"] == "review"
