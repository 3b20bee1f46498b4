"""Lists that come school by school, and a child of two schools or one who moves between them."""

import json
from itertools import permutations

import pytest
from sqlalchemy import delete, select, update

from app.database.session import Store
from app.database.tables import import_befores
from app.imports.approval import ImportDecision, approve_import
from app.imports.report import Report
from app.store.consents.list_dates import attest_list, find_class_dates
from tests.store.house import Days, House
from tests.store.test_import_undo import actor, undo
from tests.store.test_list_gaps import (
    ABSENT,
    EVERYBODY,
    FRESH,
    REFUSERS,
    SILENT,
    dashes,
    deliver,
    people,
    photos,
    roster,
)
from tests.store.test_lists_by_school import DALE, HILL, MOVED, REFUSED, code, move

TWO = "s-99,student,Two,Schools,hill;dale"
NOT_KNOWN = "consent.nothing_on_file"


@pytest.fixture
def store(store_of_days: Store) -> Store:
    return store_of_days


def put(house: House, rows: list[str], more: str = EVERYBODY) -> Report:
    """Deliver a list, and approve it where it is shorter than that of the whole district before."""
    report = photos(house, rows, more)
    if report.state == "held":
        assert "fewer waits" in str(report.reason)
        decision = ImportDecision(str(report.import_id))
        done = approve_import(house.store, house.settings, actor(house), decision)
        assert done.state in ("applied", "unchanged")
    return report


def hill(house: House, *two: str) -> Report:
    """Deliver the list of everybody at this school, with these rows of the child of both."""
    return put(house, [*dashes(HILL), *two])


def dale(house: House, *two: str) -> Report:
    return put(house, [*dashes(DALE), *two])


def both(house: House, *two: str) -> Report:
    return put(house, [*dashes(HILL), *dashes(DALE), *two])


NO, NEITHER, BLANK = "s-99,N", "s-99,-", "s-99,"


@pytest.mark.parametrize("lacking", ["hill", "dale"])
def test_a_school_that_has_the_child_does_not_speak_for_one_that_lacks_it(
    house: House, lacking: str
) -> None:
    roster(house, TWO)
    lists = {"hill": hill, "dale": dale}
    for school, deliver_list in lists.items():
        report = deliver_list(house, *(() if school == lacking else (NEITHER,)))
        assert report.applied
        absent = report.plan.list_gaps.absent
        assert absent == ({lacking: 1} if school == lacking else {})
    assert [code(house, one) for one in ("s-1", "s-21", "s-99")] == [FRESH, FRESH, ABSENT]
    for school, deliver_list in lists.items():
        deliver_list(house, *(() if school == lacking else (NEITHER,)))
        assert code(house, "s-99") == ABSENT
    lists[lacking](house, NEITHER)
    assert code(house, "s-99") == FRESH


def test_a_list_that_lost_the_child_is_not_mended_by_the_other(house: House) -> None:
    roster(house, TWO)
    for school in (hill, dale):
        school(house, NEITHER)
    assert code(house, "s-99") == FRESH
    shrunk = put(house, dashes(HILL, 7))
    assert shrunk.plan.list_gaps.absent == {"hill": 2}
    dale(house, NEITHER)
    assert [code(house, one) for one in ("s-7", "s-99")] == [ABSENT, ABSENT]


def test_a_stray_in_the_list_of_another_school_is_not_known_to_their_own(house: House) -> None:
    roster(house)
    put(house, dashes(DALE, 30))
    assert code(house, "s-30") == ABSENT
    hill(house, "s-30,-")
    assert code(house, "s-30") == ABSENT
    # A blank is a family that was not heard, in whatever list it stands.
    hill(house, "s-30,")
    assert code(house, "s-30") == SILENT


def test_the_lists_of_the_whole_district_before_and_after(house: House) -> None:
    roster(house, TWO)
    hill(house)
    both(house, NEITHER)
    assert code(house, "s-99") == FRESH
    both(house)
    assert code(house, "s-99") == ABSENT
    hill(house, NEITHER)
    assert code(house, "s-99") == ABSENT
    dale(house, NEITHER)
    assert code(house, "s-99") == FRESH
    dale(house)
    assert code(house, "s-99") == ABSENT
    photos(house, [*dashes(HILL), *dashes(DALE), NEITHER], f'{EVERYBODY}\nschools = "all"')
    assert code(house, "s-99") == FRESH


def test_who_moves_is_spoken_for_by_the_new_school_alone(house: House, days: Days) -> None:
    roster(house)
    both(house)
    days.day = 1
    put(house, dashes(HILL, 7))
    assert code(house, "s-7") == ABSENT
    days.day = 2
    move(house, "s-7", "dale")
    assert code(house, "s-7") == ABSENT
    days.day = 3
    dale(house)
    assert code(house, "s-7") == ABSENT
    dale(house, "s-7,-")
    assert code(house, "s-7") == FRESH
    # Whoever keeps the old school, too, is absent from its list still.
    put(house, dashes(HILL, 8))
    assert code(house, "s-8") == ABSENT
    days.day = 4
    move(house, "s-8", "hill;dale")
    days.day = 5
    dale(house, "s-8,-")
    assert code(house, "s-8") == ABSENT
    hill(house)
    assert code(house, "s-8") == FRESH


