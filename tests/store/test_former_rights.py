"""What an id was given before it passed to another person, on both stores."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select

from app.database import tables as t
from app.database.session import Store
from app.imports.approval import (
    ImportDecision,
    abandon_import,
    approve_import,
    reject_import,
    resume_imports,
)
from app.imports.report import Report
from app.imports.undo.requests import plan_undo, put_undo
from app.policy.facts import Setup
from app.policy.question import AccountRef, PersonRef, Pictured, Question
from app.policy.rulebook import evaluate_question
from app.store.accounts import form_moves, forms
from app.store.accounts.form_moves import FormStep
from app.store.accounts.forms import FormContent
from app.store.facts.loader import load_facts
from app.store.ledger.account_audit import find_form_faults
from app.store.ledger.changes import Actor
from app.store.ledger.record_audit import compare_records
from app.store.people.references import RequestContext
from app.store.permissions import grants
from app.store.permissions.designations import find_capacity
from app.store.permissions.grants import NewGrant
from app.store.service import import_records
from app.store.service.keys import create_key, find_by_hash, hash_of
from tests.imports.conftest import Files, district
from tests.store.house import House
from tests.store.test_import_after_kills import killed_before

ZONE = ZoneInfo("America/Denver")
SETUP = Setup(ZONE)
# Nia bears the id of Bob, who was Director of Communications and spoke for the district.
ANOTHER = {"given_name": "Nia", "family_name": "Okafor"}


@pytest.fixture
def house(store: Store, store_url: str, tmp_path: Path) -> House:
    """The small district, whose Superintendent is e-1 and whose Director of Communications e-2."""
    made = House(store, store_url, tmp_path / "delivery")
    assert made.deliver(district()).applied
    return made


def today() -> Any:
    return datetime.now(UTC).astimezone(ZONE).date()


def make_actor() -> Actor:
    return Actor("k-1", None, datetime.now(UTC))


def passed(person: str, files: Files | None = None) -> Files:
    """The people of the district, of whom another bears the id `person`."""
    files = files or {"people": district()["people"]}
    return {
        **files,
        "people": [
            {**one, **ANOTHER} if one["sourced_id"] == person else one for one in files["people"]
        ],
    }


def decide(house: House, report: Report, *, approve: bool = True) -> None:
    decision = ImportDecision(str(report.import_id))
    if approve:
        done = approve_import(house.store, house.settings, make_actor(), decision)
        assert done.state == "applied"
    else:
        reject_import(house.store, make_actor(), decision)


def pass_on(house: House, person: str) -> Report:
    """Let another person bear an id, as a person approved it."""
    report = house.deliver(passed(person), complete_consents=False)
    assert report.state == "held"
    decide(house, report)
    return report


def undo(house: House, report: Report) -> None:
    planned = plan_undo(house.store, house.settings, str(report.import_id))
    with house.store.writing() as connection:
        asked = put_undo(connection, make_actor(), planned)
    approve_import(house.store, house.settings, make_actor(), ImportDecision(asked.id))


def judge_account(house: House) -> set[str]:
    """The codes of a check of the school's account."""
    platform = house.rows(select(t.accounts.c.platform).filter_by(handle_key="hillschool"))[0][0]
    account = AccountRef("", platform=platform, handle_key="hillschool")
    question = Question(check="account", account=account)
    with house.store.reading() as connection:
        facts = load_facts(connection, [question], datetime.now(UTC), SETUP)
    return {one.code for one in evaluate_question(question, facts).findings}


def may_speak(house: House, person: str = "e-2") -> str:
    author = PersonRef("/author", id=person)
    question = Question(check="spokesperson", speaks_for_district=True, author=author)
    with house.store.reading() as connection:
        facts = load_facts(connection, [question], datetime.now(UTC), SETUP)
    return str(evaluate_question(question, facts).findings[0].code)


def acts(house: House, person: str, office: Any) -> bool:
    with house.store.reading() as connection:
        return find_capacity(connection, person, office, today()) is not None


def give(connection: Connection, person: str) -> None:
    """The Superintendent lets the person speak for the district from today on."""
    by = RequestContext("e-1", today(), SETUP, None)
    new = NewGrant("spokesperson", "person", person, "all", today())
    grants.add_grant(connection, Actor("k-1", "e-1", datetime.now(UTC)), by, new)


def lives(house: House, secret: str) -> bool:
    now = datetime.now(UTC)
    with house.store.reading() as connection:
        found = find_by_hash(connection, [str(hash_of(secret))])
    return all(key.is_live(now) for key in found.values())


def new_key(house: House, person: str | None) -> str:
    now = datetime.now(UTC)
    with house.store.writing() as connection:
        made = create_key(connection, name="k", scopes=["check"], now=now, person_id=person)
    return made.secret


