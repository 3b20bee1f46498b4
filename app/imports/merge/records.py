"""The merge of staged records into the store's tables, slice by slice.

A record with a key of its own is added or brought up to date (`make_upsert`); what differs is found
beforehand, without a lock (`note_differences`).
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    and_,
    case,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from app.database import tables
from app.imports.merge.ledger_rows import ImportStamp
from app.imports.merge.slices import KeyRangeScan
from app.imports.staging import staged_tables
from app.imports.staging.staged_tables import Staged
from app.store.service.plan_parts import Changes


def _make_todo_table(staged: Staged) -> Table:
    keys = [Column(key.name, key.type) for key in staged.keys]
    rest = Column("op", Text), staged_tables.line()
    key = PrimaryKeyConstraint(*staged.key)
    name = f"todo_{staged.table.name.removeprefix('stage_')}"
    return Table(name, staged_tables.metadata, *keys, *rest, key, sqlite_with_rowid=False)


TARGETS: dict[Staged, Table] = {
    staged_tables.orgs: tables.orgs,
    staged_tables.people: tables.people,
    staged_tables.classes: tables.classes,
    staged_tables.enrollments: tables.enrollments,
    staged_tables.guardians: tables.guardians,
}
# The keys of staged records that differ from what is on file: `added` or `changed`.
PENDING: dict[Staged, Table] = {staged: _make_todo_table(staged) for staged in TARGETS}


def note_differences(
    connection: Connection, staged: Staged, absent: frozenset[str]
) -> tuple[Changes, bool]:
    """Fill the todo of `staged`; return its changes, and whether all of it has to be walked.

    Into an empty table all is walked, without any notes.
    """
    target, todo = TARGETS[staged], PENDING[staged]
    total = staged_tables.count_rows(connection, staged)
    if connection.execute(_select_any(target)).first() is None:
        return Changes(added=total), True
    connection.execute(_note_those_that_differ(staged, absent))
    staged_tables.analyze_tables(connection, todo)
    found: dict[str, int] = dict(connection.execute(_count_noted(todo)).all())
    added, changed = found.get("added", 0), found.get("changed", 0)
    whole = (added + changed) * 2 > total
    return Changes(added, changed, total - added - changed), whole


# To write such statements takes longer than to run them on a small delivery: each is written once.
@cache
def _select_any(target: Table) -> Any:
    return select(literal(1)).select_from(target).limit(1)


@cache
def _count_noted(todo: Table) -> Any:
    return select(todo.c.op, func.count()).group_by(todo.c.op)


@cache
def _note_those_that_differ(staged: Staged, absent: frozenset[str]) -> Any:
    target, todo = TARGETS[staged], PENDING[staged]
    on_file = target.c[staged.key[0]]
    same = and_(*(target.c[name] == staged.c[name] for name in staged.key))
    differs = _compare_columns(target, _find_updates(staged, target, staged.c, absent))
    rows = (
        select(*staged.keys, case((on_file.is_(None), "added"), else_="changed"), staged.c.line)
        .select_from(staged.table.outerjoin(target, same))
        .where(or_(on_file.is_(None), *differs))
        .order_by(*staged.keys)
    )
    return insert(todo).from_select([*staged.key, "op", "line"], rows)


@cache
def make_walk(staged: Staged, *, whole: bool) -> KeyRangeScan:
    """Return the walk of the rows of `staged` to merge: all, or those noted as different."""
    return KeyRangeScan(
        *(staged.keys if whole else [PENDING[staged].c[name] for name in staged.key])
    )


@cache
def select_slice(staged: Staged, *, whole: bool) -> tuple[Any, ColumnElement[bool]]:
    """Return the table to select a slice's staged rows from, and the condition they meet."""
    if whole:
        return staged.table, make_walk(staged, whole=True).within
    todo = PENDING[staged]
    joined = todo.join(staged.table, and_(*(todo.c[k] == staged.c[k] for k in staged.key)))
    noted = make_walk(staged, whole=False)
    return joined, and_(noted.within, noted.spans(staged.keys[0]))


