"""A list that comes as the same bytes for too long keeps its date; and one that shrank waits."""

from pathlib import Path

import pytest
from sqlalchemy import select

from app.database.session import Store
from app.database.tables import list_dates
from app.store.consents.list_dates import attest_list
from tests.imports.conftest import district, row
from tests.store.house import Days, House
from tests.store.test_list_gaps import dashes, deliver, photos, roster


@pytest.fixture
def store(store_of_days: Store) -> Store:
    return store_of_days


@pytest.fixture
def house(store: Store, store_url: str, tmp_path: Path) -> House:
    return House(store, store_url, tmp_path / "delivery", import_same_list_days=10)


def dates(house: House, days: Days, school: str = "") -> list[int]:
    c = list_dates.c
    wanted = select(c.at).where(c.kind == "consents", c.school == school).order_by(c.seq)
    return [(row.at - days.start).days for row in house.rows(wanted)]


def test_the_same_bytes_renew_a_date_for_so_many_days(house: House, days: Days) -> None:
    roster(house)
    same, other = dashes(range(1, 41)), ["s-1,N", *dashes(range(2, 41))]
    for day, rows in ((0, same), (9, same), (12, same), (20, same), (21, other), (22, same)):
        days.day = day
        report = photos(house, rows)
        assert report.applied
        told = any("come as the same bytes" in one for one in report.warnings)
        assert told == (day in (12, 20)), day
    assert dates(house, days) == [0, 9, 10, 10, 21, 22]


def test_bytes_are_counted_though_a_roster_comes_between(house: House, days: Days) -> None:
    for day in (0, 8, 16):
        days.day = day
        roster(house)
        photos(house, dashes(range(1, 41)))
    assert dates(house, days) == [0, 8, 10]


def test_schools_in_turn_are_counted_school_by_school(house: House, days: Days) -> None:
    roster(house)
    for day in (0, 5, 11):
        days.day = day
        deliver(house, {"photo_hill.csv": ["ID,Photo", *dashes(range(1, 21))]})
        late = ["s-21,N"] if day == 11 else ["s-21,-"]
        deliver(house, {"photo_dale.csv": ["ID,Photo", *late, *dashes(range(22, 41))]})
    assert [dates(house, days, at) for at in ("hill", "dale")] == [[0, 5, 10], [0, 5, 11]]


def test_the_offices_word_begins_the_days_again(house: House, days: Days) -> None:
    roster(house)
    photos(house, dashes(range(1, 41)))
    days.day = 9
    attest_list(house.store, house.store.now(), "e-1")
    for day in (18, 25):
        days.day = day
        photos(house, dashes(range(1, 41)))
    assert dates(house, days) == [0, 18, 19]


def test_a_consents_file_too(house: House, days: Days) -> None:
    for day in (0, 11):
        days.day = day
        assert house.deliver(district()).applied
    assert dates(house, days) == [0, 10]


def test_a_consents_file_that_shrank_waits_though_a_roster_came_between(house: House) -> None:
    files = district()
    files["people"] += [row("people", f"k-{n},student,Kid,K{n},,03,hill,,,") for n in range(30)]
    files["consents"] = [
        row("consents", f"k-{n},refuse,,,,,guardian,2026-02-01,,") for n in range(30)
    ]
    assert house.deliver(files).applied
    assert house.deliver({"orgs": files["orgs"], "people": files["people"]}).applied
    cut = files["consents"][:15]
    report = house.deliver({"people": files["people"], "consents": cut})
    assert report.state == "held"
    assert "the list of consents has 15 rows, in the last delivery it had 30" in str(report.reason)


def test_a_list_under_another_files_name_is_compared_too(house: House) -> None:
    roster(house)
    more = 'lists = "refusers"\nschools = "all"'
    refusers = [f"s-{n},N" for n in range(1, 31)]
    assert deliver(house, {"photo1.csv": ["ID,Photo", *refusers]}, more).applied
    report = deliver(house, {"photo2.csv": ["ID,Photo", *refusers[:10]]}, more)
    assert "10 rows, in the last delivery they had 30" in str(report.reason)
