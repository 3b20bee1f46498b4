"""Posts of school life are not taken for somebody's name, in a district of 10,000 students."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest

from app.policy.name_matching import recorded_keys
from app.synthetic import generate_district
from app.text_checks.examination import examine_text
from tests.text_checks.ordinary_names import every_name

HERE = Path(__file__).parent
POSTS = [
    *HERE.joinpath("school_posts.txt").read_text("utf-8").splitlines(),
    *HERE.joinpath("ordinary_posts.txt").read_text("utf-8").splitlines(),
]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The keys of all 10,000 students: a full name in a text is one of them."""
    folder = tmp_path_factory.mktemp("district")
    generate_district(folder, 10_000, 7, date(2026, 10, 1))
    with (folder / "people.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(_list_keys(csv.DictReader(file)))


def _list_keys(rows: Iterable[dict[str, str]]) -> Iterator[str]:
    for row in rows:
        if row["kind"] == "student":
            preferred = row["preferred_name"] or None
            yield from recorded_keys(row["given_name"], row["family_name"], preferred)


def test_no_post_of_school_life_names_a_student(names: frozenset[str]) -> None:
    assert len(set(POSTS)) == len(POSTS) >= 600
    told = {post: names & set(examine_text(post).names.keys) for post in POSTS}
    assert {post: keys for post, keys in told.items() if keys} == {}
    small = {post: names & set(examine_text(post.lower()).names.keys) for post in POSTS}
    assert {post: keys for post, keys in small.items() if keys} == {}


def test_names_of_places_and_schools_are_no_students(names: frozenset[str]) -> None:
    told = [n for n in every_name() if names & set(examine_text(f"Go, {n}!").names.keys)]
    assert told == []


def test_a_post_asks_for_few() -> None:
    asked = [len(examine_text(post).names.keys) for post in POSTS]
    assert sum(asked) < 3 * len(POSTS)
    assert max(asked) < 50
