"""The store's disk: whether it takes a write, tried with one that leaves nothing behind.

It never waits for the write lock: a store that another process writes to is in order.
"""

import errno
import os
import tempfile
from pathlib import Path

from sqlalchemy import Connection, text

from app.database.session import Store
from app.errors import StoreUnavailableError

# More than most answers' rows take.
_BYTES = 64 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_IS_FULL = "disk: it is full"
_TAKES_NO_WRITE = "disk: it takes no write"
# Rows beyond this memory go to the server's disk until they are counted.
_LITTLE_MEMORY = text("SET LOCAL work_mem = '64kB'")
_LOOK = text(
    "SELECT pg_is_in_recovery(),"
    " (SELECT reset_val = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only'),"
    " (SELECT count(*) FROM generate_series(1, 20000))"
)
_DISK_FULL = "53100"


def find_disk_fault(store: Store) -> str | None:
    """Return the reason that the disk of `store` takes no write, or None where it does.

    Raises `StoreUnavailableError` where the store does not tell.
    """
    if store.file is not None:
        return _find_file_fault(store.file)
    try:
        with store.reading() as connection:
            return _find_server_fault(connection)
    except StoreUnavailableError as error:
        if _read_sqlstate(error) == _DISK_FULL:
            return _IS_FULL
        raise


def _find_file_fault(file: Path) -> str | None:
    try:
        # It has no name, so it is gone when this process ends.
        with tempfile.TemporaryFile(dir=file.parent, buffering=0) as probe:
            left = _BYTES
            while left:
                left -= probe.write(bytes(left))
    except OSError as error:
        return _IS_FULL if error.errno in _FULL else _TAKES_NO_WRITE
    beside = (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm"))
    writable = all(os.access(one, os.W_OK) for one in beside if one.exists())
    return None if writable else _TAKES_NO_WRITE


def _find_server_fault(connection: Connection) -> str | None:
    connection.execute(_LITTLE_MEMORY)
    is_standby, is_read_only, _ = connection.execute(_LOOK).one()
    return _TAKES_NO_WRITE if is_standby or is_read_only else None


def _read_sqlstate(error: StoreUnavailableError) -> str | None:
    return getattr(getattr(error.__cause__, "orig", None), "sqlstate", None)
