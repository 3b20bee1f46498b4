"""A courier on a store whose clock the test moves, and endpoints that it delivers to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.database.session import Store
from app.events.courier import Courier
from app.events.registration import refuse_bad_address
from app.events.signatures import WebhookSecrets
from app.settings import Settings
from app.store.events import endpoints as stored
from app.store.events.endpoints import Endpoint
from app.store.events.records import record_event
from app.store.ledger.changes import Actor

BY = "cli:test"


class Clock:
    """The machine's time, and as much later as the test says."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def move(self, **by: float) -> None:
        self.ahead += timedelta(**by)


class Post:
    """A store with events, endpoints and their secrets."""

    def __init__(self, store: Store, settings: Settings, clock: Clock) -> None:
        self.store, self.settings, self.clock = store, settings, clock
        self.secrets = WebhookSecrets(settings.signing_key_file)

    def register(self, url: str, *kinds: Any) -> Endpoint:
        refuse_bad_address(url, self.settings.listed_networks)
        with self.store.writing() as connection:
            return stored.add_endpoint(connection, self.actor(), url, kinds or None)

    def actor(self) -> Actor:
        return Actor(BY, None, self.store.now())

    def happen(self, *numbers: int, kind: Any = "review.ended") -> None:
        """Let an event happen for each number, each in a transaction of its own."""
        for number in numbers:
            with self.store.writing() as connection:
                record_event(connection, kind, self.store.now(), {"decision": f"d-{number}"})

    def read(self, endpoint: Endpoint) -> Endpoint:
        with self.store.reading() as connection:
            return stored.read_endpoint(connection, endpoint.id)

    def secret(self, endpoint: Endpoint) -> str:
        return self.secrets.derive(endpoint.id, self.read(endpoint).secret_version)

    @contextmanager
    def delivering(self, **settings: Any) -> Iterator[Courier]:
        courier = Courier(self.store, self.settings.model_copy(update=settings))
        courier.start()
        try:
            yield courier
        finally:
            courier.close()


MakePost = Callable[..., Post]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def post(settings: Settings, clock: Clock, tmp_path: Path) -> Iterator[Post]:
    store = Store(settings.database_url, clock=clock)
    yield Post(store, settings.model_copy(update={"webhook_networks": ("127.0.0.0/8",)}), clock)
    store.close()
