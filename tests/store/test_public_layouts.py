"""Public layouts load as they are or with one option, on both stores. All data here is made up."""

import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.database.tables import classes, enrollments, orgs, people
from app.imports.reading.profiles import read_profile
from app.imports.report import Report
from tests.imports.runs import run_import
from tests.store.house import House

Files = Mapping[str, list[str]]
APPLE: Files = {
    "locations.csv": ["location_id,location_name", "L1,North High", "L2,South High"],
    "students.csv": [
        ("person_id,person_number,first_name,middle_name,last_name,grade_level,email_address,"
        "sis_username,password_policy,location_id,location_id_2"),
        "S1,1001,Ida,M,Moe,9,ida@school.example,imoe,4,L1,L2",
        'S2,1002,"Lee, Jr",,Park,10,,lpark,4,L2,',
    ],
    "staff.csv": [
        ("person_id,person_number,first_name,middle_name,last_name,email_address,sis_username,"
        "location_id"),
        "T1,7,Uma,,Reed,uma@school.example,ureed,L1",
    ],
    "courses.csv": ["course_id,course_number,course_name,location_id", "C1,,Biology,L1"],
    "classes.csv": [
        "class_id,class_number,course_id,instructor_id,instructor_id_2,location_id",
        "K1,Bio-1,C1,T1,,L1", "K2,,C1,T1,,L1",
    ],
    "rosters.csv": ["roster_id,class_id,student_id", "R1,K1,S1", "R2,K2,S2"],
}  # fmt: skip
CLEVER: Files = {
    "schools.csv": ["School_id,School_name,School_number,State_id,Low_grade,High_grade",
                    "10,Elm School,1,,K,5", "20,Oak School,2,,6,8"],
    "students.csv": [
        ("School_id,Student_id,Student_number,State_id,Last_name,Middle_name,First_name,Grade,"
        "Gender,DOB,Student_email,Contact_name,Contact_type"),
        "10,S1,501,,Moe,,Ida,3,F,11/1/2017,ida@school.example,Ann Moe,Mother",
        # A row for each contact, and for each school.
        "10,S1,501,,Moe,,Ida,3,F,11/1/2017,ida@school.example,Bo Moe,Father",
        "20,S1,501,,Moe,,Ida,3,F,11/1/2017,ida@school.example,Ann Moe,Mother",
        "20,S2,502,,Park,,Lee,7,M,2/14/13,,,",
    ],
    "teachers.csv": ["School_id,Teacher_id,Teacher_number,Teacher_email,First_name,Last_name,Title",
                     "10,T1,7,uma@school.example,Uma,Reed,Ms"],
    "sections.csv": ["School_id,Section_id,Teacher_id,Course_name,Section_number,Grade,Subject",
                     "10,K1,T1,Homeroom 3,1,3,homeroom", "20,K2,T1,,2,7,"],
    "enrollments.csv": ["School_id,Section_id,Student_id", "10,K1,S1", "20,K2,S2"],
}  # fmt: skip
ED_FI: Files = {
    "orgs.csv": ["sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
                 "O1,active,2026-01-01T00:00:00Z,Elm School,school,255,DISTRICT-NOT-EXPORTED"],
    "users.csv": [
        ("sourceId,status,dateLastModified,metadata,username,userIds,type,enabledUser,givenName,"
        "familyName,middleName,role,identifier,email,sms,phone,agents,orgs,grades,password"),
        ('S1,active,,,,,,1,Ida,Moe,,student,604821,,,,,"[{ ""sourceId"":""O1"" }]",'
        '"[""03"", ""04""]",s-604821'),
        'T1,active,,,,,,1,Uma,Reed,,teacher,207220,,,,,"[{ ""sourceId"":""O1"" }]",,e-207220',
        'U1,active,,,,,,1,Ed,Fox,,user,207221,,,,,"[{ ""sourceId"":""O1"" }]",,e-207221',
    ],
    "classes.csv": [("sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,"
                    "classType,location,schoolSourcedId,termSourcedIds"),
                    "K1,active,,Homeroom 3,,,,homeroom,,O1,"],
    "enrollments.csv": [("sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,"
                        "userSourcedId,role,primary,beginDate,endDate"),
                        "E1,active,,K1,O1,S1,student,,,", "E2,active,,K1,O1,T1,teacher,true,,"],
    "demographics.csv": ["userSourcedId,status,dateLastModified,birthdate,sex",
                         "S1,active,,2017-11-01,female"],
}  # fmt: skip


def deliver(house: House, files: Files, **options: Any) -> Report:
    house.folder.mkdir(exist_ok=True)
    for old in house.folder.iterdir():
        old.unlink()
    for name, lines in files.items():
        (house.folder / name).write_text("\n".join(lines) + "\n")
    return run_import(house.store, house.settings, house.folder, **options)


def everybody(house: House, *columns: str) -> list[tuple[Any, ...]]:
    rows = select(*(people.c[name] for name in columns)).order_by(people.c.id)
    return [tuple(row) for row in house.rows(rows)]


def members(house: House) -> set[tuple[str, str, str]]:
    c = enrollments.c
    return {tuple(row) for row in house.rows(select(c.class_id, c.person_id, c.role))}


