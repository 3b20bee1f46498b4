"""Only what changed, where the provider can say it; everything, where that cannot be trusted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.database import tables as t
from app.imports import approval
from app.imports.rest.pulls import Pulled
from app.settings import Settings
from app.store.ledger.changes import Actor
from tests.rest.conftest import Pulling
from tests.rest.scenes import Scene, ref, user
from tests.store.house import House

# What is asked of the provider does not depend on the store.
SQLITE = pytest.mark.parametrize("backend", ["sqlite"])


def now_text(**ago: float) -> str:
    return (datetime.now(UTC) - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.fixture
def whole(scene: Scene, pull: Pulling) -> Pulled:
    """A provider that can tell what changed, and was read whole once."""
    scene.write_down(deltas=True)
    pulled = pull()
    assert pulled.whole
    assert pulled.report.state == "applied"
    return pulled


def refuse(scene: Scene, sourced_id: str, **more: Any) -> None:
    """The provider hears somebody's no, today."""
    (one,) = (one for one in scene.collections["users"] if one["sourcedId"] == sourced_id)
    one |= {"metadata": {"photoConsent": "no"}, "dateLastModified": now_text(), **more}


def refused(house: House) -> set[str]:
    said = select(t.consents.c.person_id).where(t.consents.c.decision == "refuse")
    return {person for (person,) in house.rows(said)}


def test_what_changed_comes_in_and_the_rest_stays(
    scene: Scene, pull: Pulling, house: House, whole: Pulled
) -> None:
    refuse(scene, "s-03")
    new = user("s-99", "student", "New", "Kid", dateLastModified=now_text())
    scene.collections["users"].append(new)
    scene.collections["enrollments"][0] |= {
        "status": "tobedeleted", "dateLastModified": now_text(),
    }  # fmt: skip
    scene.collections["enrollments"].append(
        {"sourcedId": "n-99", "status": "active", "dateLastModified": now_text(),
         "role": "student", "user": ref("s-99", "user"), "class": ref("c-1", "class")}
    )  # fmt: skip
    scene.play()
    pulled = pull()
    assert not pulled.whole
    assert pulled.counts == {
        "orgs": 0, "classes": 0, "users": 2, "demographics": 0, "enrollments": 2,
    }  # fmt: skip
    assert pulled.report.state == "applied"
    assert refused(house) == {"s-02", "s-03"}
    people = {one.id: one for one in house.rows(select(t.people))}
    assert len(people) == 14
    assert {one.status for one in people.values()} == {"active"}
    assert people["s-03"].birth_date is not None
    members = {one.person_id for one in house.rows(select(t.enrollments))}
    assert "s-99" in members
    assert "s-01" not in members


def test_nothing_changed(scene: Scene, pull: Pulling, house: House, whole: Pulled) -> None:
    before = house.contents()
    for _ in range(2):
        pulled = pull()
        assert not pulled.whole
        assert sum(pulled.counts.values()) == 0
        assert pulled.report.applied
    after = house.contents()
    assert {name: rows for name, rows in after.items() if name != "pulls"} == {
        name: rows for name, rows in before.items() if name != "pulls"
    }


@SQLITE
@pytest.mark.parametrize("fault", ["ignore_filter", "refuse_filter", "empty_filter"])
def test_a_filter_that_cannot_be_trusted_is_not(
    fault: str, scene: Scene, pull: Pulling, house: House, whole: Pulled
) -> None:
    refuse(scene, "s-03")
    scene.play(**{fault: True})
    pulled = pull()
    assert pulled.whole
    assert pulled.doubted == "enrollments"
    assert refused(house) == {"s-02", "s-03"}


@SQLITE
def test_records_without_dates_are_read_whole(
    scene: Scene, pull: Pulling, house: House, whole: Pulled
) -> None:
    refuse(scene, "s-03")
    for one in scene.collections["users"]:
        del one["dateLastModified"]
    scene.play()
    pulled = pull()
    assert pulled.whole
    assert pulled.doubted == "users"
    assert refused(house) == {"s-02", "s-03"}


@SQLITE
@pytest.mark.parametrize("hours", [-7, 0, 7, 23])
def test_a_provider_that_writes_local_times_as_utc_loses_nothing(
    hours: int, scene: Scene, pull: Pulling, house: House, whole: Pulled
) -> None:
    refuse(scene, "s-03", dateLastModified=now_text(hours=hours))
    scene.play()
    assert not pull().whole
    assert refused(house) == {"s-02", "s-03"}