def test_who_joins_a_second_school_waits_for_its_list(house: House, days: Days) -> None:
    roster(house)
    for school in (hill, dale):
        school(house)
    days.day = 1
    move(house, "s-8", "hill;dale")
    days.day = 2
    hill(house)
    assert code(house, "s-8") == MOVED
    dale(house, "s-8,-")
    assert code(house, "s-8") == FRESH


def test_undone_lists_leave_what_the_other_school_said(house: House, days: Days) -> None:
    roster(house, TWO)
    said = []
    for school, rows in ((hill, ()), (dale, (NEITHER,)), (hill, (NEITHER,))):
        said.append(school(house, *rows))
        days.day += 1
    assert code(house, "s-99") == FRESH
    undo(house, str(said[-1].import_id))
    assert code(house, "s-99") == ABSENT
    for school, rows in ((hill, (NEITHER,)), (dale, ()), (hill, (NEITHER,))):
        days.day += 1
        said.append(school(house, *rows))
    assert code(house, "s-99") == ABSENT
    undo(house, str(said[-2].import_id))
    assert code(house, "s-99") == FRESH


def test_a_gap_kept_without_its_school_counts_for_every_school(house: House, days: Days) -> None:
    """As an import of before the schools were kept left it for its undo."""
    roster(house, TWO)
    days.day = 1
    both(house)
    days.day = 2
    known = both(house, NEITHER)
    assert code(house, "s-99") == FRESH
    kept = import_befores.c.kind == "list_gaps", import_befores.c.key.contains('"hill"')
    with house.store.writing() as connection:
        row = json.loads(str(connection.scalar(select(import_befores.c.row).where(*kept))))
        del row["school"]
        connection.execute(update(import_befores).where(*kept).values(row=json.dumps(row)))
        connection.execute(
            delete(import_befores).where(
                import_befores.c.kind == "list_gaps", import_befores.c.key.contains('"dale"')
            )
        )
    undo(house, str(known.import_id))
    assert code(house, "s-99") == ABSENT
    for school in (hill, dale):
        school(house, NEITHER)
        attest_list(house.store, house.store.now(), "e-1", school.__name__)
        assert code(house, "s-99") == ABSENT
    both(house, NEITHER)
    assert code(house, "s-99") == FRESH


def test_a_school_attests_its_own_list(house: House) -> None:
    roster(house, TWO)
    for school in (hill, dale):
        school(house)
    assert code(house, "s-99") == ABSENT
    attest_list(house.store, house.store.now(), "e-1", "dale")
    assert code(house, "s-99") == ABSENT
    dale(house, NEITHER)
    assert code(house, "s-99") == ABSENT
    hill(house, NEITHER)
    assert code(house, "s-99") == FRESH
    hill(house)
    # The other school's attestation is older than this list, and nothing lacks there.
    attest_list(house.store, house.store.now(), "e-1", "hill")
    assert code(house, "s-99") == FRESH


def test_a_blank_in_one_list_and_an_answer_in_the_other(house: House) -> None:
    for lists in permutations((hill, dale)):
        roster(house, TWO)
        for school, row in zip(lists, (BLANK, NEITHER), strict=True):
            school(house, row)
        assert code(house, "s-99") == SILENT
        lists[1](house, NEITHER)
        assert code(house, "s-99") == SILENT
        attest_list(house.store, house.store.now(), "e-1")
        assert code(house, "s-99") == SILENT
        lists[0](house, NEITHER)
        assert code(house, "s-99") == FRESH
    # Of what changed it is not known which school it is of: a blank counts, and an answer not.
    photos(house, [BLANK], "complete = false")
    assert code(house, "s-99") == SILENT
    photos(house, [NEITHER], "complete = false")
    assert code(house, "s-99") == SILENT
    photos(house, [NEITHER], 'complete = false\nschools = ["hill", "dale"]')
    assert code(house, "s-99") == FRESH


def test_a_no_that_one_school_has_is_not_taken_back_by_the_other(house: House) -> None:
    roster(house, TWO)
    hill(house, NO)
    dale(house, NEITHER)
    assert code(house, "s-99") == REFUSED
    both(house, NEITHER)
    assert code(house, "s-99") == FRESH


def test_a_no_goes_along_to_a_school_that_has_none(house: House, days: Days) -> None:
    roster(house)
    photos(house, ["s-7,N", *dashes(HILL, 7)], EVERYBODY)
    days.day = 1
    move(house, "s-7", "dale")
    days.day = 2
    dale(house, "s-7,-")
    assert code(house, "s-7") == REFUSED
    both(house)
    assert code(house, "s-7") == FRESH


def test_a_cell_that_one_school_emptied_makes_no_yes_of_the_other_new(
    house: House, days: Days
) -> None:
    roster(house, TWO)
    ends = f'{EVERYBODY}\nexpires = "07-31"'
    yes, after = "s-99,Y", 366
    for day, school, row in ((0, HILL, yes), (0, DALE, yes), (1, HILL, BLANK), (after, DALE, yes)):
        days.day = day
        put(house, [*dashes(school), row], ends)
    assert code(house, "s-99") == SILENT
    put(house, [*dashes(HILL), yes], ends)
    assert code(house, "s-99") == "consent.granted"


