"""Engines and transactions: how the store is opened, read and written.

SQLite: SQLAlchemy's default transactions lose updates between processes, so pysqlite's own
transaction handling is off and every writer starts with `BEGIN IMMEDIATE`; readers use an engine
that cannot write. PostgreSQL: every writer takes one advisory lock first, so that what it reads
after that no other writer can change before it commits.
"""

import contextlib
import importlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import QueuePool

from app.database.driver import run_raw
from app.database.errors import commit_transaction, translate_errors
from app.database.news import Bell, take_mark
from app.database.waiters import begin_commit, refuse_late
from app.errors import StoreUnavailableError

# One lock for everything that writes: "clearpost" in ASCII, cut to 63 bits.
_LOCK = f"SELECT pg_advisory_xact_lock({0x636C656172706F73})"
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"

_READER_CACHE, _WRITER_CACHE = 64 * 1024, 128 * 1024
# Connections beyond the five that stay open: each thread of `app.slots` that reads has one at most.
_MORE_CONNECTIONS = 20


def find_sqlite() -> ModuleType:
    """Return the newest SQLite at hand: the `pysqlite3` wheel, else Python's own.

    Python's own may be one that `has_wal_reset_bug`; the wheel is newer.
    """
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return importlib.import_module("sqlite3")


def has_wal_reset_bug(version: tuple[int, ...]) -> bool:
    """Return whether this version of SQLite can corrupt a file at the restart of its WAL.

    3.7.0 to 3.51.2 have the bug; it needs two connections, one that writes while one checkpoints.
    """
    return (3, 7, 0) <= version <= (3, 51, 2)


def utc_now() -> datetime:
    """Return the machine's time. Only the store's `now` reads it; the service asks that."""
    return datetime.now(UTC)  # noqa: TID251 - the one place


class Store:
    """The store behind one URL: `writing()` and `reading()` are the ways in.

    It also has the time at which things are decided and written: `now()`, aware and in UTC. Its
    `bell` rings after each commit that brought news.
    """

    def __init__(
        self,
        database_url: str,
        busy_timeout_seconds: float = 5.0,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Open the store; nothing is connected yet. A SQLite file's folder is made.

        `clock` is another than the machine's where answers are asked for as of a stated time.
        """
        self.now = clock
        self.bell = Bell()
        self.url = _make_driver_url(database_url, busy_timeout_seconds)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        timeout = int(busy_timeout_seconds * 1000)
        self._writer = _make_engine(self.url, timeout, read_only=False)
        self._reader = _make_engine(self.url, timeout, read_only=True)

    @contextlib.contextmanager
    def writing(self, staged: Connection | None = None) -> Iterator[Connection]:
        """Open a write transaction, alone in the store, and commit it at the end.

        With `staged`, a connection of `app.imports.staging`, the transaction sees the rows staged
        on it. Raises `StoreUnavailableError` when the store cannot be reached or stays locked; of
        its kind `OutcomeUnknownError` when it was lost at the commit, which may have happened.
        """
        with translate_errors(self.url), contextlib.ExitStack() as stack:
            if staged is None:
                connection = self._begin_transaction(stack)
                take_mark(connection)  # of a transaction that was rolled back
                refuse_late()  # the lock may have come after the request's deadline
                yield connection
                begin_commit()
                commit_transaction(connection)
            else:
                staged.execution_options(clearpost_unlocked=False)
                stack.callback(staged.execution_options, clearpost_unlocked=True)
                stack.enter_context(staged.begin())
                take_mark(staged)
                yield staged
                connection = staged
                commit_transaction(staged)
            has_news = take_mark(connection)
        if has_news:
            self.bell.ring()

    def _begin_transaction(self, stack: contextlib.ExitStack) -> Connection:
        """Begin a transaction, on a connection from the pool, until `stack` ends.

        This also tries the connection: its server may have stopped and started again. Then nothing
        has been done yet, and it begins on a new connection; the others at hand are no better.
        """
        try:
            return stack.enter_context(self._writer.begin())
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            self._writer.dispose()
            return stack.enter_context(self._writer.begin())

    @property
    def file(self) -> Path | None:
        """Return the file of SQLite; None on PostgreSQL."""
        return Path(self.url.database or "") if self.is_sqlite else None

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open one consistent read of the last committed state; it cannot write.

        Raises `StoreUnavailableError` when the store cannot be reached.
        """
        with translate_errors(self.url), self._reader.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def connecting(self) -> Iterator[Connection]:
        """Open a new writer's connection outside any transaction, for migrations and staging."""
        with translate_errors(self.url), self._connect_anew() as connection:
            yield connection

    def _connect_anew(self) -> Connection:
        """Open a new writer's connection; only `_begin_transaction` tries those at hand."""
        self._writer.dispose()
        return self._writer.connect()

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._writer.dispose()
        self._reader.dispose()


def _make_driver_url(database_url: str, patience_seconds: float) -> URL:
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return url
    # libpq would wait for minutes to connect, and for hours on a connection that fell silent.
    waits = {
        "connect_timeout": str(max(2, round(patience_seconds))),
        "keepalives_idle": "10",
        "keepalives_interval": "5",
        "keepalives_count": "3",
        "tcp_user_timeout": "25000",
    }
    unset = {name: value for name, value in waits.items() if name not in url.query}
    return url.set(drivername="postgresql+psycopg").update_query_dict(unset)


def _make_engine(url: URL, timeout_ms: int, *, read_only: bool) -> Engine:
    # hide_parameters: a statement's values are students' names and ids, and errors get logged.
    options: dict[str, Any] = {"hide_parameters": True, "max_overflow": _MORE_CONNECTIONS}
    if url.get_backend_name() == "sqlite":
        # The connection used last has the store's pages at hand.
        options |= {"poolclass": QueuePool, "pool_use_lifo": True}
        engine = create_engine(url, module=find_sqlite(), **options)
        _close_left_over(engine)
        _prepare_sqlite(engine, timeout_ms, read_only=read_only)
        return engine
    # Readers' connections are tried before they are used (writers': `Store._begin_transaction`).
    # Writers begin by themselves, since psycopg's own BEGIN would be a round trip more.
    level = "REPEATABLE READ" if read_only else "AUTOCOMMIT"
    options |= {"pool_pre_ping": read_only, "pool_use_lifo": True, "isolation_level": level}
    engine = create_engine(url, **options)
    _close_left_over(engine)
    _prepare_postgres(engine, timeout_ms, read_only=read_only)
    return engine


def _close_left_over(engine: Engine) -> None:
    """Close connections that were in use while their pool was disposed, when they come back.

    The pool that they go back to is nobody's by then, and would never close them.
    """
    pools = 0

    @event.listens_for(engine, "engine_disposed")
    def _on_disposed(_engine: Engine) -> None:
        nonlocal pools
        pools += 1

    @event.listens_for(engine, "connect")
    def _on_connect(_connection: Any, record: Any) -> None:
        record.info["pool"] = pools

    @event.listens_for(engine, "checkin")
    def _on_checkin(connection: Any, record: Any) -> None:
        if connection is not None and record.info.get("pool") != pools:
            record.invalidate()


def _prepare_sqlite(engine: Engine, timeout_ms: int, *, read_only: bool) -> None:
    pragmas = [
        f"PRAGMA busy_timeout = {timeout_ms}",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        # Else INSERT OR REPLACE would slip past the triggers that keep history append-only.
        "PRAGMA recursive_triggers = ON",
        # In KiB, and only as far as there are pages: a check reads all over the store.
        f"PRAGMA cache_size = {-_READER_CACHE if read_only else -_WRITER_CACHE}",
    ]
    if read_only:
        pragmas.append("PRAGMA query_only = ON")

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma)

    _watch_file(engine)

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        run_raw(connection, "BEGIN" if read_only or _is_unlocked(connection) else "BEGIN IMMEDIATE")


