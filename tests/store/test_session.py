"""Transactions of the store: who waits for whom, and connections whose server has gone."""

import traceback
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, insert, select

from app.database.session import Store, find_sqlite
from app.database.tables import orgs
from app.errors import StoreUnavailableError
from app.imports.staging.staging_database import open_staging
from tests.postgres import Postgres

ORG = {"id": "maple", "name": "Maple", "name_key": "maple", "kind": "school"}


@pytest.fixture
def impatient(store_url: str) -> Iterator[Store]:
    """The same store, opened by somebody who soon gives up waiting."""
    opened = Store(store_url, busy_timeout_seconds=0.2)
    yield opened
    opened.close()


def count(store: Store) -> int:
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(orgs)).scalar_one()


def test_all_is_committed_or_nothing(store: Store) -> None:
    def fail() -> None:
        with store.writing() as connection:
            connection.execute(insert(orgs), ORG)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert count(store) == 0
    with store.writing() as connection:
        connection.execute(insert(orgs), ORG)
        assert count(store) == 0
    assert count(store) == 1


def test_connection_in_use_while_the_others_are_closed_is_closed_after_its_use(
    store: Store,
) -> None:
    for using in (store.writing, store.reading):
        with using() as connection:
            driver = connection.connection.driver_connection
            store.close()
        with pytest.raises(
            (psycopg.OperationalError, find_sqlite().ProgrammingError), match="clos"
        ):
            driver.execute("SELECT 1")
    assert count(store) == 0


def test_second_writer_waits_and_gives_up(store: Store, impatient: Store) -> None:
    with store.writing(), pytest.raises(StoreUnavailableError), impatient.writing():
        pass
    with impatient.writing() as connection:
        connection.execute(insert(orgs), ORG)
    assert count(store) == 1


def test_who_stages_locks_nobody_out_until_it_writes(store: Store, impatient: Store) -> None:
    with open_staging(impatient, 1) as staged:
        with staged.begin(), store.writing() as connection:
            connection.execute(insert(orgs), ORG)
        with impatient.writing(staged), pytest.raises(StoreUnavailableError), impatient.writing():
            pass


@pytest.mark.parametrize("backend", ["postgresql"])
def test_connections_whose_server_has_gone_are_replaced(store: Store, postgres: Postgres) -> None:
    with store._writer.connect(), store._writer.connect():
        pass  # two connections are at hand now
    assert count(store) == 0
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            (store.url.database,),
        )
    with store.writing() as connection:
        connection.execute(insert(orgs), ORG)
    assert count(store) == 1


def test_a_statement_that_failed_leaves_no_open_cursor(tmp_path: Path) -> None:
    """Freed on another thread, it would stop the process until the connection is idle again."""
    store = Store(f"sqlite:///{tmp_path}/store.db", 0.05)
    with store.writing():
        with pytest.raises(StoreUnavailableError) as failed, store.writing():
            pass
        error: BaseException | None = failed.value
        cursors = []
        while error is not None:
            for frame, _ in traceback.walk_tb(error.__traceback__):
                if frame.f_code.co_name == "run_raw":
                    cursors.append(frame.f_locals["cursor"])
            error = error.__cause__
        assert cursors
        for cursor in cursors:
            with pytest.raises(find_sqlite().ProgrammingError, match="closed cursor"):
                cursor.execute("SELECT 1")
    store.close()
