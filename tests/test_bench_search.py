"""`make bench-search` asks what it says it asks, of the people it says there are."""

import random

import httpx
import pytest

from app.database.session import Store
from bench.search import Question, questions
from bench.search_population import populate
from tests.conftest import MakeKey

PEOPLE = 1_500


@pytest.fixture
def asked(store: Store) -> dict[str, Question]:
    populate(store, PEOPLE)
    return {question.title: question for question in questions(PEOPLE)}


def test_every_question_is_answered_by_whom_it_is_about(
    client: httpx.Client, asked: dict[str, Question]
) -> None:
    dice = random.Random(1)  # noqa: S311
    found = {}
    for title, question in asked.items():
        answer = client.post("/v1/people/search", json=question.draw(dice))
        assert answer.status_code == 200, title
        found[title] = answer.json()["items"]
    assert {one["match"] for one in found["a common family name"]} >= {"exact"}
    assert len(found["a whole school"]) == len(found["a whole grade"]) == 50
    assert len({one["school"] for one in found["a whole school"]}) == 1
    assert {one["match"] for one in found["a common name in a school"]} >= {"exact"}
    assert found["nobody"] == found["a kind that nobody is"] == []


def test_a_key_of_three_schools_is_asked_with(
    service: str, asked: dict[str, Question], make_key: MakeKey
) -> None:
    [question] = [one for one in asked.values() if one.limited]
    key = make_key(scopes=["people:read"], schools=["o-00000", "o-00001", "o-00002"])
    headers = {"Authorization": f"Bearer {key.secret}"}
    body = question.draw(random.Random(2))  # noqa: S311
    answer = httpx.post(f"{service}/v1/people/search", json=body, headers=headers)
    assert answer.status_code == 200
