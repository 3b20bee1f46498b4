"""What providers do wrong: what cannot be read whole is no delivery, and nothing is imported."""

import re
import time
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.database import tables as t
from app.imports.rest.replies import PullError
from app.settings import Settings
from tests.rest.conftest import Pulling
from tests.rest.scenes import SECRET, Scene
from tests.store.house import House


@pytest.fixture
def backend() -> str:
    """Nothing comes as far as a store here."""
    return "sqlite"


def untouched(house: House, settings: Settings) -> bool:
    """Whether nobody came into the store, nothing of them lies anywhere, and that is on record."""
    left = [path.name for path in (settings.import_pulls / "campus").rglob("*")]
    nights = house.rows(select(t.imports))
    assert [(one.state, one.plan, one.digest) for one in nights] in ([("failed", None, None)], [])
    assert all(one.reason.startswith("campus: ") for one in nights)
    return left in ([".pulled"], []) and house.rows(select(t.people)) == []


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "pages end silently": ({"end_after": {"users": 10}}, "users: its pages ended with 10 of 14"),
    "the first page is empty": ({"end_after": {"users": 0}}, "users: its pages ended with 0 of 14"),
    "it counts too many": ({"miscount": {"enrollments": 1}}, "its pages ended with 13 of 14"),
    "it counts too few": ({"miscount": {"orgs": -1}}, "orgs: its pages ended with 2 of 1"),
    "it counts the page": ({"count_page": True}, "number of its records changed while it was"),
    "it does not count": ({"uncounted": True}, "enrollments: does not say how many records"),
    "it ignores the offset": ({"ignore_offset": True}, "do not go on where the ones before ended"),
    "its offset counts pages": ({"page_offset": True}, "its pages ended with 5 of 13"),
    "it fails in the middle": (
        {"fail": [{"collection": "users", "nth": 2, "status": 503}]},
        "users: answered 503, 5 times in a row",
    ),
    "it fails at the last count": (
        {"fail": [{"collection": "orgs", "nth": 2, "status": 500}]},
        "orgs: answered 500, 5 times in a row",
    ),
    "it is too busy for long": (
        {"fail": [{"collection": "users", "nth": 1, "status": 429,
                   "headers": {"Retry-After": "0"}}]},
        "users: answered 429, 5 times in a row",
    ),
    "it wants us next week": (
        {"fail": [{"collection": "users", "nth": 1, "status": 429,
                   "headers": {"Retry-After": "604800"}}]},
        "asks us to come back in 604,800 seconds",
    ),
    "it breaks off": ({"cut": True}, "enrollments: broke off in the middle of an answer, 5 times"),
    "it sends a page for people": ({"garbage": "users"}, "users: its answer is not the standard's"),
    "it names the list otherwise": ({"envelope": "orgs"}, "a list named orgs"),
    "it sends us elsewhere": (
        {"fail": [{"collection": "classes", "nth": 1, "status": 302,
                   "headers": {"Location": "http://127.0.0.1:9/ims/oneroster/v1p1/classes"}}]},
        "classes: sends us on to another host; that is refused",
    ),
    "it sends us round": (
        {"fail": [{"collection": "classes", "nth": 1, "status": 307,
                   "headers": {"Location": "classes"}}]},
        "answered 307 for classes",
    ),
    "it may not be read": (
        {"fail": [{"collection": "demographics", "nth": 1, "status": 403}]},
        "does not let us read demographics (403)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_not_whole_is_no_delivery(
    what: str, scene: Scene, pull: Pulling, house: House, settings: Settings
) -> None:
    faults, reason = BROKEN[what]
    scene.play(**faults)
    with pytest.raises(PullError, match=re.escape(reason)) as error:
        pull()
    assert "s-0" not in str(error.value)
    assert SECRET not in str(error.value)
    assert untouched(house, settings)
    (night,) = house.rows(select(t.imports))
    assert night.reason == f"campus: {error.value}"
    scene.play()
    assert pull().report.state == "applied"


def test_records_that_go_while_they_are_read_are_read_again(
    scene: Scene, pull: Pulling, house: House
) -> None:
    scene.play(lose_first_from={"enrollments": 2}, and_gain=True)
    assert pull().report.state == "applied"
    assert len([one for one in scene.log if one[1] == "enrollments"]) > 4
    # The one that went is not in, the one that came is.
    people = {one.person_id for one in house.rows(select(t.enrollments))}
    assert "s-01" not in people
    assert len(people) == 12


def test_records_that_never_come_to_rest_are_no_delivery(
    scene: Scene, pull: Pulling, house: House, settings: Settings
) -> None:
    scene.write_down(ordered=False, page_size=2)
    scene.play(miscount={"users": 1}, lose_first_from={"users": 2})
    with pytest.raises(PullError, match=r"users: .*, 3 times in a row"):
        pull()
    assert untouched(house, settings)


