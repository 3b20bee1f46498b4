"""Statements handed to the driver itself, for the path of every check.

To pass through SQLAlchemy costs more than to run a statement that is short or returns one row.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def run_raw(connection: Connection, statement: str, parameters: Sequence[Any] = ()) -> Any:
    """Run `statement`, in the driver's own syntax, and return the driver's cursor.

    A parameter's place is `?` on SQLite and `$1` on PostgreSQL: to find psycopg's usual places in a
    long text costs more than all the rest. Errors are those that SQLAlchemy would raise.
    """
    driver: Any = connection.connection.dbapi_connection
    errors: Any = connection.dialect.loaded_dbapi
    cursor = (
        psycopg.RawCursor(driver) if connection.dialect.name == "postgresql" else driver.cursor()
    )
    try:
        # Without parameters PostgreSQL takes several statements at once.
        return cursor.execute(statement, parameters) if parameters else cursor.execute(statement)
    except errors.Error as error:
        raise _translate_error(connection, cursor, error) from error


def run_each(connection: Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run `statement`, with the usual places of the driver's parameters, for each of `rows`.

    Errors are those of `run_raw`.
    """
    driver: Any = connection.connection.dbapi_connection
    errors: Any = connection.dialect.loaded_dbapi
    cursor = driver.cursor()
    try:
        cursor.executemany(statement, rows)
    except errors.Error as error:
        raise _translate_error(connection, cursor, error) from error


def _translate_error(connection: Connection, cursor: Any, error: Any) -> DBAPIError:
    """Return the error that SQLAlchemy would raise."""
    # Closed at once: freed later, on another thread, it would wait for the connection's current
    # work, and block every thread of the process meanwhile.
    cursor.close()
    errors: Any = connection.dialect.loaded_dbapi
    lost = connection.dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
    if lost:
        connection.invalidate(error)
    translated: DBAPIError = DBAPIError.instance(
        None, None, error, errors.Error, hide_parameters=True, connection_invalidated=lost
    )
    return translated
