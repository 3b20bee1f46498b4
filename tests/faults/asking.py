"""Checks sent from threads, so that many are under way at once; and the ledger they must be on."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
from sqlalchemy import text

from app.database.session import Store
from app.store.ledger import chain
from tests.waiting import until

__all__ = ["until"]

POST = {"account": {"platform": "facebook", "handle": "maple"}, "purpose": "school"}
Ask = Callable[..., "Future[httpx.Response]"]


def students(*ids: str) -> dict[str, Any]:
    return {"students": [{"id": i} for i in ids]}


ANA = students("ana")


def ask(
    url: str, headers: dict[str, str], body: Any, check: str = "photo-consent"
) -> httpx.Response:
    """One check over a connection of its own."""
    return httpx.post(
        f"{url}/v1/checks/{check}", json=body, headers=headers, timeout=90, trust_env=False
    )


@contextmanager
def asking(url: str, headers: dict[str, str]) -> Iterator[Ask]:
    """Sends checks without waiting for their answers."""
    with ThreadPoolExecutor(64) as pool:
        yield lambda body=ANA, check="photo-consent": pool.submit(ask, url, headers, body, check)


def waiting(url: str) -> int:
    """How many checks wait or are being decided, as the metrics tell."""
    said = httpx.get(f"{url}/metrics", timeout=10, trust_env=False).text
    (line,) = (line for line in said.splitlines() if line.startswith("clearpost_checks_waiting "))
    return int(float(line.split()[1]))


def on_ledger(store: Store) -> set[str]:
    """The ids of all decisions on the ledger, whose chain must hold."""
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None
        return set(connection.scalars(text("SELECT id FROM ledger WHERE kind = 'decision'")))


def refused(answer: httpx.Response, slug: str) -> bool:
    """Whether it is the 503 of that kind, with the time to come back and no decision."""
    said = answer.json()
    return (
        answer.status_code == 503
        and answer.headers["Retry-After"] == "1"
        and said["type"] == f"/problems/{slug}"
        and "outcome" not in said
    )
