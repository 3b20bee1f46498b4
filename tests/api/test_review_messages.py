"""Asking back about a review, over HTTP: who asks, who hears it, who answers."""

from typing import Any

import httpx
import pytest

from app.database.session import Store
from tests.api.test_reviews import POST, acting, ask, district, refused, resolve, shown
from tests.conftest import MakeKey

__all__ = ["acting", "district"]
QUESTION = {"text": "Whose photo is it?"}


def question(client: httpx.Client, decision: dict[str, Any], **body: Any) -> httpx.Response:
    return client.post(f"/v1/decisions/{decision['id']}/questions", json={**QUESTION, **body})


def answer(client: httpx.Client, decision: dict[str, Any], text: str) -> httpx.Response:
    return client.post(f"/v1/decisions/{decision['id']}/answers", json={"text": text})


def messages(client: httpx.Client, decision: dict[str, Any]) -> httpx.Response:
    return client.get(f"/v1/decisions/{decision['id']}/messages")


def test_question_reaches_who_asked_and_the_answer_who_reviews(acting: Any) -> None:
    mia, dora = acting("mia"), acting("dora")
    decision = ask(mia, **{**POST, "author": {"id": "mia"}})
    assert messages(mia, decision).json() == {"items": []}
    assert "messages" not in mia.get(f"/v1/decisions/{decision['id']}").json()
    before = shown(dora, decision)
    asked = question(dora, decision)
    assert asked.status_code == 201, asked.text
    heard = mia.get(f"/v1/decisions/{decision['id']}").json()["messages"]
    assert heard == messages(mia, decision).json()["items"] == [asked.json()]
    assert heard[0]["by"]["person"] == {"id": "dora", "name": "Dora Director"}
    assert (heard[0]["kind"], heard[0]["text"]) == ("question", QUESTION["text"])
    assert refused(resolve(dora, decision, shown=before), "not-shown")
    told = answer(mia, decision, "I took it myself")
    assert told.status_code == 201, told.text
    review = dora.get(f"/v1/reviews/{decision['id']}").json()
    assert [one["text"] for one in review["messages"]] == [QUESTION["text"], "I took it myself"]
    assert len({before, review["shown"]}) == 2
    assert resolve(dora, decision).status_code == 201
    again = ask(mia, **{**POST, "author": {"id": "mia"}})
    assert again["outcome"] == "allow"
    assert "messages" not in again


def test_who_may_ask_and_who_may_answer(acting: Any, make_key: MakeKey) -> None:
    mia, dora, scheduler = acting("mia"), acting("dora"), acting(None)
    decision = ask(mia, **{**POST, "author": {"id": "mia"}})
    assert refused(question(scheduler, decision), "person-required")
    assert refused(answer(mia, decision, "Mine"), "conflict")
    assert question(dora, decision).status_code == 201
    for other in (dora, scheduler, acting("mia")):
        assert refused(answer(other, decision, "Mine"), "not-found")
        assert refused(messages(other, decision), "not-found")
    limited = acting("dora", schools=["maple"])
    assert refused(question(limited, decision), "not-found")
    assert answer(mia, decision, "Mine").status_code == 201


@pytest.mark.parametrize("text", ["", "  ", "\x00", "x" * 2_001])
def test_words_are_needed(acting: Any, text: str) -> None:
    dora = acting("dora")
    decision = ask(acting(None), **POST)
    assert question(dora, decision, text=text).status_code == 422


def test_only_about_what_still_waits(acting: Any) -> None:
    scheduler, dora = acting(None), acting("dora")
    clear = ask(scheduler, "photo-consent", students=[{"id": "ana"}])
    assert refused(question(dora, clear), "not-a-review")
    decision = ask(scheduler, **POST)
    assert question(dora, decision).status_code == 201
    assert resolve(dora, decision, "deny").status_code == 201
    assert refused(question(dora, decision), "already-resolved")
    assert refused(answer(scheduler, decision, "Mine"), "already-resolved")
    assert len(messages(scheduler, decision).json()["items"]) == 1


def test_repeat_under_its_key_is_one_question(acting: Any, store: Store) -> None:
    dora, decision = acting("dora"), ask(acting(None), **POST)
    dora.headers["Idempotency-Key"] = "q-1"
    first, second = question(dora, decision), question(dora, decision)
    assert first.json() == second.json()
    assert len(dora.get(f"/v1/reviews/{decision['id']}").json()["messages"]) == 1
