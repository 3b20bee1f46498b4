"""Which of a database's errors mean that the store cannot be used just now."""

import contextlib
from collections.abc import Iterator

from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.errors import StoreUnavailableError

# What PostgreSQL says of a store that answers but cannot be used: a table or a column is missing,
# a right was withdrawn, it is a standby. Of the like SQLite says OperationalError.
_UNUSABLE = frozenset({"42P01", "42703", "42501", "25006"})


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn "the store is not there" into our own error; other database errors are bugs."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise StoreUnavailableError from error
    except DBAPIError as error:
        # SQLite says plain DatabaseError of a file that is damaged or no database at all.
        unusable = type(error) is DatabaseError or _sqlstate(error) in _UNUSABLE
        if error.connection_invalidated or unusable:
            raise StoreUnavailableError from error
        raise


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