@SQLITE
@pytest.mark.parametrize("clock", [-86_400 * 3, 86_400 * 3])
def test_since_when_is_told_by_the_clock_that_is_behind(
    clock: int, scene: Scene, pull: Pulling, house: House
) -> None:
    scene.play(clock=clock)
    scene.write_down(deltas=True)
    assert pull().whole
    # Changed after that, and dated by the provider's clock.
    refuse(scene, "s-03", dateLastModified=now_text(seconds=-clock))
    scene.play(clock=clock)
    assert not pull().whole
    assert refused(house) == {"s-02", "s-03"}


@SQLITE
def test_signatures_cover_the_filter(scene: Scene, pull: Pulling, house: House) -> None:
    scene.auth = "oauth1"
    scene.play()
    scene.write_down(deltas=True)
    assert pull().whole
    refuse(scene, "s-03")
    scene.play()
    assert not pull().whole
    assert refused(house) == {"s-02", "s-03"}


def test_what_waits_for_a_person_is_asked_for_again(
    scene: Scene, pull: Pulling, house: House, settings: Settings, whole: Pulled
) -> None:
    blackout = settings.model_copy(
        update={"import_blackout": ((datetime.now(UTC).date() - timedelta(2),
                                     datetime.now(UTC).date() + timedelta(2)),)}
    )  # fmt: skip
    renamed = {"givenName": "Renamed", "dateLastModified": now_text()}
    scene.collections["users"][4] |= renamed
    scene.play()
    held = pull(settings=blackout)
    assert held.report.state == "held"
    assert held.kept
    assert (held.kept / "users.csv").is_file()
    # Were the held one counted as read, the next would begin after the change.
    later = update(t.pulls).where(t.pulls.c.import_id == held.report.import_id)
    with house.store.writing() as connection:
        connection.execute(later.values(read_at=datetime.now(UTC) + timedelta(days=30)))
    pulled = pull()
    assert pulled.report.state == "applied"
    assert pulled.counts["users"] == 1
    assert pulled.kept is None
    names = {one.given_name for one in house.rows(select(t.people))}
    assert "Renamed" in names


def test_what_was_approved_since_is_read(
    scene: Scene, pull: Pulling, house: House, settings: Settings, whole: Pulled
) -> None:
    day = datetime.now(UTC).date()
    blackout = settings.model_copy(
        update={"import_blackout": ((day - timedelta(2), day + timedelta(2)),)}
    )
    scene.collections["users"][4] |= {"givenName": "Renamed", "dateLastModified": now_text()}
    scene.play()
    held = pull(settings=blackout, whole=True).report
    assert held.import_id
    actor = Actor("operator", None, house.store.now())
    with house.store.reading() as connection:
        version = connection.scalar(
            select(t.imports.c.version).where(t.imports.c.id == held.import_id)
        )
    decision = approval.ImportDecision(held.import_id, version)
    assert approval.approve_import(house.store, settings, actor, decision).state == "applied"
    ages = {"read_at": datetime.now(UTC) - timedelta(days=20)}
    first = t.pulls.c.import_id == whole.report.import_id
    with house.store.writing() as connection:
        connection.execute(update(t.pulls).where(first).values(**ages))
    assert not pull().whole


def test_everything_is_read_after_some_days_and_on_demand(
    scene: Scene, pull: Pulling, house: House, whole: Pulled
) -> None:
    assert not pull().whole
    assert pull(whole=True).whole
    with house.store.writing() as connection:
        long_ago = datetime.now(UTC) - timedelta(days=6, hours=1)
        connection.execute(update(t.pulls).values(read_at=long_ago))
    assert pull().whole
    assert not pull().whole


@SQLITE
@pytest.mark.parametrize("other", [{"demographics": False}, {"profile": None}])
def test_other_columns_are_read_whole(
    other: dict[str, Any], scene: Scene, pull: Pulling, whole: Pulled
) -> None:
    scene.write_down(deltas=True, **other)
    assert pull().whole


@SQLITE
def test_another_address_is_read_whole(scene: Scene, pull: Pulling, whole: Pulled) -> None:
    there = scene.origin.replace("127.0.0.1", "localhost")
    scene.write_down(deltas=True, base_url=f"{there}/ims/oneroster/v1p1")
    assert pull().whole
    assert not pull().whole


def test_a_plan_is_no_pull(scene: Scene, pull: Pulling, house: House) -> None:
    scene.write_down(deltas=True)
    planned = pull(plan_only=True)
    assert planned.report.state == "planned"
    assert planned.report.plan
    assert house.rows(select(t.pulls)) == []
    assert pull().whole
