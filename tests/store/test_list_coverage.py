"""Consent columns of some schools: whose lists become fresh by them."""

from textwrap import dedent

import pytest
from sqlalchemy import select

from app.database.tables import list_dates
from app.imports.reading.profiles.loader import parse_profile
from app.imports.report import Report
from app.store.consents.list_dates import DISTRICT
from tests.imports.runs import run_import
from tests.store.house import House

PROFILE = """
    name = "ours"
    title = "A flag, by number or id"
    [[flags]]
    file = "photo.csv"
    key = "{key}"
    matches = "{matches}"
    {more}
    [[flags.columns]]
    column = "No Media"
    meanings = [
        {{ values = ["Y"], means = "refuse" }}, {{ values = ["", "N"], means = "unanswered" }},
    ]
"""
PEOPLE = [
    "sourced_id,kind,given_name,family_name,org_sourced_id,status,student_number",
    "s-1,student,Ann,One,hill,,11", "s-2,student,Bea,Two,hill,,12",
    "s-3,student,Cay,Three,lake,,13", "s-4,student,Dee,Four,lake,inactive,14",
    "e-1,employee,Eve,Five,dale,,",
]  # fmt: skip
ORGS = [
    "sourced_id,name,kind,parent_sourced_id",
    *(f"{org},{org},school," for org in ("hill", "lake", "dale")),
]


def deliver(house: House, files: dict[str, list[str]], **said: str) -> Report:
    said = {"key": "ID", "matches": "sourced_id", "more": "", **said}
    profile = parse_profile("ours.toml", dedent(PROFILE).format(**said).encode())
    house.folder.mkdir(exist_ok=True)
    for old in house.folder.iterdir():
        old.unlink()
    for name, lines in files.items():
        (house.folder / name).write_text("\n".join(lines) + "\n")
    options = {"profile": profile} if "photo.csv" in files else {}
    report = run_import(house.store, house.settings, house.folder, **options)
    assert report.applied, report.errors
    return report


def dated(house: House) -> list[str]:
    wanted = select(list_dates.c.school).where(list_dates.c.kind == "consents")
    return sorted(school for (school,) in house.rows(wanted))


@pytest.mark.parametrize(
    ("listed", "schools"),
    [
        (["s-1,", "s-2,Y"], ["hill"]),
        (["s-1,", "s-2,"], ["hill"]),
        (["s-3,N"], ["lake"]),
        (["s-1,", "s-3,Y"], [DISTRICT]),
        (["s-4,"], ["lake"]),
    ],
    ids=["one school", "nobody answered", "the other", "every school with students", "who left"],
)
def test_the_schools_of_those_who_stand_in_it_are_dated(
    house: House, listed: list[str], schools: list[str]
) -> None:
    deliver(house, {"orgs.csv": ORGS, "people.csv": PEOPLE})
    report = deliver(house, {"photo.csv": ["ID,No Media", *listed]})
    assert dated(house) == schools
    assert list(report.plan.list_schools) == schools


def test_by_student_number_just_the_same(house: House) -> None:
    deliver(house, {"orgs.csv": ORGS, "people.csv": PEOPLE})
    photo = ["Number,No Media", "11,", "12,N"]
    deliver(house, {"photo.csv": photo}, key="Number", matches="student_number")
    assert dated(house) == ["hill"]
    # Somebody who is on no roster and has answered nothing is no error, and no school.
    deliver(house, {"photo.csv": [*photo, "99,"]}, key="Number", matches="student_number")
    assert dated(house) == ["hill", "hill"]


def test_what_changed_dates_no_school(house: House) -> None:
    deliver(house, {"orgs.csv": ORGS, "people.csv": PEOPLE})
    deliver(house, {"photo.csv": ["ID,No Media", "s-1,Y", "s-3,"]}, more="complete = false")
    assert dated(house) == []


def test_the_same_delivery_again_dates_the_same_schools(house: House) -> None:
    deliver(house, {"orgs.csv": ORGS, "people.csv": PEOPLE})
    for _ in range(2):
        deliver(house, {"photo.csv": ["ID,No Media", "s-1,Y", "s-2,"]})
    assert dated(house) == ["hill", "hill"]