def people_of(house: House) -> list[tuple[Any, ...]]:
    """Each account with its owner and its managers."""
    managing = house.rows(select(t.account_managers.c.account_id, t.account_managers.c.person_id))
    wanted = select(t.accounts.c.id, t.accounts.c.handle_key, t.accounts.c.owner_id)
    return sorted(
        (handle, owner, sorted(person for account, person in managing if account == ident))
        for ident, handle, owner in house.rows(wanted)
    )


def is_sound(house: House) -> bool:
    with house.store.reading() as connection:
        return not compare_records(connection).mismatches


def test_nobody_takes_over_what_an_id_was_given_before(house: House) -> None:
    his, another, nobodys = new_key(house, "e-2"), new_key(house, "e-1"), new_key(house, None)
    assert may_speak(house) == "spokesperson.granted"
    pass_on(house, "e-2")
    assert may_speak(house) == "spokesperson.no_grant"
    assert not acts(house, "e-2", "director_communications")
    assert acts(house, "e-1", "superintendent")
    assert [lives(house, key) for key in (his, another, nobodys)] == [False, True, True]
    assert ("hillschool", "e-1", ["a-1"]) in people_of(house)
    assert is_sound(house)


def test_an_owner_is_another_person_and_owns_nothing(house: House) -> None:
    pass_on(house, "e-1")
    assert ("hillschool", None, ["a-1", "e-2"]) in people_of(house)
    assert "account.no_owner" in judge_account(house)
    told = [one for one in house.said("account.recorded") if one["change"] == "changed"]
    assert [one["owner_id"] for one in told] == [None, None]


def test_what_a_former_holder_gave_others_stays(house: House) -> None:
    """Who was let speak may speak, and an account that was authorized stays authorized."""
    for holder, office in (("e-1", "superintendent"), ("e-2", "director_communications")):
        pass_on(house, holder)
        assert not acts(house, holder, office)
        assert "account.authorized" in judge_account(house)
        if holder == "e-1":
            assert may_speak(house) == "spokesperson.granted"


def test_the_next_bearer_is_given_rights_like_anyone(house: House) -> None:
    pass_on(house, "e-2")
    with house.store.writing() as connection:
        give(connection, "e-2")
    assert may_speak(house) == "spokesperson.granted"
    assert is_sound(house)


def test_a_file_that_still_lists_former_rights_brings_none_back(house: House) -> None:
    pass_on(house, "e-2")
    files = passed("e-2", district())
    files = {name: files[name] for name in ("people", "designations", "grants")}
    for _ in range(2):
        report = house.deliver(files, complete_consents=False)
        assert report.applied
        assert any("were ended since stay ended" in one for one in report.warnings)
        assert may_speak(house) == "spokesperson.no_grant"
        assert not acts(house, "e-2", "director_communications")


def test_a_rejected_delivery_ends_no_right(house: House) -> None:
    key = new_key(house, "e-2")
    before = people_of(house)
    report = house.deliver(passed("e-2"), complete_consents=False)
    assert report.state == "held"
    decide(house, report, approve=False)
    assert may_speak(house) == "spokesperson.granted"
    assert acts(house, "e-2", "director_communications")
    assert lives(house, key)
    assert people_of(house) == before


def test_an_undo_gives_back_the_rights_of_the_first_bearer_alone(house: House) -> None:
    before = people_of(house)
    report = pass_on(house, "e-2")
    with house.store.writing() as connection:
        give(connection, "e-2")
    hers = new_key(house, "e-2")
    undo(house, report)
    assert [row.given_name for row in house.rows(t.people) if row.id == "e-2"] == ["Bob"]
    assert acts(house, "e-2", "director_communications")
    assert may_speak(house) == "spokesperson.granted"
    assert people_of(house) == before
    assert not lives(house, hers)
    given = [row for row in house.rows(t.grants) if row.grantee == "e-2"]
    latest = {row.effective_from: row for row in given}
    assert [row.effective_to is None or row.effective_to > today() for row in latest.values()] == [
        True, False,
    ]  # fmt: skip
    assert is_sound(house)


def test_what_was_declared_while_an_id_waited_to_pass_is_about_another(house: House) -> None:
    report = house.deliver(passed("s-2"), complete_consents=False)
    assert report.state == "held"
    times = [datetime.now(UTC)]
    decide(house, report)
    times.append(datetime.now(UTC))
    assert [has_new_bearer(house, "s-2", at) for at in times] == [True, False]
    undo(house, report)
    times.append(datetime.now(UTC))
    assert [has_new_bearer(house, "s-2", at) for at in times] == [True, True, False]
    assert not has_new_bearer(house, "s-1", times[0])


def has_new_bearer(house: House, person: str, since: datetime) -> bool:
    question = Question(
        check="student_photo", pictured=Pictured(students=(PersonRef("/person", id=person),))
    )
    with house.store.reading() as connection:
        facts = load_facts(connection, [question], datetime.now(UTC), SETUP)
    return facts.has_new_bearer([person], since)


