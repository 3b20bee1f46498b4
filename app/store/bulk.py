"""Many rows into one table, the quickest way each store has."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert

from app.store.session import STAGING


def put(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert `rows`, tuples in the order of the table's columns, as the driver takes them."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        statement = str(insert(table).compile(connection))
        connection.exec_driver_sql(statement, list(rows))
        return
    names = ", ".join(column.name for column in table.c)
    name = f"pg_temp.{table.name}" if table.schema == STAGING else table.name
    cursor: Any = connection.connection.cursor()
    with cursor.copy(f"COPY {name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
