"""Columns of consent from night to night: what they say last counts, on both stores."""

from datetime import UTC, datetime

import pytest

from app.imports import run_import
from app.imports.profiles import Profile, load
from app.pipeline import setup_of
from app.store.consent_states import Use, read_state
from app.store.tables import consents
from tests.imports.conftest import district
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
            connection, Use("s-2", channel="social"), now, setup_of(house.settings)
        ).finding.outcome


@pytest.fixture
def students(house: House) -> House:
    files = district()
    files["people"] = [
        {**row, "student_number": f"#{row['sourced_id']}"} for row in files["people"]
    ]
    house.deliver({name: files[name] for name in ("orgs", "people")})
    return house


def test_a_no_after_a_yes_refuses_again(students: House) -> None:
    powerschool = load("powerschool")
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
