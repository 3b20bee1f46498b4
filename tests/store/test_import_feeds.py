"""Several feeds into one store: what is missing is judged within each, on both stores."""

from typing import Any

import pytest
from sqlalchemy import select

from app.database.tables import enrollments, imports, list_dates, people
from app.erasure.person_erasure import erase_person
from app.errors import ConflictError
from app.imports.approval import ImportDecision, approve_import
from app.imports.reading.profiles import Profile, read_profile
from app.imports.reading.profiles.loader import parse_profile
from app.imports.report import Report
from app.store.consents.list_dates import DISTRICT
from app.store.ledger.changes import Actor
from tests.imports.runs import run_import
from tests.store.house import House

POWERSCHOOL = read_profile("powerschool")
NO_MEDIA = read_profile("infinite_campus")
STUDENTS = range(40)
HEADERS = {
    "orgs": "sourced_id,name,kind",
    "people": "sourced_id,kind,given_name,family_name,org_sourced_id,student_number",
    "classes": "sourced_id,title,org_sourced_id",
    "enrollments": "class_sourced_id,person_sourced_id,role",
}
ORGS = [f"{org},{org} School,school" for org in ("hill", "dale")]


def student(n: int, prefix: str = "s") -> str:
    return f"{prefix}-{n:02},student,Given{prefix}{n},Family{n},{'hill' if n < 20 else 'dale'},{n}"


def teacher(n: int, prefix: str = "t") -> str:
    return f"{prefix}-{n:02},employee,Teacher{prefix}{n},Family{n},hill,"


def sis() -> dict[str, list[str]]:
    return {"orgs": ORGS, "people": [student(n) for n in STUDENTS]}


def staff() -> dict[str, list[str]]:
    return {"people": [teacher(n) for n in range(20)]}


def deliver(
    house: House,
    rosters: dict[str, list[str]],
    flags: tuple[str, list[str]] | None = None,
    **options: Any,
) -> Report:
    house.folder.mkdir(exist_ok=True)
    for old in house.folder.iterdir():
        old.unlink()
    for name, lines in rosters.items():
        stem, _, kind = name.partition(".")
        header = HEADERS[stem.split("-")[0]]
        text = "\n".join([header, *lines]) + "\n"
        (house.folder / f"{stem}.{kind or 'csv'}").write_text(text)
    if flags:
        name, lines = flags
        (house.folder / name).write_text("\n".join(lines) + "\n")
    return run_import(house.store, house.settings, house.folder, **{"complete": True, **options})


def permission(name: str = "permission_to_publish.txt", *schools: str) -> tuple[str, list[str]]:
    """Everybody's row, nobody's answer; of these schools."""
    listed = [n for n in STUDENTS if ("hill" if n < 20 else "dale") in (schools or "hill dale")]
    return name, ["Student_Number,Permission to Publish", *(f"{n}," for n in listed)]


def missing(house: House) -> set[str]:
    rows = select(people.c.id).where(people.c.status == "missing_from_feed")
    return {one for (one,) in house.rows(rows)}


def covered(house: House) -> list[str]:
    rows = select(list_dates.c.school).where(list_dates.c.kind == "consents")
    return [school for (school,) in house.rows(rows.order_by(list_dates.c.seq))]


@pytest.mark.parametrize("feeds", [("sis", "hr"), (None, None), (None, "hr"), ("sis", None)])
def test_students_and_staff_come_apart_night_after_night(
    house: House, feeds: tuple[str | None, str | None]
) -> None:
    for night in range(3):
        flags = permission(f"permission_to_publish-2025090{night + 1}.txt")
        first = deliver(house, sis(), flags, profile=POWERSCHOOL, feed=feeds[0])
        assert (first.reason, first.applied) == (None, True)
        second = deliver(house, staff(), feed=feeds[1])
        assert (second.reason, second.applied) == (None, True)
    assert missing(house) == set()
    kept = [feed for (feed,) in house.rows(select(imports.c.feed))]
    assert set(kept) == set(feeds)


def test_a_list_that_stays_away_is_missed_within_its_feed(house: House) -> None:
    for _ in range(2):
        assert deliver(house, sis(), permission(), profile=POWERSCHOOL).applied
        assert deliver(house, staff()).applied
    report = deliver(house, sis(), profile=POWERSCHOOL)
    assert report.state == "held"
    assert "the last delivery had the consent column Permission to Publish" in str(report.reason)


def test_who_is_missing_is_judged_by_the_feed_that_brings_them(house: House) -> None:
    """Teachers come from both: who stays away from one feed may be in the other."""
    with_teachers = sis()
    with_teachers["people"] = [*with_teachers["people"], *(teacher(n) for n in range(5))]
    hr = {"people": [teacher(n, "h") for n in range(20)]}
    for _ in range(2):
        assert deliver(house, with_teachers, feed="sis").applied
        assert deliver(house, hr, feed="hr").applied
    assert missing(house) == set()
    hr["people"] = hr["people"][1:]
    assert deliver(house, hr, feed="hr").applied
    assert missing(house) == {"h-00"}
    with_teachers["people"] = with_teachers["people"][1:-1]
    assert deliver(house, with_teachers, feed="sis").applied
    assert missing(house) == {"h-00", "s-00", "t-04"}


