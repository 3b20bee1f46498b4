"""Who is found by which words, page by page, on both stores."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA
from sqlalchemy import Connection, func, insert, select, update

from app.database.session import Store
from app.database.tables import people, person_names, person_words, word_variants
from app.policy.names import full_name_key, name_key
from app.store.people import index_scan, name_index
from app.store.people.index_scan import ScanPlace
from app.store.people.search import FoundPerson, PeopleQuery, find_people
from app.store.people.search import show_people as shown_by_id
from app.store.people.search_terms import MAX_NEAR
from migrations.upgrade import _make_config, migrating, upgrade
from tests.district import LONG_AGO, District


@pytest.fixture
def connection(store: Store) -> Iterator[Connection]:
    with store.writing() as opened:
        yield opened


@pytest.fixture
def district(connection: Connection) -> District:
    made = District(connection)
    for org in ("maple", "birch"):
        made.org(org)
    return made


def every(
    connection: Connection, name: str = "", limit: int = 2, schools: Any = None, **rest: Any
) -> list[FoundPerson]:
    """All pages of a search, in pages of `limit`."""
    asked = PeopleQuery(name_key(name), **rest)
    found: list[FoundPerson] = []
    place: ScanPlace | None = None
    while True:
        page, place = find_people(connection, asked, schools, place, limit)
        assert len(page) <= limit
        found += page
        if place is None:
            return found


def ids(connection: Connection, name: str = "", **rest: Any) -> list[str]:
    return [one.id for one in every(connection, name, **rest)]


@pytest.fixture
def cast(district: District) -> District:
    district.person("s-1", "José Núñez", grade="3", preferred_name="Pepe")
    district.person("s-2", "Ana Nunez", grade="4", former=["Ana Kowalska"])
    district.person("s-3", "Anabel Smith-Jones", grade="3", org_id="birch")
    district.person("s-4", "Ana Maria Smith", grade="3", status="inactive")
    district.employee("e-1", "Anders O'Brien", org_id="birch")
    district.person("s-5", "Ana Nunez", grade="5", org_id="birch")
    district.school_class("c-1", ["s-1", "s-3"])
    return district


def test_ids_show_whom_a_key_may_know_in_their_order(
    connection: Connection, cast: District
) -> None:
    asked = ["s-5", "e-1", "nobody", "s-1", "s-5", ""]
    found = shown_by_id(connection, asked, None, None)
    assert [(one.id, one.name, one.match) for one in found] == [
        ("s-5", "Ana Nunez", None), ("e-1", "Anders O'Brien", None), ("s-1", "Pepe Núñez", None),
    ]  # fmt: skip
    assert [one.id for one in shown_by_id(connection, asked, "student", None)] == ["s-5", "s-1"]
    assert [one.id for one in shown_by_id(connection, asked, None, frozenset({"maple"}))] == ["s-1"]
    assert shown_by_id(connection, asked, None, frozenset()) == []
    assert shown_by_id(connection, [], None, None) == []


FOUND: dict[str, list[str]] = {
    # Exact words first, then beginnings, then near ones; those alike by family name.
    "ana": ["s-5", "s-2", "s-4", "s-3"],
    "NÚÑEZ": ["s-2", "s-5", "s-1"],
    "nunez ana": ["s-2", "s-5"],
    "ana nun": ["s-2", "s-5"],
    "maria smith": ["s-4"],
    "jones": ["s-3"],
    "smi an": ["s-3", "s-4"],
    "pepe": ["s-1"],
    "José Pepe Núñez": ["s-1"],
    "kowalska": ["s-2"],
    "obrien": ["e-1"],
    "O'Brien": ["e-1"],
    # Near: one letter swapped, missing, added, other; two in a long word.
    "smiht": ["s-3", "s-4"],
    "nuez": ["s-2", "s-5", "s-1"],
    "kowwalskka": ["s-2"],
    "kovalzka": ["s-2"],
    "smiht anna": ["s-4"],
    "smiht anabell": ["s-3"],
    # Short words are taken as they are.
    "aa": [],
    "xyz": [],
    "ana xyz": [],
    "a": ["e-1", "s-2", "s-5", "s-4", "s-3"],
}


def test_who_is_found(connection: Connection, cast: District) -> None:
    for asked, found in FOUND.items():
        assert (asked, sorted(ids(connection, asked))) == (asked, sorted(found))
    assert ids(connection, "ana") == FOUND["ana"]


def test_namesakes_are_all_there_with_what_tells_them_apart(
    connection: Connection, cast: District
) -> None:
    second, first = every(connection, "ana nunez")
    assert (first.name, first.school, first.grade) == ("Ana Nunez", "Maple", "4")
    assert (second.name, second.school, second.grade) == ("Ana Nunez", "Birch", "5")


OTHER_NAMES = [
    ("pepe", "Pepe Núñez", None, "exact"),
    ("jose", "Pepe Núñez", "José Núñez", "exact"),
    ("jo nunez", "Pepe Núñez", "José Núñez", "prefix"),
    ("kovalska", "Ana Nunez", "ana kowalska", "near"),
]


def test_the_other_name_that_answered_is_told(connection: Connection, cast: District) -> None:
    for asked, shown, other, match in OTHER_NAMES:
        [one] = every(connection, asked)
        assert (asked, one.name, one.matched_name, one.match) == (asked, shown, other, match)


NARROWED: list[tuple[dict[str, str], list[str]]] = [
    ({"school": "birch"}, ["e-1", "s-3", "s-5"]),
    ({"school": "BIRCH"}, ["e-1", "s-3", "s-5"]),
    ({"school": "nowhere"}, []),
    ({"grade": "3"}, ["s-1", "s-3", "s-4"]),
    ({"kind": "employee"}, ["e-1"]),
    ({"class_id": "c-1"}, ["s-1", "s-3"]),
    ({"class_id": "c-1", "school": "birch"}, ["s-3"]),
    ({"class_id": "none"}, []),
    ({"school": "maple", "grade": "4", "kind": "student"}, ["s-2"]),
    ({"name": "ana", "grade": "3"}, ["s-3", "s-4"]),
    ({"name": "ana", "class_id": "c-1"}, ["s-3"]),
    ({"name": "smiht", "school": "maple"}, ["s-4"]),
    ({}, ["e-1", "s-1", "s-2", "s-3", "s-4", "s-5"]),
]


def test_the_rest_narrows(connection: Connection, cast: District) -> None:
    for rest, found in NARROWED:
        assert (rest, sorted(ids(connection, **rest))) == (rest, found)


OF_BIRCH: list[tuple[dict[str, str], list[str]]] = [
    ({"name": "ana"}, ["s-3", "s-5"]),
    ({"name": "pepe"}, []),
    ({"school": "maple"}, []),
    ({"school": "birch", "grade": "3"}, ["s-3"]),
    ({"class_id": "c-1"}, []),
    ({}, ["e-1", "s-3", "s-5"]),
]


def test_a_limited_key_finds_its_own_people(connection: Connection, cast: District) -> None:
    for rest, found in OF_BIRCH:
        seen = ids(connection, schools=frozenset({"birch"}), **rest)
        assert (rest, sorted(seen)) == (rest, found)


def test_the_thousandth_page_follows_the_others(connection: Connection, district: District) -> None:
    for number in range(1_001):
        district.person(f"s-{number:04d}", f"Kim N{number % 7} Lee")
    assert sorted(ids(connection, "lee kim", limit=1)) == [f"s-{n:04d}" for n in range(1_001)]


def test_people_who_come_meanwhile_shift_nothing(
    connection: Connection, district: District
) -> None:
    for number in range(20):
        district.person(f"s-{number:02d}", f"Kim {'bcdfg'[number % 5]}ee")
    asked = PeopleQuery("kim")
    page, place = find_people(connection, asked, None, None, 5)
    for number in range(20, 40):
        district.person(f"s-{number:02d}", f"Kim {'bcdfg'[number % 5]}ea")
    seen = [one.id for one in page]
    while place is not None:
        page, place = find_people(connection, asked, None, place, 5)
        seen += [one.id for one in page]
    assert len(seen) == len(set(seen))
    assert {f"s-{n:02d}" for n in range(20)} <= set(seen)


def test_no_page_walks_further_than_it_may(
    connection: Connection, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("MAX_WALKED", "MAX_LOOKED_UP", "MAX_READ"):
        monkeypatch.setattr(index_scan, limit, 5)
    for number in range(60):
        district.person(f"s-{number:02d}", f"Kim Lee{number:02d}", grade=str(number % 12))
    district.person("x", "Kim Zed", grade="3")
    page, place = find_people(connection, PeopleQuery("kim zed"), None, None, 50)
    assert [one.id for one in page] == ["x"]
    page, place = find_people(connection, PeopleQuery("", grade="11"), None, None, 50)
    assert len(page) < 5
    assert place is not None
    assert ids(connection, grade="11", limit=50) == [f"s-{n}" for n in (11, 23, 35, 47, 59)]
    assert sorted(ids(connection, "k l", limit=7)) == [f"s-{n:02d}" for n in range(60)]


LETTERS = "abeln"
WORDS = st.text(LETTERS, min_size=1, max_size=7)


@given(
    names=st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=12),
    asked=st.lists(WORDS, min_size=1, max_size=3),
    limit=st.integers(1, 4),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_walk_finds_whom_a_plain_comparison_finds(
    store: Store, names: list[tuple[str, str]], asked: list[str], limit: int
) -> None:
    with store.writing() as connection:
        point = connection.begin_nested()
        district = District(connection)
        for number, (first, last) in enumerate(names):
            district.person(f"s-{number:02d}", f"{first} {last}", org_id=None)
        wanted = [
            (worst, f"s-{number:02d}")
            for number, (first, last) in enumerate(names)
            if (worst := _worst(asked, {first, last})) is not None
        ]
        found = every(connection, " ".join(asked), limit=limit)
        levels = ["exact", "prefix", "near"]
        ranked = [(levels.index(one.match or ""), one.id) for one in found]
        assert sorted(ranked) == sorted(wanted)
        assert [level for level, _ in ranked] == sorted(level for level, _ in ranked)
        point.rollback()


def _worst(asked: list[str], borne: set[str]) -> int | None:
    levels = [min(_level(word, one) for one in borne) for word in asked]
    return None if max(levels) > 2 else max(levels)


def _level(asked: str, borne: str) -> int:
    allowed = (len(asked) >= 3) + (len(asked) >= 6)
    if borne.startswith(asked):
        return int(borne != asked)
    return 2 if OSA.distance(asked, borne) <= allowed else 3


def test_what_others_are_called_does_not_show_in_who_is_found(
    connection: Connection, district: District
) -> None:
    district.person("own", "Kim Lorentyq", org_id="birch")
    for number in range(MAX_NEAR):
        district.person(
            f"s-{number:02d}", f"Kim Lorentx{chr(ord('a') + number % 26)}{number // 26}"
        )
    assert ids(connection, "lorentxz", schools=frozenset({"birch"})) == ["own"]


def test_only_the_nearest_spellings_are_taken(connection: Connection, district: District) -> None:
    letters = [a + b for a in "abcdefgh" for b in "abcdefgh"]
    for number, two in enumerate(letters):
        district.person(f"s-{number:02d}", f"Kim Lorent{two}")
    district.person("near", "Kim Lorentxq")
    found = ids(connection, "lorentxz", limit=200)
    assert (len(found), found[0]) == (MAX_NEAR, "near")


def test_a_changed_name_leaves_the_former_and_a_move_goes_along(
    connection: Connection, cast: District
) -> None:
    connection.execute(
        update(people).where(people.c.id == "s-3").values(family_name="Vega", org_id="maple")
    )
    key = full_name_key("Anabel", "Vega")
    connection.execute(person_names.insert().values(name_key=key, person_id="s-3"))
    name_index.index_people(connection, ["s-3"])
    assert ids(connection, "vega") == ids(connection, "anabel smith jones") == ["s-3"]
    assert ids(connection, "anabel", school="birch") == []
    assert ids(connection, "anabel", school="maple") == ["s-3"]


def test_whoever_is_forgotten_takes_along_what_nobody_else_bears(
    connection: Connection, cast: District
) -> None:
    name_index.remove_person(connection, "s-1")
    assert ids(connection, "pepe") == []
    assert ids(connection, "nunez") == ["s-5", "s-2"]
    left = set(connection.scalars(select(word_variants.c.word)))
    borne = set(connection.scalars(select(person_words.c.word))) - {""}
    assert left == borne
    assert "pepe" not in left


def test_an_upgrade_makes_the_index_for_who_is_there(empty_url: str) -> None:
    store = Store(empty_url)
    with migrating(store) as connection:
        command.upgrade(_make_config(connection), "0001")
        connection.execute(insert(people).values(
            id="s-1", kind="student", given_name="Ana", family_name="Vega", status="active",
            first_seen_at=LONG_AGO,
        ))  # fmt: skip
        for key in ("ana vega", "ana lopez"):
            connection.execute(insert(person_names).values(name_key=key, person_id="s-1"))
    assert upgrade(store)
    with store.reading() as connection:
        assert ids(connection, "vega") == ids(connection, "lopez ana") == ["s-1"]
    store.close()


def test_the_index_is_the_same_however_it_came_about(
    connection: Connection, cast: District
) -> None:
    def contents() -> list[Any]:
        return [sorted(connection.execute(select(t))) for t in (person_words, word_variants)]

    before = contents()
    for table in (person_words, word_variants):
        connection.execute(table.delete())
    connection.execute(update(people).values(search_words=None))
    name_index.index_everyone(connection)
    assert contents() == before
    name_index.index_everyone(connection)
    assert contents() == before


def test_names_of_any_length_fit(connection: Connection, district: District) -> None:
    dice = random.Random(1)  # noqa: S311
    letters = [chr(dice.randrange(0x4E00, 0x9FFF)) for _ in range(500)]
    district.person("long", f"{''.join(letters)} {' '.join(letters[:250])}")
    district.person("x" * 500, "Ana Lopez")
    assert ids(connection, "".join(letters)) == ["long"]
    assert ids(connection, "ana") == ["x" * 500]
    longest = connection.scalar(select(func.max(func.length(person_words.c.names))))
    assert longest is not None
    assert longest <= name_index.MAX_NAMES
