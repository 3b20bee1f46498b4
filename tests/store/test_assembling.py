"""Parts of a delivery put together: the same on both stores."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from app.database.session import Store
from app.database.tables import people
from app.imports.reading.profiles import read_profile
from tests.imports.readers import test_oneroster as oneroster
from tests.imports.readers.conftest import Files, lay_out, profile, staged

METADATA = """
    name = "both"
    title = "Two files that say something about one person"
    [[flags]]
    file = "flags*.csv"
    key = "id"
    [[flags.columns]]
    column = "photo"
    meanings = [
        { values = ["no"], means = "refuse" },
        { values = ["yes"], means = "grant", scopes = [
            { activity = "publish", channel = "all", extent = "image" }] },
        { values = [""], means = "unanswered" },
    ]
"""


@pytest.mark.parametrize("files", [oneroster.ONE, oneroster.TWO])
def test_people_of_users_roles_and_birth_dates(store: Store, tmp_path: Path, files: Files) -> None:
    with staged(store, lay_out(tmp_path / "d", files), None) as (result, _):
        assert result.errors == []
        assert result.of("people", *oneroster.COLUMNS) == oneroster.PEOPLE
        assert result.of("guardians", "student_id", "guardian_id") == [("s-1", "g-1")]
        assert len(result.of("enrollments", "person_id")) == 3


def test_a_delta_is_filled_from_what_is_on_file(store: Store, tmp_path: Path) -> None:
    person = {
        "id": "s-1", "kind": "student", "given_name": "Ann", "family_name": "Lee", "grade": "3",
        "status": "active", "birth_date": date(2016, 2, 3), "first_seen_at": datetime.now(UTC),
    }  # fmt: skip
    with store.writing() as connection:
        connection.execute(insert(people), [person, person | {"id": "s-2"}])
    files = {
        "manifest.csv": "propertyName,value\noneroster.version,1.2\nfile.users,delta\n"
        "file.roles,delta\nfile.demographics,delta\n",
        "users.csv": "sourcedId,givenName,familyName\ns-1,Anna,Lee\n",
        "roles.csv": "sourcedId,userSourcedId,role,orgSourcedId\nr,s-2,teacher,\n",
        "demographics.csv": "sourcedId,birthDate\ns-2,\n",
    }
    with staged(store, lay_out(tmp_path / "d", files), None) as (result, _):
        assert result.errors == []
        assert result.of("people", "id", "kind", "given_name", "birth_date") == [
            ("s-1", "student", "Anna", date(2016, 2, 3)),
            ("s-2", "employee", "Ann", None),
        ]


def test_of_two_answers_the_refusal_stays_and_is_told(store: Store, tmp_path: Path) -> None:
    files = {
        "flags1.csv": "id,photo\na,yes\nb,no\nc,yes\n",
        "flags2.csv": "id,photo\nb,yes\na,no\nc,yes\n",
    }
    with staged(store, lay_out(tmp_path / "d", files), profile(METADATA)) as (result, _):
        assert result.of("flags", "person_id", "decision") == [
            ("a", "refuse"), ("b", "refuse"), ("c", "grant"),
        ]  # fmt: skip
        reason = "says yes where another row of the same person says no"
        assert result.errors == [("flags1.csv", 2, None, reason), ("flags2.csv", 2, None, reason)]


def test_consents_of_grown_ups_are_left_out(store: Store, tmp_path: Path) -> None:
    users = oneroster.ONE["users.csv"].replace("password\n", "password,metadata.photoConsent\n")
    users = users.replace("secret\n", "secret,yes\n").replace("s-1,,\n", "s-1,,,yes\n")
    folder = lay_out(tmp_path / "d", oneroster.ONE | {"users.csv": users})
    with staged(store, folder, read_profile("oneroster_metadata")) as (result, _):
        assert result.errors == []
        assert result.of("flags", "person_id", "decision") == [("s-1", "grant"), ("s-2", "grant")]
        assert result.report.warnings == [
            "consent values of people who are no students are left out: 3"
        ]


def test_a_part_that_changed_brings_nobody_back_whom_the_users_leave_out(
    store: Store, tmp_path: Path
) -> None:
    person = {
        "id": "s-1", "kind": "student", "given_name": "Ann", "family_name": "Lee",
        "status": "active", "first_seen_at": datetime.now(UTC),
    }  # fmt: skip
    with store.writing() as connection:
        connection.execute(insert(people), [person, person | {"id": "s-2"}])
    files = {
        "manifest.csv": "oneroster.version,1.1\nfile.users,bulk\nfile.demographics,delta\n",
        "users.csv": "sourcedId,givenName,familyName,role\ns-1,Ann,Lee,student\n",
        "demographics.csv": "sourcedId,birthDate\ns-1,2016-02-03\ns-2,2016-02-03\n",
    }
    with staged(store, lay_out(tmp_path / "d", files), None) as (result, _):
        assert result.of("people", "id", "birth_date") == [("s-1", date(2016, 2, 3))]