@pytest.mark.parametrize(
    "faults",
    [
        {"cap": 2},
        {"fail": [{"collection": "users", "nth": 2, "times": 3, "status": 503}]},
        {"fail": [{"collection": "users", "nth": 1, "times": 2, "status": 429,
                   "headers": {"Retry-After": "1"}}]},
        {"fail": [{"collection": "users", "nth": 3, "times": 1, "status": 502}]},
        {"fail": [{"collection": "orgs", "nth": 1, "times": 1, "status": 307,
                   "headers": {"Location": "/ims/oneroster/v1p1/orgs?limit=5&offset=0"}}]},
        {"token_lives": 2},
        {"clock": 7_200},
        {"clock": -86_400},
    ],
    ids=["short pages", "fails thrice", "busy", "bad gateway", "same host", "tokens run out",
         "ahead", "behind"],
)  # fmt: skip
def test_what_a_provider_may_do(
    faults: dict[str, Any], scene: Scene, pull: Pulling, house: House
) -> None:
    scene.play(**faults)
    assert pull().report.state == "applied"
    assert len(house.rows(select(t.people))) == 13


@pytest.mark.parametrize("clock", [7_200, -86_400, 200])
def test_a_clock_that_is_wrong_does_not_undo_signatures(
    clock: int, scene: Scene, pull: Pulling
) -> None:
    scene.auth = "oauth1"
    scene.play(clock=clock)
    scene.write_down()
    assert pull().report.state == "applied"


def test_a_date_to_come_back_is_told_by_the_providers_clock(
    scene: Scene, pull: Pulling, house: House
) -> None:
    # A second from now by a clock that is a day ahead: by ours that would be tomorrow.
    again = formatdate(time.time() + 86_401, usegmt=True)
    busy = {"collection": "users", "nth": 1, "times": 1, "status": 429}
    scene.play(clock=86_400, fail=[{**busy, "headers": {"Retry-After": again}}])
    assert pull().report.state == "applied"


def test_more_than_is_taken_is_refused(
    scene: Scene, pull: Pulling, house: House, settings: Settings
) -> None:
    small = settings.model_copy(update={"import_upload_bytes": 10_000})
    with pytest.raises(PullError, match="CLEARPOST_IMPORT_UPLOAD_BYTES"):
        pull(settings=small)
    assert untouched(house, settings)


def test_one_page_is_bounded_too(
    scene: Scene, pull: Pulling, house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.imports.rest.requests.PAGE_BYTES", 500)
    with pytest.raises(PullError, match="sends more than is taken"):
        pull()
    assert untouched(house, settings)


def test_who_does_not_answer_in_time(
    scene: Scene, pull: Pulling, house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.imports.rest.requests.TIMEOUT", httpx.Timeout(0.2))
    scene.play(slow=0.6)
    with pytest.raises(PullError, match="enrollments: did not answer in time, 5 times in a row"):
        pull()
    assert untouched(house, settings)


@pytest.mark.parametrize("limit", ["PAGE_SECONDS", "PULL_SECONDS"])
def test_time_is_bounded(
    limit: str, pull: Pulling, house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"app.imports.rest.requests.{limit}", -1.0)
    with pytest.raises(PullError, match="takes too long to answer"):
        pull()
    assert untouched(house, settings)


def test_nobody_there(scene: Scene, pull: Pulling, house: House, settings: Settings) -> None:
    scene.write_down(base_url="http://127.0.0.1:9/ims/oneroster/v1p1", token_url=None,
                     token_auth=None, auth="oauth1")  # fmt: skip
    with pytest.raises(PullError, match="cannot be reached, 5 times"):
        pull()
    assert untouched(house, settings)


def test_only_collections_are_asked_for(scene: Scene, pull: Pulling) -> None:
    pull()
    known = {"token", "orgs", "classes", "users", "demographics", "enrollments"}
    assert {collection for _, collection, _ in scene.log} == known
    assert not [path for _, _, path in scene.log if "s-0" in path or SECRET in path]


def test_a_wrong_secret(scene: Scene, pull: Pulling, house: House, settings: Settings) -> None:
    (scene.folder / "campus.secret").write_text("guessed")
    with pytest.raises(PullError, match="gave no token: it answered 401") as error:
        pull()
    assert "guessed" not in str(error.value)
    scene.auth = "oauth1"
    scene.play(clock=600)
    scene.write_down()
    with pytest.raises(PullError, match=r"does not know us \(401\).*(599|600) seconds ahead"):
        pull()
    assert house.rows(select(t.people)) == []
