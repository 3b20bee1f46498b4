"""How one staged table is merged into one of the store's, in memory that its size does not raise.

The two ways: a record with a key of its own is added or brought up to date (`upsert`); of what is
only ever added to, a new row says what is new (`add_where`).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Insert, Select, Table, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from app.store import staging
from app.store.staging import Staged


@dataclass(frozen=True, slots=True)
class Changes:
    """What one staged table did to the store, in records."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0


def upsert(
    connection: Connection, staged: Staged, target: Table, absent: frozenset[str], **first: Any
) -> Changes:
    """Add the records that are new, and update those of which a delivered column differs.

    Columns named in `absent` keep what is on file. `first` gives the columns that are set when a
    record is added and never again. Both tables are walked in the order of the key.
    """
    names = [column.name for column in staged.c if column.name in target.c]
    lasting = {*absent, *staged.key, "id"}
    values = [literal(value, target.c[name].type) for name, value in first.items()]
    before, touched = rows_in(connection, target), 0
    for condition in staging.slices(connection, staged):
        rows = select(*(staged.c[name] for name in names), *values).where(condition)
        statement = _insert(connection, target).from_select(
            [*names, *first], rows.order_by(*staged.keys)
        )
        updated = {name: statement.excluded[name] for name in names if name not in lasting}
        differs = [target.c[name].is_distinct_from(new) for name, new in updated.items()]
        touched += _run(
            connection,
            statement.on_conflict_do_update(
                index_elements=staged.key, set_=updated, where=or_(*differs)
            )
            if updated
            else statement.on_conflict_do_nothing(),
        )
    added = rows_in(connection, target) - before
    total = staging.count(connection, staged)
    return Changes(added=added, changed=touched - added, unchanged=total - touched)


def add(connection: Connection, target: Table, columns: list[str], rows: Select[Any]) -> int:
    """Insert those of `rows` that break no uniqueness of `target`; how many there were."""
    return _run(
        connection, _insert(connection, target).from_select(columns, rows).on_conflict_do_nothing()
    )


def rows_in(connection: Connection, target: Table) -> int:
    """How many rows `target` has."""
    return connection.scalar(select(func.count()).select_from(target)) or 0


def _insert(connection: Connection, target: Table) -> Any:
    # The two dialects' inserts have ON CONFLICT in common, which SQLAlchemy's own has not.
    dialect = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
    return dialect[connection.dialect.name](target)


def _run(connection: Connection, statement: Insert) -> int:
    return connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount
