"""Microsoft School Data Sync v2.1, v2 and v1."""

from datetime import date

import pytest

from app.imports.reading.profiles import read_profile
from app.imports.staging import staged_tables
from tests.imports.readers.conftest import Files, Reads, profile

V21: dict[str, str] = {
    "orgs.csv": """
        sourcedId,name,type,parentSourcedId
        d,Example District,district,
        hill,Hill School,school,d
    """,
    "users.csv": """
        sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms
        s-1,jose,José,Núñez,secret,,,,
        e-1,ann,Ann,Lee,secret,,ann@d.example,,
        g-1,maria,Maria,Núñez,secret,,,+18015550100,
        x-1,doc,Dora,Doc,secret,,,,
    """,
    "roles.csv": """
        userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate
        s-1,hill,student,t-1,10,TRUE,2021-08-24,2022-06-11
        e-1,d,faculty,t-1,,FALSE,,
        e-1,hill,teacher,t-1,,TRUE,,
        x-1,hill,nurse,t-1,,TRUE,,
    """,
    "classes.csv": "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId\n"
    "c-1,hill,Biology,t-1,x\n",
    "enrollments.csv": """
        classSourcedId,userSourcedId,role
        c-1,s-1,student
        c-1,e-1,professor
    """,
    "relationships.csv": """
        userSourcedId,relationshipUserSourcedId,relationshipRole
        s-1,g-1,Guardian
        s-1,x-1,doctor
    """,
    "demographics.csv": """
        userSourcedId,sex,birthDate,birthCity
        s-1,male,2010-07-02,Provo
    """,
    "userFlags.csv": """
        userSourcedId,flag
        s-1,iep
        s-1,No Media
        e-1,freeLunch
    """,
    "academicSessions.csv": """
        sourcedId,title,type,schoolYear,startDate,endDate
        t-1,2021,schoolYear,2021,2021-08-24,2022-06-11
    """,
    "courses.csv": "sourcedId,title\nx,Biology\n",
}
V2: dict[str, str] = {
    "orgs.csv": V21["orgs.csv"],
    "users.csv": """
        sourcedId,orgSourcedIds,givenName,familyName,username,password,role,grade
        s-1,hill,José,Núñez,jose,secret,Student,6
        e-1,hill,Ann,Lee,ann,secret,Teacher,
    """,
    "classes.csv": "sourcedId,orgSourcedId,title\nc-1,hill,Biology\n",
    "enrollments.csv": V21["enrollments.csv"],
}
V1: dict[str, str] = {
    "School.csv": "SIS ID,Name,School Number,Zip\nhill,Hill School,7,84601\n",
    "Student.csv": """
        SIS ID,School SIS ID,First Name,Last Name,Username,Password,Grade,Status,Birthdate
        s-1,hill,José,Núñez,jose,secret,9,Active,7/2/2010
    """,
    "Teacher.csv": """
        SIS ID,School SIS ID,First Name,Last Name,Username,Password,Status,Title
        e-1,hill,Ann,Lee,ann,secret,Inactive,Ms
    """,
    "Section.csv": "SIS ID,School SIS ID,Section Name,Term StartDate\nc-1,hill,Biology,7/1/2017\n",
    "StudentEnrollment.csv": "Section SIS ID,SIS ID\nc-1,s-1\n",
    "TeacherRoster.csv": "Section SIS ID,SIS ID\nc-1,e-1\n",
}
SHAPES = [("sds-2.1", V21), ("sds-2", V2), ("sds-1", V1)]


@pytest.mark.parametrize(("name", "files"), SHAPES)
def test_each_version(read: Reads, name: str, files: Files) -> None:
    result = read(files)
    assert result.errors == []
    assert result.delivery is not None
    assert result.delivery.format == name
    people = dict(result.of("people", "id", "kind"))
    assert people.pop("x-1", "employee") == "employee"
    assert people == {"e-1": "employee", "s-1": "student"}
    assert result.of("classes", "id", "title", "org_id") == [("c-1", "Biology", "hill")]
    assert result.of("enrollments", "class_id", "person_id", "role") == [
        ("c-1", "e-1", "teacher"), ("c-1", "s-1", "student"),
    ]  # fmt: skip
    assert {t.extent for t in result.delivery.tables.values()} == {"complete"}
    for file in result.report.files:
        assert file.rows == len(str(files[file.file]).strip().splitlines()) - 1


def test_the_primary_role_says_where_somebody_belongs(read: Reads) -> None:
    assert ("e-1", "hill") in read(V21).of("people", "id", "org_id")


def test_guardians_are_those_who_can_speak_for_a_student(read: Reads) -> None:
    result = read(V21)
    assert result.of("guardians", "student_id", "guardian_id", "name", "relationship") == [
        ("s-1", "g-1", "Maria Núñez", "guardian")
    ]
    assert result.warned("relationships.csv") == {
        "relationships other than a guardian's are left out": 1
    }


def test_birth_dates_of_v2_1(read: Reads) -> None:
    assert ("s-1", date(2010, 7, 2)) in read(V21).of("people", "id", "birth_date")


@pytest.mark.parametrize(
    ("order", "born"), [("mdy", date(2010, 7, 2)), ("dmy", date(2010, 2, 7)), (None, None)]
)
def test_only_a_profile_tells_the_order_of_dates(
    read: Reads, order: str | None, born: date | None
) -> None:
    text = f'name = "dates"\ntitle = "Dates"\ntext = {{ dates = "{order}" }}'
    result = read(V1, profile(text) if order else None)
    assert ("s-1", born) in result.of("people", "id", "birth_date")
    assert bool(result.warned("Student.csv")) == (order is None)


