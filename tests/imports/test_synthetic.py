"""The synthetic district: the same for the same seed, believable, and it imports cleanly."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from app.database.session import Store
from app.policy.names import full_name_key
from app.settings import Settings
from app.store.ledger import chain
from app.synthetic import generate_district
from app.synthetic.files import HEADERS
from tests.imports.runs import run_import

TODAY = date(2026, 10, 20)
STUDENTS = 1_500


def rows(folder: Path, file: str) -> list[dict[str, str]]:
    with (folder / f"{file}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("district")
    generate_district(folder, STUDENTS, 7, TODAY)
    return folder


@pytest.mark.parametrize("students", [1, 10, 60, 700])
def test_it_imports_and_a_second_time_changes_nothing(
    store: Store, settings: Settings, folder: Path, students: int
) -> None:
    generate_district(folder, students, students, TODAY)
    first = run_import(store, settings, folder)
    assert first.errors == []
    assert [file.added for file in first.files] == [file.rows for file in first.files]
    second = run_import(store, settings, folder)
    assert second.applied
    assert {file.added + file.changed + file.removed for file in second.files} == {0}
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None


def test_the_seed_makes_the_district(made: Path, tmp_path: Path) -> None:
    for seed, same in ((7, True), (8, False)):
        generate_district(tmp_path, STUDENTS, seed, TODAY)
        again = {name: (tmp_path / f"{name}.csv").read_bytes() for name in HEADERS}
        before = {name: (made / f"{name}.csv").read_bytes() for name in HEADERS}
        assert (again == before) is same


@pytest.mark.parametrize(
    "day", [date(2028, 2, 29), date(2026, 12, 31), date(2027, 9, 1), date(2027, 8, 31)]
)
def test_on_another_day_the_same_people_are_there(made: Path, tmp_path: Path, day: date) -> None:
    generate_district(tmp_path, STUDENTS, 7, day)

    def people(folder: Path) -> list[dict[str, str]]:
        return [{**row, "birth_date": ""} for row in rows(folder, "people")]

    def guardians_said(folder: Path) -> list[tuple[str, ...]]:
        own = "eligible_student"
        return [
            (one["person_sourced_id"], one["decision"], one["channel"], one["extent"])
            for one in rows(folder, "consents") if one["capacity"] != own
        ]  # fmt: skip

    assert people(tmp_path) == people(made)
    assert guardians_said(tmp_path) == guardians_said(made)
    for file in ("orgs", "classes", "enrollments", "guardians"):
        assert rows(tmp_path, file) == rows(made, file)


def test_it_has_the_size_asked_for(made: Path) -> None:
    kinds = Counter(person["kind"] for person in rows(made, "people"))
    assert kinds["student"] == STUDENTS
    assert STUDENTS // 25 < kinds["employee"] < STUDENTS // 12
    assert kinds["affiliate"]
    assert Counter(org["kind"] for org in rows(made, "orgs")) == {
        "district": 1, "communications": 1, "school": 2,
    }  # fmt: skip


def test_it_is_believable(made: Path) -> None:
    students = [person for person in rows(made, "people") if person["kind"] == "student"]
    names = Counter(full_name_key(p["given_name"], p["family_name"]) for p in students)
    assert max(names.values()) > 1
    assert any(person["preferred_name"] for person in students)
    assert any(not person["family_name"].isascii() for person in students)
    adults = [p for p in students if p["birth_date"] <= "2008-10-20"]
    assert 1 < len(adults) < STUDENTS / 10
    assert max(Counter(g["guardian_id"] for g in rows(made, "guardians")).values()) == 3
    statements = rows(made, "consents")
    refusing = {c["person_sourced_id"] for c in statements if c["decision"] == "refuse"}
    assert 0.03 < len(refusing) / STUDENTS < 0.1
    assert {c["decision"] for c in statements} == {"grant", "refuse", "withdraw", "lift"}
    assert {c["capacity"] for c in statements} == {
        "guardian", "eligible_student", "employee", "office_hold",
    }  # fmt: skip
    assert any(c["effective_to"] and c["effective_to"] < TODAY.isoformat() for c in statements)


def test_the_known_people_are_as_promised(made: Path) -> None:
    people = {person["sourced_id"]: person for person in rows(made, "people")}
    said = Counter(
        (c["person_sourced_id"], c["decision"]) for c in rows(made, "consents")
        if c["person_sourced_id"] <= "s-000010"
    )  # fmt: skip
    assert said == {
        ("s-000002", "refuse"): 1, ("s-000003", "refuse"): 1, ("s-000003", "grant"): 1,
        ("s-000004", "grant"): 1, ("s-000005", "refuse"): 1, ("s-000006", "grant"): 1,
        ("s-000006", "refuse"): 1,
    } | {key: n for key, n in said.items() if key[0].startswith("e-")}  # fmt: skip
    assert people["s-000004"]["birth_date"] == "2008-09-10"
    for first, second, same_school in (("s-000007", "s-000008", False),
                                       ("s-000009", "s-000010", True)):  # fmt: skip
        one, other = people[first], people[second]
        assert one["family_name"] == other["family_name"]
        assert one["given_name"] == other["given_name"]
        assert (one["org_sourced_id"] == other["org_sourced_id"]) is same_school
        assert one["grade"] != other["grade"]
    accounts = {a["platform"] + "/" + a["handle"]: a for a in rows(made, "accounts")}
    good = accounts["x/lakeviewhigh"]
    assert all(good.values())
    assert not accounts["instagram/lakeviewdrama"]["authorized_at"]
    assert not accounts["tiktok/lakeviewathletics"]["owner_sourced_id"]
    assert not accounts["youtube/@lakeviewhigh"]["communications_admin_at"]
    assert "e-000005" not in {c["person_sourced_id"] for c in rows(made, "consents")}
