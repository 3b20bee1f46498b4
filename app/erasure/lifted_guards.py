"""The lifting of append-only guards, for the one transaction of an erasure.

Triggers keep history append-only (`migrations.append_only`). Here they are lifted by statements
that belong to the transaction: no other process ever sees the tables without them, and a failure
undoes the lifting with all the rest.
"""

import contextlib
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Table, text

_TRIGGERS = text(
    "SELECT name, sql FROM sqlite_master "
    "WHERE type = 'trigger' AND tbl_name IN (SELECT value FROM json_each(:tables))"
)


@contextlib.contextmanager
def lift_guards(connection: Connection, tables: Sequence[Table]) -> Iterator[None]:
    """Let rows of `tables` be changed and deleted inside the block; in `Store.writing()`.

    An error that leaves the block must end the transaction.
    """
    if connection.dialect.name == "sqlite":
        names = "[" + ",".join(f'"{table.name}"' for table in tables) + "]"
        found = connection.execute(_TRIGGERS, {"tables": names}).all()
        for name, _ in found:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        yield
        for _, created in found:
            connection.exec_driver_sql(created)
        return
    # Not DROP TRIGGER, which would wait for every reader and hold up those that come after.
    for table in tables:
        connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
    yield
    for table in tables:
        connection.exec_driver_sql(f"ALTER TABLE {table.name} ENABLE TRIGGER USER")
