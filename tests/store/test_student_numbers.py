"""Flags that name students by their numbers: whose they are, tonight and next year."""

from collections.abc import Mapping
from datetime import UTC, datetime
from textwrap import dedent
from typing import Any

import pytest

from app.database.tables import consents, people
from app.imports.reading.profiles import read_profile
from app.imports.report import Report
from app.policy_setup import read_setup
from app.store.consents.states import Use, read_state
from tests.imports.conftest import Files, district, write
from tests.imports.readers.test_oneroster import ONE
from tests.imports.readers.test_sds import V1, V21
from tests.imports.runs import run_import
from tests.store.house import House

NUMBERS = {"s-1": "104501", "s-2": "104502", "s-3": "104503"}
FILE = "permission_to_publish.txt"
NOBODY = "is the number of no student"
TWO = "is the number of more than one student"


def roster(numbers: Mapping[str, str], *without: str) -> Files:
    """The small district's people with these numbers, without these people."""
    files = {name: rows for name, rows in district().items() if name in ("orgs", "people")}
    kept = [row for row in files["people"] if row["sourced_id"] not in without]
    files["people"] = [
        {**row, "student_number": numbers.get(row["sourced_id"], "")} for row in kept
    ]
    return files


def flags(*rows: str) -> str:
    return "\n".join(("Student_Number\tPermission to Publish", *rows)) + "\n"


def night(house: House, files: Files, *rows: str, **options: Any) -> Report:
    """A delivery of these files, with a file of flags where there are `rows`."""
    write(house.folder, files)
    if rows:
        (house.folder / FILE).write_text(flags(*rows))
        options |= {"profile": read_profile("powerschool")}
    return run_import(house.store, house.settings, house.folder, **options)


def said(house: House) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in house.rows(consents):
        found.setdefault(row.person_id, []).append(row.decision)
    return found


def outcome(house: House, person_id: str) -> str:
    with house.store.reading() as connection:
        use = Use(person_id, channel="social")
        found = read_state(connection, use, datetime.now(UTC), read_setup(house.settings))
        return found.finding.outcome


def errors(report: Report) -> list[tuple[str, int, str | None, str]]:
    return [(e.file, e.line, e.column, e.reason) for e in report.errors]


@pytest.mark.parametrize("apart", [False, True], ids=["one delivery", "roster yesterday"])
def test_numbers_find_their_students(house: House, apart: bool) -> None:
    rows = ("104501\tNo", " 104502 \tYes", "104503\t")
    if apart:
        assert night(house, roster(NUMBERS)).applied
    assert night(house, {} if apart else roster(NUMBERS), *rows).applied
    assert said(house) == {"s-1": ["refuse"], "s-2": ["grant"]}
    assert [outcome(house, who) for who in ("s-1", "s-2")] == ["deny", "allow"]


@pytest.mark.parametrize(
    ("number", "reason"),
    [("104599", NOBODY), ("4501", NOBODY), ("", "must not be empty"), ("104502", TWO)],
    ids=["nobody's", "of another length", "blank", "of two"],
)
def test_a_number_that_is_not_one_students_is_refused(
    house: House, number: str, reason: str
) -> None:
    night(house, roster(NUMBERS | {"s-3": "104502"}))
    report = night(house, {}, "104501\tNo", f"{number}\tYes")
    assert errors(report) == [(FILE, 3, "Student_Number", reason)]
    assert (report.state, said(house)) == ("invalid", {"s-1": ["refuse"]})


def test_without_any_number_on_file_it_says_so(house: House) -> None:
    night(house, roster({}))
    report = night(house, {}, "104501\tYes")
    assert errors(report)[0][3] == f"{NOBODY}: no roster has brought any student's number yet"


def test_an_employees_number_is_not_a_students(house: House) -> None:
    night(house, roster(NUMBERS | {"e-1": "104501", "e-2": "777"}))
    assert night(house, {}, "104501\tNo").applied
    assert said(house) == {"s-1": ["refuse"]}
    assert errors(night(house, {}, "777\tYes"))[0][3] == NOBODY


def test_a_number_goes_to_who_has_it_now(house: House) -> None:
    assert night(house, roster(NUMBERS), "104501\tYes", "104502\tNo").applied
    swapped = NUMBERS | {"s-1": "104502", "s-2": "104501"}
    assert night(house, roster(swapped), "104501\tYes", "104502\tNo").applied
    assert said(house) == {"s-1": ["grant", "refuse"], "s-2": ["refuse", "grant"]}


