"""The staging area as one import holds it: made empty, filled, kept, and cleared at the end."""

import gc
import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Column, Connection, Inspector, Table, Text, insert, inspect, select
from sqlalchemy.schema import CreateTable

from app.database.session import Store
from app.imports.staging import parked_areas, staged_tables, staging_database
from app.store.service import import_records
from app.store.service.import_records import ImportRecord

_COLLECTED_AFTER = 200_000
# The import that is staged, and the shape of the tables.
_whose = Table(
    "stage_import",
    staged_tables.metadata,
    Column("id", Text, primary_key=True),
    Column("shape", Text),
)


@dataclass(frozen=True, slots=True)
class StagingArea:
    """The area of `store`, on the one connection that has it."""

    store: Store
    connection: Connection

    def begin(self, import_id: str) -> None:
        """Make the area empty, for the rows of this import."""
        staging_database.reset_area(
            self.connection, self.store.file, staged_tables.metadata, _digest_tables()
        )
        with self.connection.begin():
            self.connection.execute(insert(_whose).values(id=import_id, shape=_digest_tables()))

    @contextmanager
    def emptied_meanwhile(self) -> Iterator[None]:
        """Have the area for something else inside the block; what was staged is back after it."""
        staging_database.set_aside(self.connection, self.store.file, staged_tables.metadata)
        try:
            yield
        finally:
            staging_database.take_back(self.connection, self.store.file, staged_tables.metadata)

    def park(self, number: int) -> None:
        """Put what is staged of import `number` out of the way of another feed's delivery."""
        parked_areas.park_area(self.connection, self.store.file, staged_tables.metadata, number)

    def fetch(self, found: ImportRecord) -> bool:
        """Have the rows of an import that waits staged, parked or not; return false for none.

        What another import that waits has staged is parked in its place.
        """
        if self.holds(found.id):
            return True
        if found.number not in parked_areas.list_parked(self.connection, self.store.file):
            return False
        with self.store.reading() as reading:
            waiting = import_records.list_in_states(reading, *import_records.WAITING)
        for one in waiting:
            if self.holds(one.id):
                self.park(one.number)
                break
        parked_areas.unpark_area(
            self.connection, self.store.file, staged_tables.metadata, found.number
        )
        return self.holds(found.id)

    def drop_parked(self, kept: Collection[int] = ()) -> None:
        """Delete what is parked, but of the imports `kept`."""
        parked_areas.drop_parked(self.connection, self.store.file, kept)

    def keep(self) -> None:
        """Make sure that what is staged survives this process."""
        staging_database.sync_area(self.store.file)

    def holds(self, import_id: str) -> bool:
        """Return true if all rows of this import are staged, with the tables of this version."""
        with self.connection.begin():
            if not _is_as_defined(inspect(self.connection), _whose):
                return False
            said = self.connection.execute(select(_whose.c.id, _whose.c.shape)).one_or_none()
            return said is not None and tuple(said) == (import_id, _digest_tables())

    def clear(self) -> None:
        """Leave nothing of what was staged."""
        staging_database.clear_area(self.connection, self.store.file, staged_tables.metadata)


@cache
def _digest_tables() -> str:
    """Return a digest of the area's tables, which another version may have otherwise."""
    made = "".join(str(CreateTable(table)) for table in staged_tables.metadata.sorted_tables)
    return hashlib.sha256(made.encode()).hexdigest()


def _is_as_defined(found: Inspector, table: Table) -> bool:
    """Return true if the table exists with its columns."""
    if not found.has_table(table.name, schema=table.schema):
        return False
    columns = found.get_columns(table.name, schema=table.schema)
    return {column["name"] for column in columns} == {column.name for column in table.c}


@contextmanager
def open_area(store: Store, patience: float) -> Iterator[StagingArea]:
    """Open the area for this process alone; see `staging_database.open_staging`."""
    with staging_database.open_staging(store, patience) as connection, _collect_seldom():
        # Of a process that ended while it had set it aside.
        staging_database.take_back(connection, store.file, staged_tables.metadata)
        yield StagingArea(store, connection)


@contextmanager
def _collect_seldom() -> Iterator[None]:
    """Let the garbage collector wait for many more objects than it usually does.

    It would look at the rows of each batch again and again, which make no cycles: a quarter of the
    time that reading them takes.
    """
    usual = gc.get_threshold()
    gc.set_threshold(_COLLECTED_AFTER, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def is_claimed(store: Store) -> bool:
    """Return true if a process has the area to read, plan, apply or reject an import."""
    with store.reading() as connection:
        return staging_database.is_claimed(connection, store.file)