def _is_unlocked(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("clearpost_unlocked"))


def _watch_file(engine: Engine) -> None:
    """Let no connection be used once its file has been removed or replaced.

    It would continue to read and write a file that no other process sees. Nor is a new, empty file
    made in the place of one that was there.
    """
    path = Path(engine.url.database or "")
    was_there = False

    @event.listens_for(engine, "do_connect")
    def _before_connect(*_: Any) -> None:
        if was_there and _identify_file(path) is None:
            raise StoreUnavailableError

    @event.listens_for(engine, "connect")
    def _after_connect(_connection: Any, record: Any) -> None:
        nonlocal was_there
        record.info["file"] = _identify_file(path)
        was_there = record.info["file"] is not None

    @event.listens_for(engine, "checkout")
    def _on_checkout(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info["file"] != _identify_file(path):
            raise DisconnectionError  # the pool then connects anew


def _identify_file(path: Path) -> tuple[int, int] | None:
    """Return the device and number of the file at `path`, or None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepare_postgres(engine: Engine, timeout_ms: int, *, read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'UTC'")
            cursor.execute(f"SET lock_timeout = {timeout_ms}")
            # Statements of many small parts, each served by an index, are planned once and for
            # all, perhaps while the tables are still empty; to compile them takes longer than
            # to run them.
            cursor.execute("SET jit = off")
            if read_only:
                cursor.execute("SET default_transaction_read_only = on")
            else:
                cursor.execute("SET enable_seqscan = off")
        connection.commit()

    if read_only:
        return

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        try:
            run_raw(connection, _BEGIN if _is_unlocked(connection) else f"{_BEGIN}; {_LOCK}")
        except DBAPIError as error:
            if not error.connection_invalidated:
                connection.connection.rollback()  # it began, and then waited for the lock in vain
            raise
