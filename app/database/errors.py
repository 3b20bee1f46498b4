"""The database errors that mean that the store cannot be used just now."""

import contextlib
import logging
from collections.abc import Iterator

from sqlalchemy import Connection
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.database.faults import describe_fault
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


_log = logging.getLogger("clearpost.store")
# Where no log is kept the command line tells it.
_log.addHandler(logging.NullHandler())


@contextlib.contextmanager
def translate_errors(url: URL) -> Iterator[None]:
    """Turn "the store at `url` is not there" into our own error; others are bugs.

    The log and the error's `fault` say which store it is and why.
    """
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise _tell_fault(StoreUnavailableError(), url, error) from error
    except DBAPIError as error:
        # SQLite has plain DatabaseError for a file that is damaged or no database at all.
        unusable = type(error) is DatabaseError or _read_sqlstate(error) in _UNUSABLE
        if error.connection_invalidated or unusable:
            raise _tell_fault(StoreUnavailableError(), url, error) from error
        raise
    except StoreUnavailableError as error:
        raise _tell_fault(error, url, error.__cause__) from error.__cause__


def _tell_fault(
    raised: StoreUnavailableError, url: URL, error: BaseException | None
) -> StoreUnavailableError:
    """Return `raised` with the reason, which is logged once."""
    if raised.fault is None:
        raised.fault = describe_fault(url, error)
        _log.error("%s", raised.fault)
    return raised


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
