"""Declarations in the store, on both: found by all their names, kept as history, and erased."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from app.database import tables as t
from app.database.session import Store
from app.erasure.person_erasure import erase_person
from app.errors import ConflictError, NotFoundError, PersonRequiredError
from app.policy.allow_terms import find_allow_terms
from app.policy.case import open_case
from app.policy.declarations import Declaration, write_code
from app.policy.facts import Setup
from app.policy.question import AccountRef, Media, Question
from app.policy.rulebook import evaluate_question
from app.policy.verdict import Verdict
from app.store.declarations.codes import ALPHABET, make_code, parse_code
from app.store.declarations.lookup import find_declarations
from app.store.declarations.records import (
    DeclarationContent,
    add_declaration,
    correct_declaration,
    list_people,
    read_declaration,
    withdraw_declaration,
)
from app.store.facts.loader import load_facts
from app.store.ledger.changes import Actor
from tests.district import found

A, B = "a" * 64, "b" * 64
SETUP = Setup(ZoneInfo("America/Denver"))


@pytest.fixture
def district(store: Store) -> Store:
    with store.writing() as connection:
        found(connection)
    return store


def content(*students: str, sha256: str = A, **more: Any) -> DeclarationContent:
    media = {"kind": "photo", "rights": "own", "premises": "none", "alt_text": None}
    pictured = {
        "students": [{"id": one, "named": False} for one in students],
        "employees": [], "others": [], "nobody_identifiable": not students,
    }  # fmt: skip
    said = {
        "purpose": "school", "account_id": None, "media": [{**media, "sha256": sha256}],
        "pictured": pictured, "uses_logo": False, "speaks_for_district": False, **more,
    }  # fmt: skip
    return DeclarationContent(said, students)


def by(store: Store, person: str | None = "tess") -> Actor:
    return Actor("key-1", person, store.now())


def add(store: Store, *students: str, **more: Any) -> dict[str, Any]:
    with store.writing() as connection:
        return dict(add_declaration(connection, by(store), content(*students, **more)))


def ask(*digests: str, declaration: str | None = None) -> Question:
    media = tuple(
        Media(f"/media/{i}", "photo", "own", "none", one, has_alt_text=True)
        for i, one in enumerate(digests)
    )
    account = AccountRef("/account", "facebook", "maple")
    return Question("post", account=account, media=media, declaration=declaration)


def find(store: Store, *questions: Question) -> tuple[Declaration, ...]:
    with store.reading() as connection:
        return find_declarations(connection, questions)


def decide(store: Store, question: Question) -> Verdict:
    with store.reading() as connection:
        return evaluate_question(question, load_facts(connection, [question], store.now(), SETUP))


def test_one_is_found_by_id_code_and_media_and_no_other_is(district: Store) -> None:
    first, second = add(district, "ana"), add(district, "ben", sha256=B)
    for question in (
        ask(declaration=first["id"]), ask(declaration=first["code"]), ask(A),
    ):  # fmt: skip
        assert [one.id for one in find(district, question)] == [first["id"]]
    both = find(district, ask(A), ask(B))
    assert [one.id for one in both] == [first["id"], second["id"]]
    assert find(district, ask("c" * 64), ask()) == ()


def test_the_last_version_counts_and_former_media_are_not_forgotten(district: Store) -> None:
    made = add(district, "ana")
    with district.writing() as connection:
        correct_declaration(connection, by(district), made["id"], None, content("ben", sha256=B))
    (one,) = find(district, ask(A))
    assert (one.version, one.digests, one.made_by) == (2, frozenset({B}), "tess")
    assert [ref.id for ref in one.pictured.students] == ["ben"]
    assert "pictured.missing" in {f.code for f in decide(district, ask(A)).findings}
    assert decide(district, ask(B)).outcome == "deny"
    with district.writing() as connection:
        withdraw_declaration(connection, by(district), made["id"], "tess", "Not us")
    (one,) = find(district, ask(B))
    assert (one.version, one.withdrawn) == (3, True)
    with district.writing() as connection, pytest.raises(ConflictError):
        withdraw_declaration(connection, by(district), made["code"], None, "Again")


def test_who_may_change_it(district: Store) -> None:
    made = add(district, "ana")
    with district.writing() as connection:
        with pytest.raises(NotFoundError):
            correct_declaration(connection, by(district, "ed"), made["id"], "ed", content())
        with pytest.raises(PersonRequiredError):
            add_declaration(connection, by(district, None), content())


def test_history_is_only_added_to(district: Store) -> None:
    add(district, "ana")
    for change in (update(t.declarations).values(said="{}"), delete(t.declarations)):
        with pytest.raises(IntegrityError), district.writing() as connection:
            connection.execute(change)


def test_an_erased_child_is_in_no_version_and_posts_wait(district: Store) -> None:
    alt = [{"kind": "photo", "rights": "own", "premises": "none", "sha256": A,
            "alt_text": "Ana Lopez reads"}]  # fmt: skip
    made = add(district, "ana", "cleo", media=alt)
    with district.writing() as connection:
        correct_declaration(connection, by(district), made["id"], None, content("ana", "cleo"))
    assert decide(district, ask(A)).outcome == "allow"
    erase_person(district, "ana", lambda: Actor("key-1", "dora", district.now()))
    with district.reading() as connection:
        rows = list(connection.scalars(select(t.declarations.c.said)))
        latest = read_declaration(connection, made["id"], None).row
    assert len(rows) == 2
    for said in rows:
        assert '"ana"' not in said
        assert "Lopez" not in said
    assert "cleo" in list_people(latest)
    verdict = decide(district, ask(A))
    assert verdict.outcome == "review"
    assert "ana" not in verdict.subjects


def test_an_erased_maker_is_nobody(district: Store) -> None:
    add(district, "ana")
    erase_person(district, "tess", lambda: Actor("key-1", "dora", district.now()))
    (one,) = find(district, ask(A))
    assert one.made_by.startswith("erased-")


def test_an_allow_by_a_declaration_says_until_when(district: Store) -> None:
    """The list under it ends it, as it does where the post names the child itself."""

    add(district, "ana")
    question = ask(A)
    with district.reading() as connection:
        facts = load_facts(connection, [question], datetime.now(UTC), SETUP)
    terms = find_allow_terms(open_case(question, facts), evaluate_question(question, facts))
    assert terms is not None
    assert terms.until is not None
    assert facts.list_at is not None
    assert terms.until <= facts.list_at + timedelta(days=7)


def test_a_code_can_be_read_out() -> None:
    assert not set(ALPHABET) & set("01ILOU")
    code = make_code()
    assert len(code) == 8
    written = write_code(code)
    for typed in (
        written,
        written.lower(),
        f"  {code} ",
        written.replace("-", "\u2013"),
        " ".join(code),
    ):
        assert parse_code(typed) == code
    for place, right in enumerate(code):
        for wrong in ALPHABET:
            if wrong != right:
                assert parse_code(code[:place] + wrong + code[place + 1 :]) is None
    for typed in ("", code[1:], code + "2", code[:-1] + "O", "ßßßßßßßß", "0" * 8):
        assert parse_code(typed) is None
