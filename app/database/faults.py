"""The words for a store that cannot be used: which one, where, and why. Never its password.

They are for the log and the command line of whoever runs the service; no caller gets them.
"""

from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_POSTGRES_PORT = 5432
_BUSY = "another has been writing for longer than CLEARPOST_BUSY_TIMEOUT_SECONDS"
_OLD = "a table or a column is missing; run: clearpost migrate"
_STATES = {
    "42P01": _OLD,
    "42703": _OLD,
    "42501": "its user lacks a right there; the tables must be that user's own",
    "25006": "it takes no write: a standby, or set to read only",
    "53100": "its disk is full",
    "53300": "it has too many connections",
    "55P03": _BUSY,
    "57P01": "it was stopped",
}
_SILENT = "it does not answer"
# The low byte of SQLite's error code is the kind; the rest is its detail.
_RESULTS = {
    5: _BUSY,
    6: _BUSY,
    8: "it cannot be written",
    10: "its disk fails",
    11: "it is damaged",
    13: "its disk is full",
    14: "it cannot be opened",
    26: "it is damaged, or no database of SQLite",
}


def describe_store(url: URL) -> str:
    """Return which store `url` is: SQLite's file, or PostgreSQL's host, port, database and user."""
    if url.get_backend_name() == "sqlite":
        return f"SQLite file {Path(url.database or '').absolute()}"
    host = _find_host(url)
    where = f"socket in {host}" if host.startswith("/") else host
    port = url.port or _read_query(url, "port") or _POSTGRES_PORT
    user = f', user "{url.username}"' if url.username else ""
    return f'PostgreSQL at {where} port {port}, database "{url.database or ""}"{user}'


def describe_fault(url: URL, error: BaseException | None) -> str:
    """Return in one line which store cannot be used and why, as far as `error` tells."""
    return f"the store cannot be used: {describe_store(url)}: {_find_reason(url, error)}"


def _find_reason(url: URL, error: BaseException | None) -> str:
    if isinstance(error, PoolTimeoutError):
        return "all of this process's connections to it are in use"
    if not isinstance(error, DBAPIError):
        return "it is not there any more"
    if url.get_backend_name() == "sqlite":
        return _RESULTS.get(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF, _SILENT)
    if error.statement is None:
        return _read_refusal(url, str(error.orig))
    state = getattr(error.orig, "sqlstate", None) or ""
    if state not in _STATES and error.connection_invalidated:
        return "the connection was lost"
    return _STATES.get(state, f"{_SILENT} {state}".strip())


def _read_refusal(url: URL, told: str) -> str:
    """Return why no connection could be made: the driver's or the server's own words.

    Nothing has been asked by then, so they hold no record's value.
    """
    if "@" in (url.host or ""):
        return "the password in its URL has to be percent-encoded (%40 for @)"
    line = told.splitlines()[0] if told else "no connection can be made"
    reason = line.rpartition(" failed: ")[2].removeprefix("connection is bad: ")
    reason = reason.removeprefix("FATAL:").strip()
    for secret in (url.password, _read_query(url, "password")):
        reason = reason.replace(secret, "…") if secret else reason
    return reason


def _find_host(url: URL) -> str:
    """Return the host; of one that is the rest of a password with an `@` only what is a host."""
    host = url.host or _read_query(url, "host") or _read_query(url, "hostaddr") or "localhost"
    return host.rpartition("@")[2]


def _read_query(url: URL, name: str) -> str:
    value = url.query.get(name, "")
    return value if isinstance(value, str) else ",".join(value)