@pytest.mark.parametrize("more", [REFUSERS, EVERYBODY])
def test_children_of_both_schools_date_only_the_list_they_stand_in(house: House, more: str) -> None:
    two = [f"s-{n},student,Kid{n},Two,hill;dale" for n in range(90, 96)]
    roster(house, *two)
    rows = [f"s-{n},N" for n in (21, *range(90, 96))]
    everybody = [*dashes(DALE), *dashes(range(90, 96))]
    report = photos(house, everybody if more == EVERYBODY else rows, more)
    assert report.applied
    assert report.plan.list_schools == ("dale",)
    assert report.plan.list_gaps.absent == {}
    assert [code(house, one) for one in ("s-1", "s-22")] == [NOT_KNOWN, FRESH]
    assert code(house, "s-90") == (REFUSED if more == REFUSERS else NOT_KNOWN)


def test_a_refuser_of_both_schools_alone_dates_neither(house: House) -> None:
    roster(house, TWO)
    report = photos(house, [NO], REFUSERS)
    assert report.applied
    assert report.plan.list_schools == ()
    assert any("let its profile name the schools" in one for one in report.warnings)
    assert [code(house, one) for one in ("s-1", "s-21", "s-99")] == [NOT_KNOWN, NOT_KNOWN, REFUSED]


def test_a_school_whose_children_all_have_another_dates_its_own_list(house: House) -> None:
    orgs = ["sourced_id,name,kind", *(f"{org},{org},school" for org in ("hill", "dale", "trade"))]
    two = [f"s-{n},student,Kid{n},Two,hill;trade" for n in range(90, 96)]
    deliver(house, {"orgs.csv": orgs, "people.csv": people(*two)})
    report = photos(house, dashes(range(90, 95)), EVERYBODY)
    assert report.applied
    assert report.plan.list_schools == ("trade",)
    assert report.plan.list_gaps.absent == {"trade": 1}
    assert [code(house, one) for one in ("s-1", "s-90", "s-95")] == [NOT_KNOWN] * 3
    photos(house, [*dashes(HILL), *dashes(range(90, 96))], EVERYBODY)
    assert [code(house, one) for one in ("s-1", "s-90", "s-95")] == [FRESH, FRESH, ABSENT]
    report = photos(house, [*dashes(range(1, 41)), *dashes(range(90, 96))], EVERYBODY)
    assert report.plan.list_schools == ("",)
    assert [code(house, one) for one in ("s-1", "s-90", "s-95")] == [FRESH] * 3


@pytest.mark.parametrize("more", [REFUSERS, EVERYBODY])
def test_the_district_is_no_second_school(house: House, more: str) -> None:
    orgs = ["orgs,Orgs,district", "hill,Hill,school", "dale,Dale,school"]
    rows = [row.replace(",dale", ",dale;orgs") for row in people()]
    deliver(house, {"orgs.csv": ["sourced_id,name,kind", *orgs], "people.csv": rows})
    everybody = more == EVERYBODY
    report = photos(house, dashes(DALE) if everybody else ["s-21,N"], more)
    assert report.plan.list_schools == ("dale",)
    # The list of the whole district is that of the org, too.
    assert code(house, "s-22") == NOT_KNOWN
    report = photos(house, dashes(range(1, 41)) if everybody else ["s-1,N", "s-21,N"], more)
    assert report.plan.list_schools == ("",)
    assert code(house, "s-22") == FRESH


def test_the_office_of_a_child_needs_no_list_to_end_a_gap(house: House) -> None:
    """A list of the district lacked the child; their only school's has them again."""
    orgs = ["orgs,Orgs,district", "hill,Hill,school", "dale,Dale,school"]
    rows = [row.replace(",dale", ",dale;orgs") for row in people()]
    deliver(house, {"orgs.csv": ["sourced_id,name,kind", *orgs], "people.csv": rows})
    both(house)
    for whole, again in ((dashes(DALE), EVERYBODY), (["s-30,-"], "complete = false")):
        put(house, [*dashes(HILL), *dashes(DALE, 30)])
        assert [code(house, one) for one in ("s-22", "s-30")] == [FRESH, ABSENT]
        hill(house)
        assert code(house, "s-30") == ABSENT
        put(house, whole, again)
        assert code(house, "s-30") == FRESH


def test_a_class_has_the_oldest_list_of_all_schools_of_its_children(house: House) -> None:
    roster(house, TWO)
    hill(house, NEITHER)
    deliver(house, {
        "classes.csv": ["sourced_id,title,org_sourced_id", "c-1,Room 1,hill"],
        "enrollments.csv": ["class_sourced_id,person_sourced_id,role", "c-1,s-99,student"],
    })  # fmt: skip
    with house.store.reading() as connection:
        assert find_class_dates(connection, "c-1")[0] is None
    dale(house, NEITHER)
    with house.store.reading() as connection:
        assert find_class_dates(connection, "c-1")[0] is not None
