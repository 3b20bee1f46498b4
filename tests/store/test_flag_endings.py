"""A complete list takes back its own no, and nothing else; on both stores."""

from datetime import timedelta

import pytest

from app.database.tables import consents
from app.imports.approval import ImportDecision, approve_import
from app.imports.report import Report
from app.store.consents.statements import NewStatement, record_statement
from app.store.ledger.changes import Actor
from app.synthetic.files import HEADERS
from tests.store.house import House
from tests.store.test_list_gaps import (
    FRESH,
    REFUSERS,
    SILENT,
    code,
    dashes,
    deliver,
    people,
    photos,
    roster,
)

REFUSED = "consent.refused"
ALL = f'{REFUSERS}\nschools = "all"'


@pytest.fixture
def flagged(house: House) -> House:
    """Both schools on file, with a no for the first of each."""
    roster(house)
    assert photos(house, ["s-1,N", "s-21,N", *dashes(range(2, 41), 21)]).applied
    return house


def said(house: House, n: int) -> list[str]:
    return [row.decision for row in house.rows(consents) if row.person_id == f"s-{n}"]


def night(house: House, first: str, more: str = "") -> Report:
    return photos(house, [*first.split(), "s-21,N", *dashes(range(2, 41), 21)], more)


@pytest.mark.parametrize(
    ("first", "after", "decisions"),
    [
        ("s-1,-", FRESH, ["refuse", "lift"]),
        ("s-1,", REFUSED, ["refuse"]),  # not answered takes nothing back
        ("s-1,?", REFUSED, ["refuse"]),  # nor does what says nothing
        ("s-1,N", REFUSED, ["refuse"]),
        ("s-1,- s-1,N", REFUSED, ["refuse"]),
        ("", REFUSED, ["refuse"]),  # not in a list of everybody: cut off, it may be
    ],
)
def test_a_row_that_says_no_no_longer_takes_the_no_back(
    flagged: House, first: str, after: str, decisions: list[str]
) -> None:
    report = night(flagged, first)
    assert report.applied
    assert (code(flagged, 1), code(flagged, 21)) == (after, REFUSED)
    assert said(flagged, 1) == decisions
    if decisions[-1] == "lift":
        told = [one.said for one in report.plan.values if "= -" in one.label]
        assert told[0].endswith("; 1 student is refused by it no more")
    night(flagged, first)
    assert said(flagged, 1) == decisions


def test_a_flag_that_comes_back_refuses_anew(flagged: House) -> None:
    for first, after in (("s-1,-", FRESH), ("s-1,N", REFUSED), ("s-1,-", FRESH)):
        night(flagged, first)
        assert code(flagged, 1) == after
    assert said(flagged, 1) == ["refuse", "lift", "refuse", "lift"]


def test_a_list_of_changes_takes_nothing_back(flagged: House) -> None:
    photos(flagged, ["s-1,-"], "complete = false")
    assert code(flagged, 1) == REFUSED


def test_only_its_own_no_is_taken_back(flagged: House) -> None:
    header = HEADERS["consents"]
    by_mum = "s-1,refuse,,,,Mum,guardian,2026-02-01,,"
    deliver(flagged, {"consents.csv": [header, by_mum]})
    night(flagged, "s-1,-")
    assert (said(flagged, 1), code(flagged, 1)) == (["refuse", "refuse", "lift"], REFUSED)


def test_no_older_yes_comes_back_to_life(house: House) -> None:
    roster(house)
    for value in ("Y", "N", "-"):
        report = photos(house, [f"s-1,{value}", *dashes(range(2, 41))])
        assert report.applied
    assert (said(house, 1), code(house, 1)) == (["grant", "refuse"], REFUSED)
    assert any("cannot take back" in one for one in report.warnings)


@pytest.mark.parametrize(
    ("more", "ends"),
    [
        (ALL, True),
        (f'{REFUSERS}\nschools = ["hill"]', True),
        (f'{REFUSERS}\nschools = ["dale"]', False),
        (REFUSERS, False),  # nobody of the school stands in it
        (f"{ALL}\ncomplete = false", False),
    ],
)
def test_whom_a_list_of_refusers_names_no_more(house: House, more: str, ends: bool) -> None:
    roster(house)
    photos(house, ["s-1,N", "s-21,N"], more)
    report = photos(house, ["s-21,N"], more)
    assert report.applied
    assert said(house, 1) == ["refuse", *(["lift"] if ends else [])]
    assert any("1 student is named by a list" in one for one in report.warnings) == ends
    assert said(house, 21) == ["refuse"]


def test_who_left_keeps_the_no_of_a_list_that_names_them_no_more(house: House) -> None:
    roster(house)
    photos(house, ["s-1,N", "s-2,N"], ALL)
    orgs = ["sourced_id,name,kind", "hill,hill,school", "dale,dale,school"]
    rows = [one for one in people() if not one.startswith("s-1,")]
    files = {"orgs.csv": orgs, "people.csv": rows, "photo.csv": ["ID,Photo", "s-3,N"]}
    report = deliver(house, files, ALL, complete=True)
    assert report.applied
    assert (said(house, 1), said(house, 2)) == (["refuse"], ["refuse", "lift"])


def test_many_wait_and_the_office_has_a_way_out_meanwhile(house: House) -> None:
    roster(house)
    photos(house, [*(f"s-{n},N" for n in range(1, 5)), *dashes(range(5, 41))])
    report = photos(house, dashes(range(1, 41)))
    assert report.state == "held"
    assert "refusals of 4 of 20 students of school hill would be lifted" in str(report.reason)
    assert "lift the refusal by its id" in str(report.reason)
    assert code(house, 1) == REFUSED
    lift_by_id(house, 1)
    assert [code(house, n) for n in (1, 2)] == [FRESH, REFUSED]
    again = photos(house, dashes(range(1, 41)))
    actor = Actor("k", "e-1", house.store.now())
    assert approve_import(
        house.store, house.settings, actor, ImportDecision(str(again.import_id))
    ).state
    assert [code(house, n) for n in (1, 2, 3, 4)] == [FRESH] * 4


def lift_by_id(house: House, n: int) -> None:
    flag = next(row.id for row in house.rows(consents) if row.person_id == f"s-{n}")
    with house.store.writing() as connection:
        now = house.store.now()
        lift = NewStatement(
            f"s-{n}", "lift", "guardian", now + timedelta(), signed_day_only=True,
            lifts=frozenset({flag}),
        )  # fmt: skip
        record_statement(connection, Actor("key", "e-1", now), lift, house.settings.zone)


def test_a_blank_after_a_no_that_was_lifted_allows_nothing(flagged: House) -> None:
    lift_by_id(flagged, 1)
    night(flagged, "s-1,")
    assert code(flagged, 1) == SILENT
