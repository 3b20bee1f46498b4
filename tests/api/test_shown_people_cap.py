"""Students whom reads show count towards the people of a key's day, as those asked about do."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.database.session import Store
from app.store.ledger.record_reads import KIND
from app.store.service import keys
from tests.api.test_people_cap import CAP, Clock, clock, settings
from tests.conftest import MakeKey
from tests.district import District, found
from tests.store.conftest import backend, postgres, postgres_template, store_url

__all__ = ["backend", "clock", "postgres", "postgres_template", "settings", "store_url"]

STUDENTS = [f"pupil-{n}" for n in range(2 * CAP)]
Read = Callable[..., httpx.Response]


@pytest.fixture
def store(store_url: str, clock: Clock) -> Iterator[Store]:
    opened = Store(store_url, clock=clock)
    with opened.writing() as connection:
        district = found(connection)
        for number, one in enumerate(STUDENTS):
            district.person(one, f"Paula Pupil{'abcdefgh'[number]}")
        district.school_class("c-pupils", STUDENTS)
    yield opened
    opened.close()


@pytest.fixture
def secret(make_key: MakeKey) -> str:
    return make_key().secret


@pytest.fixture
def read(service: str, secret: str) -> Read:
    def sent(path: str, body: dict[str, Any] | None = None, key: str = secret) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}"}
        method = "GET" if body is None else "POST"
        return httpx.request(method, service + path, json=body, headers=headers, timeout=30)

    return sent


def search(*ids: str) -> tuple[str, dict[str, Any]]:
    return "/v1/people/search", {"ids": list(ids)}


def check(*ids: str) -> tuple[str, dict[str, Any]]:
    return "/v1/checks/photo-consent", {"students": [{"id": one} for one in ids]}


def rows(store: Store, kind: str) -> int:
    with store.reading() as connection:
        found = connection.exec_driver_sql("SELECT kind FROM ledger").scalars()
        return sum(one == kind for one in found)


@pytest.mark.repeats_on_postgresql
def test_searches_count_and_the_same_people_again_cost_nothing(read: Read, store: Store) -> None:
    assert read(*search(*STUDENTS[:CAP])).status_code == 200
    before = rows(store, KIND)
    refused = read(*search(STUDENTS[0], STUDENTS[CAP]))
    assert refused.status_code == 429
    assert refused.json()["type"] == "/problems/too-many-people"
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600
    assert "upil" not in refused.text
    assert rows(store, KIND) == before
    assert read(*search(*STUDENTS[:CAP])).status_code == 200
    assert read(*search("tess")).status_code == 200  # an employee


@pytest.mark.repeats_on_postgresql
def test_checks_and_reads_count_together(read: Read) -> None:
    assert read(*check(*STUDENTS[:2])).status_code == 200
    assert read(*search(*STUDENTS[:CAP])).status_code == 200
    assert read(*check(STUDENTS[CAP])).status_code == 429
    assert read(*check(*STUDENTS[:CAP])).status_code == 200


@pytest.mark.repeats_on_postgresql
def test_every_kind_of_read_is_counted(read: Read, store: Store) -> None:
    with store.writing() as connection:
        statement = District(connection).consent("ben", "grant")
    kinds: list[tuple[str, dict[str, Any] | None]] = [
        search("ben"),
        ("/v1/people/search", {"query": "ben park"}),
        ("/v1/people/search", {"class_id": "c-pupils"}),
        ("/v1/people/consent-state", {"person_id": "ben"}),
        (f"/v1/consents/{statement}", None),
        ("/v1/classes/not-pictured", {"class_id": "c-pupils"}),
    ]
    assert read(*search(*STUDENTS[1 : CAP + 1])).status_code == 200
    for path, body in kinds:
        assert read(path, body).status_code == 429, path
    assert rows(store, "decision") == 0


@pytest.mark.repeats_on_postgresql
def test_a_read_counts_for_those_that_come_after_it(read: Read, store: Store) -> None:
    ways = [
        search,
        lambda one: ("/v1/people/consent-state", {"person_id": one}),
        lambda one: (f"/v1/consents/{statements[one]}", None),
    ]
    with store.writing() as connection:
        statements = {one: District(connection).consent(one, "grant") for one in STUDENTS}
    for number in range(CAP):
        assert read(*ways[number % 3](STUDENTS[number])).status_code == 200
    for way in ways:
        assert read(*way(STUDENTS[CAP])).status_code == 429


def test_a_key_that_replaces_another_goes_on_with_its_day(
    read: Read, make_key: MakeKey, store: Store
) -> None:
    first = make_key()
    assert read(*search(*STUDENTS[:CAP]), key=first.secret).status_code == 200
    with store.writing() as connection:
        second = keys.rotate_key(connection, first.id, timedelta(hours=1), store.now())
    assert read(*search(STUDENTS[CAP]), key=second.secret).status_code == 429
    assert read(*search(STUDENTS[0]), key=second.secret).status_code == 200
    assert read(*search(STUDENTS[CAP])).status_code == 200  # another key


def test_many_at_once_count_exactly(read: Read) -> None:
    def ask(number: int) -> tuple[str, int]:
        one = STUDENTS[number % len(STUDENTS)]
        return one, read(*(search, check)[number // 8 % 2](one)).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(48)))
    passed = {one for one, status in answers if status == 200}
    assert len(passed) == CAP
    assert all(status == (200 if one in passed else 429) for one, status in answers)
