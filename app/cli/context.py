"""The settings and the store of a command; one clear line where they cannot be had."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from app.cli.terminal import STORE, USAGE, stop
from app.database.faults import describe_store
from app.database.session import Store
from app.schemas.fault_sentences import write_sentence
from app.setting_names import UnknownSettingError
from app.settings import Settings
from migrations.revisions import is_current

# An upgrade waits for one that another process has begun, not only for a short write.
MIGRATION_WAIT_SECONDS = 120.0


def load_settings() -> Settings:
    """The settings in force; stops, naming the variables, when one of them is wrong or is none."""
    try:
        return Settings.load()
    except UnknownSettingError as error:
        stop(str(error), USAGE)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        stop("; ".join(map(_tell_fault, faults)), USAGE)


def _tell_fault(error: ErrorDetails) -> str:
    """Name the variable and its fault; what is wrong between several names them itself."""
    reason = write_sentence(error["type"], error["msg"], error.get("ctx"))
    name = ".".join(map(str, error["loc"])).upper()
    return f"CLEARPOST_{name}: {reason}" if name else reason


def read_url(settings: Settings) -> URL:
    """The store's URL in its parts; stops when it is none."""
    try:
        return make_url(settings.database_url)
    except (ArgumentError, ValueError):
        stop("CLEARPOST_DATABASE_URL: is not the URL of a database", USAGE)


@contextlib.contextmanager
def any_store(settings: Settings, wait_seconds: float | None = None) -> Iterator[Store]:
    """Open the store at any schema."""
    read_url(settings)
    try:
        store = Store(settings.database_url, wait_seconds or settings.busy_timeout_seconds)
    except OSError as error:
        stop(f"the store's folder cannot be made: {error.filename}: {error.strerror}", STORE)
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def current_store(settings: Settings) -> Iterator[Store]:
    """The store, at the newest schema; stops when it is not, and makes none."""
    _refuse_missing_file(read_url(settings))
    with any_store(settings) as store:
        if not is_current(store):
            # Alembic is loaded where it has something to do: that takes as long as a command.
            from migrations.upgrade import describe_revision  # noqa: PLC0415

            told, remedy = describe_revision(store)
            stop(f"the store {told}: {describe_store(store.url)}; {remedy}", STORE)
        yield store


def _refuse_missing_file(url: URL) -> None:
    """Stop where SQLite's file is not there: to look at it would make an empty one."""
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        stop(f"there is no store yet: {describe_store(url)}; run: clearpost migrate", STORE)


def migrate_store(settings: Settings) -> bool:
    """Bring the store to the newest schema; whether anything had to be done."""
    with any_store(settings, MIGRATION_WAIT_SECONDS) as store:
        if is_current(store):
            return False
        from migrations.upgrade import upgrade  # noqa: PLC0415 - as above

        return upgrade(store)
