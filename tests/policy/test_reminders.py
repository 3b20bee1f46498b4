"""Reminders over the whole rulebook: walked through contexts, each comes back, few at a time.

A context is what a post or an account is like; the walk tries every combination of a few ways in
which each thing can be, so that a reminder which others always crowd out is found.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import product
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from app.policy.clauses import CLAUSES
from app.policy.facts import Account, Authorization, Facts, Person, Setup
from app.policy.question import AccountRef, Media, PersonRef, Pictured, Question, TextMark
from app.policy.reminders import _HINTS, MOST
from app.policy.rulebook import REMINDED_CLAUSES, evaluate_question
from app.policy.words import AccountKind, Purpose

ZONE = ZoneInfo("America/Denver")
NOW = datetime(2026, 10, 15, 18, tzinfo=UTC)
TOLD = {c.number for c in CLAUSES if c.handling == "remind"} | set(REMINDED_CLAUSES)
# What a post itself is like: its media, and what its text is about.
CONTENTS: tuple[dict[str, Any], ...] = (
    {},
    {"media": (Media("/media/0", "photo"),)},
    {"media": (Media("/media/0", "photo", "licensed", has_alt_text=True),)},
    {"text_marks": (TextMark("identifier", 1),)},
    {"text_marks": (TextMark("profanity", 1),)},
    {"contact_email_domain": "provo.example"},
)


def employee(ident: str, org_kind: Any) -> Person:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    return Person(
        ident, "employee", "A", "B", None, None, "org", "org", org_kind, None, "active", long_ago
    )


PEOPLE = {"tess": employee("tess", "school"), "cora": employee("cora", "communications")}


def known(kind: AccountKind | None, domains: frozenset[str]) -> Facts:
    """Facts in which `x/here` is an account of this kind, in good order."""
    yes = Authorization("dora", None, date(2025, 1, 1))
    accounts = {} if kind is None else {
        "x/here": (
            Account(
                "a", "x", "here", kind, "authorized", "org", "tess", True, 1, 1, None,
                date(2025, 1, 1), yes,
            ),
        )
    }  # fmt: skip
    setup = Setup(ZONE, email_domains=domains)
    return Facts(now=NOW, setup=setup, people=PEOPLE, accounts=accounts)


def contexts() -> Iterator[tuple[Question, Facts]]:
    """Every account, author, purpose and content, posted or only asked about."""
    places: list[tuple[AccountRef | None, AccountKind | None]] = [
        (AccountRef("/account", "x", personal=True), None),
        (AccountRef("/account", "x", "nowhere"), None),
        *((AccountRef("/account", "x", "here"), kind) for kind in get_args(AccountKind)),
    ]
    domains = (frozenset[str](), frozenset({"provo.example"}))
    for (ref, kind), said, who, purpose, more in product(
        places, domains, PEOPLE, get_args(Purpose), CONTENTS
    ):
        shown = Pictured(nobody_identifiable=True)
        common: dict[str, Any] = {"account": ref, "author": PersonRef("/author", id=who)}
        facts = known(kind, said)
        yield Question("post", purpose=purpose, pictured=shown, **common, **more), facts
    for ref, kind in places:
        yield Question("account", account=ref), known(kind, domains[1])


@pytest.fixture(scope="module")
def said() -> list[tuple[int, ...]]:
    """The clauses that each context is reminded of."""
    return [
        tuple(one.clause for one in evaluate_question(question, facts).reminders)
        for question, facts in contexts()
    ]


def test_every_clause_that_is_a_reminder_comes_back_somewhere(said):
    assert {clause for clauses in said for clause in clauses} >= TOLD


def test_no_context_hears_more_than_five_or_one_clause_twice(said):
    assert max(map(len, said)) == MOST == 5
    assert all(len(set(clauses)) == len(clauses) for clauses in said)


def test_every_reminder_is_told_by_its_own_code(said):
    codes = [hint.reminder.code for hint in _HINTS]
    assert len(set(codes)) == len(codes)
    heard = {
        one.code
        for question, facts in contexts()
        for one in evaluate_question(question, facts).reminders
    }
    assert heard == set(codes)


def test_what_the_post_itself_is_like_comes_before_what_holds_for_all():
    marks = (TextMark("identifier", 1), TextMark("threat", 1))
    media = (Media("/media/0", "photo", "licensed"),)
    question = Question(
        "post", purpose="other", media=media, text_marks=marks,
        account=AccountRef("/account", "x", "here"), author=PersonRef("/author", id="cora"),
    )  # fmt: skip
    verdict = evaluate_question(question, known("classroom", frozenset({"provo.example"})))
    assert [one.clause for one in verdict.reminders] == [40, 41, 53, 54, 61]


@pytest.mark.parametrize("kind", ["classroom", "course"])
def test_a_classroom_account_is_told_of_the_classroom_before_anything_general(kind):
    question = Question("account", account=AccountRef("/account", "x", "here"))
    verdict = evaluate_question(question, known(kind, frozenset()))
    assert [one.clause for one in verdict.reminders] == [11, 14, 15]
