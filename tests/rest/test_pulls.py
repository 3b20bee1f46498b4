"""A provider read whole is a delivery like others, on both stores."""

from datetime import date

import pytest
from sqlalchemy import select

from app.store import tables as t
from tests.rest.conftest import Pulling
from tests.rest.scenes import Scene, newer
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
