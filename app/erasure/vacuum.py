"""The overwriting of deleted contents: afterwards the store's own files no longer hold them.

A database marks deleted contents as free and leaves them where they are, in its file and in its log
of changes (WAL). Here every table is written anew and the log is cut. Copies elsewhere, such as
backups, a PostgreSQL server's archived or recycled WAL and its standbys, are not reached.
"""

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.database.driver import run_raw
from app.database.errors import translate_errors
from app.database.session import Store
from app.database.tables import metadata
from app.errors import StoreInUseError

PATIENCE_SECONDS = 30
# SQLSTATEs of PostgreSQL: the lock was not to be had; the role may not do this.
_NO_LOCK, _NO_RIGHT = "55P03", "42501"
_OWNERS = "PostgreSQL lets only the database's owner or a superuser finish this: "


def overwrite_deleted(connection: Connection) -> None:
    """Let contents deleted in this transaction be overwritten with zeros; PostgreSQL cannot."""
    if connection.dialect.name == "sqlite":
        run_raw(connection, "PRAGMA secure_delete = ON").close()


def rewrite_store(store: Store, patience_seconds: int = PATIENCE_SECONDS) -> list[str]:
    """Write the whole store anew, so that nothing deleted is left in its files.

    No other process can check or write while it runs. Returns the steps that were refused, in
    sentences. Raises `StoreInUseError` where others use the store for longer than
    `patience_seconds`.
    """
    with translate_errors(store.url), store.connecting() as connection:
        driver: Any = connection.connection.driver_connection
        connection.detach()
        if store.is_sqlite:
            _scrub_sqlite(connection, driver, patience_seconds)
            return []
        return _scrub_postgres(connection, driver, patience_seconds)


def _scrub_sqlite(connection: Connection, driver: Any, patience_seconds: int) -> None:
    driver.execute(f"PRAGMA busy_timeout = {patience_seconds * 1000}")
    errors: Any = connection.dialect.loaded_dbapi
    try:
        driver.execute("VACUUM")
    except errors.OperationalError as error:
        if "locked" in str(error):
            raise StoreInUseError from error
        raise DBAPIError.instance(None, None, error, errors.Error, hide_parameters=True) from error
    (busy, _, _) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreInUseError


def _scrub_postgres(connection: Connection, driver: Any, patience_seconds: int) -> list[str]:
    refused: list[str] = []
    driver.add_notice_handler(lambda notice: _note_warning(refused, notice))
    driver.execute(f"SET lock_timeout = {patience_seconds * 1000}")
    for table in metadata.sorted_tables:
        _run_statement(connection, driver, f"VACUUM (FULL, ANALYZE) {table.name}", refused)
    # The planner's statistics hold common values of every column, word for word.
    _run_statement(connection, driver, "VACUUM (FULL) pg_catalog.pg_statistic", refused)
    _run_statement(connection, driver, "SELECT pg_switch_wal()", refused)
    _run_statement(connection, driver, "CHECKPOINT", refused)
    return refused


def _run_statement(connection: Connection, driver: Any, statement: str, refused: list[str]) -> None:
    errors: Any = connection.dialect.loaded_dbapi
    try:
        driver.execute(statement)
    except errors.Error as error:
        if error.sqlstate == _NO_LOCK:
            raise StoreInUseError from error
        if error.sqlstate != _NO_RIGHT:
            raise DBAPIError.instance(
                None, None, error, errors.Error, hide_parameters=True
            ) from error
        refused.append(f"{_OWNERS}{statement}")


def _note_warning(refused: list[str], notice: Any) -> None:
    # For a table that the role may not rewrite there is only a warning.
    if notice.severity_nonlocalized == "WARNING":
        refused.append(f"{_OWNERS}{notice.message_primary}")
