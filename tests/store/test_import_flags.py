"""Columns of consent from night to night: what they say last counts, on both stores."""

from datetime import UTC, datetime

import pytest

from app.database.tables import consents
from app.imports.reading.profiles import Profile, read_profile
from app.policy_setup import read_setup
from app.store.consents.statements import NewStatement, record_statement
from app.store.consents.states import Use, read_state
from app.store.ledger.changes import Actor
from tests.imports.conftest import district, row
from tests.imports.runs import run_import
from tests.store.house import House

# Two columns of which one is about part of the other.
TWO_COLUMNS = Profile.model_validate(
    {
        "name": "two",
        "title": "Media, and of it social media",
        "flags": [
            {
                "file": "two.csv",
                "key": "id",
                "columns": [
                    {
                        "column": column,
                        "meanings": [
                            {
                                "values": [said],
                                "means": means,
                                "scopes": [
                                    {"activity": "publish", "channel": channel, "extent": "image"}
                                ],
                            }
                            for said, means in (("Y", "grant"), ("N", "refuse"))
                        ]
                        + [{"values": [""], "means": "unanswered"}],
                    }
                    for column, channel in (("Media", "all"), ("Social", "social"))
                ],
            }
        ],
    }
)


def night(house: House, profile: Profile, file: str, text: str) -> None:
    for old in house.folder.iterdir():
        old.unlink()
    (house.folder / file).write_text(text)
    assert run_import(house.store, house.settings, house.folder, profile=profile).applied


def outcome(house: House) -> str:
    with house.store.reading() as connection:
        now = datetime.now(UTC)
        return read_state(
            connection, Use("s-2", channel="social"), now, read_setup(house.settings)
        ).finding.outcome


@pytest.fixture
def students(house: House) -> House:
    files = district()
    files["people"] = [
        {**one, "student_number": f"#{one['sourced_id']}"} for one in files["people"]
    ]
    house.deliver({name: files[name] for name in ("orgs", "people")})
    return house


def test_a_no_after_a_yes_refuses_again(students: House) -> None:
    powerschool = read_profile("powerschool")
    for said in ("No", "Yes", "No", "Yes", "No"):
        text = f"Student_Number\tPermission to Publish\n#s-2\t{said}\n"
        night(students, powerschool, "permission_to_publish.txt", text)
        assert outcome(students) == ("deny" if said == "No" else "allow"), said


def test_a_yes_to_all_does_not_lift_the_no_that_stands_beside_it(students: House) -> None:
    for media, social in ("NN", "YN", "YY", "NY", "YN"):
        night(students, TWO_COLUMNS, "two.csv", f"id,Media,Social\ns-2,{media},{social}\n")
        expected = "allow" if (media, social) == ("Y", "Y") else "deny"
        assert outcome(students) == expected, (media, social)


def test_columns_that_stay_as_they_are_add_nothing(students: House) -> None:
    said = []
    for extra in ("", "s-1,Y,Y\n", "s-1,N,Y\n", "s-1,N,Y\ns-3,Y,N\n"):
        night(students, TWO_COLUMNS, "two.csv", f"id,Media,Social\ns-2,Y,N\n{extra}")
        said.append(sum(row.person_id == "s-2" for row in students.rows(consents)))
    assert said == [2, 2, 2, 2]


def test_a_flag_that_still_says_no_refuses_anew_after_it_was_lifted(students: House) -> None:
    profile, text = read_profile("infinite_campus"), "student.studentNumber,No Media\n#s-2,Y\n"
    night(students, profile, "no_media.csv", text)
    assert outcome(students) == "deny"
    flag = max(row.id for row in students.rows(consents) if row.person_id == "s-2")
    with students.store.writing() as connection:
        now = students.store.now()
        lift = NewStatement(
            "s-2", "lift", "guardian", now, signed_day_only=True, lifts=frozenset({flag})
        )
        record_statement(connection, Actor("key", "e-1", now), lift, students.settings.zone)
    assert outcome(students) == "allow"
    night(students, profile, "no_media.csv", text.replace("#s-2,Y", "#s-2,"))
    assert outcome(students) == "allow"
    night(students, profile, "no_media.csv", text)
    assert outcome(students) == "deny"
    told = len(students.rows(consents))
    report = run_import(students.store, students.settings, students.folder, profile=profile)
    assert (report.state, len(students.rows(consents))) == ("unchanged", told)


def test_a_delivered_lift_names_a_hold_or_a_scope(students: House) -> None:
    lines = ("s-2,refuse,,,,,office_hold,2026-02-01,,", "s-2,refuse,,,,Mum,guardian,2026-02-01,,")
    students.deliver({"consents": [row("consents", line) for line in lines]})
    hold = next(r.id for r in students.rows(consents) if r.capacity == "office_hold")
    assert outcome(students) == "deny"
    lifts = [
        row("consents", "s-2,lift,,,,Mum,guardian,2026-03-01,,") | {"lifts": ""},
        row("consents", "s-2,lift,,,,,office_hold,2026-03-01,,") | {"lifts": hold},
    ]
    students.deliver({"consents": lifts[:1]})
    assert outcome(students) == "deny"
    report = students.deliver({"consents": lifts})
    assert report.plan
    assert report.plan.consents.lift == 1
    assert outcome(students) == "allow"
