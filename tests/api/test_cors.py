"""The registered origins while the store is slow or gone."""

import time
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

from app.routers.cors import LIFE_SECONDS, RegisteredOrigins
from app.store.changes import Actor
from app.store.migrations import upgrade
from app.store.origins import add
from app.store.session import Store
from tests.service import serving

PAGE = "https://intranet.example.org"
ALLOWED = "access-control-allow-origin"


class SlowStore(Store):
    """A store whose disk is busy."""

    reads = 0

    def reading(self) -> AbstractContextManager[Connection]:
        self.reads += 1
        time.sleep(LIFE_SECONDS + 0.2)
        return super().reading()


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[SlowStore]:
    with closing(SlowStore(f"sqlite:///{tmp_path}/store.db")) as store:
        upgrade(store)
        with store.writing() as connection:
            add(connection, Actor("test", None, datetime.now(UTC)), PAGE)
        yield store


def test_pages_of_a_slow_store_are_answered_late_and_not_refused(slow: SlowStore) -> None:
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("here"))])
    app.add_middleware(RegisteredOrigins, store=slow)
    with serving(app) as url:

        def ask(turn: int) -> httpx.Response:
            time.sleep(turn / 10)
            origin = PAGE if turn % 4 else "https://evil.example"
            return httpx.get(url, headers={"Origin": origin}, timeout=20)

        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(ask, range(12)))
    told = [answer.headers.get(ALLOWED) for answer in answers]
    assert told == [PAGE if turn % 4 else None for turn in range(12)]
    assert slow.reads <= 3
