"""The registered origins while the store is slow or gone."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Connection
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.database.session import Store
from app.http import cors
from app.slots import SlotLimits, ThreadSlots
from app.store.ledger.changes import Actor
from app.store.service.origins import add_origin
from migrations.upgrade import upgrade
from tests.service import serving
from tests.waiting import until

PAGE = "https://intranet.example.org"
ALLOWED = "access-control-allow-origin"


TOGETHER = 12


class SlowStore(Store):
    """A store whose disk is busy until it is `released`."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self.reads, self.released = 0, threading.Event()

    def reading(self) -> AbstractContextManager[Connection]:
        self.reads += 1
        self.released.wait()
        return super().reading()


class Counting:
    """Counts the requests that have come."""

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.came = app, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.came += scope["type"] == "http"
        await self.app(scope, receive, send)


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[SlowStore]:
    with closing(SlowStore(f"sqlite:///{tmp_path}/store.db")) as store:
        store.released.set()
        upgrade(store)
        with store.writing() as connection:
            add_origin(connection, Actor("test", None, datetime.now(UTC)), PAGE)
        store.released.clear()
        store.reads = 0
        yield store


def test_pages_of_a_slow_store_are_answered_late_and_not_refused(
    slow: SlowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is read has grown old by the time it has been read; however long that takes here.
    monkeypatch.setattr(cors, "LIFE_SECONDS", 0.0)
    monkeypatch.setattr(cors, "PATIENCE_SECONDS", 60.0)
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("here"))])
    slots = ThreadSlots("keys", SlotLimits(4, 256), 60)
    counting = Counting(cors.RegisteredOrigins(app, store=slow, slots=slots))
    with serving(counting) as url, ThreadPoolExecutor(TOGETHER) as pool:

        def ask(turn: int) -> httpx.Response:
            origin = PAGE if turn % 4 else "https://evil.example"
            return httpx.get(url, headers={"Origin": origin}, timeout=60)

        first = pool.submit(ask, 0)
        until(lambda: slow.reads == 1)
        others = [pool.submit(ask, turn) for turn in range(1, TOGETHER)]
        until(lambda: counting.came == TOGETHER)
        assert not first.done()
        slow.released.set()
        told = [one.result().headers.get(ALLOWED) for one in (first, *others)]
    assert told == [PAGE if turn % 4 else None for turn in range(TOGETHER)]
    # Those who came while the first read was under way share the second.
    assert slow.reads == 2