def test_apples_templates(house: House) -> None:
    profile = read_profile("apple_school_manager")
    report = deliver(house, APPLE, profile=profile)
    assert report.applied, report.errors
    assert set(report.plan.complete) == {"people", "enrollments"}
    assert everybody(house, "id", "kind", "given_name", "grade", "org_id", "student_number") == [
        ("S1", "student", "Ida", "9", "L1", "1001"),
        ("S2", "student", "Lee, Jr", "10", "L2", "1002"),
        ("T1", "employee", "Uma", None, "L1", None),
    ]
    assert members(house) == {("K1", "S1", "student"), ("K2", "S2", "student")}
    titles = select(classes.c.id, classes.c.title).order_by(classes.c.id)
    assert house.rows(titles) == [("K1", "Bio-1"), ("K2", "K2")]
    report = deliver(house, {name: lines for name, lines in APPLE.items() if name != "staff.csv"},
                     profile=profile)  # fmt: skip
    assert "people" in report.plan.complete
    assert dict(everybody(house, "id", "status"))["T1"] == "active"


def test_apples_templates_in_their_zip_parted_by_semicolons(house: House, tmp_path: Path) -> None:
    path = tmp_path / "anything.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, lines in APPLE.items():
            text = "\n".join(line.replace("Lee, Jr", "Lee") for line in lines)
            archive.writestr(name, text.replace(",", ";"))
    profile = read_profile("apple_school_manager")
    report = run_import(house.store, house.settings, path, profile=profile)
    assert report.applied, report.errors
    assert len(everybody(house, "id")) == 3


def test_apples_templates_without_what_is_optional(house: House) -> None:
    files = dict(APPLE) | {"students.csv": [
        "person_id,first_name,last_name,location_id", "S1,Ida,Moe,L1", "S2,Lee,Park,L2",
    ]}  # fmt: skip
    assert deliver(house, files, profile=read_profile("apple_school_manager")).applied
    assert everybody(house, "id", "grade")[0] == ("S1", None)


def test_clevers_files(house: House) -> None:
    profile = read_profile("clever")
    report = deliver(house, CLEVER, profile=profile)
    assert report.applied, report.errors
    assert everybody(house, "id", "kind", "birth_date", "org_id", "other_org_ids") == [
        ("S1", "student", date(2017, 11, 1), "10", '["20"]'),
        ("S2", "student", date(2013, 2, 14), "20", None),
        ("T1", "employee", None, "10", None),
    ]
    titles = select(classes.c.id, classes.c.title).order_by(classes.c.id)
    assert house.rows(titles) == [("K1", "Homeroom 3"), ("K2", "K2")]
    assert members(house) == {("K1", "S1", "student"), ("K2", "S2", "student")}
    dated = {name.replace(".csv", "-20261101.csv"): lines for name, lines in CLEVER.items()}
    again = deliver(house, dated, profile=profile)
    assert (again.reason, again.state) == (None, "unchanged")


@pytest.mark.parametrize(("files", "name"), [(APPLE, "apple_school_manager"), (CLEVER, "clever")])
def test_who_brings_them_without_the_option_is_told_it(
    house: House, files: Files, name: str
) -> None:
    [error] = deliver(house, files).errors
    assert error.reason == f"looks like what --profile {name} reads"


def test_the_conversion_of_an_ed_fi_database(house: House) -> None:
    [error] = deliver(house, ED_FI).errors
    assert "cannot be told from a delta. If every file holds all there is" in error.reason
    report = deliver(house, ED_FI, profile=read_profile("ed_fi"))
    assert report.applied, report.errors
    assert everybody(house, "id", "kind", "grade", "org_id", "birth_date", "student_number") == [
        ("S1", "student", "3", "O1", date(2017, 11, 1), "604821"),
        ("T1", "employee", None, "O1", None, None),
        ("U1", "employee", None, "O1", None, None),
    ]
    assert members(house) == {("K1", "S1", "student"), ("K1", "T1", "teacher")}
    assert house.rows(select(orgs.c.parent_id)) == [(None,)]
    assert "people" in report.plan.complete


def test_oneroster_without_a_manifest_by_the_deliverers_word(house: House) -> None:
    files = dict(ED_FI) | {"users.csv": ED_FI["users.csv"][:-1]}
    report = deliver(house, files, complete=True)
    assert report.applied, report.errors
    assert {"people", "enrollments", "orgs"} <= set(report.plan.complete)


def test_demographics_that_call_the_user_by_the_users_id(house: House) -> None:
    """As one public sample has them; another has `role` twice, of which one is empty."""
    files = dict(ED_FI) | {
        "manifest.csv": ["propertyName,value", "oneroster.version,1.1",
                         *(f"file.{name.removesuffix('.csv')},bulk" for name in ED_FI)],
        "users.csv": [
            ("sourcedId,status,enabledUser,orgs,role,givenName,lastName,middleName,role,identifier,"
            "agents,grades"),
            "S1,,TRUE,O1,student,Ida,Moe,,,604821,,3",
            "T1,,TRUE,O1,teacher,Uma,Reed,,,207220,,",
        ],
    }  # fmt: skip
    report = deliver(house, files)
    assert report.applied, report.errors
    assert everybody(house, "id", "family_name", "birth_date") == [
        ("S1", "Moe", date(2017, 11, 1)), ("T1", "Reed", None),
    ]  # fmt: skip
