"""OneRoster 1.1 and 1.2: bulk and delta, people with their roles, birth dates and guardians."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from app.database.session import Store
from app.database.tables import people
from app.imports.staging.staged_tables import split_place
from tests.imports.readers.conftest import Files, Reads, lay_out, packed, profile

MANIFEST_11 = """
    propertyName,value
    manifest.version,1.0
    oneroster.version,1.1
    file.academicSessions,bulk
    file.categories,absent
    file.classes,bulk
    file.classResources,absent
    file.courses,bulk
    file.demographics,bulk
    file.enrollments,bulk
    file.orgs,bulk
    file.users,bulk
    source.systemName,Test SIS
"""
ONE: dict[str, str] = {
    "manifest.csv": MANIFEST_11,
    "academicSessions.csv": """
        sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear
        t-1,,,2026/27,schoolYear,2026-08-01,2027-06-01,,2027
    """,
    "courses.csv": """
        sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId
        x-1,,,t-1,Third grade,3,03,hill
    """,
    "orgs.csv": """
        sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
        district,,,Example District,district,,
        hill,,,Hill School,School,H1,district
    """,
    "users.csv": """
        sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password
        s-1,,,TRUE,"hill,district",student,jose,,José,Núñez,,1,jose@d.example,,,g-1,03,secret
        s-2,,,true,hill,Student,ana,,Ana,Diaz,,2,n/a,,,,KG,secret
        e-1,,,False,hill,teacher,ann,,Ann,Lee,,3,,,,,,secret
        e-2,,,true,district,administrator,bob,,Bob,Roe,,4,,,,,,secret
        g-1,,,true,hill,parent,,,Maria,Núñez,,,,,,s-1,,
    """,
    "demographics.csv": """
        sourcedId,status,dateLastModified,birthDate,sex,asian
        s-1,,,2016-02-03,male,true
    """,
    "classes.csv": """
        sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods
        c-1,,,Third grade,03,x-1,,homeroom,,hill,t-1,,,
    """,
    "enrollments.csv": """
        sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
        n-1,,,c-1,hill,s-1,student,,,
        n-2,,,c-1,hill,s-2,student,,2026-08-01,2026-10-31
        n-3,,,c-1,hill,e-1,teacher,true,,
        n-4,,,c-1,hill,e-2,administrator,,,2026-11-01
    """,
}
TWO = ONE | {
    "manifest.csv": MANIFEST_11.replace(",1.1", ",1.2.1") + "    file.roles,bulk\n"
    "    file.userProfiles,bulk\n",
    "userProfiles.csv": "sourcedId,status,dateLastModified,userSourcedId\np-1,,,s-1\n",
    "users.csv": """
        sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,resourceSourcedIds,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns
        s-1,,,true,jose,,José,Núñez,,1,jose@d.example,,,g-1,03,secret,,,Pepe,,,hill,he
        s-2,,,true,ana,,Ana,Diaz,,2,,,,,KG,secret,,,,,,,
        e-1,,,false,ann,,Ann,Lee,,3,,,,,,secret,,,,,,hill,
        e-2,,,true,bob,,Bob,Roe,,4,,,,,,secret,,,,,,,
        g-1,,,true,,,Maria,Núñez,,,,,,,,,,,,,,,
    """,
    "roles.csv": """
        sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId
        r-1,,,s-1,primary,student,,,hill,
        r-2,,,s-2,secondary,aide,,,district,
        r-3,,,s-2,secondary,student,,,hill,
        r-4,,,e-1,primary,teacher,,,hill,
        r-5,,,e-2,secondary,teacher,,,hill,
        r-6,,,e-2,primary,siteAdministrator,,,district,
        r-7,,,g-1,primary,parent,,,hill,
    """,
}
PEOPLE = [
    ("e-1", "employee", "Ann", "Lee", None, "hill", None, "inactive", "ann lee"),
    ("e-2", "employee", "Bob", "Roe", None, "district", None, "active", "bob roe"),
    ("s-1", "student", "José", "Núñez", "3", "hill", date(2016, 2, 3), "active", "jose nunez"),
    ("s-2", "student", "Ana", "Diaz", "k", "hill", None, "active", "ana diaz"),
]
COLUMNS = (
    "id", "kind", "given_name", "family_name", "grade", "org_id", "birth_date", "status",
    "name_key",
)  # fmt: skip


@pytest.mark.parametrize(("files", "version"), [(ONE, "1.1"), (TWO, "1.2")])
def test_a_bulk_delivery(read: Reads, files: Files, version: str) -> None:
    result = read(files)
    assert result.errors == []
    assert result.delivery is not None
    assert result.delivery.format == f"oneroster-{version}"
    assert result.of("people", *COLUMNS) == PEOPLE
    assert result.of("orgs", "id", "kind", "parent_id") == [
        ("district", "district", None), ("hill", "school", "district"),
    ]  # fmt: skip
    assert result.of("classes", "id", "title", "org_id") == [("c-1", "Third grade", "hill")]
    assert result.of("guardians", "student_id", "guardian_id", "name") == [
        ("s-1", "g-1", "Maria Núñez")
    ]
    # An end today is still a day in the class; an administrator is there, and teaches nothing.
    assert result.of("enrollments", "class_id", "person_id", "role") == [
        ("c-1", "e-1", "teacher"), ("c-1", "e-2", "aide"), ("c-1", "s-1", "student"),
    ]  # fmt: skip
    assert result.warned("enrollments.csv") == {"enrollments have ended and are left out": 1}
    extents = {t.table.name: table.extent for t, table in result.delivery.tables.items()}
    assert set(extents.values()) == {"complete"}


def test_a_teacher_is_a_guardian_only_with_a_role_that_says_so(read: Reads) -> None:
    roles = "r-7,,,g-1,primary,parent,,,hill,"
    teacher = roles.replace("r-7", "r-8").replace("parent", "teacher")
    for said, found in ((f"{teacher}\n        {roles}", ["g-1"]), (teacher, [])):
        text = TWO["roles.csv"].replace(roles, said)
        result = read({**TWO, "roles.csv": text})
        assert result.errors == []
        assert result.of("guardians", "guardian_id") == found


def test_what_is_not_needed_is_no_warning(read: Reads) -> None:
    result = read(ONE)
    assert result.report.warnings == []
    assert result.warned("users.csv") == {
        "cells have no e-mail address in them and are left out": 1
    }
    assert result.warned("demographics.csv") == {}


def test_only_version_1_2_has_preferred_names(read: Reads) -> None:
    result = read(TWO)
    assert ("Pepe", "pepe nunez") in result.of("people", "preferred_name", "preferred_key")


@pytest.mark.parametrize(("files", "absent"), [(ONE, {"preferred_name"}), (TWO, set())])
def test_what_has_no_column_leaves_what_is_on_file(
    read: Reads, files: Files, absent: set[str]
) -> None:
    delivery = read(files).delivery
    assert delivery is not None
    tables = {table.table.name: found for table, found in delivery.tables.items()}
    assert tables["stage_people"].absent == absent
    assert "stage_users" not in tables


@pytest.mark.parametrize("inside", ["", "export 2026/"])
def test_a_zip_is_as_good_as_a_folder(read: Reads, tmp_path: Path, inside: str) -> None:
    path = packed(lay_out(tmp_path / "oneroster", ONE), inside)
    result = read(path)
    assert result.errors == []
    assert result.of("people", *COLUMNS) == PEOPLE


def test_orgs_of_users_of_several(read: Reads) -> None:
    several = ONE | {
        "users.csv": ONE["users.csv"].replace(",true,hill,", ',true,"hill, district",')
    }
    assert several != ONE
    both = [row for row in read(several).of("people", "id", "org_id", "other_org_ids") if row[2]]
    assert {row[1:] for row in both} == {("hill", '["district"]')}
    # In version 1.2 a user has a role in each.
    roles = read(TWO).of("people", "id", "other_org_ids")
    assert dict(roles) == {
        "e-1": None, "e-2": '["district", "hill"]', "s-1": None, "s-2": '["district", "hill"]',
    }  # fmt: skip


def test_names_of_files_in_any_case(read: Reads) -> None:
    files = {name.upper(): text for name, text in ONE.items()}
    assert read(files).of("people", *COLUMNS) == PEOPLE


def test_every_row_knows_its_file_and_line(read: Reads) -> None:
    result = read(TWO)
    assert result.delivery is not None
    [row] = [row for row in result.rows["people"] if row.id == "e-1"]
    source, line = result.delivery.located(row.line)
    assert (source.report.file, line) == ("users.csv", 4)
    assert split_place(row.line) == (source.number, 4)


def test_records_to_be_deleted_in_a_bulk_file(read: Reads) -> None:
    files = {name: text.replace("e-2,,,", "e-2,tobedeleted,,") for name, text in ONE.items()}
    files["enrollments.csv"] = files["enrollments.csv"].replace("n-1,,", "n-1,ToBeDeleted,")
    result = read(files)
    assert result.of("deleted", "kind", "id", "person_id", "role") == [
        ("enrollments", "c-1", "s-1", "student"), ("people", "e-2", "", ""),
    ]  # fmt: skip
    assert "e-2" not in result.of("people", "id")
    assert result.warned("users.csv")["records are marked to be deleted"] == 1


def test_of_a_record_to_be_deleted_the_id_suffices(read: Reads) -> None:
    files = dict(ONE)
    files["users.csv"] += "        s-9,tobedeleted,,,,student,,,,,,,,,,,,\n"
    result = read(files)
    assert result.errors == []
    assert ("people", "s-9") in result.of("deleted", "kind", "id")


@pytest.fixture
def on_file(store: Store) -> Callable[..., None]:
    """Put a person into the store itself."""

    def keep(**person: object) -> None:
        usual = {
            "given_name": "Ann", "family_name": "Lee", "status": "active",
            "first_seen_at": datetime.now(UTC),
        }  # fmt: skip
        with store.writing() as connection:
            connection.execute(insert(people), [usual | person])

    return keep


def _delta(**files: str) -> dict[str, str]:
    entries = "".join(f"    file.{name},delta\n" for name in files)
    head = "    propertyName,value\n    oneroster.version,1.2\n"
    return {"manifest.csv": head + entries} | {f"{n}.csv": text for n, text in files.items()}


def test_a_delta_without_a_role_keeps_the_kind_on_file(
    read: Reads, on_file: Callable[..., None]
) -> None:
    on_file(id="s-1", kind="student", birth_date=date(2016, 2, 3), grade="3")
    files = _delta(
        users="sourcedId,status,dateLastModified,enabledUser,givenName,familyName,grades\n"
        "s-1,active,2026-10-01T00:00:00Z,true,Anna,Lee,04\n"
        "s-7,active,2026-10-01T00:00:00Z,true,Nobody,New,04\n",
        roles="sourcedId,status,dateLastModified,userSourcedId,roleType,role,orgSourcedId\n",
        demographics="sourcedId,status,dateLastModified,birthDate\n",
    )
    result = read(files)
    assert result.of("people", "id", "kind", "given_name", "grade", "birth_date") == [
        ("s-1", "student", "Anna", "4", date(2016, 2, 3))
    ]
    assert result.errors == [("users.csv", 3, "sourcedId", "has no role")]
    assert result.delivery is not None
    assert {t.extent for t in result.delivery.tables.values()} == {"delta"}


def test_a_delta_of_birth_dates_alone_changes_nothing_else(
    read: Reads, on_file: Callable[..., None]
) -> None:
    on_file(id="s-1", kind="student", grade="3", preferred_name="Annie")
    files = _delta(
        users="sourcedId,status,dateLastModified,enabledUser,givenName,familyName\n",
        demographics="sourcedId,status,dateLastModified,birthDate\ns-1,active,,2016-02-03\n",
    )
    columns = ("id", "kind", "given_name", "preferred_name", "grade", "birth_date")
    assert read(files).of("people", *columns) == [
        ("s-1", "student", "Ann", "Annie", "3", date(2016, 2, 3))
    ]


def test_a_birth_date_that_cannot_be_read_does_not_make_anybody_younger(
    read: Reads, on_file: Callable[..., None]
) -> None:
    on_file(id="s-1", kind="student", birth_date=date(2008, 2, 3))
    files = ONE | {"demographics.csv": ONE["demographics.csv"].replace("2016-02-03", "2/3/2008")}
    result = read(files)
    assert ("s-1", date(2008, 2, 3)) in result.of("people", "id", "birth_date")
    [(what, count)] = result.warned("demographics.csv").items()
    assert (what.startswith("dates are left out"), count) == (True, 1)


MANIFESTS = [
    ("oneroster.version,1.1", "oneroster.version,2.0", "manifest.csv", "must be 1.1 or 1.2"),
    ("file.users,bulk", "file.users,partly", "manifest.csv", "must be bulk, delta or absent"),
]


@pytest.mark.parametrize(("old", "new", "file", "reason"), MANIFESTS)
def test_a_manifest_that_is_not_right(
    read: Reads, old: str, new: str, file: str, reason: str
) -> None:
    [error] = read(ONE | {"manifest.csv": MANIFEST_11.replace(old, new)}).errors
    assert error[0] == file
    assert reason in error[3]


@pytest.mark.parametrize("again", ["file.users,{}", "File.Users, {} ", "FILE.USERS,{}"])
@pytest.mark.parametrize(
    ("first", "second"),
    [("bulk", "delta"), ("delta", "bulk"), ("bulk", "absent"), ("absent", "bulk"), ("bulk", "x")],
)
def test_a_manifest_that_says_two_things_of_a_file(
    read: Reads, again: str, first: str, second: str
) -> None:
    """Whichever comes last: a delta taken for a bulk file marks everybody else as missing."""
    manifest = MANIFEST_11.replace("file.users,bulk", f"file.users,{first}") + "    "
    result = read(ONE | {"manifest.csv": manifest + again.format(second) + "\n"})
    [error] = result.errors
    assert error[::3] == ("manifest.csv", "file.users is there twice, and not the same")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("oneroster.version,1.2", "oneroster.version is there twice, and not the same"),
        ("file.categories,bulk", "a file that is not read is there twice, and not the same"),
    ],
)
def test_a_manifest_that_contradicts_itself(read: Reads, line: str, reason: str) -> None:
    [error] = read(ONE | {"manifest.csv": f"{MANIFEST_11}    {line}\n"}).errors
    assert error[::3] == ("manifest.csv", reason)


def test_a_manifest_that_says_the_same_twice_is_read_with_a_warning(read: Reads) -> None:
    """Of what counts for nothing, as the name of a system, there is none."""
    again = "    file.users,Bulk\n    oneroster.version,1.1\n    source.systemName,Other SIS\n"
    result = read(ONE | {"manifest.csv": MANIFEST_11 + again})
    assert result.errors == []
    assert len(result.of("people", "id")) == len(read(ONE).of("people", "id"))
    assert result.report.warnings == [
        "manifest.csv: file.users, oneroster.version is there more than once, each time the same"
    ]


def test_an_announced_file_that_is_missing(read: Reads) -> None:
    files = {name: text for name, text in ONE.items() if name != "demographics.csv"}
    [error] = read(files).errors
    assert error[::3] == ("demographics.csv", "is missing, though manifest.csv announces it")


def test_a_file_that_the_manifest_calls_absent_is_not_read(read: Reads) -> None:
    manifest = MANIFEST_11.replace("file.demographics,bulk", "file.demographics,absent")
    result = read(ONE | {"manifest.csv": manifest})
    assert result.of("people", "birth_date") == [None] * 4
    assert any("demographics.csv" in warning for warning in result.report.warnings)


DIRTY = [
    ("users.csv", "e-2,,,true,district,administrator", "e-2,,,true,district,wizard",
     (5, "role", "is not a known role")),
    ("users.csv", "e-2,,,true,district,administrator", "e-2,,,true,district,",
     (5, "role", "must not be empty")),
    ("users.csv", "e-2,,,true", "e-2,,,perhaps", (5, "enabledUser", "must be true or false")),
    ("users.csv", "Bob,Roe", ",", (5, "familyName", "must have a letter or a digit")),
    ("users.csv", "        e-2,", "        ,", (5, "sourcedId", "must not be empty")),
    ("users.csv", "        e-2,", "        e-1,",
     (5, "sourcedId", "repeats an earlier row with other content")),
    ("orgs.csv", "School,H1", "castle,H1", (3, "type", "is not a type of org that is known")),
    ("enrollments.csv", "e-1,teacher", "e-1,wizard", (4, "role", "is not a known role in a class")),
    ("classes.csv", "Third grade", "", (2, "title", "must not be empty")),
    ("academicSessions.csv", "2026/27", "", (2, "title", "must not be empty")),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "told"), DIRTY)
def test_a_dirty_row_is_refused_by_line_and_column(
    read: Reads, file: str, old: str, new: str, told: tuple[int, str, str]
) -> None:
    files = ONE | {file: ONE[file].replace(old, new, 1)}
    assert files[file] != ONE[file]
    assert read(files).errors == [(file, *told)]


def test_a_student_of_two_schools_is_one_student(read: Reads) -> None:
    roles = TWO["roles.csv"] + "        r-8,,,s-1,secondary,student,,,district,\n"
    roles += "        r-9,,,s-1,secondary,student,,,hill,\n"
    result = read(TWO | {"roles.csv": roles})
    assert result.errors == []
    assert result.of("people", *COLUMNS) == PEOPLE


def test_two_birth_dates_of_one_student_are_an_error(read: Reads) -> None:
    more = ONE["demographics.csv"] + "        s-1,,,2016-02-04,male,true\n"
    reason = "repeats an earlier row with other content"
    assert read(ONE | {"demographics.csv": more}).errors == [
        ("demographics.csv", 3, "sourcedId", reason)
    ]


def test_a_profile_says_what_the_systems_own_words_mean(read: Reads) -> None:
    files = ONE | {
        "users.csv": ONE["users.csv"].replace("s-1,,,TRUE", "s-1,Withdrawn,,TRUE")
        .replace("s-2,,,true", "s-2,Now Enrolled,,true").replace("teacher", "Lead Teacher"),
        "enrollments.csv": ONE["enrollments.csv"].replace("e-1,teacher", "e-1,lead teacher"),
    }  # fmt: skip
    assert {error[2] for error in read(files).errors} == {"status", "role"}
    words = """
        name = "words"
        title = "Words of our own"
        [roles]
        "lead teacher" = "employee"
        [statuses]
        "now enrolled" = "active"
        Withdrawn = "inactive"
        inactive = "active"
    """
    result = read(files, profile(words))
    assert result.errors == []
    assert result.of("people", "id", "kind", "status")[2:] == [
        ("s-1", "student", "inactive"), ("s-2", "student", "active"),
    ]  # fmt: skip
    assert ("e-1", "aide") in result.of("enrollments", "person_id", "role")
    # The standard's own words stay what they are.
    standard = files | {"users.csv": files["users.csv"].replace("Withdrawn", "inactive")}
    assert ("s-1", "inactive") in read(standard, profile(words)).of("people", "id", "status")
