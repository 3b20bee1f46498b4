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
        # Closed at once: freed later, on another thread, it would wait for the connection's current
        # work, and block every thread of the process meanwhile.
        cursor.close()
        lost = connection.dialect.is_disconnect(error, driver, None)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, errors.Error, hide_parameters=True, connection_invalidated=lost
        ) from error
