"""The service on a store that is imported into, as its own process, and a client to ask it."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx

from app.database.session import Store
from app.store.service import keys
from tests.faults.conftest import Service


@contextlib.contextmanager
def serving(url: str) -> Iterator[httpx.Client]:
    """A client with a key for checks; the service ends with the block."""
    store = Store(url)
    with store.writing() as connection:
        key = keys.create_key(connection, name="bench", scopes=["check"], now=datetime.now(UTC))
    store.close()
    service = Service(Path("var/bench").resolve(), database_url=url)
    headers = {"Authorization": f"Bearer {key.secret}"}
    try:
        with httpx.Client(
            base_url=service.url, headers=headers, timeout=60, trust_env=False
        ) as client:
            yield client
    finally:
        service.kill()