def write_to(files: Files, person: str) -> Files:
    """The same people, of whom one has another address: another import changes the record."""
    for one in files["people"]:
        if one["sourced_id"] == person:
            one |= {"email": "nia@district.example"}
    return files


def has_nothing(house: House) -> bool:
    """Whether who bears e-2 speaks for nobody, holds no office and has no account."""
    named = any("e-2" in (owner, *managers) for _, owner, managers in people_of(house))
    speaks = may_speak(house) != "spokesperson.no_grant"
    return not (named or speaks or acts(house, "e-2", "director_communications"))


def test_an_undo_that_leaves_the_next_bearer_gives_them_nothing(house: House) -> None:
    """The record was changed since, so that it stays the next bearer's."""
    report = pass_on(house, "e-2")
    assert house.deliver(write_to(passed("e-2"), "e-2"), complete_consents=False).applied
    undo(house, report)
    assert [row.given_name for row in house.rows(t.people) if row.id == "e-2"] == ["Nia"]
    assert has_nothing(house)
    assert is_sound(house)


def test_an_undo_of_what_ended_rights_before_gives_the_next_bearer_none(house: House) -> None:
    files = {name: district()[name] for name in ("accounts", "designations", "grants")}
    for one in (files["designations"][1], files["grants"][1]):
        one["effective_to"] = "2026-02-01"
    files["accounts"][0] |= {"manager_sourced_ids": "a-1"}
    ended = house.deliver(files, complete_consents=False)
    assert ended.applied, ended.files
    assert has_nothing(house)
    report = pass_on(house, "e-2")
    undo(house, ended)
    assert has_nothing(house)
    undo(house, report)
    assert has_nothing(house)


@pytest.mark.parametrize("step", ["accounts put back", "designations put back", "grants put back"])
def test_a_killed_undo_gives_the_first_bearer_all_back(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = people_of(house)
    report = pass_on(house, "e-2")
    with killed_before(monkeypatch, step):
        undo(house, report)
    [done] = resume_imports(house.store)
    assert done.state == "applied"
    assert acts(house, "e-2", "director_communications")
    assert may_speak(house) == "spokesperson.granted"
    assert people_of(house) == before
    assert is_sound(house)


@pytest.mark.parametrize("step", ["people", "doubts of ids that end"])
@pytest.mark.parametrize("person", ["e-2", "s-2"])
def test_an_abandoned_import_has_passed_no_right_along(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str, person: str
) -> None:
    """What it has put on file stays, also that another person bears the id."""
    key = new_key(house, "e-2")
    report = house.deliver(passed(person), complete_consents=False)
    with killed_before(monkeypatch, step):
        decide(house, report)
    with house.store.reading() as connection:
        [found] = import_records.list_in_states(connection, "applying")
    abandon_import(house.store, make_actor(), ImportDecision(found.id, found.version, "stuck", 1))
    again = house.deliver(passed(person), complete_consents=False)
    if again.state == "held":
        decide(house, again)
    [row] = [row for row in house.rows(t.people) if row.id == person]
    assert (row.given_name, row.identity_doubt) == ("Nia", None)
    assert row.bearer_since
    assert has_new_bearer(house, person, found.created_at)
    if person == "e-2":
        assert has_nothing(house)
        assert not lives(house, key)
    else:
        assert row.former_statements
    assert is_sound(house)


def test_nothing_is_asked_for_with_the_id_of_another_or_goes_to_the_next_bearer(
    house: House,
) -> None:
    """Forms that wait: one asked for by e-2, and one that names e-2 as owner and as a manager."""
    club = FormContent(
        platform="twitter", handle="Club", handle_key="club", url=None, url_alias=None,
        kind="club", org_id="hill", owner_id="e-2", managers=("e-2", "a-1"), contact_email=None,
        purpose="Chess",
    )  # fmt: skip
    with house.store.writing() as connection:
        for person, owner in (("e-2", "e-1"), ("e-1", "e-2")):
            by = RequestContext(person, today(), SETUP, None)
            actor = Actor("k-1", person, datetime.now(UTC))
            form = forms.add_form(connection, actor, by, replace(club, owner_id=owner))
            form_moves.take_step(connection, actor, by, FormStep(form["id"], "submit"))
    asked = select(
        *(t.authorization_requests.c[name] for name in ("state", "owner_id", "managers"))
    )
    before = house.rows(asked.order_by(t.authorization_requests.c.id))
    report = house.deliver(passed("e-2"), complete_consents=False)
    assert house.rows(asked.order_by(t.authorization_requests.c.id)) == before
    decide(house, report)
    assert house.rows(asked.order_by(t.authorization_requests.c.id)) == [
        ("withdrawn", "e-1", '["a-1"]'), ("submitted", None, '["a-1"]'),
    ]  # fmt: skip
    with house.store.reading() as connection:
        assert not list(find_form_faults(connection))
