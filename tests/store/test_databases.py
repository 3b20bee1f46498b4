"""A database that goes from test to test tells the next one nothing of the last."""

from contextlib import closing

import psycopg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.database.session import Store
from app.database.tables import metadata
from tests.databases import Databases
from tests.district import found
from tests.postgres import Postgres

NO_GUARD = (
    "FUNCTION clearpost_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
)


@pytest.fixture(scope="module")
def pool(postgres: Postgres) -> Databases:
    return Databases(postgres)


def rows(store: Store) -> dict[str, int]:
    with store.reading() as connection:
        counted = {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }
    return {name: count for name, count in counted.items() if count}


def test_what_a_test_wrote_is_gone(pool: Databases) -> None:
    name = pool.take()
    with closing(Store(pool.postgres.url(name))) as store:
        with store.writing() as connection:
            found(connection)
        assert rows(store)
        with store.writing() as connection:
            connection.execute(text("SELECT nextval('consents_seq_seq')"))
        pool.give_back(name)
    assert pool._idle == [name]
    again = pool.take()
    assert again == name
    with closing(Store(pool.postgres.url(again))) as store:
        assert rows(store) == {}
        with store.writing() as connection:
            assert connection.execute(text("SELECT nextval('consents_seq_seq')")).scalar() == 1
            found(connection)
        # The guards of history stand as before.
        with pytest.raises(DBAPIError, match="append"), store.writing() as connection:
            connection.execute(text("DELETE FROM consents"))
    pool.give_back(again)


@pytest.mark.parametrize(
    "change",
    [
        "DROP TRIGGER consents_no_update ON consents",
        "ALTER TABLE ledger DISABLE TRIGGER USER",
        f"CREATE OR REPLACE {NO_GUARD}",
        "CREATE TABLE more (id INTEGER)",
        "ALTER TABLE people RENAME TO elsewhere",
        "ALTER TABLE people ADD COLUMN more INTEGER",
        "ALTER TABLE people ALTER COLUMN given_name DROP NOT NULL",
        "DROP INDEX ix_reports_state_id",
        "CREATE SCHEMA more",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)
@pytest.mark.few(4)
def test_whose_schema_was_changed_is_dropped(pool: Databases, change: str) -> None:
    name = pool.take()
    with psycopg.connect(pool.postgres.url(name)) as connection:
        connection.execute(change)
    pool.give_back(name)
    assert pool._idle == []
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(pool.postgres.url(name))
