"""One cause is one error, with how many rows fail for nothing else, on both stores."""

from textwrap import dedent

from sqlalchemy import select

from app.database.tables import import_errors
from app.imports.reading.profiles import read_profile
from app.imports.report import RowError, fold_alike
from tests.imports.conftest import Files, district, row
from tests.imports.runs import run_import
from tests.store.house import House

HEADERS = {
    "manifest": "propertyName,value",
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "users": "sourcedId,status,dateLastModified,enabledUser,givenName,familyName,identifier",
    "roles": "sourcedId,userSourcedId,roleType,role,orgSourcedId",
    "classes": "sourcedId,status,dateLastModified,title,schoolSourcedId",
    "enrollments": "sourcedId,status,classSourcedId,schoolSourcedId,userSourcedId,role",
}
STUDENTS = range(30)


def standard() -> dict[str, list[str]]:
    """Thirty students in a class of one school, as OneRoster 1.2 has them."""
    return {
        "manifest": [
            "oneroster.version,1.2",
            *(f"file.{name},bulk" for name in HEADERS if name != "manifest"),
        ],
        "orgs": ["hill,,,Hill School,school,,"],
        "users": [f"s-{n},,,true,Given{n},Family{n},{n}" for n in STUDENTS],
        "roles": [f"r-{n},s-{n},primary,student,hill" for n in STUDENTS],
        "classes": ["c-1,,,Music,hill"],
        "enrollments": [f"e-{n},,c-1,hill,s-{n},student" for n in STUDENTS],
    }


def deliver(house: House, files: dict[str, list[str]], **headers: str) -> list[RowError]:
    house.folder.mkdir(exist_ok=True)
    for name, lines in files.items():
        header = headers.get(name, HEADERS[name])
        (house.folder / f"{name}.csv").write_text("\n".join([header, *lines]) + "\n")
    return run_import(house.store, house.settings, house.folder).errors


def told(errors: list[RowError]) -> list[tuple[str, int, int]]:
    return [(one.file, one.line, one.following) for one in errors]


def test_the_delivery_itself_is_in_order(house: House) -> None:
    assert deliver(house, standard()) == []


def test_an_org_that_is_not_there_is_one_error(house: House) -> None:
    files = standard()
    files["orgs"] = ["dale,,,Dale School,school,,"]
    # Roles are not refused for it, the people that are made of them are.
    assert told(deliver(house, files)) == [("users.csv", 2, len(STUDENTS))]
    kept = house.rows(select(import_errors.c.reason))
    assert kept == [("names no org on file, and 30 rows that follow from it",)]


def test_a_file_that_cannot_be_read_is_one_error(house: House) -> None:
    header = HEADERS["users"].replace("familyName", "house")
    assert told(deliver(house, standard(), users=header)) == [("users.csv", 1, len(STUDENTS))]


def test_roles_that_cannot_be_read_are_one_error(house: House) -> None:
    header = HEADERS["roles"].replace("userSourcedId", "who")
    # Each of the users, and the enrollment of each.
    assert told(deliver(house, standard(), roles=header)) == [("roles.csv", 1, 2 * len(STUDENTS))]


def test_a_class_that_is_not_there_is_one_error_and_another_cause_another(house: House) -> None:
    files = standard()
    files["enrollments"] = [line.replace("c-1", f"c-{n % 2 + 1}") for n, line in
                            enumerate(files["enrollments"])]  # fmt: skip
    files["enrollments"] += ["e-x,,c-1,hill,s-99,student", "e-y,,c-2,hill,s-99,student"]
    found = deliver(house, files)
    assert sorted(told(found)) == [("enrollments.csv", 3, 15), ("enrollments.csv", 32, 1)]


def test_numbers_that_no_roster_has_brought_are_one_error(house: House) -> None:
    files: Files = {name: district()[name] for name in ("orgs", "people")}
    house.deliver(files)
    for old in house.folder.iterdir():
        old.unlink()
    text = "Student_Number\tPermission to Publish\n" + "".join(f"{n}\tNo\n" for n in STUDENTS)
    (house.folder / "permission_to_publish.txt").write_text(dedent(text))
    report = run_import(
        house.store, house.settings, house.folder, profile=read_profile("powerschool")
    )
    [error] = report.errors
    assert (error.line, error.following) == (2, 29)
    assert report.doubts == len(STUDENTS)


def test_a_column_of_one_mistake_is_one_line_for_people(house: House) -> None:
    """Each row stays an error of its own on record: the list says which lines to mend."""
    files = district()
    files["people"] = [row("people", f"s-{n},student,A,B,,03,hill,,1/2/16,") for n in STUDENTS]
    errors = house.deliver({name: files[name] for name in ("orgs", "people")}).errors
    assert len(errors) == len(STUDENTS)
    [one] = fold_alike(errors)
    assert str(one) == (
        "people.csv, line 2, birth_date: must be a date, YYYY-MM-DD; the same in 29 more rows"
    )
