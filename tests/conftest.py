"""What most tests stand on: a migrated store, the service over real HTTP, a client with a key."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from app.store.service import keys
from migrations.upgrade import upgrade
from tests.databases import Databases
from tests.postgres import running
from tests.savings import leave_all_but_few, leave_repeats, put_long_first, save_time, settle_memory
from tests.service import serving

MakeKey = Callable[..., keys.NewKey]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    save_time(config)


@pytest.hookimpl(tryfirst=True)  # before the slow ones are left out
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    leave_repeats(items)
    leave_all_but_few(items)
    if hasattr(config, "workerinput"):
        put_long_first(items)


def pytest_collection_finish() -> None:
    settle_memory()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database: copying it is quicker than migrating each test's own."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    store = Store(f"sqlite:///{path}")
    upgrade(store)
    store.close()
    return path


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """PostgreSQL, for this process: one server, whose databases go from test to test."""
    with running() as server:
        yield Databases(server)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are waited for on a busy machine; elsewhere no answer within a second is a 503."""
    monkeypatch.setattr("app.auth.authenticator.PATIENCE_SECONDS", 60.0)


@pytest.fixture
def settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    path = tmp_path / "store.db"
    path.write_bytes(sqlite_template.read_bytes())
    return Settings(
        database_url=f"sqlite:///{path}",
        signing_key_file=tmp_path / "signing-key.pem",
        import_spool=tmp_path / "spool",
        refused_credentials_per_minute=10_000,
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = Store(settings.database_url)
    yield opened
    opened.close()


@pytest.fixture
def make_key(store: Store) -> MakeKey:
    """Makes a key; with every scope unless told otherwise."""

    def make(**rights: Any) -> keys.NewKey:
        wanted = {"name": "test", "scopes": keys.SCOPES, "now": datetime.now(UTC), **rights}
        with store.writing() as connection:
            return keys.create_key(connection, **wanted)

    return make


@pytest.fixture
def application(settings: Settings, store: Store) -> FastAPI:
    return create_app(settings, store=store)


@pytest.fixture
def service(application: FastAPI) -> Iterator[str]:
    """The base URL of the running service."""
    with serving(application) as url:
        yield url


@pytest.fixture
def client(service: str, make_key: MakeKey) -> Iterator[httpx.Client]:
    """A client whose key has every scope."""
    headers = {"Authorization": f"Bearer {make_key().secret}"}
    with httpx.Client(base_url=service, headers=headers, timeout=30) as opened:
        yield opened
