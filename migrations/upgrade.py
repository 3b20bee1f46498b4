"""The store's schema, brought to the newest revision.

The steps are Alembic's, in the package `migrations`. All of them run in one transaction that
holds the store's write lock from its start, so of several processes that upgrade at once one
applies the steps and the others find them done.
"""

import contextlib
import logging
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

import migrations
from app.database.session import Store
from app.database.tables import metadata
from app.errors import SchemaError
from migrations.revisions import is_current, read_revisions

# Alembic tells at `info` that it was asked; the probe of readiness asks every few seconds.
logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)


def upgrade(store: Store) -> bool:
    """Bring `store` to the newest revision; whether anything had to be done.

    Raises `SchemaError` when the store is of a newer or an unknown revision, or holds tables of
    ours that no revision accounts for, and `StoreUnavailableError` when it cannot be reached.
    """
    if is_current(store):
        return False
    with migrating(store) as connection:
        before = read_revisions(connection)
        _refuse_unknown(connection, before)
        command.upgrade(_make_config(connection), "head")
        return read_revisions(connection) != before


def describe_revision(store: Store) -> tuple[str, str]:
    """Return how the schema of `store`, which is not the newest, stands to it, and what to do."""
    scripts = _read_scripts()
    newest, known = scripts.get_current_head(), {one.revision for one in scripts.walk_revisions()}
    with store.reading() as connection:
        found = read_revisions(connection)
    if not found:
        return "has no schema yet", "run: clearpost migrate"
    named = ", ".join(sorted(found))
    if found <= known:
        return f"has schema {named}, this version needs {newest}", "run: clearpost migrate"
    return (
        f"has schema {named}, this version knows {newest}",
        "a newer version of Clearpost made it",
    )


@contextlib.contextmanager
def migrating(store: Store) -> Iterator[Connection]:
    """One transaction with the write lock, in which tables may be rebuilt.

    On SQLite foreign keys are off, since a step that replaces a table would otherwise delete the
    rows that refer to it; they are checked as a whole before the commit. The switch works only
    outside a transaction, hence on the driver's connection, before SQLAlchemy begins one.
    """
    with store.connecting() as connection:
        if not store.is_sqlite:
            with connection.begin():
                yield connection
            return
        driver = connection.connection
        driver.cursor().execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                yield connection
                _check_references(connection)
        finally:
            driver.cursor().execute("PRAGMA foreign_keys = ON")


def _check_references(connection: Connection) -> None:
    broken = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
    if broken:
        detail = f"The upgrade would leave rows without what they refer to: {sorted(broken)}"
        raise SchemaError(detail)


def _refuse_unknown(connection: Connection, found: frozenset[str]) -> None:
    known = {script.revision for script in _read_scripts().walk_revisions()}
    if not found <= known:
        detail = (
            f"The store is at revision {', '.join(sorted(found - known))}, which this version of "
            f"Clearpost does not know: it was made by a newer one. Nothing was changed"
        )
        raise SchemaError(detail)
    ours = set(inspect(connection).get_table_names()) & set(metadata.tables)
    if not found and ours:
        detail = "The database holds tables named like ours but no revision. Nothing was changed"
        raise SchemaError(detail)


def _make_config(connection: Connection | None = None) -> Config:
    # The steps are found beside the installed package, wherever the process was started.
    config = Config()
    folder = str(Path(migrations.__file__).parent)
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@lru_cache(maxsize=1)
def _read_scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_make_config())
