"""One request about very many people: others are answered between its parts, and it is capped."""

import time

import pytest
from sqlalchemy import text

from app.checks.queue import BATCH_SUBJECTS, PART_INQUIRIES
from app.database.session import Store
from tests.conftest import MakeKey
from tests.faults.asking import ANA, POST, ask, asking, until, waiting
from tests.faults.conftest import Headers, Hold, Serve, Start

POSTS, PEOPLE = 100, 200
MANY = {
    "posts": [
        {**POST, "pictured": {"students": [{"id": f"s{post}-{n}"} for n in range(PEOPLE)]}}
        for post in range(POSTS)
    ]
}


@pytest.fixture
def other(make_key: MakeKey) -> Headers:
    return {"Authorization": f"Bearer {make_key().secret}"}


@pytest.mark.repeats_on_postgresql
def test_another_key_waits_for_few_batches_of_a_very_large_request(
    serve: Serve, store: Store, headers: Headers, other: Headers, hold: Hold
) -> None:
    with (
        serve() as url,
        asking(url, headers) as send,
        asking(url, other) as send_other,
    ):
        with hold():
            first = send_other()
            until(lambda: waiting(url) == 1)
            large = send(MANY, "posts")
            until(lambda: waiting(url) == 1 + POSTS)
            small = send_other()
            until(lambda: waiting(url) == 2 + POSTS)
        assert (first.result().status_code, small.result().status_code) == (200, 200)
        items = large.result().json()["items"]
    with store.reading() as connection:
        decided = text("SELECT id FROM ledger WHERE kind = 'decision' ORDER BY seq")
        ids = list(connection.scalars(decided))
    before = ids.index(small.result().json()["id"])
    assert len(items) == POSTS
    # One part of the large one comes first, for it has waited longer; nothing else of it.
    assert before <= 1 + PART_INQUIRIES
    assert PART_INQUIRIES * PEOPLE <= 2 * BATCH_SUBJECTS


@pytest.mark.repeats_on_postgresql
def test_another_key_is_answered_soon_beside_a_very_large_request(
    start: Start, headers: Headers, other: Headers
) -> None:
    service = start(people_per_day="1000000", deadline_seconds="60")
    assert ask(service.url, other, ANA).status_code == 200
    with asking(service.url, headers) as send:
        begun = time.perf_counter()
        large = send(MANY, "posts")
        until(lambda: waiting(service.url) or large.done())
        taken = []
        while not large.done():
            asked = time.perf_counter()
            assert ask(service.url, other, ANA).status_code == 200
            taken.append(time.perf_counter() - asked)
        whole = time.perf_counter() - begun
    assert all(item["outcome"] for item in large.result().json()["items"])
    assert max(taken) < max(whole / 2, 1)


def test_people_of_a_request_are_capped_over_all_its_posts(serve: Serve, headers: Headers) -> None:
    with serve(people_per_day=4_500) as url:
        items = ask(url, headers, MANY, "posts").json()["items"]
    refused = [item for item in items if item.get("type") == "/problems/too-many-people"]
    # 4,500 are 22 posts of 200 people each, over several batches.
    assert len(items) - len(refused) == 4_500 // PEOPLE