@pytest.mark.parametrize(
    ("order", "written", "born"),
    [
        ("mdy", "11/1/13", date(2013, 11, 1)),
        ("dmy", "1.11.13", date(2013, 11, 1)),
        ("ymd", "13-11-01", date(2013, 11, 1)),
        ("mdy", "11/1/26", date(2026, 11, 1)),
        ("mdy", "11/2/26", date(1926, 11, 2)),  # tomorrow: no student's, whatever the grade
        ("mdy", "2/30/13", None),
        ("mdy", "13/11/13", None),
        (None, "11/1/13", None),
    ],
)
def test_a_year_of_two_digits_is_the_last_that_is_not_to_come(
    read: Reads, order: str | None, written: str, born: date | None
) -> None:
    text = f'name = "dates"\ntitle = "Dates"\ntext = {{ dates = "{order}" }}'
    files = V1 | {"Student.csv": V1["Student.csv"].replace("7/2/2010", written)}
    assert files != V1
    result = read(files, profile(text) if order else None)
    assert ("s-1", born) in result.of("people", "id", "birth_date")


FLAGS = """
    name = "flags"
    title = "userFlags.csv, which has flags of other kinds too"
    [[flags]]
    file = "userFlags.csv"
    key = "userSourcedId"
    [[flags.columns]]
    column = "flag"
    others = "passed_over"
    meanings = [
        { values = ["no media"], means = "refuse" }, { values = [""], means = "unanswered" },
    ]
"""


def test_user_flags_through_a_profile(read: Reads) -> None:
    result = read(V21, profile(FLAGS))
    assert result.errors == []
    assert result.of("flags", "person_id", "decision", "label", "source") == [
        ("s-1", "refuse", "flag = no media", "profile:flags")
    ]
    assert result.warned("userFlags.csv") == {
        "values of other kinds are passed over, as the profile says": 2
    }


def test_user_flags_without_a_profile_are_told(read: Reads) -> None:
    assert read(V21).report.warnings == [
        "userFlags.csv is read with a profile only, and was not read"
    ]


def test_a_role_of_the_districts_own_is_for_the_profile_to_say(read: Reads) -> None:
    files = V21 | {"roles.csv": V21["roles.csv"].replace("nurse", "Crossing Guard")}
    assert [e[:3] for e in read(files).errors] == [("roles.csv", 5, "role")]
    given = profile('name = "r"\ntitle = "Roles"\nroles = { "crossing guard" = "employee" }')
    result = read(files, given)
    assert result.errors == []
    assert ("x-1", "employee") in result.of("people", "id", "kind")


@pytest.mark.parametrize("missing", sorted(V1))
def test_v1_is_all_of_its_files(read: Reads, missing: str) -> None:
    files = {name: text for name, text in V1.items() if name != missing}
    [error] = read(files).errors
    assert error[0] == missing


def test_a_profile_that_is_not_about_these_files(read: Reads) -> None:
    result = read(V2, read_profile("skyward"))
    assert result.errors == []
    assert "did not come: the consent list keeps its date" in str(result.report.warnings)
    [error] = read(V2 | {"photos.csv": "id,photo\n"}, read_profile("skyward")).errors
    assert error[3] == "is a file of the profile and is not in the delivery"


def test_a_profile_does_not_redefine_a_student(read: Reads) -> None:
    given = profile('name = "r"\ntitle = "Roles"\nroles = { student = "employee" }')
    assert ("s-1", "student") in read(V21, given).of("people", "id", "kind")


def test_a_guardian_named_twice_is_one(read: Reads) -> None:
    more = V21["relationships.csv"] + "        s-1,g-1,parent\n"
    result = read(V21 | {"relationships.csv": more})
    assert result.errors == []
    assert result.of("guardians", "guardian_id") == ["g-1"]


CONTACTS = """
    Email,First Name,Last Name,Phone,SIS ID
    Maria@d.example,Maria,Núñez,+1 801,
    maria@d.example,Mario,Núñez,,
    dora@d.example,Dora,Doc,,77
    ,No,Address,,
    nobody@d.example,,,,
"""
RELATED = """
    SIS ID,Email,Role
    s-1,maria@D.example,Guardian
    s-1,dora@d.example,Doctor
    s-1,dora@d.example,
    s-9,dora@d.example,Parent
"""


def test_guardians_of_version_1(read: Reads) -> None:
    """Odd contacts are left out and keep no roster from coming in."""
    result = read({**V1, "User.csv": CONTACTS, "Guardianrelationship.csv": RELATED})
    assert result.errors == []
    columns = ("student_id", "guardian_id", "name", "relationship")
    assert result.of("guardians", *columns) == [
        ("s-1", "maria@d.example", "Maria Núñez", "guardian")
    ]
    assert {row.id for row in result.rows["people"]} == {"s-1", "e-1"}
    assert result.warned("User.csv") == {
        "contacts without an e-mail address or a name are left out": 2,
        "rows repeat an earlier one with other content and are left out": 1,
    }
    assert result.warned("Guardianrelationship.csv") == {
        "relationships other than a guardian's are left out": 2
    }
    assert result.report.warnings == [
        "relationships are left out: not between a student and a guardian, parent or relative: 1",
        (
            "students have guardians who share an address; statements under it are the whole "
            "family's, and no grant among them takes a refusal back: 1"
        ),
    ]


def test_version_1_without_guardians_says_nothing_of_them(read: Reads) -> None:
    result = read(V1)
    assert result.delivery is not None
    assert staged_tables.guardians not in result.delivery.tables
