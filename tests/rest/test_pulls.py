"""A provider read whole is a delivery like others, on both stores."""

from datetime import date

import pytest
from sqlalchemy import select

from app.database import tables as t
from app.imports.rest.replies import PullError
from tests.rest.conftest import Pulling
from tests.rest.scenes import Scene, newer, ref
from tests.store.house import House


@pytest.mark.parametrize(
    ("version", "auth", "more"),
    [
        ("1.1", "oauth1", {}),
        ("1.1", "oauth1", {"signature": "HMAC-SHA1"}),
        ("1.1", "oauth2", {}),
        ("1.2", "oauth2", {"token_auth": "body"}),
    ],
)
def test_all_that_it_has_comes_in(
    scene: Scene, pull: Pulling, house: House, version: str, auth: str, more: dict[str, str]
) -> None:
    scene.version, scene.auth = version, auth
    scene.token_auth = more.get("token_auth", "basic")
    if version == "1.2":
        scene.collections = newer(scene.collections)
    scene.play()
    scene.write_down(**more)
    pulled = pull()
    assert [str(error) for error in pulled.report.errors] == []
    assert pulled.report.state == "applied"
    assert pulled.whole
    assert pulled.counts == {
        "orgs": 2, "classes": 1, "users": 14, "demographics": 12, "enrollments": 13,
    }  # fmt: skip
    people = {one.id: one for one in house.rows(select(t.people))}
    assert len(people) == 13
    assert people["s-01"].kind == "student"
    assert people["s-01"].birth_date == date(2017, 5, 6)
    assert people["s-01"].org_id == "hill"
    assert people["s-01"].student_number == "n-s-01"
    assert people["e-1"].kind == "employee"
    assert len(house.rows(t.enrollments)) == 13
    (guardian,) = house.rows(t.guardians)
    assert {"s-01", "g-1", "Gus Family1"} <= set(guardian)
    assert pull().report.state == "unchanged"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_providers_write_otherwise(scene: Scene, pull: Pulling, house: House) -> None:
    """Numbers as ids, days with their midnight, one org without a list, no field at all."""
    first, second, third, *_ = scene.collections["users"]
    first |= {"identifier": 4711, "grades": "04", "orgs": ref("hill", "org"), "enabledUser": True}
    second["agents"] = None
    del third["email"], third["grades"], third["agents"], third["identifier"]
    scene.collections["demographics"][0]["birthDate"] = "2016-02-03T00:00:00.000Z"
    scene.collections["demographics"][1]["birthDate"] = "2016-02-03T18:00:00-06:00"
    scene.collections["enrollments"][0]["endDate"] = "2020-06-01T00:00:00Z"
    scene.collections["enrollments"][1]["endDate"] = "2099-06-01"
    scene.collections["orgs"][0] |= {"parent": None, "children": [ref("hill", "org")]}
    scene.play()
    pulled = pull()
    assert [str(error) for error in pulled.report.errors] == []
    people = {one.id: one for one in house.rows(select(t.people))}
    assert people["s-01"].student_number == "4711"
    assert people["s-01"].grade == "4"
    assert people["s-01"].org_id == "hill"
    assert people["s-01"].birth_date == date(2016, 2, 3)
    assert people["s-02"].birth_date is None
    members = {one.person_id for one in house.rows(select(t.enrollments))}
    assert "s-01" not in members
    assert "s-02" in members


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("bad", ["a,b", "a;b"])
def test_an_id_that_would_be_two_is_no_delivery(bad: str, scene: Scene, pull: Pulling) -> None:
    scene.collections["users"][0]["agents"] = [ref(bad, "user")]
    scene.play()
    with pytest.raises(PullError, match="agents: an id with a comma or a semicolon") as error:
        pull()
    assert bad not in str(error.value)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_district_without_birth_dates(scene: Scene, pull: Pulling, house: House) -> None:
    del scene.collections["demographics"]
    scene.play()
    with pytest.raises(PullError, match=r"has no demographics \(404\)"):
        pull()
    scene.write_down(demographics=False)
    assert pull().report.state == "applied"
    assert {one.birth_date for one in house.rows(select(t.people))} == {None}


def test_each_provider_is_a_feed_of_its_own(scene: Scene, pull: Pulling, house: House) -> None:
    """Each is complete for its own people: whom another has is not missing from it."""
    assert pull().report.applied
    p = t.people.c
    here = house.rows(select(p.id).where(p.status == "active"))
    scene.write_down(profile=None)
    written = scene.providers.read_text()
    scene.providers.write_text(written.replace("[campus]", "[staff]"))
    [teacher, *_] = [one for one in scene.collections["users"] if one["role"] == "teacher"]
    others = [
        {**teacher, "sourcedId": f"x-{n}", "identifier": f"x{n}", "familyName": f"Xu{n}"}
        for n in range(4)
    ]
    scene.collections |= {"users": others, "demographics": [], "enrollments": []}
    scene.play()
    report = pull("staff").report
    assert report.applied, (report.reason, report.errors)
    active = house.rows(select(p.id).where(p.status == "active"))
    assert {*here, *((one["sourcedId"],) for one in others)} == set(active)