def make_upsert(
    connection: Connection,
    staged: Staged,
    target: Table,
    stamp: ImportStamp,
    rows: tuple[Any, ColumnElement[bool]],
    absent: frozenset[str] = frozenset(),
    **first: Any,
) -> Any:
    """Return the statement that adds the records of `rows` and updates those that differ.

    Columns named in `absent` keep what is on file. `first` gives the columns that are set when a
    record is added and never again: values, or SQL expressions. People who are active again, or at
    another school, arrived when new people did. Both tables are walked in the order of the key.
    """
    selected, condition = rows
    names = [column.name for column in staged.c if column.name in target.c]
    values = [
        value if isinstance(value, ColumnElement) else literal(value, target.c[name].type)
        for name, value in first.items()
    ]
    columns = [*names, "import_number", "import_place", *first]
    picked = select(
        *(staged.c[name] for name in names), literal(stamp.number), staged.c.line, *values
    )
    statement = _insert_into(connection, target).from_select(
        columns, picked.select_from(selected).where(condition).order_by(*staged.keys)
    )
    updated = _find_updates(staged, target, statement.excluded, absent)
    if not updated:
        return statement.on_conflict_do_nothing()
    stamps: dict[str, Any] = {
        name: statement.excluded[name] for name in ("import_number", "import_place")
    }
    if staged is staged_tables.people:
        came_back = and_(target.c.status != "active", updated["status"] == "active")
        seen_at = first["first_seen_at"]
        stamps["returned_at"] = case((came_back, seen_at), else_=target.c.returned_at)
        schools = [name for name in ("org_id", "other_org_ids") if name in updated]
        moved = [target.c[name].is_distinct_from(updated[name]) for name in schools]
        stamps["moved_at"] = case((or_(false(), *moved), seen_at), else_=target.c.moved_at)
    return statement.on_conflict_do_update(
        index_elements=staged.key,
        set_={**updated, **stamps},
        where=or_(*_compare_columns(target, updated)),
    )


def make_insert(
    connection: Connection, target: Table, columns: list[str], rows: Select[Any]
) -> Any:
    """Return the statement that inserts those of `rows` that break no uniqueness of `target`."""
    return _insert_into(connection, target).from_select(columns, rows).on_conflict_do_nothing()


def _find_updates(
    staged: Staged, target: Table, new: Any, absent: frozenset[str]
) -> dict[str, ColumnElement[Any]]:
    """Return the columns that may change, and their new values from `new`."""
    lasting = {*absent, *staged.key, "id", "search_words"}
    names = [c.name for c in staged.c if c.name in target.c and c.name not in lasting]
    updated: dict[str, ColumnElement[Any]] = {name: new[name] for name in names}
    if staged is staged_tables.people and "status" in absent:
        # A person in the feed again is no longer missing, even if the feed has no status.
        status = target.c.status
        updated["status"] = case((status == "missing_from_feed", "active"), else_=status)
    return updated


def is_changed(staged: Staged, absent: frozenset[str]) -> ColumnElement[bool]:
    """Return true where a staged record differs from that on file; `absent` as in `make_upsert`."""
    target = TARGETS[staged]
    return or_(false(), *_compare_columns(target, _find_updates(staged, target, staged.c, absent)))


def _compare_columns(
    target: Table, updated: Mapping[str, ColumnElement[Any]]
) -> list[ColumnElement[bool]]:
    return [target.c[name].is_distinct_from(value) for name, value in updated.items()]


def _insert_into(connection: Connection, target: Table) -> Any:
    # The two dialects' inserts have ON CONFLICT in common, which SQLAlchemy's own has not.
    dialect = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
    return dialect[connection.dialect.name](target)


def on_file(staged: Staged, target: Any) -> ColumnElement[bool]:
    """Return true where the record of a staged row is in `target`."""
    return exists().where(*(target.c[name] == staged.c[name] for name in staged.key))
