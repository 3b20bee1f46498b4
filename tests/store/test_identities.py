"""Ids that come to another person, and people who come under another id."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.database.session import Store
from app.database.tables import consents, people
from app.imports.approval import ImportDecision, approve_import, reject_import
from app.imports.reading.profiles import read_profile
from app.imports.report import Report
from app.policy_setup import read_setup
from app.store.consents.statements import NewStatement, record_statement
from app.store.consents.states import Use, read_state
from app.store.ledger.changes import Actor
from app.store.ledger.record_audit import compare_records
from tests.imports.conftest import Row, row, write
from tests.imports.runs import run_import
from tests.store.house import House

FILE = "permission_to_publish.txt"
ORGS = [
    {"sourced_id": "district", "name": "District", "kind": "district", "parent_sourced_id": ""},
    {"sourced_id": "hill", "name": "Hill", "kind": "school", "parent_sourced_id": "district"},
]
ANA = {
    "sourced_id": "s-1", "kind": "student", "given_name": "Ana", "family_name": "Diaz",
    "org_sourced_id": "hill", "birth_date": "2013-02-11", "student_number": "1001", "grade": "5",
}  # fmt: skip
YES = row("consents", "s-1,grant,publish,all,image,g-1,guardian,2026-01-05,,")
NO = row("consents", "s-1,refuse,,,,g-1,guardian,2026-01-05,,")
OTHER = {
    "given_name": "Bea", "family_name": "Okafor", "birth_date": "2012-07-01",
    "student_number": "1009", "kind": "employee",
}  # fmt: skip
GUARDIANS = [row("guardians", "s-1,g-1,Maria Diaz,mother")]


def others(count: int = 12) -> list[Row]:
    """Children whom nothing happens to."""
    return [
        ANA
        | {
            "sourced_id": f"k-{n}", "given_name": f"Kid{n}", "family_name": f"Fam{n}",
            "birth_date": f"2013-03-{n + 1:02}", "student_number": f"20{n:02}",
        }
        for n in range(count)
    ]  # fmt: skip


@pytest.fixture
def opt_in(store: Store, store_url: str, tmp_path: Path) -> House:
    """A district where nobody is shown without a yes."""
    return House(store, store_url, tmp_path / "delivery", consent_mode="opt_in")


def night(house: House, *students: Mapping[str, str], **files: Any) -> Report:
    """Deliver these students beside the others, all there are."""
    flags = files.pop("flags", None)
    options: dict[str, Any] = {"complete": True, "complete_consents": True}
    options |= {name: files.pop(name) for name in ("plan_only", "complete") if name in files}
    write(house.folder, {"orgs": ORGS, "people": [*map(dict, students), *others()], **files})
    if flags:
        lines = ("Student_Number\tPermission to Publish", *flags)
        (house.folder / FILE).write_text("\n".join(lines) + "\n")
        options["profile"] = read_profile("powerschool")
    return run_import(house.store, house.settings, house.folder, **options)


def outcome(house: House, person_id: str, days: int = 0) -> tuple[str, str]:
    """What a check of a picture says of this id, and why; `days` from now."""
    now = datetime.now(UTC) + timedelta(days=days)
    with house.store.reading() as connection:
        use = Use(person_id, channel="social")
        found = read_state(connection, use, now, read_setup(house.settings)).finding
        return found.outcome, found.code


def known(house: House) -> set[str]:
    return {ident for (ident,) in house.rows(select(people.c.id))} - {
        one["sourced_id"] for one in others()
    }


def statements(house: House, person_id: str) -> list[tuple[str, str, str | None]]:
    c = consents.c
    rows = select(c.decision, c.source, c.given_by).where(c.person_id == person_id)
    return [tuple(found) for found in house.rows(rows.order_by(c.seq))]


def decide(house: House, report: Report, how: Any = approve_import) -> str:
    actor, decision = Actor("k-1", None, datetime.now(UTC)), ImportDecision(str(report.import_id))
    if how is approve_import:
        return approve_import(house.store, house.settings, actor, decision).state
    return reject_import(house.store, actor, decision).state


TWO = [
    ("given_name", "family_name"), ("given_name", "birth_date"), ("given_name", "student_number"),
    ("family_name", "birth_date"), ("family_name", "student_number"),
    ("birth_date", "student_number"), ("kind",),
]  # fmt: skip


@pytest.mark.parametrize("fields", TWO, ids=" and ".join)
def test_an_id_that_comes_to_somebody_else_waits_and_is_allowed_to_nobody(
    opt_in: House, fields: tuple[str, ...]
) -> None:
    refused = ANA | {"sourced_id": "s-2", "given_name": "Ben", "student_number": "1002"}
    refused["birth_date"] = "2013-02-12"
    said = [YES, NO | {"person_sourced_id": "s-2"}]
    assert night(opt_in, ANA, refused, consents=said).applied
    assert [outcome(opt_in, who)[0] for who in ("s-1", "s-2")] == ["allow", "deny"]
    changed = {name: OTHER[name] for name in fields}
    again = {name: f"{value}9"[-10:] for name, value in changed.items() if name != "kind"}
    another = {**refused, **(again or changed)}
    if "birth_date" in again:
        another["birth_date"] = "2012-08-01"
    report = night(opt_in, {**ANA, **changed}, another)
    assert (report.state, report.errors) == ("held", [])
    assert "2 people on file would become somebody else (people.csv line 2, people.csv line 3)" in (
        report.reason or ""
    )
    assert outcome(opt_in, "s-1") == ("review", "consent.identity_doubtful")
    assert outcome(opt_in, "s-2") == ("deny", "consent.refused")


@pytest.mark.parametrize(
    "changed",
    [
        {"given_name": "Bea"}, {"family_name": "Okafor"}, {"birth_date": "2012-07-01"},
        {"student_number": "1009"}, {"given_name": "ÁNA", "family_name": "DÍAZ"},
        {"birth_date": "", "student_number": "", "given_name": "Bea"},
        {"student_number": "01001", "given_name": "Bea"},
    ],
    ids=str,
)  # fmt: skip
def test_a_correction_does_not_wait(opt_in: House, changed: dict[str, str]) -> None:
    assert night(opt_in, ANA, consents=[YES]).applied
    report = night(opt_in, {**ANA, **changed}, consents=[YES])
    assert (report.applied, outcome(opt_in, "s-1")[0]) == (True, "allow")


def test_silence_speaks_for_nobody_whose_id_is_in_doubt(house: House) -> None:
    assert night(house, ANA, flags=["1001\t", "2000\tNo", "2003\t"]).applied
    assert outcome(house, "s-1") == ("allow", "consent.not_on_list")
    assert night(house, {**ANA, "given_name": "Bea", "family_name": "Okafor"}).state == "held"
    assert outcome(house, "s-1") == ("review", "consent.identity_doubtful")
    assert outcome(house, "k-3") == ("allow", "consent.not_on_list")


def test_whoever_bears_an_id_from_now_on_keeps_no_grant_of_before(opt_in: House) -> None:
    refused = ANA | {"sourced_id": "s-2", "student_number": "1002", "birth_date": "2013-02-12"}
    said = [YES, NO | {"person_sourced_id": "s-2"}]
    assert night(opt_in, ANA, refused, consents=said).applied
    bea = {**ANA, **OTHER, "kind": "student"}
    report = night(opt_in, bea, {**refused, **OTHER, "kind": "student", "student_number": "1010"},
                   consents=said)  # fmt: skip
    assert decide(opt_in, report) == "applied"
    assert outcome(opt_in, "s-1") == ("review", "consent.nothing_on_file")
    assert outcome(opt_in, "s-2") == ("deny", "consent.refused")
    with opt_in.store.reading() as connection:
        told = read_state(connection, Use("s-1"), datetime.now(UTC), read_setup(opt_in.settings))
    assert any("bore this id before" in step.text for step in told.steps) or not told.steps
    # The same paper again is still about the other; what the family says now counts.
    assert night(opt_in, bea, consents=[*said]).applied
    assert outcome(opt_in, "s-1")[0] == "review"
    new = YES | {"given_by": "Ngozi Okafor", "signed_at": "2026-01-04"}
    assert night(opt_in, bea, consents=[*said, new]).applied
    assert outcome(opt_in, "s-1") == ("allow", "consent.granted")


@pytest.mark.parametrize("later", [False, True], ids=["the same night", "the next night"])
def test_a_column_of_yes_counts_anew_for_who_bears_the_id_now(opt_in: House, later: bool) -> None:
    assert night(opt_in, ANA, flags=["1001\tYes"]).applied
    bea = {**ANA, "given_name": "Bea", "family_name": "Okafor"}
    report = night(opt_in, bea, flags=["1001\t" if later else "1001\tYes"])
    assert decide(opt_in, report) == "applied"
    assert outcome(opt_in, "s-1")[0] == ("review" if later else "allow")
    assert night(opt_in, bea, flags=["1001\tYes"]).applied
    assert outcome(opt_in, "s-1")[0] == "allow"
    assert night(opt_in, bea, flags=["1001\tYes"]).applied
    assert [what for what, *_ in statements(opt_in, "s-1")] == ["grant", "grant"]


@pytest.mark.parametrize("by", ["rejected", "delivered again", "the very same delivery"])
def test_a_doubt_ends_with_what_a_person_or_the_feed_says(opt_in: House, by: str) -> None:
    assert night(opt_in, ANA, consents=[YES]).applied
    report = night(opt_in, {**ANA, "given_name": "Bea", "family_name": "Okafor"}, consents=[YES])
    assert outcome(opt_in, "s-1")[0] == "review"
    if by == "rejected":
        assert decide(opt_in, report, reject_import) == "rejected"
    else:
        grade = {"grade": "6"} if by == "delivered again" else {}
        assert night(opt_in, {**ANA, **grade}, consents=[YES]).applied
    assert outcome(opt_in, "s-1") == ("allow", "consent.granted")


def test_a_doubt_outlives_a_delivery_that_does_not_bring_the_id(opt_in: House) -> None:
    assert night(opt_in, ANA, consents=[YES]).applied
    assert night(opt_in, {**ANA, "given_name": "Bea", "family_name": "Okafor"}).state == "held"
    assert night(opt_in, complete=False).applied
    assert outcome(opt_in, "s-1") == ("review", "consent.identity_doubtful")


def test_a_delivery_that_does_not_validate_leaves_the_doubt(opt_in: House) -> None:
    assert night(opt_in, ANA, consents=[YES]).applied
    bea = {**ANA, "given_name": "Bea", "family_name": "Okafor"}
    lost = {**ANA, "sourced_id": "s-9", "org_sourced_id": "nowhere"}
    opt_in.settings = opt_in.settings.model_copy(update={"import_aside_percent": 0})
    assert night(opt_in, bea, lost).state == "invalid"
    assert outcome(opt_in, "s-1") == ("review", "consent.identity_doubtful")
    assert known(opt_in) == {"s-1"}


def test_a_plan_alone_doubts_nobody(opt_in: House) -> None:
    assert night(opt_in, ANA, consents=[YES]).applied
    ana = {**ANA, "sourced_id": "n-1"}
    bea = {**ANA, "given_name": "Bea", "family_name": "Okafor"}
    report = night(opt_in, bea, ana, plan_only=True)
    assert (report.state, bool(report.reason)) == ("planned", True)
    assert (outcome(opt_in, "s-1")[0], known(opt_in)) == ("allow", {"s-1"})
    assert decide(opt_in, report) == "applied"
    assert outcome(opt_in, "s-1") == ("review", "consent.nothing_on_file")


AGAIN = {
    "by number": {"birth_date": "", "family_name": "Okafor"},
    "by name and birth date": {"student_number": "1009"},
    "by a former name": {"student_number": "1009", "family_name": "Vega"},
    "by one of two names": {"student_number": "", "given_name": "Ana Maria"},
}


@pytest.mark.parametrize("left", [True, False], ids=["left", "still there"])
@pytest.mark.parametrize("how", AGAIN)
def test_who_comes_under_another_id_brings_every_no_and_no_yes(
    house: House, how: str, left: bool
) -> None:
    ben = {**ANA, "sourced_id": "s-2", "given_name": "Ben", "birth_date": "2013-02-12",
           "student_number": "1002"}  # fmt: skip
    said = [NO, YES | {"person_sourced_id": "s-2"}]
    if how == "by a former name":
        former = [{**one, "family_name": "Vega"} for one in (ANA, ben)]
        assert night(house, *former).applied
    assert night(house, ANA, ben, consents=said, guardians=GUARDIANS).applied
    new = [{**ANA, "sourced_id": "n-1"}, {**ben, "sourced_id": "n-2"}]
    for one, number in zip(new, ("1009", "1010"), strict=True):
        one.update(AGAIN[how])
        if one["student_number"] == "1009":
            one["student_number"] = number
        if how == "by one of two names":
            one["given_name"] = f"{'Ana' if number == '1009' else 'Ben'} Maria"
    report = night(house, *([] if left else [ANA, ben]), *new, consents=said)
    assert report.state == "held"
    assert "2 people come under another sourcedId (people.csv line" in (report.reason or "")
    assert "refusals and holds of 1 person are carried over" in (report.reason or "")
    assert outcome(house, "n-1") == ("deny", "consent.refused")
    assert outcome(house, "n-2") == ("review", "consent.identity_doubtful")
    assert decide(house, report) == "applied"
    assert outcome(house, "n-1") == ("deny", "consent.refused")
    assert statements(house, "n-1") == [("refuse", "guardian:maria diaz", "Maria Diaz")]
    assert statements(house, "n-2") == []
    # Once decided it waits no more, and carries nothing twice.
    assert night(house, *([] if left else [ANA, ben]), *new, consents=said).applied
    assert len(statements(house, "n-1")) == 1
    with house.store.reading() as connection:
        assert compare_records(connection).mismatches == ()


GROWN = ANA | {"birth_date": "2008-01-15", "grade": "12"}


def test_what_is_lifted_superseded_or_corrected_is_not_carried_over(house: House) -> None:
    own = {"given_by": "Ana", "capacity": "eligible_student"}
    said = [
        NO | own, YES | own | {"signed_at": "2026-02-01", "extent": "image_with_name"},
        NO | {"given_by": "Dad"}, NO | {"given_by": "Dad", "decision": "lift",
                                        "signed_at": "2026-01-10"},
        NO | {"given_by": "Gran", "channel": "website"},
        NO | {"given_by": "", "capacity": "office_hold"},
        NO | {"given_by": "Aunt", "decision": "withdraw"},
    ]  # fmt: skip
    assert night(house, GROWN, consents=said).applied
    report = night(house, {**GROWN, "sourced_id": "n-1"}, consents=said)
    assert sorted(statements(house, "n-1"), key=repr) == [
        ("refuse", "guardian:gran", "Gran"), ("refuse", "office_hold", None),
        ("withdraw", "guardian:aunt", "Aunt"),
    ]  # fmt: skip
    assert decide(house, report) == "applied"
    assert len(statements(house, "n-1")) == 3
    assert outcome(house, "n-1") == ("deny", "consent.office_hold")


@pytest.mark.parametrize("by", ["grant", "lift"])
def test_a_no_that_a_former_guardian_took_back_is_carried_over(house: House, by: str) -> None:
    extent = "image_with_name" if by == "grant" else "image"
    back = YES | {"decision": by, "signed_at": "2026-02-03", "extent": extent}
    said, ties = [NO, back], ["s-1,g-1,Gu1 Diaz,mother", "s-1,g-2,Gu2 Diaz,mother"]
    for tied, says in ((ties, "allow"), (ties[1:], "deny")):
        guardians = [row("guardians", tie) for tie in tied]
        assert night(house, ANA, consents=said, guardians=guardians).applied
        assert outcome(house, "s-1")[0] == says
    new = {**ANA, "sourced_id": "n-1"}
    guardians = [row("guardians", "n-1,g-2,Gu2 Diaz,mother")]
    report = night(house, new, consents=said, guardians=guardians)
    assert decide(house, report) == "applied"
    assert outcome(house, "n-1") == ("deny", "consent.refused")


def test_a_no_that_was_taken_back_until_a_day_is_carried_over(house: House) -> None:
    until = {"signed_at": "2026-02-03", "effective_to": "2999-06-30"}
    said = [
        NO | {"given_by": "Mum"},
        YES | until | {"given_by": "Mum", "extent": "image_with_name"},
        NO | {"given_by": "Dad"}, NO | until | {"given_by": "Dad", "decision": "lift"},
    ]  # fmt: skip
    assert night(house, ANA, consents=said).applied
    assert outcome(house, "s-1") == ("allow", "consent.granted")
    assert decide(house, night(house, {**ANA, "sourced_id": "n-1"}, consents=said)) == "applied"
    assert statements(house, "n-1") == [
        ("refuse", "guardian:mum", "Mum"), ("refuse", "guardian:dad", "Dad"),
    ]  # fmt: skip
    assert outcome(house, "n-1") == ("deny", "consent.refused")


@pytest.mark.parametrize("born", ["known", "unknown", "known later"])
def test_a_no_that_a_guardian_took_back_is_there_again_at_eighteen(house: House, born: str) -> None:
    soon = house.store.now() + timedelta(days=32)
    birth = {"birth_date": f"{soon.year - 18}-{soon:%m}-01", "grade": "12"}
    old = {**ANA, **birth} | ({} if born == "known" else {"birth_date": ""})
    new = {**ANA, **birth, "sourced_id": "n-1"} | ({"birth_date": ""} if born == "unknown" else {})
    said = [NO, YES | {"signed_at": "2026-02-03", "extent": "image_with_name"}]
    assert night(house, old, consents=said, guardians=GUARDIANS).applied
    assert outcome(house, "s-1")[0] == "allow"
    assert (outcome(house, "s-1", 64) == ("deny", "consent.refused")) is (born == "known")
    assert decide(house, night(house, new, consents=said)) == "applied"
    assert outcome(house, "n-1", 64) == ("deny", "consent.refused")
    # Until then the family's yes, given anew, is worth what it was.
    again = said[1] | {"person_sourced_id": "n-1", "given_by": "Maria Diaz"}
    assert night(house, new, consents=[again]).applied
    assert outcome(house, "n-1")[0] == "allow"


def test_a_no_is_its_guardians_under_the_new_id_of_both(house: House) -> None:
    assert night(house, ANA, consents=[NO], guardians=GUARDIANS).applied
    new = {**ANA, "sourced_id": "n-1"}
    ties = [row("guardians", "n-1,h-7,Maria  DIAZ,mother")]
    report = night(house, new, guardians=ties)
    assert decide(house, report) == "applied"
    assert statements(house, "n-1") == [("refuse", "guardian:h-7", "h-7")]
    lift = NO | {"person_sourced_id": "n-1", "given_by": "h-7", "decision": "lift",
                 "signed_at": "2026-02-01"}  # fmt: skip
    assert night(house, new, guardians=ties, consents=[lift]).state in ("applied", "held")


@pytest.mark.parametrize("tied", [True, False], ids=["a guardian", "no guardian any more"])
@pytest.mark.parametrize("given_by", ["g-1", "Maria Diaz", ""])
def test_what_a_namesake_brought_along_can_be_lifted(
    house: House, given_by: str, tied: bool
) -> None:
    ties = [*GUARDIANS, row("guardians", "k-1,g-9,Eve Fam,")]
    said = [NO | {"given_by": given_by}]
    assert night(house, ANA, consents=said, guardians=ties).applied
    assert night(house, ANA, consents=said, guardians=ties[0 if tied else 1 :]).applied
    report = night(
        house, ANA, {**ANA, "sourced_id": "n-1", "student_number": "1009"}, consents=said,
        guardians=ties[0 if tied else 1 :],
    )  # fmt: skip
    assert decide(house, report) == "applied"
    assert outcome(house, "n-1")[0] == "deny"
    [(ident, maker)] = house.rows(
        select(consents.c.id, consents.c.given_by).where(consents.c.person_id == "n-1")
    )
    now = datetime.now(UTC)
    lift = NewStatement("n-1", "lift", "guardian", now, given_by=maker, lifts=frozenset({ident}))
    with house.store.writing() as connection:
        record_statement(connection, Actor("k-1", None, now), lift, house.settings.zone)
    assert outcome(house, "n-1")[0] != "deny"
    assert outcome(house, "s-1")[0] == "deny"


def test_what_is_refused_while_it_waits_comes_along(house: House) -> None:
    assert night(house, ANA).applied
    report = night(house, ANA, {**ANA, "sourced_id": "n-1"})
    assert outcome(house, "n-1")[0] == "review"
    with house.store.writing() as connection:
        new = NewStatement("s-1", "refuse", "guardian", datetime.now(UTC), given_by="Mum")
        record_statement(
            connection, Actor("k-1", None, datetime.now(UTC)), new, house.settings.zone
        )
    # It says more than what was read.
    assert decide(house, report) == "held"
    assert decide(house, report) == "applied"
    assert outcome(house, "n-1") == ("deny", "consent.refused")


def test_a_number_given_to_a_child_of_another_name_and_birth_date_does_not_wait(
    house: House,
) -> None:
    assert night(house, ANA, consents=[NO]).applied
    bea = {**ANA, **OTHER, "kind": "student", "sourced_id": "s-7", "student_number": "1001"}
    assert night(house, bea, consents=[NO]).applied
    assert (statements(house, "s-7"), known(house)) == ([], {"s-1", "s-7"})


def test_a_rejected_arrival_is_allowed_to_nobody(house: House) -> None:
    new = {**ANA, "sourced_id": "n-1"}
    assert night(house, ANA, consents=[YES]).applied
    report = night(house, ANA, new, consents=[YES])
    assert decide(house, report, reject_import) == "rejected"
    assert outcome(house, "n-1") == ("review", "consent.identity_doubtful")
    assert night(house, ANA, new, consents=[YES]).state == "held"


def everybody(prefix: str = "", **fields: str) -> list[Row]:
    return [
        {**ANA, "sourced_id": f"{prefix}{n}", "given_name": f"Given{n}", "family_name": f"Name{n}",
         "birth_date": f"2013-04-{n + 1:02}", "student_number": f"77{n:02}", **fields}
        for n in range(25)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [{}, {"birth_date": ""}, {"student_number": ""}, {"birth_date": "", "student_number": ""}],
    ids=["all the same", "numbers and names", "names and birth dates", "names alone"],
)
def test_a_migration_of_the_whole_sis_is_told_in_one_sentence(
    house: House, fields: dict[str, str]
) -> None:
    refused = [NO | {"person_sourced_id": f"a{n}"} for n in (3, 7)]
    granted = [YES | {"person_sourced_id": "a5"}]
    base = {"orgs": ORGS, "people": everybody("a", **fields), "consents": refused + granted}
    assert house.deliver(base, complete=True).applied
    new = {**base, "people": everybody("b", **fields), "consents": []}
    report = house.deliver(new, complete=True, accept_empty_consents=True)
    assert report.state == "held"
    told = [one for one in (report.reason or "").split("; ") if "migrated" in one]
    assert [one.split(" people come")[0] for one in told] == [
        "the SIS seems to have been migrated: 25 of 25"
    ]
    assert "the refusals and holds of 2 people over, and no consent" in told[0]
    assert len(house.rows(select(people.c.id))) == 25
    assert decide(house, report) == "applied"
    assert [outcome(house, f"b{n}")[0] for n in (3, 7)] == ["deny", "deny"]
    assert [statements(house, f"b{n}") for n in (5, 6)] == [[], []]
    assert outcome(house, "b5")[1] not in ("consent.granted", "consent.identity_doubtful")


def test_ids_that_are_given_out_anew_carry_each_no_to_its_child(house: House) -> None:
    """Two children who change their ids: what was refused is in force under both."""
    ben = {**ANA, "sourced_id": "s-2", "given_name": "Ben", "family_name": "Roe",
           "birth_date": "2012-01-01", "student_number": "1002"}  # fmt: skip
    said = [NO, YES | {"person_sourced_id": "s-2"}]
    assert night(house, ANA, ben, consents=said).applied
    report = night(house, {**ANA, "sourced_id": "s-2"}, {**ben, "sourced_id": "s-1"}, consents=said)
    assert report.state == "held"
    assert [outcome(house, who)[0] for who in ("s-1", "s-2")] == ["deny", "review"]
    assert decide(house, report) == "applied"
    assert [outcome(house, who)[0] for who in ("s-1", "s-2")] == ["deny", "deny"]
