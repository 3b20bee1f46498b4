"""What a profile says is complete: who is missing then, and which lists are fresh."""

from textwrap import dedent
from typing import Any

import pytest
from sqlalchemy import select

from app.database.tables import list_dates, people
from app.imports.reading.profiles import Profile, ProfileError
from app.imports.reading.profiles.loader import parse_profile
from app.imports.report import Report
from tests.imports.runs import run_import
from tests.store.house import House

SAID = """
    name = "ours"
    title = "Rosters under other names, a flag beside them"
    [[files]]
    file = "students.csv"
    as = "people"
    columns = { sourced_id = "ID", given_name = "First", family_name = "Last" }
    constants = { kind = "student" }
    #students
    [[files]]
    file = "staff.csv"
    as = "people"
    columns = { sourced_id = "ID", given_name = "First", family_name = "Last" }
    constants = { kind = "employee" }
    #staff
    [[flags]]
    file = "photo.csv"
    key = "ID"
    #flags
    [[flags.columns]]
    column = "No Media"
    meanings = [
        { values = ["Y"], means = "refuse" }, { values = ["", "N"], means = "unanswered" },
    ]
"""
WHOLE = ("students", "staff")


def saying(*complete: str, **said: str) -> Profile:
    text = SAID
    for what in complete:
        text = text.replace(f"#{what}", "complete = true")
    for what, instead in said.items():
        text = text.replace(f"#{what}", instead)
    return parse_profile("ours.toml", dedent(text).encode())


def night(house: House, profile: Profile, *left_out: str, **options: Any) -> Report:
    """Thirty students, a teacher, and a flag of each student, without some files or students."""
    students = [f"s-{n}" for n in range(30) if f"s-{n}" not in left_out]
    files = {
        "students.csv": [f"{who},Ann,{who}" for who in students],
        "staff.csv": ["e-1,Bob,Roe"],
        "photo.csv": [f"{who},{'Y' if who == 's-9' else ''}" for who in students],
    }
    headers = dict.fromkeys(files, "ID,First,Last") | {"photo.csv": "ID,No Media"}
    house.folder.mkdir(exist_ok=True)
    for old in house.folder.iterdir():
        old.unlink()
    for name, rows in files.items():
        if name not in left_out:
            (house.folder / name).write_text("\n".join([headers[name], *rows]) + "\n")
    return run_import(house.store, house.settings, house.folder, profile=profile, **options)


def missing(house: House) -> list[str]:
    status = people.c.status == "missing_from_feed"
    return sorted(row.id for row in house.rows(select(people.c.id).where(status)))


def fresh(house: House) -> int:
    return len(house.rows(select(list_dates).where(list_dates.c.kind == "consents")))


def test_who_is_missing_from_complete_files_is_marked(house: House) -> None:
    for profile, gone in ((saying(), []), (saying(*WHOLE), ["s-3"])):
        assert night(house, profile).applied
        assert night(house, profile, "s-3").applied
        assert missing(house) == gone


def test_a_complete_file_that_is_not_there_marks_nobody(house: House) -> None:
    """Without the file of staff the delivery is not whole; it waits, and nobody is missing."""
    assert night(house, saying(*WHOLE)).applied
    report = night(house, saying(*WHOLE), "staff.csv", "s-3")
    assert report.state == "held"
    assert "the last delivery brought all people" in str(report.reason)
    assert report.plan.missing == 0


@pytest.mark.parametrize(
    ("profile", "dates"),
    [
        (saying(), 1),
        (saying(flags="complete = true"), 1),
        (saying(flags="complete = false"), 0),
        (saying(*WHOLE, flags="complete = false"), 0),
    ],
    ids=["not said", "complete", "changes only", "changes only beside complete rosters"],
)
def test_a_file_of_flags_is_complete_unless_the_profile_says_otherwise(
    house: House, profile: Profile, dates: int
) -> None:
    assert night(house, profile).applied
    assert fresh(house) == dates


@pytest.mark.parametrize(("complete", "dates"), [((), 0), (("students",), 1)])
def test_flags_beside_people_are_as_complete_as_they(
    house: House, complete: tuple[str, ...], dates: int
) -> None:
    profile = saying(*complete, staff="complete = true") if complete else saying()
    beside = profile.flags[0].model_copy(update={"file": "students.csv"})
    profile = profile.model_copy(update={"flags": (beside,)})
    folder = house.folder
    folder.mkdir()
    (folder / "students.csv").write_text("ID,First,Last,No Media\ns-1,Ann,Lee,Y\n")
    (folder / "staff.csv").write_text("ID,First,Last\ne-1,Bob,Roe\n")
    assert run_import(house.store, house.settings, folder, profile=profile).applied
    assert fresh(house) == dates


def test_a_list_that_lost_many_rows_waits(house: House) -> None:
    """A file of flags cut in half would make the list fresh without the half of its refusals."""
    profile = saying()
    assert night(house, profile).applied
    assert night(house, profile, "s-3").applied
    half = tuple(f"s-{n}" for n in range(15, 30))
    report = night(house, profile, *half)
    assert report.state == "held"
    reason = "the consent columns have 15 rows, in the last delivery they had 29"
    assert reason in str(report.reason)
    assert fresh(house) == 2


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"students": "complete = true"}, "all that are read as people are complete together"),
        ({"students": 'complete = "yes, all of them"'}, "files.1.complete: Input should be"),
        ({"flags": "complete = 7"}, "flags.1.complete: Input should be"),
    ],
)
def test_what_a_profile_may_not_say(said: dict[str, str], reason: str) -> None:
    with pytest.raises(ProfileError) as error:
        saying(**said)
    assert reason in str(error.value)


def test_only_people_and_enrollments_can_be_complete() -> None:
    orgs = SAID.replace('as = "people"', 'as = "orgs"', 1).replace("#students", "complete = true")
    with pytest.raises(ProfileError, match="only people and enrollments can be complete, not orgs"):
        parse_profile("ours.toml", dedent(orgs).encode())
