"""What is odd in a roster and decides nothing about photos: a warning, on both stores."""

import pytest
from sqlalchemy import select

from app.database.tables import enrollments, orgs, people
from app.imports.report import Report
from tests.imports.conftest import Files, district, row
from tests.store.house import House

PARENTS = "parents of orgs are left out, since no such org is delivered or on file: 1"
AS_STUDENTS = "students who are in a class as staff count as students of the class: 1"
AS_AIDES = "people in a class as students who are none count as aides: 1"


def deliver(house: House, files: Files) -> Report:
    report = house.deliver(files)
    assert report.applied, report.errors
    return report


def warned(report: Report, file: str) -> dict[str, int]:
    return next(one.warnings for one in report.files if one.file == file)


def test_an_address_that_is_none_is_left_out(house: House) -> None:
    files = district()
    files["people"][0]["email"] = "pepe at home"
    report = deliver(house, files)
    assert warned(report, "people.csv") == {
        "cells have no e-mail address in them and are left out": 1
    }
    assert house.rows(select(people.c.email).where(people.c.id == "s-1")) == [(None,)]


@pytest.mark.parametrize("parent", ["o-77", "hill"])
def test_a_parent_that_is_not_known_or_the_org_itself_is_left_out(
    house: House, parent: str
) -> None:
    files = district()
    files["orgs"][2]["parent_sourced_id"] = parent
    report = deliver(house, files)
    told = [*report.warnings, *warned(report, "orgs.csv")]
    assert PARENTS in told if parent == "o-77" else "orgs are their own parents" in str(told)
    assert house.rows(select(orgs.c.parent_id).where(orgs.c.id == "hill")) == [(None,)]


def test_who_is_a_student_is_a_student_of_the_class_and_nobody_else(house: House) -> None:
    """Else a child who says no would not stand on the class's list."""
    deliver(house, district())
    files = district()
    files["enrollments"] += [row("enrollments", "c-2,s-3,teacher")]
    files["enrollments"] += [row("enrollments", "c-2,e-2,student")]
    report = deliver(house, {"enrollments": files["enrollments"]})
    assert {AS_STUDENTS, AS_AIDES} <= set(report.warnings)
    wanted = select(enrollments.c.person_id, enrollments.c.role)
    assert set(house.rows(wanted.where(enrollments.c.class_id == "c-2"))) == {
        ("s-2", "student"), ("s-3", "student"), ("e-2", "aide"),
    }  # fmt: skip


def test_a_student_who_is_enrolled_twice_over_is_there_once(house: House) -> None:
    files = district()
    files["enrollments"] += [row("enrollments", "c-1,s-1,aide")]
    deliver(house, files)
    wanted = select(enrollments.c.role).where(enrollments.c.person_id == "s-1")
    assert house.rows(wanted) == [("student",)]


@pytest.mark.parametrize("file", ["orgs", "people", "classes", "enrollments", "guardians"])
def test_columns_that_are_not_needed_stand_beside_a_rosters_own(house: House, file: str) -> None:
    files = district()
    files[file] = [{**one, "Locker": "9", "": ""} for one in files[file]]
    report = deliver(house, files)
    assert warned(report, f"{file}.csv") == {"columns that are not needed are left out": 2}


@pytest.mark.parametrize("file", ["consents", "accounts", "designations", "grants", "releases"])
def test_no_column_is_passed_over_where_statements_and_permissions_are(
    house: House, file: str
) -> None:
    files = district()
    files[file] = [{**one, "Locker": "9"} for one in files[file]]
    [error] = house.deliver(files).errors
    assert error.reason == "is not a column of this file"
