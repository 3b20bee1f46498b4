"""Whoever wants a `true` for what no check allows: whom a key is, what a body can be made of."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.checks.evaluations.bodies import EvaluationBatch, read_evaluations
from app.main import create_app
from app.schemas.access.evaluations import EvaluationRequest
from app.settings import Settings
from tests.api.hostile import ANYWHERE, Maker
from tests.api.test_bad_input import REPEATED
from tests.api.test_evaluations import (
    ANA,
    ASKED,
    BEN,
    MAPLE,
    ONE,
    POST,
    SEVERAL,
    TESS,
    Body,
    House,
    act,
    decisions,
    open_house,
    post,
)
from tests.district import District

ED = {"type": "employee", "id": "ed"}
LOGO = {"type": "logo", "id": "district"}
# A fixed request id, lest a random one holds by chance what is looked for.
JSON = {"Content-Type": "application/json", "X-Request-ID": "fixed"}


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    yield from open_house(sqlite_template, tmp_path_factory.mktemp("attacked"))


# What tess may.
ACTS = [
    act("publish_photo", TESS, ANA),
    act("publish_photo", TESS, {"type": "class", "id": "c-good"}),
    act("publish_photo", TESS, TESS),
    act("publish_post", TESS, post()),
    act("use_logo", TESS, LOGO),
    act("speak_for_district", TESS, MAPLE),
    act("operate_account", TESS, MAPLE),
]


@pytest.mark.parametrize("asked", ACTS)
def test_key_asks_as_its_person_alone(house: House, asked: Body) -> None:
    own, others = house.key(person_id="tess"), house.key(person_id="ed")
    may = house.key(person_id="ed", scopes=["check", "posts:for-others"])
    assert house.decide(asked, own)["decision"] is True
    said = house.decide(asked, others)
    assert said["decision"] is False
    assert "author.another" in [one["code"] for one in said["context"]["reasons"]]
    assert decisions(house.batch({"evaluations": [asked, {**asked, "subject": ED}]}, others))[
        0
    ] is (False)
    assert house.decide(asked, may)["decision"] is True
    kept = house.client.get(f"/v1/decisions/{said['context']['decision_id']}").json()
    assert kept["outcome"] == "review"


@pytest.mark.parametrize("asked", ACTS)
@pytest.mark.parametrize("who", ["nobody", "ana", "ben", "tess ", "TESS", "Tess Reed", "t%", "*"])
def test_nobody_else_may_what_somebody_may(house: House, asked: Body, who: str) -> None:
    other = {**asked, "subject": {"type": "employee", "id": who}}
    assert house.ask(other).json().get("decision", False) is False


@pytest.mark.parametrize("asked", [one for one in ACTS if one["resource"]["type"] != "logo"])
def test_key_of_another_school_learns_nothing_and_may_nothing_more(
    house: House, asked: Body
) -> None:
    limited = house.key(schools=["birch"])
    said = house.decide(asked, limited)
    plain = house.decide(asked)
    assert plain["decision"] is True
    assert said["decision"] is False


@pytest.mark.parametrize(
    "resource",
    [
        {"type": "student", "id": "ben"},
        {"type": "student", "id": "ben "},
        {"type": "student", "id": "BEN"},
        {"type": "student", "id": "Ben Park"},
        {"type": "student", "id": "nobody"},
        {"type": "student", "id": "tess"},
        {"type": "employee", "id": "ben"},
        {"type": "employee", "id": "ana"},
        {"type": "class", "id": "c-mixed"},
        {"type": "class", "id": "ben"},
        {"type": "class", "id": "nothing"},
        {"type": "student", "id": ""},
        {"type": "student", "id": "ana\u0000"},
        {"type": "student", "id": "a" * 300},
        {"type": "student", "id": "ben", "properties": {"id": "ana", "students": [{"id": "ana"}]}},
    ],
)
def test_refused_child_is_never_true(house: House, resource: Body) -> None:
    for context in ({}, {"channel": "social", "extent": "image", "purpose": "school"},
                    {"activity": "capture"}, {"students": [{"id": "ana"}]},
                    {"author": {"id": "ana"}}, {"class_id": "c-good"}):  # fmt: skip
        asked = {**ASKED, "resource": resource, "context": context}
        assert house.ask(asked).json().get("decision", False) is False, asked
        (said,) = house.batch({**ASKED, "evaluations": [asked]})
        assert said["decision"] is False


def test_defaults_do_not_make_a_refused_child_another(house: House) -> None:
    refused = {"type": "student", "id": "ben"}
    for item in (
        {"resource": {**refused, "properties": ANA}},
        {"resource": refused, "subject": TESS, "defaults": {"resource": ANA}},
        {"resource": refused, "evaluations": [{"resource": ANA}], "options": {}},
        {"resource": [ANA, refused]},
        {"Resource": ANA, "resource": refused},
    ):
        assert decisions(house.batch({**ASKED, "evaluations": [item]})) == [False], item


@pytest.mark.parametrize(
    "more",
    [
        {"uses_logos": True},
        {"Uses_logo": True},
        {"uses_logo": "true"},
        {"uses_logo": 1},
        {"pictures": {"students": [{"id": "ben"}]}},
        {"author": {"id": "ed"}},
        {"author": {"name": "Tess Reed"}},
        {"author": {"id": "tess", "name": "Tess Reed"}},
        {"author": "tess"},
        {"author": [{"id": "tess"}]},
        {"purpose": "Personal"},
        {"media": "none"},
        {"text": 5},
        {"pictured": []},
        {"clearance": "yes"},
        {"publish_at": "2026-01-01"},
        {"publish_at": 1_800_000_000},
    ],
)
def test_post_is_as_strict_as_the_check(house: House, more: Body) -> None:
    before = house.rows()
    asked = act("publish_post", TESS, post(**more))
    answer = house.ask(asked)
    assert answer.status_code == 400, answer.text
    (said,) = house.batch({"evaluations": [asked]})
    assert said["decision"] is False
    assert said["context"]["error"]["status"] == 400
    assert "/resource/properties/post" in said["context"]["error"]["message"]
    assert house.rows() == before


@pytest.mark.parametrize(
    "resource",
    [
        {"type": "post", "id": "1"},
        {"type": "post", "id": "1", "properties": {}},
        {"type": "post", "id": "1", "properties": POST},
        {"type": "post", "id": "1", "properties": {"post": "draft"}},
        {"type": "post", "id": "1", "properties": {"post": [POST]}},
        {"type": "post", "id": "1", "properties": {"post": {}}},
        {"type": "post", "id": "1", "properties": {"Post": POST}},
    ],
)
def test_post_that_is_not_there_is_a_400(house: House, resource: Body) -> None:
    assert house.ask(act("publish_post", TESS, resource)).status_code == 400


def test_subject_and_post_name_one_account(house: House) -> None:
    wild = {"type": "account", "id": "x/wild"}
    both = post()
    assert house.ask(act("publish_post", wild, both)).status_code == 400
    assert house.decide(act("publish_post", wild, post(account=None)))["decision"] is False
    for action in ("operate_account", "speak_for_district"):
        assert house.ask(act(action, wild, MAPLE)).status_code == 400
        assert house.ask(act(action, MAPLE, wild)).status_code == 400
    for ident in ("maple", "", "/", "facebook/", "/maple", "https://", ":", "x:"):
        odd = {"type": "account", "id": ident}
        assert house.ask(act("operate_account", TESS, odd)).status_code == 400, ident
    personal = post(account={"platform": "facebook", "personal": True})
    assert house.ask(act("publish_post", MAPLE, personal)).status_code == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("purpose", "promotional"),
        ("publish_at", "2031-01-01T00:00:00Z"),
        ("topic", "other"),
        ("logo_purpose", "other"),
    ],
)
def test_context_does_not_contradict_the_post(house: House, name: str, value: str) -> None:
    said = {"purpose": "school", "publish_at": "2030-01-01T00:00:00Z", "topic": "snow",
            "logo_purpose": "banner"}  # fmt: skip
    asked = act("publish_post", TESS, post(**{name: said[name]}), **{name: value})
    assert house.ask(asked).status_code == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("channel", "tiktok"),
        ("channel", None),
        ("channel", ["social"]),
        ("channel", True),
        ("extent", "IMAGE"),
        ("extent", {}),
        ("purpose", "fun"),
        ("purpose", None),
        ("media", 1),
        ("publish_at", "yesterday"),
        ("publish_at", 0),
        ("publish_at", "2027-01-15T09:00:00"),
    ],
)
def test_use_that_is_not_as_documented_is_a_400(house: House, name: str, value: Any) -> None:
    answer = house.ask({**ASKED, "context": {name: value}})
    assert answer.status_code == 400, answer.text
    assert f"/context/{name}:" in answer.json()["detail"]


def test_misspelt_use_asks_for_more_and_not_for_less(house: House) -> None:
    """A child whose mother refused the yearbook alone is shown where that is said, and no else."""
    with house.store.writing() as connection:
        district = District(connection)
        district.person("yara", "Yara Book", grade="4")
        district.consent("yara", "refuse", channel="yearbook")
        district.person("noa", "Noa Name", grade="4")
        district.consent("noa", "refuse", extent="image_with_name", channel="all")
    yara, noa = ({"type": "student", "id": who} for who in ("yara", "noa"))
    for context, shown, named in (
        ({"channel": "social", "extent": "image"}, True, True),
        ({"channel": "yearbook", "extent": "image"}, False, True),
        ({"chanel": "social", "extent": "image"}, False, True),
        ({"channel": "social", "extnt": "image"}, True, False),
        ({"channel": "social", "extent": "image_with_name"}, True, False),
        ({}, False, False),
        ({"Channel": "social", "Extent": "image"}, False, False),
    ):
        assert house.decide({**ASKED, "resource": yara, "context": context})["decision"] is shown
        assert house.decide({**ASKED, "resource": noa, "context": context})["decision"] is named


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999", "1" * 400])
def test_numbers_that_are_none_are_not_taken(house: House, constant: str) -> None:
    sent = json.dumps(act("publish_post", TESS, post(uses_logo="?"))).replace('"?"', constant)
    for path, body in ((ONE, sent), (SEVERAL, f'{{"evaluations": [{sent}]}}')):
        answer = house.client.post(path, content=body, headers=JSON)
        said = answer.json()
        assert answer.status_code == 400 or decisions(said["evaluations"]) == [False]


def test_huge_bodies_are_refused(house: House) -> None:
    for path in (ONE, SEVERAL):
        whole = json.dumps({**ASKED, "pad": "x" * 1_100_000})
        assert house.client.post(path, content=whole, headers=JSON).status_code == 413
        crowded = json.dumps({**ASKED, "pad": [{}] * 70_000})
        assert house.client.post(path, content=crowded, headers=JSON).status_code == 400


def test_what_many_inherit_counts_each_time(house: House) -> None:
    """A short body cannot be made a hundred megabytes by saying a hundred times: the same."""
    before = house.rows()
    whole = act("publish_post", TESS, post(text="x " * 30_000))
    answer = house.ask({**whole, "evaluations": [{}] * 100}, path=SEVERAL)
    assert answer.status_code == 400
    assert "1 MiB" in answer.json()["detail"]
    assert house.rows() == before


def test_what_many_inherit_is_one_and_the_same() -> None:
    """So a body of a megabyte stays one in memory, whatever is made of it."""
    wide = {f"k{number}": number for number in range(9_000)}
    whole = {**ASKED, "context": {**wide, "channel": "social"}, "evaluations": [{}] * 100}
    batch = read_evaluations(json.dumps(whole).encode())
    assert isinstance(batch, EvaluationBatch)
    first, *others = batch.items
    assert isinstance(first, EvaluationRequest)
    assert first.context.model_dump(exclude_unset=True) == {"channel": "social"}
    for other in others:
        assert isinstance(other, EvaluationRequest)
        assert (other.resource is first.resource, other.context is first.context) == (True, True)


def test_ledger_has_each_decision_with_who_it_is_about(house: House) -> None:
    said = house.batch({**ASKED, "evaluations": [{}, {"resource": BEN}]}, house.key())
    for one, who in zip(said, ("ana", "ben"), strict=True):
        found = house.client.post("/v1/decisions/search", json={"subject": who}).json()["items"]
        assert one["context"]["decision_id"] in [decision["id"] for decision in found]
        kept = house.client.get(f"/v1/decisions/{one['context']['decision_id']}").json()
        assert kept["outcome"] == one["context"]["outcome"]
    by_author = house.client.post("/v1/decisions/search", json={"subject": "tess"}).json()["items"]
    assert said[1]["context"]["decision_id"] in [decision["id"] for decision in by_author]


@pytest.mark.parametrize("kind", ANYWHERE)
@pytest.mark.few(4)
def test_hostile_values_never_come_back(house: House, log: io.StringIO, kind: str) -> None:
    document = create_app(Settings(database_url="sqlite:///:memory:")).openapi()
    maker = Maker(document)
    for path in (ONE, SEVERAL):
        content = document["paths"][path]["post"]["requestBody"]["content"]
        for place in maker.places(content["application/json"]["schema"]):
            sent = place.filled(ANYWHERE[kind])
            answer = house.client.post(path, content=sent, headers=JSON)
            assert answer.status_code in {200, 400}, answer.text
            assert not any(text in answer.text for text in REPEATED), place.pointer
    assert not any(text in log.getvalue() for text in REPEATED)


@pytest.fixture
def stingy(sqlite_template: Path, tmp_path: Path) -> Iterator[House]:
    """A service that tells a key of two people a day: of who publishes, and of one who is shown."""
    yield from open_house(sqlite_template, tmp_path, people_per_day=2)


def test_people_of_a_day_are_counted_by_whichever_door(stingy: House) -> None:
    key = stingy.key()
    assert stingy.decide(ASKED, key)["decision"] is True
    said = stingy.batch({**ASKED, "evaluations": [{}, {"resource": BEN}, {}]}, key)
    assert decisions(said) == [True, False, True]
    assert said[1]["context"]["error"]["status"] == 429
    answer = stingy.ask({**ASKED, "resource": BEN}, key)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert (
        stingy.client.post(
            "/v1/checks/photo-consent", json={"students": [{"id": "ben"}]}, headers=key
        ).status_code
        == 429
    )
