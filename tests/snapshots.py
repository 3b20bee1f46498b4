"""What the store holds, to tell that something changed nothing."""

from typing import Any

from sqlalchemy import select

from app.database.session import Store
from app.database.tables import metadata


def rows_of(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, ledger and history included."""
    with store.reading() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in metadata.sorted_tables
        }
