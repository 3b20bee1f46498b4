"""The database errors that mean that the store cannot be used just now."""

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.errors import OutcomeUnknownError, StoreUnavailableError

# PostgreSQL's states for a store that answers but cannot be used: a table or a column is missing, a
# right was withdrawn, it is a standby. SQLite has OperationalError for these.
_UNUSABLE = frozenset({"42P01", "42703", "42501", "25006"})

# With these PostgreSQL itself does not know the outcome: a connection failed, or a transaction's
# end was lost.
_UNKNOWN_STATES = ("08", "40003")
# SQLite's results of a COMMIT that has not happened: busy, locked, full, against a constraint. With
# an I/O error the last part may have been written and then not synced.
_SQLITE_REFUSALS = frozenset({5, 6, 13, 19})


@contextlib.contextmanager
def translate_errors() -> Iterator[None]:
    """Turn "the store is not there" into our own error; other database errors are bugs."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise StoreUnavailableError from error
    except DBAPIError as error:
        # SQLite has plain DatabaseError for a file that is damaged or no database at all.
        unusable = type(error) is DatabaseError or _read_sqlstate(error) in _UNUSABLE
        if error.connection_invalidated or unusable:
            raise StoreUnavailableError from error
        raise


def commit_transaction(connection: Connection) -> None:
    """Commit the transaction on `connection`.

    Raises `OutcomeUnknownError` where it may have been recorded although no reply confirms it; any
    other error means that it was not.
    """
    begun = connection.get_transaction()
    if begun is None:
        return
    try:
        begun.commit()
    except DBAPIError as error:
        if _is_refusal(error, connection.dialect.name):
            raise
        raise OutcomeUnknownError from error


def _is_refusal(error: DBAPIError, dialect: str) -> bool:
    """Return whether the database reported that it did not commit."""
    if dialect == "sqlite":
        # The low byte is the kind; the rest is its detail.
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_REFUSALS
    state = _read_sqlstate(error)
    known = state is not None and not state.startswith(_UNKNOWN_STATES)
    return known and not error.connection_invalidated


def _read_sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
