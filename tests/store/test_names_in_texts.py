"""Students named in a text are found by the store, and only those of a key's schools."""

from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from app.checks.batch import decide_inquiries
from app.checks.queue import Answer, Inquiry
from app.checks.request_parser import POST, read_check
from app.database.session import Store
from app.policy.facts import Setup
from app.policy.question import Asker
from tests.district import found

SETUP = Setup(
    timezone=ZoneInfo("America/Denver"),
    consent_mode="refusal_list",
    list_max_age_days=7,
    email_domains=frozenset(),
)


@pytest.fixture
def kept(store: Store) -> Store:
    with store.writing() as connection:
        district = found(connection)
        district.person("eva", "Eva Mar\u00eda Smith-Jones")
        district.consent("eva", "refuse", extent="image_with_name")
        district.person("jan", "J\u00fcrgen Gro\u00dfm\u00fcller")
        district.consent("jan", "refuse", extent="image_with_name")
    return store


def codes(store: Store, text: str, schools: frozenset[str] | None = None) -> set[str]:
    body: dict[str, Any] = {
        "account": {"platform": "facebook", "handle": "maple"}, "purpose": "school", "text": text,
    }  # fmt: skip
    read = read_check(POST, orjson.dumps(body), Asker(schools))
    (answer,) = decide_inquiries(store, SETUP, [Inquiry(read.question, read.request, "key")])
    assert isinstance(answer, Answer)
    return {one["code"] for one in orjson.loads(answer.body)["findings"]}


@pytest.mark.parametrize(
    "text",
    [
        "Eva Jones won", "Smith, Eva", "<b>Eva</b> M. Smith", "#EvaSmith", "eva smith-jones",
        "Ana Lopez and Eva Smith Jones sang", "So proud! #evasmith", "So proud! #smithjoneseva",
        "So proud of Juergen Grossmueller", "So proud! #juergengrossmuller",
    ],
)  # fmt: skip
def test_a_name_that_may_not_be_shown_is_found(kept: Store, text: str) -> None:
    assert "text.other_name_not_allowed" in codes(kept, text)
    assert "text.other_name_not_allowed" in codes(kept, text, frozenset({"maple"}))
    assert "text.other_name_not_allowed" not in codes(kept, text, frozenset({"birch"}))


@pytest.mark.parametrize(
    "text",
    [
        "Ana Lopez won",
        "Eva won",
        "Nobody Known won",
        "Smith Jones",
        "Go #analopez",
        "Go #evasmit",
        "Go #gobulldogs #provoproud #backtoschool",
    ],
)
def test_other_names_are_not(kept: Store, text: str) -> None:
    assert "text.other_name_not_allowed" not in codes(kept, text)
