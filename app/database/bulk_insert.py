"""The insertion of many rows into one table, the quickest way each store has."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table


def insert_rows(
    connection: Connection,
    table: Table,
    rows: Sequence[tuple[Any, ...]],
    columns: Sequence[str] | None = None,
) -> None:
    """Insert `rows`, tuples in the order of `columns` or of all there are, as the driver does."""
    if not rows:
        return
    names = columns or [column.name for column in table.c]
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(names))
        into = f"{table.fullname} ({', '.join(names)})"
        statement = f"INSERT INTO {into} VALUES ({places})"  # noqa: S608
        connection.exec_driver_sql(statement, list(rows))
        return
    cursor: Any = connection.connection.cursor()
    with cursor.copy(f"COPY {table.fullname} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
