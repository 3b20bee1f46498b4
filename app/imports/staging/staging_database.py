"""The staging area: where one import at a time keeps its rows until they are in the store.

It outlives its process: a held import is approved days later, a killed one is resumed. It is a
file beside a SQLite store, attached, and a schema of unlogged tables on PostgreSQL; both are as
quick as temporary tables. A lock that ends with its process keeps it to one import at a time.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.dialects import registry
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable

from app.database.session import Store
from app.errors import ImportBusyError

STAGING = "clearpost_staging"
# The prefix of tables that are set aside.
_ASIDE = "aside_"
# "clearpost" in ASCII, cut to 63 bits, and one more: the write lock is the number before.
_LOCK_NUMBER = 0x636C656172706F74
_HAS_ADVISORY = """
SELECT EXISTS (
    SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND granted AND datname = current_database()
      AND (CAST(classid AS bigint) << 32) + CAST(objid AS bigint) = :number AND objsubid = 1
)
"""
_POLL_SECONDS = 0.05
# An import waits longer for the write lock than a check does.
_LOCK_PATIENCE = 600
_CACHE = 32 * 1024
_LOOKS_SECONDS = 10.0
_OPEN = (
    "page_size = 8192",
    "locking_mode = EXCLUSIVE",
    # Half-written rows are made anew: they need neither a journal nor a synced disk.
    "journal_mode = OFF",
    "synchronous = OFF",
    "cache_size = -65536",
)
# In KiB, once all is staged.
_APPLYING_CACHES = {"main": 64 * 1024, STAGING: 8 * 1024}


@contextlib.contextmanager
def open_staging(store: Store, patience_seconds: float = 600) -> Iterator[Connection]:
    """Open a connection with the staging area, which no other import has meanwhile.

    Transactions begun on it lock no one out as long as they write only to that schema;
    `Store.writing()` then takes the lock. Raise `ConflictError` where another import has the area
    for longer than `patience_seconds`, `StoreUnavailableError` when the store cannot be reached.
    """
    with store.connecting() as connection:
        connection.detach()
        connection.execution_options(clearpost_unlocked=True)
        driver: Any = connection.connection.dbapi_connection
        if store.is_sqlite:
            driver.execute(f"PRAGMA busy_timeout = {_LOCK_PATIENCE * 1000}")
            # Also what a sort may take: an import has to keep within its memory.
            driver.execute(f"PRAGMA cache_size = {-_CACHE}")
        else:
            driver.execute(f"SET lock_timeout = {_LOCK_PATIENCE * 1000}")
            driver.execute("SET enable_seqscan = on")  # what is merged is most of a table
        with claim_area(connection, store.file, patience_seconds):
            yield connection


@contextlib.contextmanager
def claim_area(connection: Connection, database: Path | None, patience: float) -> Iterator[None]:
    """Attach the area to `connection`, for this process alone; `database` is SQLite's file.

    Raise `ConflictError` where another import has it for longer than `patience` seconds.
    """
    if database is None:
        _wait_until(lambda: _try_advisory(connection), patience)
        try:
            yield
        finally:
            _release_advisory(connection)
        return
    with _lock_file(database).open("ab") as lock, _shown_file(database).open("ab") as shown:
        _wait_until(lambda: _try_file(lock.fileno()), patience)
        # Others hold it only for the moment of a look.
        _wait_until(lambda: _try_file(shown.fileno()), _LOOKS_SECONDS)
        driver: Any = connection.connection.dbapi_connection
        attach_area(driver, database)
        try:
            yield
        finally:
            file = find_area_file(database)
            if file.exists() and not file.stat().st_size:
                file.unlink()


def is_claimed(connection: Connection, database: Path | None) -> bool:
    """Return true if a process has the area now; `connection` may be any of the store's.

    A look takes nothing from a process that wants the area, nor from another that looks.
    """
    if database is None:
        return bool(connection.scalar(text(_HAS_ADVISORY), {"number": _LOCK_NUMBER}))
    try:
        with _shown_file(database).open("rb") as shown:
            return not _try_file(shown.fileno(), shared=True)
    except FileNotFoundError:  # the area was never held
        return False


def reset_area(
    connection: Connection, database: Path | None, metadata: MetaData, shape: str
) -> None:
    """Make all tables of the area empty ones of this `shape`; outside any transaction.

    PostgreSQL keeps them from import to import: to make them takes longer than a small import.
    """
    clear_area(connection, database, metadata)
    if database is not None:
        attach_area(connection.connection.dbapi_connection, database)
    with connection.begin():
        if database is None:
            if _read_shape(connection, metadata) == shape:
                return
            drop_tables(connection, metadata)
        statements = list(_make_statements(connection.dialect.name, metadata))
        if database is None:
            statements.append(f"COMMENT ON TABLE {_name_marked_table(metadata)} IS '{shape}'")
            statements = ["; ".join(statements)]  # one way to the server and back
        driver: Any = connection.connection
        with contextlib.closing(driver.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)


def clear_area(connection: Connection, database: Path | None, metadata: MetaData) -> None:
    """Leave nothing of what was staged, not on the disk either; outside any transaction."""
    if database is not None:
        detach_area(connection)
        find_area_file(database).unlink(missing_ok=True)
        return
    with connection.begin():
        tables = _list_tables(connection, metadata)
        if not tables:
            return
        asked = ", ".join(f"EXISTS (SELECT FROM {table})" for table in tables)
        filled = connection.exec_driver_sql(f"SELECT {asked}").one()
        full = [table for table, any_ in zip(tables, filled, strict=True) if any_]
        if full:
            connection.exec_driver_sql(f"TRUNCATE {', '.join(full)}")


# They are the same for each import of a store.
@cache
def _make_statements(dialect: str, metadata: MetaData) -> list[str]:
    compiler = registry.load(dialect)()
    made = [str(CreateTable(table).compile(dialect=compiler)) for table in metadata.sorted_tables]
    if dialect == "sqlite":
        return made
    return [
        one.replace("CREATE TABLE", "CREATE UNLOGGED TABLE", 1)
        + " WITH (autovacuum_enabled = false)"
        for one in made
    ]


def _read_shape(connection: Connection, metadata: MetaData) -> str | None:
    """Return the shape of PostgreSQL's tables of the area, None where there are none."""
    said = f"SELECT obj_description(to_regclass('{_name_marked_table(metadata)}'), 'pg_class')"
    found: str | None = connection.exec_driver_sql(said).scalar()
    return found


