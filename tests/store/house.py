"""A store, and deliveries to it."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Select, Table, select

from app.database.session import Store, utc_now
from app.database.tables import feed_deliveries, import_befores, imports, list_dates, metadata
from app.imports.report import Report
from app.settings import Settings
from tests.imports.conftest import Files, content, counts, write
from tests.imports.runs import run_import

DAILY = (
    list_dates, metadata.tables["ledger"], metadata.tables["record_sums"], imports, import_befores,
    feed_deliveries,
)  # fmt: skip


class Days:
    """A clock that a test moves by days."""

    def __init__(self) -> None:
        self.start, self.day = utc_now(), 0

    def __call__(self) -> datetime:
        return self.start + timedelta(days=self.day)


class House:
    """A store that is delivered to."""

    def __init__(self, store: Store, url: str, folder: Path, **settings: Any) -> None:
        self.store, self.folder = store, folder
        self.settings = Settings(database_url=url, **settings)

    def deliver(self, files: Files, **options: Any) -> Report:
        """Deliver, and say that the list of consents is complete unless told otherwise."""
        options = {"complete_consents": True, **options}
        return run_import(self.store, self.settings, write(self.folder, files), **options)

    def rows(self, what: Select[Any] | Table) -> list[Any]:
        statement = content(what) if isinstance(what, Table) else what
        with self.store.reading() as connection:
            return list(connection.execute(statement))

    def counts(self) -> dict[str, int]:
        return counts(self.store, *metadata.sorted_tables)

    def said(self, kind: str) -> list[dict[str, Any]]:
        table = metadata.tables["ledger"]
        wanted = select(table.c.payload).where(table.c.kind == kind).order_by(table.c.seq)
        return [json.loads(payload) for (payload,) in self.rows(wanted)]

    def contents(self) -> dict[str, list[Any]]:
        """Everything but what every delivery adds to."""
        tables = [table for table in metadata.sorted_tables if table not in DAILY]
        return {table.name: sorted(self.rows(table), key=repr) for table in tables}


MakeHouse = Callable[[Path, Callable[[], datetime]], AbstractContextManager[House]]