@pytest.mark.parametrize("left", ["complete", "inactive", "last week"])
def test_a_number_that_another_child_has_next_year(house: House, left: str) -> None:
    """Who bears it now gets its no; what the former bearer said stays."""
    house.settings = house.settings.model_copy(update={"import_hold_from_people": 100})
    assert night(house, roster(NUMBERS, "s-3"), "104501\tYes").applied
    after = roster({"s-3": "104501"}, "s-1" if left != "inactive" else "")
    for row in after["people"]:
        if row["sourced_id"] == "s-1":
            row |= {"status": "inactive", "student_number": "104501"}
    if left == "last week":
        assert night(house, after, "104501\t", complete=True).applied
        after = {}
    assert night(house, after, "104501\tNo", complete=left == "complete").applied
    assert said(house) == {"s-1": ["grant"], "s-3": ["refuse"]}


def test_who_left_without_the_feed_saying_so_makes_the_number_two_peoples(house: House) -> None:
    assert night(house, roster(NUMBERS, "s-3")).applied
    report = night(house, roster({"s-3": "104501"}, "s-1"), "104501\tYes")
    assert [error[3] for error in errors(report)] == [TWO]
    assert said(house) == {}


def test_a_yes_is_not_taken_for_who_has_left_and_a_no_is(house: House) -> None:
    gone = roster(NUMBERS)
    for row in gone["people"]:
        row["status"] = "inactive" if row["sourced_id"] in ("s-1", "s-2") else ""
    assert night(house, roster(NUMBERS), "104501\tNo").applied
    report = night(house, gone, "104501\tYes", "104502\tNo")
    assert report.applied
    assert said(house) == {"s-1": ["refuse"], "s-2": ["refuse"]}
    assert "yes of students who have left is left out: 1" in report.warnings


def test_a_roster_without_the_column_leaves_numbers_and_an_empty_cell_clears(house: House) -> None:
    def numbers() -> dict[str, str | None]:
        return {row.id: row.student_number for row in house.rows(people)}

    night(house, roster(NUMBERS))
    files = roster({})
    for row in files["people"]:
        del row["student_number"]
    assert night(house, files, "104501\tNo").applied
    assert {who: numbers()[who] for who in NUMBERS} == NUMBERS
    assert night(house, roster({})).applied
    assert set(numbers().values()) == {None}


def test_rows_of_one_number_that_disagree(house: House) -> None:
    night(house, roster(NUMBERS))
    report = night(house, {}, "104501\tYes", "104501\tNo")
    reason = "says yes where another row of the same person says no"
    assert errors(report) == [(FILE, 2, None, reason)]
    assert said(house) == {"s-1": ["refuse"]}


def lay_out(house: House, files: Mapping[str, str]) -> None:
    house.folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (house.folder / name).write_text(dedent(content).lstrip())


@pytest.mark.parametrize("system", ["oneroster", "sds 1", "a column of the profile"])
def test_where_the_standards_have_the_number(house: House, system: str) -> None:
    profile = read_profile("powerschool")
    if system == "oneroster":
        lay_out(house, ONE)
        number = "1"
    elif system == "sds 1":
        student = "SIS ID,School SIS ID,Student Number,First Name,Last Name\ns-1,hill,77,A,B\n"
        lay_out(house, {**V1, "Student.csv": student})
        number = "77"
    else:
        lay_out(house, V21)
        profile = profile.model_copy(update={"student_number": "username"})
        number = "jose"
    (house.folder / FILE).write_text(flags(f"{number}\tNo"))
    report = run_import(house.store, house.settings, house.folder, profile=profile)
    assert (errors(report), report.applied) == ([], True)
    assert said(house) == {"s-1": ["refuse"]}
    kept = {row.id: row.student_number for row in house.rows(people)}
    assert (kept.pop("s-1"), kept.pop("s-2", "2")) == (number, "2")
    assert set(kept.values()) == {None}  # nobody else's is kept


def test_a_column_that_the_profile_names_must_be_there_and_be_no_other(house: House) -> None:
    profile = read_profile("powerschool")
    lay_out(house, V21 | {FILE: flags("1\tNo")})
    lost = profile.model_copy(update={"student_number": "Perm ID"})
    report = run_import(house.store, house.settings, house.folder, profile=lost)
    found = [one for one in errors(report) if one[:3] == ("users.csv", 1, "Perm ID")]
    assert [reason.partition(";")[0] for *_, reason in found] == [
        "this column is missing from the header"
    ]
    wrong = profile.model_copy(update={"student_number": "sourcedId"})
    (error,) = run_import(house.store, house.settings, house.folder, profile=wrong).errors
    assert str(error).endswith("student_number: sourcedId is read as something else")


def test_a_number_does_not_tell_whose_row_of_a_roster_it_is(house: House) -> None:
    """An employee's number beside an employee's sourcedId may be a student's, too."""
    profile = read_profile("oneroster_metadata")
    by_number = {"key": "identifier", "matches": "student_number"}
    numbered = profile.flags[0].model_copy(update=by_number)
    lay_out(house, ONE)
    wrong = profile.model_copy(update={"flags": (numbered,)})
    (error,) = run_import(house.store, house.settings, house.folder, profile=wrong).errors
    assert "must be sourced_id, since users.csv says it" in error.reason