def _name_marked_table(metadata: MetaData) -> str:
    """Return the table with the shape of all tables in its comment: the one made last."""
    return metadata.sorted_tables[-1].fullname


def drop_tables(connection: Connection, metadata: MetaData) -> None:
    """Drop PostgreSQL's tables of the area."""
    tables = _list_tables(connection, metadata)
    if tables:
        connection.exec_driver_sql(f"DROP TABLE {', '.join(tables)}")


def _list_tables(connection: Connection, metadata: MetaData) -> list[str]:
    """Return which tables of the area there are on PostgreSQL; another version may have others."""
    return [f"{STAGING}.{name}" for name in list_present_tables(connection, metadata)]


def set_aside(connection: Connection, database: Path | None, metadata: MetaData) -> None:
    """Put what is staged out of the way, until `take_back`; outside any transaction."""
    if database is not None:
        detach_area(connection)
        if find_area_file(database).exists():
            find_area_file(database).replace(_aside_file(database))
        return
    with connection.begin():
        for name in list_present_tables(connection, metadata):
            rename_table(connection, name, f"{_ASIDE}{name}")


def take_back(connection: Connection, database: Path | None, metadata: MetaData) -> None:
    """Restore what was set aside, if anything was; outside any transaction."""
    if database is not None:
        if not _aside_file(database).exists():
            return
        detach_area(connection)
        _aside_file(database).replace(find_area_file(database))
        attach_area(connection.connection.dbapi_connection, database)
        return
    with connection.begin():
        there = inspect(connection).get_table_names(schema=STAGING)
        aside = [name for name in there if name.startswith(_ASIDE)]
        if aside:
            drop_tables(connection, metadata)
        for name in aside:
            rename_table(connection, name, name.removeprefix(_ASIDE))