def test_two_systems_of_students_and_classes_do_not_end_each_other(house: House) -> None:
    for night in range(3):
        for feed, numbers in (("a", STUDENTS[:10]), ("b", STUDENTS[10:20])):
            rosters = {
                "orgs": ORGS,
                "people": [student(n, feed) for n in numbers],
                "classes": [f"c-{feed},Music,hill"],
                "enrollments": [f"c-{feed},{feed}-{n:02},student" for n in numbers],
            }
            report = deliver(house, rosters, feed=feed)
            if (night, feed) == (0, "b"):  # a new feed beside students of another: asked once
                assert "10 of 10 people on file are of another feed" in str(report.reason)
                decision = ImportDecision(report.import_id or "")
                actor = Actor("k", None, house.store.now())
                approve_import(house.store, house.settings, actor, decision)
            else:
                assert (report.reason, report.applied) == (None, True)
    assert missing(house) == set()
    assert len(house.rows(select(enrollments.c.person_id))) == 20


@pytest.mark.parametrize("named", ["new", None])
def test_a_feed_under_another_name_waits(house: House, named: str | None) -> None:
    """Else nobody of the former one would ever be missing again."""
    assert deliver(house, sis(), feed="old").applied
    rest = sis() | {"people": [student(n) for n in STUDENTS[:20]]}
    report = deliver(house, rest, feed=named)
    assert report.state == "held"
    assert "20 of 40 people on file are of another feed" in str(report.reason)
    report = deliver(house, rest, feed="old")
    assert "20 of 40 people on file would be missing" in str(report.reason)


def test_schools_in_turn_wait_for_nobody_and_each_is_missed(house: House) -> None:
    assert deliver(house, sis()).applied
    for night in range(2):
        for school in ("hill", "dale"):
            name = f"permission_to_publish_{school}_{night}.txt"
            report = deliver(house, {}, permission(name, school), profile=POWERSCHOOL,
                             complete=False)  # fmt: skip
            assert (report.reason, report.applied) == (None, True)
    assert covered(house) == ["hill", "dale"] * 2
    name, lines = permission("permission_to_publish_hill_9.txt", "hill")
    house.settings = house.settings.model_copy(update={"import_hold_from_people": 1})
    report = deliver(house, {}, (name, lines[:8]), profile=POWERSCHOOL, complete=False)
    assert "the consent columns have 7 rows, in the last delivery they had 20" in str(report.reason)


def test_half_a_list_of_the_district_is_no_schools_list(house: House) -> None:
    assert deliver(house, sis()).applied
    assert deliver(house, {}, permission(), profile=POWERSCHOOL, complete=False).applied
    half = permission("permission_to_publish.txt", "hill")
    report = deliver(house, {}, half, profile=POWERSCHOOL, complete=False)
    assert "20 rows, in the last delivery they had 40" in str(report.reason)


@pytest.mark.parametrize(
    ("people_file", "flags"),
    [
        ("people-20250901", "permission_to_publish-20250901.txt"),
        ("people-2025-09-01", "20250901_permission_to_publish.txt"),
        ("people-1", "permission_to_publish (2).txt"),
        ("people-20250901T0200", "permission_to_publish_2025_09_01_020000.txt"),
    ],
)
def test_files_with_a_day_or_a_number_in_their_names_are_what_they_are(
    house: House, people_file: str, flags: str
) -> None:
    assert deliver(house, sis(), permission(), profile=POWERSCHOOL).applied
    dated = {"orgs": ORGS, people_file: [student(n) for n in STUDENTS]}
    report = deliver(house, dated, permission(flags), profile=POWERSCHOOL)
    assert (report.reason, report.state) == (None, "unchanged")


def test_two_days_of_one_file_are_not_guessed_at(house: House) -> None:
    twice = {"orgs": ORGS} | {f"people-2025090{n}": [student(1)] for n in (1, 2)}
    report = deliver(house, twice)
    assert report.state == "invalid"
    assert {one.file for one in report.errors} == {"people-20250901.csv", "people-20250902.csv"}


def test_a_profiles_own_file_may_have_a_day_in_its_name(house: House) -> None:
    exact = parse_profile(
        "x.toml",
        b"""
        name = "x"
        title = "x"
        [[flags]]
        file = "photo.csv"
        key = "ID"
        [[flags.columns]]
        column = "No Media"
        meanings = [{ values = ["Y"], means = "refuse" }, { values = [""], means = "unanswered" }]
    """,
    )
    flags = ("photo_20250901.csv", ["ID,No Media", "s-01,Y"])
    report = deliver(house, sis(), flags, profile=exact)
    assert report.applied
    assert report.plan.consents.refuse == 1


