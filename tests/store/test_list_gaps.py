"""Whom a list does not speak for: absent from a list of everybody, or not answered; both stores."""

from textwrap import dedent

import pytest
from sqlalchemy import delete, select

from app.database.tables import list_dates, list_gaps
from app.imports.approval import ImportDecision, reject_import
from app.imports.reading.profiles.loader import parse_profile
from app.imports.report import Report
from app.policy_setup import read_setup
from app.store.consents.list_dates import DISTRICT, attest_list
from app.store.consents.states import Use, read_state
from app.store.ledger.changes import Actor
from app.store.ledger.record_sums import find_faults
from tests.imports.runs import run_import
from tests.store.house import House

PROFILE = """
    name = "ours"
    title = "A list of photos"
    [[flags]]
    file = "photo*"
    key = "ID"
    {more}
    [[flags.columns]]
    column = "Photo"
    meanings = [
        {{ values = ["N"], means = "refuse" }}, {{ values = ["-"], means = "not_refused" }},
        {{ values = [""], means = "unanswered" }}, {{ values = ["?"], means = "nothing" }},
        {{ values = ["Y"], means = "grant", scopes = [
            {{ activity = "publish", channel = "social", extent = "image" }} ] }},
    ]
"""
SCHOOLS = {"hill": range(1, 21), "dale": range(21, 41)}
EVERYBODY = 'lists = "everybody"'
REFUSERS = 'lists = "refusers"'
FRESH, ABSENT, SILENT = "consent.not_on_list", "consent.not_listed", "consent.unanswered"


def people(*more: str) -> list[str]:
    rows = [f"s-{n},student,Kid{n},Fam{n},{at}" for at, ids in SCHOOLS.items() for n in ids]
    return ["sourced_id,kind,given_name,family_name,org_sourced_id", *rows, *more]


def roster(house: House, *more: str) -> None:
    orgs = ["sourced_id,name,kind", *(f"{org},{org},school" for org in SCHOOLS)]
    deliver(house, {"orgs.csv": orgs, "people.csv": people(*more)})


def deliver(house: House, files: dict[str, list[str]], more: str = "", **options: bool) -> Report:
    profile = parse_profile("ours.toml", dedent(PROFILE).format(more=more).encode())
    house.folder.mkdir(exist_ok=True)
    for old in house.folder.iterdir():
        old.unlink()
    for name, lines in files.items():
        (house.folder / name).write_text("\n".join(lines) + "\n")
    flagged = any(name.startswith("photo") for name in files)
    chosen = {"profile": profile} if flagged else {}
    return run_import(house.store, house.settings, house.folder, **chosen, **options)


def photos(house: House, rows: list[str], more: str = "", **options: bool) -> Report:
    return deliver(house, {"photo.csv": ["ID,Photo", *rows]}, more, **options)


def dashes(ids: range, *but: int) -> list[str]:
    return [f"s-{n},-" for n in ids if n not in but]


def code(house: House, n: int) -> str:
    now = house.store.now()
    with house.store.reading() as connection:
        use = Use(f"s-{n}", channel="social")
        return read_state(connection, use, now, read_setup(house.settings)).finding.code


def gaps(house: House) -> set[tuple[str, str]]:
    c = list_gaps.c
    return {tuple(row) for row in house.rows(select(c.person_id, c.gap))}


def find_faults_without_gaps(house: House) -> list[str]:
    with house.store.writing() as connection:
        assert dict(find_faults(connection)) == {}
        edit = connection.begin_nested()
        connection.execute(delete(list_gaps).where(list_gaps.c.gap == "absent"))
        found = [name for name, _ in find_faults(connection)]
        edit.rollback()
    return found


def test_who_lacks_a_row_in_a_list_of_everybody_is_not_allowed(house: House) -> None:
    roster(house)
    report = photos(house, dashes(range(1, 41), 5, 30))
    assert report.state == "applied"
    assert report.plan.list_gaps.absent == {"hill": 1, "dale": 1}
    assert any("1 active student of school dale without a row" in one for one in report.warnings)
    assert [code(house, n) for n in (4, 5, 30)] == [FRESH, ABSENT, ABSENT]
    photos(house, dashes(range(1, 41), 5))
    assert [code(house, n) for n in (5, 30)] == [ABSENT, FRESH]
    assert find_faults_without_gaps(house) == ["list_gaps"]


def test_who_comes_with_a_list_that_does_not_know_them(house: House) -> None:
    roster(house)
    orgs = ["sourced_id,name,kind", *(f"{org},{org},school" for org in SCHOOLS)]
    files = {
        "orgs.csv": orgs,
        "people.csv": people("s-99,student,New,Kid,hill"),
        "photo.csv": ["ID,Photo", *dashes(range(1, 41))],
    }
    assert deliver(house, files).applied
    assert [code(house, n) for n in (1, 99)] == [FRESH, ABSENT]


