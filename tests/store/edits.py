"""Edits past the service: made in the database, looked at, and taken back."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Table, update

from app.database.session import Store

Faults = list[tuple[str, str | None, str]]
# A table, the name of a record's id, other values, and the column that the audit names.
Edit = tuple[Table, str, dict[str, Any], str]


@contextlib.contextmanager
def taken_back(connection: Connection) -> Iterator[None]:
    """What the block writes is not there after it."""
    edit = connection.begin_nested()
    yield
    edit.rollback()


def refuse_unseen(
    store: Store,
    ids: Mapping[str, str],
    edits: Iterable[Edit],
    find_faults: Callable[[Connection], Faults],
) -> None:
    """Fail unless the audit finds each of these edits, and nothing before them."""
    with store.writing() as connection:
        assert find_faults(connection) == []
        for table, name, values, column in edits:
            with taken_back(connection):
                connection.execute(update(table).where(table.c.id == ids[name]).values(values))
                said = (table.name, ids[name], f"says another {column} than the ledger")
                assert find_faults(connection) == [said], (name, values)
