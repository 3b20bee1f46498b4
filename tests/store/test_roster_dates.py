"""The date of a class's rosters is that of the feeds which bring its students."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import insert, select

from app.database import tables
from app.database.session import Store
from app.imports.report import Report
from app.store.consents.list_dates import find_class_dates
from migrations.upgrade import _make_config, migrating, upgrade
from tests.imports.conftest import Files, row
from tests.store.house import Days, House
from tests.store.test_import_undo import undo

SCHOOL = [row("orgs", "hill,Hill School,school,")]


@pytest.fixture
def store(store_of_days: Store) -> Store:
    return store_of_days


def rosters(**classes: tuple[int, ...]) -> Files:
    """Rosters of these classes, with the students of these numbers."""
    numbers = sorted({n for members in classes.values() for n in members})
    people = [row("people", f"s-{n},student,Stu{n},Dent{n},,,hill,,,active") for n in numbers]
    return {
        "orgs": SCHOOL,
        "people": people,
        "classes": [row("classes", f"{name},{name},hill") for name in classes],
        "enrollments": [
            row("enrollments", f"{name},s-{n},student")
            for name, members in classes.items()
            for n in members
        ],
    }


def bring(house: House, feed: str | None, files: Files, **options: Any) -> Report:
    report = house.deliver(files, feed=feed, **({"complete": True} | options))
    assert report.applied, (report.state, report.reason, report.errors)
    return report


def dated(house: House, days: Days, class_id: str) -> int | None:
    """Return the day of the class's rosters."""
    with house.store.reading() as connection:
        _, at = find_class_dates(connection, class_id)
    start = days() - timedelta(days=days.day)
    return None if at is None else (at - start).days


@pytest.mark.parametrize("nightly", ["sis", None])
def test_a_small_feed_does_not_date_the_classes_of_another(
    house: House, days: Days, nightly: str | None
) -> None:
    bring(house, nightly, rosters(algebra=(1, 2)))
    days.day = 5
    bring(house, "clubs", rosters(chess=(2, 3)))
    assert (dated(house, days, "algebra"), dated(house, days, "chess")) == (0, 5)
    days.day = 6
    bring(house, nightly, rosters(algebra=(1, 2)))
    assert (dated(house, days, "algebra"), dated(house, days, "chess")) == (6, 5)


def test_a_class_of_two_feeds_has_the_older_date(house: House, days: Days) -> None:
    bring(house, "sis", rosters(algebra=(1,)))
    days.day = 3
    bring(house, "charter", rosters(algebra=(2,)))
    assert dated(house, days, "algebra") == 0
    days.day = 4
    bring(house, "sis", rosters(algebra=(1,)))
    assert dated(house, days, "algebra") == 3


@pytest.mark.parametrize("feed", ["sis", None])
def test_a_file_with_one_class_does_not_date_the_others(
    house: House, days: Days, feed: str | None
) -> None:
    some = {"complete": False}
    bring(house, feed, rosters(algebra=(1, 2), botany=(3,)), **some)
    days.day = 2
    report = bring(house, feed, rosters(algebra=(1, 2)), **some)
    assert any(one.startswith("1 class on file is not in these rosters") for one in report.warnings)
    assert (dated(house, days, "algebra"), dated(house, days, "botany")) == (2, 0)
    days.day = 4
    bring(house, feed, rosters(algebra=(1, 2)), **some)
    assert (dated(house, days, "algebra"), dated(house, days, "botany")) == (4, 0)
    days.day = 5
    back = bring(house, feed, rosters(algebra=(1, 2, 4), botany=(3,)), **some)
    assert not back.warnings
    assert (dated(house, days, "algebra"), dated(house, days, "botany")) == (5, 5)
    # An undo of it leaves the class at the date of the last rosters that had it.
    days.day = 6
    again = undo(house, back.import_id)
    assert (dated(house, days, "algebra"), dated(house, days, "botany")) == (4, 0)
    undo(house, again.id)
    assert (dated(house, days, "algebra"), dated(house, days, "botany")) == (5, 5)
    days.day = 7
    bring(house, feed, rosters(algebra=(1, 2)), **some)
    assert (dated(house, days, "algebra"), dated(house, days, "botany")) == (7, 5)


def test_rows_to_change_date_nothing(house: House, days: Days) -> None:
    bring(house, None, rosters(algebra=(1,)))
    days.day = 2
    changes = {"classes": [row("classes", "botany,botany,hill")]}
    bring(house, None, changes, complete=False)
    assert dated(house, days, "algebra") == 0


def test_a_class_without_students_has_no_date(house: House, days: Days) -> None:
    bring(house, "sis", rosters(algebra=(1,), empty=()))
    assert dated(house, days, "empty") is None


def test_an_undo_takes_back_the_date_of_its_own_feed(house: House, days: Days) -> None:
    bring(house, "sis", rosters(algebra=(1, 2)))
    days.day = 1
    bring(house, "clubs", rosters(chess=(2, 3)))
    days.day = 2
    latest = bring(house, "sis", rosters(algebra=(1, 2, 4)))
    days.day = 3
    again = undo(house, latest.import_id)
    assert (dated(house, days, "algebra"), dated(house, days, "chess")) == (0, 1)
    undo(house, again.id)
    assert (dated(house, days, "algebra"), dated(house, days, "chess")) == (2, 1)


def test_a_store_of_before_keeps_the_date_of_each_feed(empty_url: str, days: Days) -> None:
    store = Store(empty_url, clock=days)
    times: list[datetime] = []
    with migrating(store) as connection:
        command.upgrade(_make_config(connection), "0030")
        for n, feed in enumerate(("sis", None, "clubs"), 1):
            days.day = n
            times.append(store.now())
            said = {"version": 1, "created_at": times[-1], "updated_at": times[-1], "errors": 0}
            made = {"number": n, "id": f"i-{n}", "state": "applied", "feed": feed}
            connection.execute(insert(tables.imports).values(made | said))
            # By the names of its columns then: `feed` is new.
            date = {"kind": "rosters", "at": times[-1], "school": ""}
            connection.execute(insert(tables.list_dates).values(date))
    assert upgrade(store)
    d = tables.list_dates.c
    house: Any = House(store, empty_url, Path())
    assert set(house.rows(select(d.feed, d.at).where(d.feed != ""))) == {
        ("sis", times[0]),
        ("clubs", times[2]),
    }
    store.close()