def test_a_list_of_refusers_lacks_nobody(house: House) -> None:
    roster(house)
    photos(house, ["s-1,N"], f'{REFUSERS}\nschools = ["hill", "dale"]')
    assert gaps(house) == set()
    assert [code(house, n) for n in (1, 2, 30)] == ["consent.refused", FRESH, FRESH]


@pytest.mark.parametrize(
    ("more", "dated"),
    [
        (REFUSERS, ["hill"]),
        (f'{REFUSERS}\nschools = "all"', [DISTRICT]),
        (f'{REFUSERS}\nschools = ["dale"]', ["dale"]),
        (f'{EVERYBODY}\nschools = ["hill"]', ["hill"]),
    ],
    ids=["where they stand", "all", "named", "everybody of one"],
)
def test_a_profile_says_of_which_schools_its_list_is(
    house: House, more: str, dated: list[str]
) -> None:
    roster(house)
    assert photos(house, ["s-1,N"], more).applied
    kinds = select(list_dates.c.school).where(list_dates.c.kind == "consents")
    assert [school for (school,) in house.rows(kinds)] == dated


def test_schools_in_turn_date_one_school_each_and_keep_the_others(house: House) -> None:
    roster(house)
    assert photos(house, dashes(SCHOOLS["hill"], 7)).state == "applied"
    assert [code(house, n) for n in (1, 7, 30)] == [FRESH, ABSENT, "consent.nothing_on_file"]
    report = deliver(house, {"photo_dale.csv": ["ID,Photo", *dashes(SCHOOLS["dale"])]})
    assert report.applied
    assert [code(house, n) for n in (1, 7, 30)] == [FRESH, ABSENT, FRESH]


def test_a_child_of_another_school_in_a_list_dates_not_that_school(house: House) -> None:
    roster(house)
    report = photos(house, [*dashes(SCHOOLS["hill"]), "s-30,-"])
    assert report.plan.list_schools == ("hill",)
    assert any("1 student stands in the list of a school" in one for one in report.warnings)
    assert [code(house, n) for n in (1, 30, 31)] == [FRESH] + ["consent.nothing_on_file"] * 2


def test_a_list_of_strangers_waits_and_no_silence_allows(house: House) -> None:
    roster(house)
    assert photos(house, dashes(range(1, 41))).applied
    report = photos(house, [f"x-{n},-" for n in range(40)])
    assert report.state == "held"
    assert "nobody on file has a row" in str(report.reason)
    assert code(house, 1) == ABSENT
    # The gaps of a delivery that waits are bound, and silence is no yes by deleting them.
    assert find_faults_without_gaps(house) == ["list_gaps"]
    actor = Actor("k", "e-1", house.store.now())
    reject_import(
        house.store, actor, ImportDecision(str(report.import_id), reason="another district's")
    )
    assert code(house, 1) == FRESH


def test_an_attestation_speaks_for_whom_a_list_lacks(house: House) -> None:
    roster(house)
    photos(house, dashes(range(1, 41), 5, 30))
    attest_list(house.store, house.store.now(), "e-1", "hill")
    assert [code(house, n) for n in (5, 30)] == [FRESH, ABSENT]
    attest_list(house.store, house.store.now(), "e-1")
    assert [code(house, n) for n in (5, 30)] == [FRESH, FRESH]


def test_a_blank_of_a_column_that_says_yes_and_no_is_a_family_not_heard(house: House) -> None:
    roster(house)
    photos(house, ["s-1,", "s-2,-", "s-3,Y", *dashes(range(4, 41))])
    granted = "consent.granted"
    assert [code(house, n) for n in (1, 2, 3)] == [SILENT, FRESH, granted]
    photos(house, ["s-1,", "s-2,?", "s-3,?", *dashes(range(4, 41))])
    assert [code(house, n) for n in (1, 2, 3)] == [SILENT, FRESH, granted]
    attest_list(house.store, house.store.now(), "e-1")
    assert code(house, 1) == SILENT  # the list is whole, and the family is not heard all the same
    photos(house, ["s-1,-", "s-2,", "s-3,", *dashes(range(4, 41))])
    assert [code(house, n) for n in (1, 2, 3)] == [FRESH, SILENT, granted]
    # Also by a list of refusers, and by one of what changed.
    photos(house, ["s-4,"], f'{REFUSERS}\nschools = "all"')
    photos(house, ["s-5,", "s-2,-"], "complete = false")
    assert [code(house, n) for n in (2, 4, 5)] == [FRESH, SILENT, SILENT]


def test_an_empty_list_of_refusers_is_fresh_by_word_alone(house: House) -> None:
    roster(house)
    for more, accepted, dated in (
        (REFUSERS, False, []),
        (EVERYBODY, True, []),
        (REFUSERS, True, [DISTRICT]),
        (f'{REFUSERS}\nschools = ["hill"]', True, [DISTRICT, "hill"]),
    ):
        report = photos(house, [], more, accept_empty_consents=accepted)
        assert report.applied
        kinds = select(list_dates.c.school).where(list_dates.c.kind == "consents")
        assert [school for (school,) in house.rows(kinds.order_by(list_dates.c.seq))] == dated
