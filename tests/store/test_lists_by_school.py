"""Lists of several schools, one after the other: each speaks for the children of its own school."""

import pytest

from app.database.session import Store
from app.policy_setup import read_setup
from app.store.consents.list_dates import attest_list
from app.store.consents.states import Use, read_state
from tests.store.house import Days, House
from tests.store.test_import_undo import undo
from tests.store.test_list_gaps import (
    ABSENT,
    EVERYBODY,
    FRESH,
    REFUSERS,
    dashes,
    deliver,
    people,
    photos,
    roster,
)

HILL, DALE = range(1, 21), range(21, 41)
REFUSED, MOVED = "consent.refused", "consent.student_moved"


@pytest.fixture
def store(store_of_days: Store) -> Store:
    return store_of_days


def code(house: House, person: str) -> str:
    now = house.store.now()
    with house.store.reading() as connection:
        use = Use(person, channel="social")
        return read_state(connection, use, now, read_setup(house.settings)).finding.code


def move(house: House, person: str, to: str) -> str:
    """Deliver the rosters with one of the children at other schools; return the import's id."""
    rows = [
        ",".join([*row.split(",")[:-1], to]) if row.startswith(f"{person},") else row
        for row in people()
    ]
    report = deliver(house, {"people.csv": rows})
    assert report.applied
    return str(report.import_id)


def test_a_child_of_two_schools_stands_in_the_list_of_each(house: House) -> None:
    roster(house, "s-99,student,Two,Schools,hill;dale")
    assert photos(house, [*dashes(HILL), "s-99,-"], EVERYBODY).applied
    assert photos(house, dashes(DALE), EVERYBODY).applied
    assert code(house, "s-99") == ABSENT
    attest_list(house.store, house.store.now(), None, "hill")
    assert code(house, "s-99") == ABSENT
    attest_list(house.store, house.store.now(), None, "dale")
    assert code(house, "s-99") == FRESH


def test_one_list_of_both_schools_is_enough(house: House) -> None:
    roster(house, "s-99,student,Two,Schools,hill;dale")
    assert photos(house, [*dashes(range(1, 41)), "s-99,-"], EVERYBODY).applied
    assert code(house, "s-99") == FRESH


def test_refusers_of_one_school_take_back_no_refusal_of_another(house: House, days: Days) -> None:
    roster(house, "s-99,student,Two,Schools,hill;dale")
    assert photos(house, ["s-21,N", "s-99,N"], REFUSERS).applied
    days.day = 1
    assert photos(house, ["s-1,N", "s-2,N"], REFUSERS).applied
    assert [code(house, one) for one in ("s-21", "s-99")] == [REFUSED, REFUSED]


def test_who_moves_takes_the_refusal_along(house: House, days: Days) -> None:
    roster(house)
    assert photos(house, ["s-21,N", "s-22,N"], REFUSERS).applied
    days.day = 1
    move(house, "s-22", "hill")
    days.day = 2
    assert photos(house, ["s-1,N", "s-2,N"], REFUSERS).applied
    assert [code(house, one) for one in ("s-21", "s-22")] == [REFUSED, REFUSED]


def test_who_moves_with_the_list_takes_the_refusal_along(house: House, days: Days) -> None:
    roster(house)
    assert photos(house, ["s-21,N", "s-22,N"], REFUSERS).applied
    days.day = 1
    rows = [row.replace(",dale", ",hill") if row.startswith("s-22,") else row for row in people()]
    assert deliver(
        house, {"people.csv": rows, "photo.csv": ["ID,Photo", "s-1,N", "s-2,N"]}, REFUSERS
    ).applied
    assert code(house, "s-22") == REFUSED


def test_a_list_made_during_a_move_that_is_undone_did_not_know_the_child(
    house: House, days: Days
) -> None:
    roster(house)
    for day, school in ((0, "hill"), (0, "dale"), (2, "hill")):
        days.day = day
        if day:
            moved = move(house, "s-5", "dale")
            days.day = day + 1
        attest_list(house.store, house.store.now(), None, school)
    days.day = 4
    assert code(house, "s-5") == MOVED
    undo(house, moved)
    assert [code(house, one) for one in ("s-4", "s-5")] == [FRESH, MOVED]