def test_a_roster_comes_beside_a_list_that_comes_by_itself(house: House) -> None:
    for _ in range(2):
        report = deliver(house, sis(), profile=POWERSCHOOL)
        assert report.applied
        assert "the profile's permission_to_publish* did not come" in str(report.warnings)
        assert deliver(house, {}, permission(), profile=POWERSCHOOL, complete=False).applied
    assert covered(house) == [DISTRICT] * 2


def test_a_roster_beside_a_file_that_nobody_knows_is_refused(house: House) -> None:
    """It may be the list of consents, under another name."""
    report = deliver(house, sis(), permission("publishing.txt"), profile=POWERSCHOOL)
    assert report.state == "invalid"
    assert [one.file for one in report.errors] == ["permission_to_publish*"]


def empty(house: House, profile: Profile, name: str, header: str, **said: Any) -> Report:
    return deliver(house, {}, (name, [header]), profile=profile, complete=False, **said)


def test_the_last_refusal_is_gone_and_the_empty_list_is_taken_by_word(house: House) -> None:
    header = "student.studentNumber,No Media"
    assert deliver(house, sis(), ("no_media.csv", [header, "1,Y"]), profile=NO_MEDIA).applied
    assert covered(house) == ["hill"]
    told = empty(house, NO_MEDIA, "no_media.csv", header)
    assert told.applied
    assert "has no rows: the consent list keeps its date" in str(told.warnings)
    assert covered(house) == ["hill"]
    assert empty(house, NO_MEDIA, "no_media.csv", header, accept_empty_consents=True).applied
    # Of the schools that the list was of before.
    assert covered(house)[1:] in (["hill"], [DISTRICT])


def test_an_empty_list_that_comes_school_by_school_is_nobodys(house: House) -> None:
    assert deliver(house, sis()).applied
    for school in ("hill", "dale"):
        name = f"permission_to_publish_{school}.txt"
        assert deliver(house, {}, permission(name, school), profile=POWERSCHOOL,
                       complete=False).applied  # fmt: skip
    header = "Student_Number,Permission to Publish"
    name = "permission_to_publish_hill.txt"
    empty(house, POWERSCHOOL, name, header, accept_empty_consents=True)
    assert covered(house) == ["hill", "dale"]


def test_the_first_list_of_all_may_be_empty_by_word(house: House) -> None:
    header = "student.studentNumber,No Media"
    report = deliver(
        house, sis(), ("no_media.csv", [header]), profile=NO_MEDIA, accept_empty_consents=True
    )
    assert report.applied
    assert covered(house) == [DISTRICT]


def states_of(house: House) -> list[str]:
    return [state for (state,) in house.rows(select(imports.c.state).order_by(imports.c.number))]


def approve(house: House, report: Report) -> str:
    actor = Actor("k-1", "t-00", house.store.now())
    decision = ImportDecision(str(report.import_id))
    return approve_import(house.store, house.settings, actor, decision).state


def test_what_waits_stays_through_another_feeds_delivery(house: House) -> None:
    """Both feeds bring people, so what was planned is planned anew before it is applied."""
    assert deliver(house, sis(), feed="sis", complete=True).applied
    held = deliver(house, {"orgs": ORGS, "people": sis()["people"][:20]}, feed="sis", complete=True)
    assert held.state == "held"
    assert deliver(house, staff(), feed="hr", complete=True).applied
    both = [*staff()["people"], student(39)]
    assert deliver(house, {"people": both}, feed="hr", complete=False).applied
    assert states_of(house) == ["applied", "held", "applied", "applied"]
    assert approve(house, held) == "held", "one of those who were missing is not"
    assert approve(house, held) == "applied"
    found = dict(house.rows(select(people.c.id, people.c.status)))
    assert (found["s-39"], found["s-38"], found["t-00"]) == (
        "active",
        "missing_from_feed",
        "active",
    )


def test_two_feeds_wait_side_by_side(house: House) -> None:
    assert deliver(house, sis(), feed="sis", complete=True).applied
    assert deliver(house, staff(), feed="hr", complete=True).applied
    students = deliver(
        house, {"orgs": ORGS, "people": sis()["people"][:20]}, feed="sis", complete=True
    )
    teachers = deliver(house, {"people": staff()["people"][:5]}, feed="hr", complete=True)
    assert states_of(house)[2:] == ["held", "held"]
    assert approve(house, students) == "applied"
    with pytest.raises(ConflictError):
        approve(house, students)
    again = deliver(house, {"people": staff()["people"][:6]}, feed="hr", complete=True)
    assert states_of(house)[2:] == ["applied", "superseded", "held"]
    erase_person(house.store, "s-39", lambda: Actor("k-1", "t-00", house.store.now()))
    for report in (teachers, again):
        with pytest.raises(ConflictError):
            approve(house, report)
