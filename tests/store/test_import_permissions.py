"""Permissions that a person has ended, and a file that still lists them, on both stores."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, select, update

from app.database import tables as t
from app.imports.report import Report
from app.store.ledger.changes import Actor
from app.store.permissions import designations, effective_dating, grants, releases
from app.store.permissions.effective_dating import EndDate, FactKind
from tests.imports.conftest import Files, district
from tests.store.house import House

YESTERDAY = date.today() - timedelta(days=1)  # noqa: DTZ011
FAMILIES: dict[str, tuple[FactKind, Table]] = {
    "designations": (designations._DATED, t.designations),
    "grants": (grants._DATED, t.grants),
    "releases": (releases._DATED, t.releases),
}
Ends = Callable[..., None]


@pytest.fixture(params=FAMILIES)
def file(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def ended(house: House, file: str, day: date = YESTERDAY, **which: Any) -> None:
    """What a person does in the console: the first line's permission ends."""
    family, table = FAMILIES[file]
    with house.store.writing() as connection:
        wanted = select(table).filter_by(**which).order_by(table.c.seq)
        old = connection.execute(wanted).mappings().first()
        assert old is not None
        latest = effective_dating.find_latest(connection, family, old)
        assert latest is not None
        actor = Actor("key-1", "e-1", datetime.now(UTC))
        effective_dating.end_fact(connection, actor, family, latest, EndDate(day, "revoked"))


def ends(house: House, file: str) -> list[date | None]:
    """The ends of the first line's permission, as they came on file."""
    table = FAMILIES[file][1]
    rows = house.rows(select(table).order_by(table.c.seq))
    first = rows[0]
    name = {"designations": "person_id", "grants": "grantee", "releases": "work"}[file]
    return [row.effective_to for row in rows if getattr(row, name) == getattr(first, name)]


def first(files: Files, file: str, **cells: str) -> Files:
    head, *rest = files[file]
    return {file: [{**head, **cells}, *rest]}


def warning(report: Report, file: str) -> list[str]:
    return [w for w in report.warnings if w.startswith(f"{file} that were ended since")]


def open_ended(file: str) -> Files:
    return {**district(), **first(district(), file, effective_to="")}


def test_what_a_person_has_ended_stays_ended_night_after_night(house: House, file: str) -> None:
    house.deliver(open_ended(file))
    ended(house, file)
    for _ in range(3):
        report = house.deliver({file: open_ended(file)[file]})
        assert report.applied
        assert warning(report, file)[0].count(": 1;") == 1
        assert (report.files[0].changed, report.files[0].unchanged) == (0, 2)
        assert ends(house, file) == [None, YESTERDAY]
    with_end = first(open_ended(file), file, effective_to="2031-01-01")
    assert warning(house.deliver(with_end), file)
    assert ends(house, file) == [None, YESTERDAY]


def test_an_earlier_end_is_taken_and_another_beginning_is_another(house: House, file: str) -> None:
    house.deliver(open_ended(file))
    ended(house, file)
    earlier = first(open_ended(file), file, effective_to="2026-02-01")
    report = house.deliver(earlier)
    assert (warning(report, file), report.files[0].changed) == ([], 1)
    again = first(open_ended(file), file, effective_from="2026-03-03")
    report = house.deliver(again)
    assert (warning(report, file), report.files[0].added) == ([], 1)
    assert ends(house, file) == [None, YESTERDAY, date(2026, 2, 1), None]


def test_ends_that_deliveries_bring_stay_theirs(house: House, file: str) -> None:
    """Only what a person ended is kept ended: a file may lengthen what a file shortened."""
    house.deliver(open_ended(file))
    for end in ("2027-01-01", ""):
        report = house.deliver(first(open_ended(file), file, effective_to=end))
        assert (warning(report, file), report.files[0].changed) == ([], 1)
    assert ends(house, file) == [None, date(2027, 1, 1), None]


def test_what_a_person_recorded_is_no_revocation(house: House, file: str) -> None:
    lines = open_ended(file)[file]
    shorter = [lines[1], {**lines[0], "effective_to": "2026-12-01"}]
    house.deliver({**open_ended(file), file: shorter})
    table = FAMILIES[file][1]
    with house.store.writing() as connection:
        connection.exec_driver_sql(_unguard(house, table))
        connection.execute(update(table).values(import_number=None))
    report = house.deliver({file: [lines[1], lines[0]]})
    assert (warning(report, file), report.files[0].changed) == ([], 1)


def _unguard(house: House, table: Table) -> str:
    if house.store.is_sqlite:
        return f"DROP TRIGGER {table.name}_no_update"
    return f"ALTER TABLE {table.name} DISABLE TRIGGER USER"


def test_grants_for_two_marks_are_two(house: House) -> None:
    line: Mapping[str, str] = district()["grants"][0]
    marks = [{**line, "mark": mark, "purpose": "", "topic": ""} for mark in ("crest", "wordmark")]
    files = {**district(), "grants": marks}
    assert house.deliver(files).applied
    ended(house, "grants", mark="crest")
    report = house.deliver({"grants": marks})
    assert warning(report, "grants")[0].count(": 1;") == 1
    rows = house.rows(select(t.grants.c.mark, t.grants.c.effective_to).order_by(t.grants.c.seq))
    assert rows == [("crest", None), ("wordmark", None), ("crest", YESTERDAY)]


def test_a_mark_goes_with_a_logo(house: House) -> None:
    lines = [{**line, "mark": "crest"} for line in district()["grants"]]
    report = house.deliver({**district(), "grants": lines})
    assert [(e.line, e.column, e.reason) for e in report.errors] == [
        (3, "mark", "goes with logo only")
    ]


def test_a_release_in_another_spelling_stays_ended(house: House) -> None:
    house.deliver(open_ended("releases"))
    ended(house, "releases")
    lines = [{**line, "name": line["name"].upper()} for line in open_ended("releases")["releases"]]
    assert warning(house.deliver({"releases": lines}), "releases")
    assert ends(house, "releases") == [None, YESTERDAY]
