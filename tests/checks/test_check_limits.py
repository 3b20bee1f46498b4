"""A key limited to schools learns nothing of others' students: same answer, same shape."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from app.database.session import Store
from tests.checks.conftest import POST, Ask, as_described, client_with, photo
from tests.district import District


@pytest.fixture(scope="module")
def limited(service: str, store: Store) -> Iterator[httpx.Client]:
    """A client whose key is for Maple alone."""
    with store.writing() as connection:
        district = District(connection)
        district.person("twin1", "Twin Name")
        district.person("twin2", "Twin Name", org_id="birch")
        district.person("refused", "Rae Stone", org_id="birch", preferred_name="Ray")
        district.consent("refused", "refuse")
        district.person("homeless", "Orla None", org_id=None)
        district.school_class("c-birch", ["cleo", "refused"], org="birch")
        district.school_class("c-none", ["cleo"], org=None)
    with client_with(service, store, schools=["maple"]) as opened:
        yield opened


@pytest.fixture
def ask(limited: httpx.Client) -> Ask:
    """Asks with that key; gives the answer without what differs anyway."""

    def asked(check: str, **body: Any) -> dict[str, Any]:
        answer = limited.post(f"/v1/checks/{check}", json=body)
        assert answer.status_code == 200
        said: dict[str, Any] = answer.json()
        as_described(said)
        return {k: v for k, v in said.items() if k not in {"id", "decided_at", "publish_at"}}

    return asked


def test_own_students_are_answered(ask: Ask) -> None:
    for person, outcome in (("ana", "allow"), ("ben", "deny"), ("new", "review")):
        assert ask("photo-consent", students=[{"id": person}])["outcome"] == outcome
    assert ask("photo-consent", students=[{"name": "Ana Lopez"}])["outcome"] == "allow"
    assert ask("photo-consent", class_id="c-mixed")["not_pictured"]


@pytest.mark.parametrize("check", ["photo-consent", "post"])
def test_unknown_elsewhere_refused_and_no_student_are_one(ask: Ask, check: str) -> None:
    answers = []
    for person in ("x9", "cleo", "refused", "homeless", "tess"):
        ref = [{"id": person}]
        body = {"students": ref} if check == "photo-consent" else {**POST, **photo(person)}
        said = ask(check, **body)
        for finding in said["findings"]:
            if finding["subject"]:
                assert finding["subject"].pop("id") == person
        answers.append(said)
    assert answers[0]["outcome"] == "review"
    assert all(said == answers[0] for said in answers)


def test_names_of_none_of_several_and_of_elsewhere_are_one(ask: Ask) -> None:
    answers = [
        ask("photo-consent", students=[one])
        for one in (
            {"name": "No Body"}, {"name": "Twin Name"}, {"name": "Cleo Stone"},
            {"name": "Ray Stone"}, {"name": "Cleo Stone", "school": "birch"},
            {"name": "Tess Reed"}, {"name": "Orla None"},
            {"name": "Ana Lopez", "school": "birch"}, {"name": "Ana Lopez", "grade": "9"},
        )
    ]  # fmt: skip
    assert answers[0]["outcome"] == "review"
    assert all(said == answers[0] for said in answers)


def test_classes_of_none_and_of_elsewhere_are_one(ask: Ask) -> None:
    answers = [ask("photo-consent", class_id=c) for c in ("c9", "c-birch", "c-none")]
    assert answers[0]["outcome"] == "review"
    assert all(said == answers[0] for said in answers)


@pytest.mark.parametrize("person", ["cleo", "refused", "homeless"])
def test_asking_for_a_student_as_somebody_else_tells_nothing(ask: Ask, person: str) -> None:
    bodies: list[tuple[str, Callable[[str], dict[str, Any]]]] = [
        ("coworker-consent", lambda i: {"employees": [{"id": i}]}),
        ("coworker-consent", lambda i: {"employees": [{"id": "tess"}], "author": {"id": i}}),
        ("logo", lambda i: {"author": {"id": i}}),
        ("post", lambda i: {**POST, "author": {"id": i}, "uses_logo": True}),
        ("post", lambda i: {**POST, "pictured": {"employees": [{"id": i}]}}),
        ("post", lambda i: {**POST, "pictured": {"others": [{"release_id": i}]}}),
    ]
    for check, body in bodies:
        known, unknown = ask(check, **body(person)), ask(check, **body("x9"))
        for said, ident in ((known, person), (unknown, "x9")):
            for finding in said["findings"]:
                if finding["subject"] and finding["subject"]["id"] == ident:
                    del finding["subject"]
        assert known == unknown


def test_text_gives_no_name_away(ask: Ask) -> None:
    answers = [
        ask("post", **POST, text=f"Well done {name}!", **photo(person))
        for name, person in (("Rae Stone", "refused"), ("Rae Stone", "x9"))
    ]
    for said in answers:
        for finding in said["findings"]:
            finding["subject"] = None
    assert answers[0] == answers[1]