def list_present_tables(connection: Connection, metadata: MetaData) -> list[str]:
    """Return the names of the area's tables that PostgreSQL has."""
    there = inspect(connection).get_table_names(schema=STAGING)
    return sorted(set(there) & {table.name for table in metadata.tables.values()})


def rename_table(connection: Connection, name: str, new: str) -> None:
    """Give a table of PostgreSQL's area another name."""
    connection.exec_driver_sql(f"ALTER TABLE {STAGING}.{name} RENAME TO {new}")


def detach_area(connection: Connection) -> None:
    """Detach SQLite's file of the area, if it is attached."""
    driver: Any = connection.connection.dbapi_connection
    if any(row[1] == STAGING for row in driver.execute("PRAGMA database_list").fetchall()):
        driver.execute(f"DETACH {STAGING}")


def set_durable_commits(connection: Connection, *, durable: bool) -> None:
    """Set whether commits of this connection wait for the disk: if `durable`, they do.

    A power cut then takes the last of them along, wholly and in order, and with them the import's
    progress; the next durable commit, by any process, makes all before it durable.
    """
    cursor: Any = connection.connection.cursor()
    if connection.dialect.name == "sqlite":
        cursor.execute(f"PRAGMA main.synchronous = {'FULL' if durable else 'NORMAL'}")
        cursor.execute(f"PRAGMA main.wal_autocheckpoint = {1000 if durable else 0}")
        # What is staged is now read from one end to the other, and goes all over the store.
        for schema, size in _APPLYING_CACHES.items():
            cursor.execute(f"PRAGMA {schema}.cache_size = {-size}")
    else:
        cursor.execute(f"SET synchronous_commit = {'on' if durable else 'off'}")
    cursor.close()


def move_journal(connection: Connection) -> None:
    """Move SQLite's journal into its file, as far as readers let it: between two slices."""
    if connection.dialect.name == "sqlite":
        cursor: Any = connection.connection.cursor()
        cursor.execute("PRAGMA main.wal_checkpoint(PASSIVE)").fetchall()
        cursor.close()


def sync_area(database: Path | None) -> None:
    """Make sure that what is staged survives a power cut; PostgreSQL forgets it then."""
    if database is None:
        return
    with find_area_file(database).open("rb") as file:
        os.fsync(file.fileno())


def find_area_file(database: Path) -> Path:
    """Return the file of the area beside that of the store."""
    return database.with_name(f"{database.name}-staging")


def _aside_file(database: Path) -> Path:
    return database.with_name(f"{database.name}-staging-aside")


def _lock_file(database: Path) -> Path:
    return database.with_name(f"{database.name}-importing")


def _shown_file(database: Path) -> Path:
    """Return the file locked by the area's holder, so that others can see that it is taken.

    To try the lock of the area itself would take it.
    """
    return database.with_name(f"{database.name}-importing-now")


def attach_area(driver: Any, database: Path) -> None:
    """Attach SQLite's file of the area, which is made where there is none."""
    driver.execute(f"ATTACH ? AS {STAGING}", (str(find_area_file(database)),))
    for pragma in _OPEN:
        driver.execute(f"PRAGMA {STAGING}.{pragma}")


def _wait_until(taken: Callable[[], bool], patience: float) -> None:
    until = time.monotonic() + patience
    while not taken():
        if time.monotonic() >= until:
            raise ImportBusyError
        time.sleep(_POLL_SECONDS)


def _try_advisory(connection: Connection) -> bool:
    with connection.begin():
        said = connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_LOCK_NUMBER})")
        return bool(said.scalar())


def _release_advisory(connection: Connection) -> None:
    """Release the lock at once; the server is slow to see that a connection was closed."""
    if not (connection.closed or connection.invalidated or connection.in_transaction()):
        with contextlib.suppress(DBAPIError), connection.begin():
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_LOCK_NUMBER})")


def _try_file(descriptor: int, *, shared: bool = False) -> bool:
    import fcntl  # noqa: PLC0415

    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
