"""A few bad rows are set aside, the rest is applied; nobody's no goes with them. On both stores."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.database.tables import classes, enrollments, import_errors, list_dates, orgs, people
from app.imports.reading.profiles import read_profile
from app.imports.report import Report
from app.policy_setup import read_setup
from app.store.consents.list_dates import DISTRICT
from app.store.consents.states import Use, read_state
from app.store.service.plan_parts import RowsAside
from tests.imports.runs import run_import
from tests.store.house import House

HEADERS = {
    "orgs.csv": "sourced_id,name,kind,parent_sourced_id",
    "people.csv": "sourced_id,kind,given_name,family_name,grade,org_sourced_id,birth_date,"
    "student_number",
    "classes.csv": "sourced_id,title,org_sourced_id",
    "enrollments.csv": "class_sourced_id,person_sourced_id,role",
    "guardians.csv": "student_sourced_id,guardian_id,name,relationship",
    "consents.csv": "person_sourced_id,decision,activity,channel,extent,given_by,capacity,"
    "signed_at,effective_from,effective_to",
    "permission_to_publish.txt": "Student_Number,Permission to Publish",
}
MANY = 120
NO = "{},refuse,publish,all,image,,guardian,2026-01-05,,"


def night() -> dict[str, list[str]]:
    """A district of 120 students in one class and a half, each with a guardian."""
    students = [f"s-{n:03}" for n in range(MANY)]
    return {
        "orgs.csv": [f"o-{n},School {n},school," for n in range(12)],
        "people.csv": [f"{one},student,Given{one},Family{one},5,o-1,2016-02-03,{one[2:]}"
                       for one in students],
        "classes.csv": [f"c-{n},Class {n},o-1" for n in range(12)],
        "enrollments.csv": [f"c-{n % 2},{one},student" for n, one in enumerate(students)],
        "guardians.csv": [f"{one},g-{one},Parent of {one},mother" for one in students],
        "consents.csv": [NO.format(one) for one in students[:20]],
    }  # fmt: skip


def deliver(house: House, files: dict[str, list[str]], **options: object) -> Report:
    house.folder.mkdir(exist_ok=True)
    for old in house.folder.iterdir():
        old.unlink()
    for name, lines in files.items():
        (house.folder / name).write_text("\n".join([HEADERS[name], *lines]) + "\n")
    said = {"complete": True, "complete_consents": True, **options}
    return run_import(house.store, house.settings, house.folder, **said)  # type: ignore[arg-type]


def changed(file: str, line: int, new: str) -> dict[str, list[str]]:
    """The night with another text in a line, counted as an editor does."""
    files = night()
    files[file][line - 2 : line - 1] = [new]
    return files


def aside(report: Report) -> list[tuple[str, int]]:
    assert report.applied, report.errors
    return [(one.file, one.line) for one in report.aside]


def outcome(house: House, person: str) -> str:
    with house.store.reading() as connection:
        now = datetime.now(UTC)
        setup = read_setup(house.settings)
        return read_state(connection, Use(person, channel="social"), now, setup).finding.outcome


def gaps(house: House) -> set[str]:
    rows = select(classes.c.id).where(classes.c.roster_gap_at.is_not(None))
    return {one for (one,) in house.rows(rows)}


def members(house: House, class_id: str) -> set[str]:
    rows = select(enrollments.c.person_id).where(enrollments.c.class_id == class_id)
    return {one for (one,) in house.rows(rows)}


# A file, a line of it, and what stands there instead.
BAD = [
    ("orgs.csv", 3, "o-1,,school,"),
    ("orgs.csv", 13, "o-11,Eleven,castle,"),
    ("people.csv", 4, "s-002,wizard,Given,Family,5,o-1,2016-02-03,002"),
    ("people.csv", 4, "s-002,student,Given,Family,5,o-1,soon,002"),
    ("people.csv", 4, "s-002,student,Given,Family,5,o-77,2016-02-03,002"),
    ("people.csv", 4, "s-002,student,Gi\x1bven,Family,5,o-1,2016-02-03,002"),
    ("people.csv", MANY + 2, "s-001,student,Somebody,Else,5,o-1,2016-02-03,001"),
    ("classes.csv", 3, "c-1,,o-1"),
    ("enrollments.csv", 4, "c-0,s-77,student"),
    ("enrollments.csv", MANY + 2, "c-77,s-002,student"),
    ("enrollments.csv", 4, "c-0,s-002,guest"),
    ("enrollments.csv", 4, "c-0,s-002"),
    ("enrollments.csv", 4, ",s-002,student"),
    ("guardians.csv", 4, "s-77,g,Parent,mother"),
    ("consents.csv", 4, "s-002,perhaps,publish,all,image,,guardian,2026-01-05,,"),
    ("consents.csv", 4, NO.format("s-77")),
]


@pytest.mark.parametrize(("file", "line", "text"), BAD)
@pytest.mark.few(8)
def test_a_bad_row_is_set_aside_and_the_rest_applied(
    house: House, file: str, line: int, text: str
) -> None:
    assert aside(deliver(house, night())) == []
    files = changed(file, line, text)
    files["people.csv"].append("s-new,student,New,Child,5,o-1,2016-02-03,999")
    report = deliver(house, files)
    assert aside(report) == [(file, line)]
    assert ("s-new",) in house.rows(select(people.c.id))
    kept = house.rows(select(import_errors.c.file, import_errors.c.line))
    assert kept == [(file, line)]
    assert report.plan.aside.rows == 1
    # Everybody who was there is there still, and in the class.
    assert {one for (one,) in house.rows(select(people.c.status))} == {"active"}
    assert members(house, "c-0") >= {f"s-{n:03}" for n in range(0, MANY, 2)}
    assert [outcome(house, f"s-{n:03}") for n in range(20)].count("deny") >= 19
    assert outcome(house, "s-002") in ("deny", "review")


@pytest.mark.parametrize(("file", "line", "text"), BAD)
def test_none_is_set_aside_where_the_setting_says_so(
    house: House, file: str, line: int, text: str
) -> None:
    house.settings = house.settings.model_copy(update={"import_aside_percent": 0})
    report = deliver(house, changed(file, line, text))
    assert (report.state, report.aside) == ("invalid", [])


def test_a_row_of_a_new_school_takes_its_people_along_up_to_the_limit(house: House) -> None:
    files = night()
    files["orgs.csv"].append("new,,school,")
    files["people.csv"].append("s-new,student,New,Child,5,new,2016-02-03,999")
    files["enrollments.csv"].append("c-0,s-new,student")
    report = deliver(house, files)
    assert aside(report) == [("orgs.csv", 14)]
    assert report.plan.aside == RowsAside(rows=3, classes=1)
    assert ("s-new",) not in house.rows(select(people.c.id))
    assert gaps(house) == {"c-0"}
    files["people.csv"] += [f"t-{n},student,New,Child{n},5,new,2016-02-03,9{n}" for n in range(9)]
    report = deliver(house, files)
    assert report.state == "invalid"
    assert [(one.file, one.line) for one in report.errors] == [("orgs.csv", 14)]


@pytest.mark.parametrize(
    ("file", "bad", "state"),
    [("people.csv", 1, "applied"), ("people.csv", 2, "invalid"), ("enrollments.csv", 2, "invalid"),
     ("guardians.csv", 2, "invalid")],
)  # fmt: skip
def test_more_than_a_small_share_is_an_error(house: House, file: str, bad: int, state: str) -> None:
    files = night()
    for n in range(bad):
        files[file][n] = files[file][n] + "," * 20
    assert deliver(house, files).state == state


def test_more_rows_than_the_setting_allows_are_errors(house: House) -> None:
    update = {"import_aside_percent": 50, "import_aside_rows": 3}
    house.settings = house.settings.model_copy(update=update)
    files = night()
    for n in range(3):
        files["guardians.csv"][n] = f"s-77,g-{n},Parent,mother"
    report = deliver(house, files)
    assert [(one.line, one.following) for one in report.aside] == [(2, 2)]
    files["guardians.csv"][3] = "s-77,g-3,Parent,mother"
    assert deliver(house, files).state == "invalid"


def test_a_file_with_few_rows_has_no_small_share(house: House) -> None:
    files = night()
    files["orgs.csv"] = ["o-1,One,school,", "o-2,,school,"]
    assert deliver(house, files).state == "invalid"


def test_a_class_whose_row_was_set_aside_lacks_somebody_until_it_comes_whole(house: House) -> None:
    house.settings = house.settings.model_copy(update={"import_hold_ended_percent": 100})
    assert aside(deliver(house, night())) == []
    bad = changed("enrollments.csv", 4, "c-0,s-002,guest")
    del bad["enrollments.csv"][10:50]  # these would leave, but for the row that nobody could read
    before = members(house, "c-0")
    assert aside(deliver(house, bad)) == [("enrollments.csv", 4)]
    assert gaps(house) == {"c-0"}
    assert members(house, "c-0") == before
    assert len(members(house, "c-1")) == MANY // 2 - 20
    assert deliver(house, night()).applied
    assert gaps(house) == set()


def test_a_class_that_comes_new_has_its_gap_from_the_start(house: House) -> None:
    assert aside(deliver(house, changed("enrollments.csv", 4, "c-0,s-77,student"))) != []
    assert gaps(house) == {"c-0"}


def test_staff_who_are_nowhere_leave_no_gap(house: House) -> None:
    assert aside(deliver(house, changed("enrollments.csv", 4, "c-0,e-77,teacher"))) != []
    assert gaps(house) == set()


def test_a_row_of_any_class_keeps_all_classes_and_the_rosters_date(house: House) -> None:
    assert aside(deliver(house, night())) == []
    dated = select(list_dates.c.seq).where(list_dates.c.kind == "rosters")
    before = len(house.rows(dated))
    bad = changed("enrollments.csv", 4, ",s-002,student")
    del bad["enrollments.csv"][60:80]
    report = deliver(house, bad)
    assert aside(report) == [("enrollments.csv", 4)]
    assert (len(house.rows(dated)), gaps(house)) == (before, set())
    assert len(members(house, "c-0") | members(house, "c-1")) == MANY
    assert any("keep their date" in one for one in report.warnings)


def test_the_no_of_a_child_whose_row_is_set_aside_is_kept(house: House) -> None:
    """In force where the child is on file, waiting for it where it is new."""
    assert aside(deliver(house, night())) == []
    files = changed("people.csv", 52, "s-050,student,Given,Family,5,o-1,soon,050")
    files["consents.csv"] += [NO.format("s-050")]
    assert aside(deliver(house, files)) == [("people.csv", 52)]
    assert outcome(house, "s-050") == "deny"
    files = night()
    files["people.csv"].append("s-new,student,New,Child,5,o-1,soon,999")
    files["consents.csv"].append(NO.format("s-new"))
    assert aside(deliver(house, files)) == [("people.csv", MANY + 2)]
    files["people.csv"][-1] = "s-new,student,New,Child,5,o-1,2016-02-03,999"
    del files["consents.csv"]
    assert deliver(house, files, complete=False).applied
    assert outcome(house, "s-new") == "review"


def test_a_yes_beside_a_row_that_is_set_aside_is_not_taken(house: House) -> None:
    files = night()
    files["people.csv"].append("s-new,student,New,Child,5,o-1,soon,999")
    files["consents.csv"].append(NO.format("s-new").replace("refuse", "grant"))
    assert aside(deliver(house, files)) == [("people.csv", MANY + 2)]
    assert ("s-new",) not in house.rows(select(people.c.id))


def test_an_account_of_whoever_is_set_aside_is_an_error(house: House) -> None:
    HEADERS["accounts.csv"] = "platform,handle,kind,org_sourced_id,owner_sourced_id"
    files = night()
    files["people.csv"].append("e-new,employee,New,Teacher,,o-1,soon,")
    files["accounts.csv"] = ["x,hillschool,school,o-1,e-new"]
    report = deliver(house, files)
    assert report.state == "invalid"
    assert ("accounts.csv", 2) in [(one.file, one.line) for one in report.errors]


@pytest.mark.parametrize("said", ["Yes", "No", "Maybe"])
def test_a_number_that_the_roster_lacks_is_set_aside(house: House, said: str) -> None:
    """A child who is enrolled for next year: the list is whole all the same, the no waits."""
    files = {name: lines for name, lines in night().items() if name in ("orgs.csv", "people.csv")}
    flags = [f"{n:03}," for n in range(MANY)] + [f"777,{said}"]
    report = deliver(
        house, {**files, "permission_to_publish.txt": flags}, profile=read_profile("powerschool"),
        complete_consents=False,
    )  # fmt: skip
    assert aside(report) == [("permission_to_publish.txt", MANY + 2)]
    schools = house.rows(select(list_dates.c.school).where(list_dates.c.kind == "consents"))
    assert schools == [(DISTRICT,)]
    assert outcome(house, "s-050") == "allow"
    files["people.csv"].append("s-new,student,New,Child,5,o-1,2016-02-03,777")
    assert deliver(house, files, complete=False, complete_consents=False).applied
    assert outcome(house, "s-new") == "review"


def test_a_row_that_says_something_of_nobody_is_not_set_aside(house: House) -> None:
    """Nobody would be in doubt: the list would look whole without somebody's no."""
    files = {name: lines for name, lines in night().items() if name in ("orgs.csv", "people.csv")}
    flags = [f"{n:03}," for n in range(MANY)] + [",No"]
    report = deliver(
        house, {**files, "permission_to_publish.txt": flags}, profile=read_profile("powerschool")
    )
    assert report.state == "invalid"


def test_what_is_set_aside_is_there_again_once_it_is_mended(house: House) -> None:
    bad = changed("orgs.csv", 4, "o-2,,school,")
    assert aside(deliver(house, bad)) == [("orgs.csv", 4)]
    assert ("o-2",) not in house.rows(select(orgs.c.id))
    assert aside(deliver(house, night())) == []
    assert ("o-2",) in house.rows(select(orgs.c.id))
