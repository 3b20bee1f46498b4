"""Consent columns over REST: what a profile names of `metadata`, night after night."""

from typing import Any

import pytest
from sqlalchemy import select

from app.database import tables as t
from app.imports.reading.profiles.loader import read_profile
from app.imports.rest.providers import ProviderError
from app.imports.rest.sheets import make_sheets
from tests.rest.conftest import Pulling
from tests.rest.scenes import Scene
from tests.store.house import House

FLAGS = """
name = "ours"
title = "Ours"
[[flags]]
file = "{file}"
key = "sourcedId"
[[flags.columns]]
column = "{column}"
[[flags.columns.meanings]]
values = ["Y", "true"]
means = "refuse"
[[flags.columns.meanings]]
values = ["", "N", "false"]
means = "unanswered"
"""


def refused(house: House) -> set[str]:
    said = select(t.consents.c.person_id).where(t.consents.c.decision == "refuse")
    return {person for (person,) in house.rows(said)}


def doubted(house: House) -> set[str]:
    return {person for (person,) in house.rows(select(t.doubted_people.c.person_id))}


def own_profile(scene: Scene, column: str, file: str = "users.csv") -> None:
    (scene.folder / "ours.toml").write_text(FLAGS.format(column=column, file=file))
    scene.write_down(profile="ours.toml")


def test_a_no_in_metadata_is_a_no(scene: Scene, pull: Pulling, house: House) -> None:
    assert pull().report.state == "applied"
    assert refused(house) == {"s-02"}
    assert "consents" in {one.kind for one in house.rows(select(t.list_dates))}
    scene.collections["users"][2]["metadata"]["photoConsent"] = "denied"
    scene.play()
    assert pull().report.state in ("applied", "held")
    assert refused(house) == {"s-02", "s-03"}


def test_a_field_that_is_gone_is_no_list(scene: Scene, pull: Pulling, house: House) -> None:
    assert pull().report.state == "applied"
    before = house.rows(select(t.list_dates))
    for one in scene.collections["users"]:
        one.pop("metadata")
    scene.play()
    report = pull().report
    assert report.state == "invalid"
    assert any("metadata.photoConsent" in str(error) for error in report.errors)
    assert house.rows(select(t.list_dates)) == before
    assert refused(house) == {"s-02"}


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"No_Media": True}, "refuse"),
        ({"noMedia": "Y"}, "refuse"),
        ({"no media": "y"}, "refuse"),
        ({"noMedia": None}, None),
        ({"noMedia": False}, None),
        ({"noMedia": "maybe"}, "doubt"),
        ({"noMedia": ["N", "Y"]}, "doubt"),
        ({"noMedia": {"value": "Y"}}, "doubt"),
        ({"noMedia": "N", "no_media": "Y"}, "doubt"),
        ({"noMedia": "Y\0"}, "doubt"),
        ({"noMedia": "Y" * 20_000}, "doubt"),
    ],
)
def test_whatever_stands_there(
    metadata: dict[str, Any], said: str | None, scene: Scene, pull: Pulling, house: House
) -> None:
    """A no, nothing, or what nobody can read: then it is a doubt about that child, never lost."""
    for one in scene.collections["users"]:
        one["metadata"] = {"noMedia": "N"} if one["role"] == "student" else {}
    scene.collections["users"][0]["metadata"] = metadata
    scene.play()
    own_profile(scene, "metadata.noMedia")
    report = pull().report
    # One row is set aside; where the column has gone nothing can be.
    assert report.state in (("applied", "invalid") if said == "doubt" else ("applied",))
    assert refused(house) == ({"s-01"} if said == "refuse" else set())
    assert doubted(house) == ({"s-01"} if said == "doubt" else set())


def test_a_field_beside_the_standards_own(scene: Scene, pull: Pulling, house: House) -> None:
    for one in scene.collections["demographics"]:
        one["withheld"] = "N"
    scene.collections["demographics"][3]["withheld"] = "Y"
    scene.play()
    own_profile(scene, "withheld", "demographics.csv")
    assert pull().report.state == "applied"
    assert refused(house) == {"s-04"}


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("profile", "reason"),
    [("powerschool", "no other file comes"), ("no-such", "is neither a file nor one of")],
)
def test_a_profile_of_other_files_is_refused(
    profile: str, reason: str, scene: Scene, pull: Pulling
) -> None:
    scene.write_down(profile=profile)
    with pytest.raises(ProviderError, match=reason):
        pull()
    assert scene.log == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_numbers_from_typed_ids(scene: Scene, pull: Pulling, house: House) -> None:
    text = 'name = "ids"\ntitle = "Ids"\nstudent_number = "userIds:SIS"\n'
    (scene.folder / "ids.toml").write_text(text)
    scene.write_down(profile="ids.toml")
    assert pull().report.state == "applied"
    people = {one.id: one.student_number for one in house.rows(select(t.people))}
    assert people["s-01"] == "i-s-01"


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_only_what_is_read_is_written(version: str) -> None:
    names = {
        column.name
        for sheet in make_sheets(version, read_profile("oneroster_metadata"), demographics=True)
        for column in sheet.columns
    }
    assert "metadata.photoConsent" in names
    assert not names & {"password", "sms", "phone", "sex", "username", "userIds"}
