"""The store's tests run on both stores: `store` is a fresh, migrated one per test."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from app.database.session import Store
from app.store.ledger.record_sums import find_faults
from tests.databases import Databases
from tests.postgres import Postgres
from tests.store.house import Days, House, MakeHouse


@pytest.fixture(scope="session")
def postgres(databases: Databases) -> Postgres:
    """The server of this run, whichever module imports this."""
    return databases.postgres


@pytest.fixture(scope="session")
def postgres_template(databases: Databases) -> str:
    """A migrated, empty database, to be copied."""
    return databases.template


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def store_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database at the newest revision, without rows."""
    if backend == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "store.db"
        path.write_bytes(template.read_bytes())
        yield f"sqlite:///{path}"
        return
    databases: Databases = request.getfixturevalue("databases")
    name = databases.take()
    yield databases.postgres.url(name)
    databases.give_back(name)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def days() -> Days:
    return Days()


@pytest.fixture
def store_of_days(store_url: str, days: Days) -> Iterator[Store]:
    """A store by the clock `days`; a file makes it its `store` where all its tests move the day."""
    opened = Store(store_url, clock=days)
    yield opened
    opened.close()


@pytest.fixture
def house(store: Store, store_url: str, tmp_path: Path) -> Iterator[House]:
    """Whatever lists do in it, the sum over their gaps holds."""
    yield House(store, store_url, tmp_path / "delivery")
    with store.reading() as connection:
        assert "list_gaps" not in dict(find_faults(connection))


@pytest.fixture
def make_house(backend: str, request: pytest.FixtureRequest) -> MakeHouse:
    """What opens a house of its own in a folder, by a clock, for every example."""
    template: Path = request.getfixturevalue("sqlite_template")
    databases: Databases = request.getfixturevalue("databases")

    @contextmanager
    def makes(folder: Path, clock: Callable[[], datetime]) -> Iterator[House]:
        name, url = "", f"sqlite:///{folder}/store.db"
        if backend == "sqlite":
            shutil.copyfile(template, folder / "store.db")
        else:
            name = databases.take()
            url = databases.postgres.url(name)
        store = Store(url, clock=clock)
        try:
            yield House(store, url, folder / "delivery", import_hold_from_people=1)
        finally:
            store.close()
            if name:
                databases.give_back(name)

    return makes
