"""Work of one kind holds up no other: threads, waiting and deadlines, while the lock is held."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import text

from app.database import waiters
from app.database.session import Store
from app.errors import OutcomeUnknownError, OverloadedError
from app.http.slot_routes import SlotRoute
from app.slots import LIMITS, SlotLimits, ThreadSlots
from tests.faults.asking import ANA, ask, refused, until
from tests.faults.conftest import Headers, Hold, Serve

REPORT = {"url": "https://x.com/somebody", "kind": "unofficial_account"}
# Of nobody's child: reads of children's records are written (`test_unrecorded_reads.py`).
READS = [
    ("GET", "/v1/accounts", None),
    ("GET", "/v1/accounts/verify?platform=x&handle=a", None),
    ("GET", "/v1/classes", None),
    ("GET", "/v1/orgs", None),
    ("GET", "/v1/ledger", None),
    ("GET", "/v1/ledger/head", None),
    ("GET", "/v1/imports", None),
    ("GET", "/v1/grants", None),
    ("GET", "/v1/reports", None),
    ("GET", "/v1/designations", None),
    ("GET", "/v1/authorization-requests", None),
    ("GET", "/v1/policy", None),
    ("GET", "/embed/v1/post-check", None),
    ("POST", "/v1/people/search", {"query": "tess"}),
    ("POST", "/v1/people/consent-state", {"person_id": "tess", "channel": "social"}),
    ("POST", "/v1/releases/search", {}),
    ("POST", "/v1/decisions/search", {}),
    ("POST", "/v1/reviews/search", {}),
]


def send(url: str, headers: Headers, method: str, path: str, body: object) -> httpx.Response:
    return httpx.request(
        method, f"{url}{path}", json=body, headers=headers, timeout=90, trust_env=False
    )


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(200) as threads:
        yield threads


def report(pool: ThreadPoolExecutor, url: str, number: int) -> "Future[httpx.Response]":
    body = {**REPORT, "description": f"Report {number}"}
    return pool.submit(send, url, {}, "POST", "/v1/reports", body)


def reports_on_file(store: Store) -> int:
    with store.reading() as connection:
        return connection.scalar(text("SELECT count(*) FROM reports")) or 0


def test_waiting_writers_stop_no_reader(
    serve: Serve, headers: Headers, hold: Hold, pool: ThreadPoolExecutor
) -> None:
    most = sum(LIMITS["writers"])
    with serve(public_reports_per_minute=1_000) as url:
        assert ask(url, headers, ANA).status_code == 200
        assert send(url, headers, "POST", "/v1/decisions/search", {}).status_code == 200
        with hold():
            writers = [report(pool, url, number) for number in range(most + 10)]
            until(lambda: sum(one.done() for one in writers) >= 10)
            # As many as there is room for wait; those beyond are told at once to come back.
            told = [one.result() for one in writers if one.done()]
            assert len(told) == 10
            assert all(refused(one, "overloaded") for one in told)
            for method, path, body in READS:
                answer = send(url, headers, method, path, body)
                assert answer.status_code == 200, (path, answer.text)
            for probe in ("/healthz", "/readyz", "/metrics"):
                assert send(url, {}, "GET", probe, None).status_code == 200
            assert sum(one.done() for one in writers) == 10
        assert sorted({one.result().status_code for one in writers}) == [201, 503]


def test_writer_that_was_refused_at_its_deadline_writes_nothing_later(
    serve: Serve, store: Store, hold: Hold, pool: ThreadPoolExecutor
) -> None:
    with serve(deadline_seconds=0.5, public_reports_per_minute=1_000) as url:
        with hold():
            writers = [report(pool, url, number) for number in range(12)]
            begun = time.monotonic()
            assert all(refused(one.result(), "overloaded") for one in writers)
            assert time.monotonic() - begun < 20
        # Now those threads get the lock, and leave it; the slots are free again.
        until(lambda: report(pool, url, 99).result().status_code == 201)
    assert reports_on_file(store) == 1


def test_every_plain_function_of_a_route_has_its_slots(application: FastAPI) -> None:
    plain = 0
    for found in iter_route_contexts(application.routes):
        route = found.original_route
        if not isinstance(route, APIRoute):
            continue
        plain += isinstance(route, SlotRoute)
        assert asyncio.iscoroutinefunction(route.endpoint), route.path
        waits = [route.dependant]
        while waits:
            one = waits.pop()
            waits += one.dependencies
            for each in one.dependencies:
                call = each.call if asyncio.iscoroutinefunction(each.call) else each.call.__call__
                assert asyncio.iscoroutinefunction(call), (route.path, each.call)
    assert plain > 50


# --- one kind's slots


def within(seconds: float, begin: bool, take: float) -> str:
    """What is told of work that takes so long, beginning its commit at once or never."""
    kept: list[str] = []

    def work() -> str:
        if begin:
            waiters.begin_commit()
        time.sleep(take)
        waiters.begin_commit()
        kept.append("kept")
        return "done"

    async def run() -> str:
        slots = ThreadSlots("tests", SlotLimits(1, 1), seconds)
        try:
            return await slots.run(work)
        except (OverloadedError, OutcomeUnknownError) as error:
            return type(error).__name__
        finally:
            slots.close()

    said = asyncio.run(run())
    until(lambda: not any(one.name.startswith("clearpost-tests") for one in threading.enumerate()))
    return f"{said} {kept[0] if kept else 'nothing'}"


@pytest.mark.parametrize(
    ("begin", "take", "said"),
    [
        (False, 0.0, "done kept"),
        (False, 0.6, "OverloadedError nothing"),
        (True, 0.6, "done kept"),
        (True, 2.0, "OutcomeUnknownError kept"),
    ],
)
def test_what_is_told_is_what_was_recorded(begin: bool, take: float, said: str) -> None:
    assert within(0.2, begin, take) == said


def test_slots_are_bounded_and_freed_by_those_who_go() -> None:
    release = threading.Event()

    async def run() -> None:
        slots = ThreadSlots("tests", SlotLimits(2, 3), 30)
        there = [asyncio.create_task(slots.run(release.wait)) for _ in range(5)]
        await asyncio.sleep(0.1)
        with pytest.raises(OverloadedError):
            await slots.run(int)
        there[4].cancel()  # it waited
        await asyncio.wait(there[4:])
        waiting = asyncio.create_task(slots.run(int))
        await asyncio.sleep(0.1)
        there[0].cancel()  # its thread goes on, and keeps its slot
        await asyncio.wait(there[:1])
        with pytest.raises(OverloadedError):
            await slots.run(int)
        release.set()
        assert await waiting == 0
        assert await asyncio.gather(*there[1:4]) == [True] * 3
        slots.close()

    asyncio.run(run())
