"""Databases handed from test to test: to empty one is many times quicker than to copy another."""

import contextlib

import psycopg

from app.database.session import Store
from app.imports.staging import staged_area
from migrations.upgrade import upgrade
from tests.postgres import Postgres

# Whatever changes tables, guards or functions writes rows of these catalogs anew.
_SCHEMA = """
SELECT
    (SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace),
    (SELECT string_agg(nspname, ',' ORDER BY nspname) FROM pg_namespace
        WHERE nspname NOT LIKE 'pg\\_%'),
    (SELECT count(*) FROM pg_db_role_setting),
    (SELECT count(*) || ' ' || sum(xmin::text::bigint) FROM pg_attribute),
    (SELECT count(*) || ' ' || sum(xmin::text::bigint) FROM pg_constraint),
    (SELECT count(*) || ' ' || sum(xmin::text::bigint) FROM pg_index),
    (SELECT count(*) || ' ' || sum(xmin::text::bigint) FROM pg_proc),
    (SELECT count(*) || ' ' || sum(xmin::text::bigint) FROM pg_rewrite),
    (SELECT count(*) || ' ' || sum(xmin::text::bigint) FROM pg_trigger)
"""
_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_TABLES = """
SELECT nspname || '.' || relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind = 'r' AND nspname IN ('public', 'clearpost_staging')
"""
_COUNTED = "SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL"
# The template's only row: which revision it is of.
_KEPT = "public.alembic_version"


class Databases:
    """Databases at the newest revision, without rows; each is used by one test at a time."""

    def __init__(self, postgres: Postgres) -> None:
        self.postgres = postgres
        self.template = postgres.create()
        self._idle: list[str] = []
        with contextlib.closing(Store(postgres.url(self.template))) as store:
            upgrade(store)
            # What the first import of a database would make.
            with staged_area.open_area(store, 0) as area:
                area.begin("none")
                area.clear()
        with self._connected(self.template) as connection:
            self._pristine = self._state(connection)

    def take(self) -> str:
        """The name of one that nobody uses."""
        return self._idle.pop() if self._idle else self.postgres.create(self.template)

    def give_back(self, name: str) -> None:
        """Empty one for the next test; one whose schema is another now is dropped."""
        try:
            with self._connected(name) as connection:
                clean = self._emptied(connection)
        except psycopg.Error:
            clean = False  # nobody can get in, or this server does not let us empty it
        if clean:
            self._idle.append(name)
        else:
            self.postgres.drop(name)

    def _connected(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.postgres.url(name), autocommit=True)

    def _emptied(self, connection: psycopg.Connection[tuple[object, ...]]) -> bool:
        connection.execute(_OTHERS)
        # History's guards are off for us.
        connection.execute("SET session_replication_role = replica")
        if self._state(connection) != self._pristine:
            return False
        tables = [str(row[0]) for row in connection.execute(_TABLES) if row[0] != _KEPT]
        asked = ", ".join(f"EXISTS (SELECT FROM {table})" for table in tables)
        filled = connection.execute(f"SELECT {asked}").fetchone() or ()
        full = [table for table, any_ in zip(tables, filled, strict=True) if any_]
        if full:
            # To delete is quicker, but leaves sizes behind by which the server plans its queries.
            connection.execute(f"TRUNCATE {', '.join(full)} CASCADE")
        for (sequence,) in connection.execute(_COUNTED).fetchall():
            connection.execute(f"ALTER SEQUENCE {sequence} RESTART")
        connection.execute("DELETE FROM pg_statistic WHERE starelid >= 16384")
        return True

    def _state(self, connection: psycopg.Connection[tuple[object, ...]]) -> object:
        schema = connection.execute(_SCHEMA).fetchone()
        return schema, connection.execute(f"SELECT * FROM {_KEPT}").fetchall()  # noqa: S608
