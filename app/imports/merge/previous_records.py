"""Records as they were before an import changed or removed them, kept so that it can be undone.

What an import added is not kept: it is what names the import and has no row here.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Table,
    Text,
    and_,
    cast,
    delete,
    func,
    literal,
    null,
    select,
    update,
)

from app.database import tables
from app.database.json_lists import as_json, json_list
from app.database.tables import UtcDateTime
from app.imports.merge.records import TARGETS, is_changed, make_insert
from app.imports.merge.slices import KeyRange, KeyRangeScan, MergeStep, Prepared
from app.imports.staging.staged_tables import Staged
from app.policy.statements import BY_GUARDIAN

KEYS: Mapping[str, tuple[str, ...]] = {
    "orgs": ("id",),
    "people": ("id",),
    "classes": ("id",),
    "enrollments": ("class_id", "person_id", "role"),
    "guardians": ("student_id", "guardian_id"),
    "accounts": ("id",),
    "account_managers": ("account_id", "person_id"),
    "account_aliases": ("account_id", "system", "value"),
    "list_gaps": ("person_id", "source", "file", "school"),
    "feed_people": ("id", "feed"),
    "feed_enrollments": ("class_id", "person_id", "role", "feed"),
    "feed_guardians": ("student_id", "guardian_id", "feed"),
}
_PERSON = {"people": "id", "enrollments": "person_id", "guardians": "student_id",
           "account_managers": "person_id", "list_gaps": "person_id",
           "feed_people": "id", "feed_enrollments": "person_id",
           "feed_guardians": "student_id"}  # fmt: skip
_SOURCES = "source_doubts"
# Of these the key names a guardian, too.
_TIES = ("guardians", "feed_guardians", _SOURCES)
# An account, and the records that belong to it.
_OF_ACCOUNT = {
    tables.accounts: "id", tables.account_managers: "account_id",
    tables.account_aliases: "account_id",
}  # fmt: skip
_befores = tables.import_befores
COLUMNS = [column.name for column in _befores.c]


def begin_noting(connection: Connection, number: int) -> None:
    """Note that this import keeps what it changes, from its first row on."""
    table = tables.imports
    connection.execute(update(table).where(table.c.number == number).values(undoable=True))


def keep_rows(
    connection: Connection,
    target: Table,
    number: int,
    where: ColumnElement[bool],
    bounds: KeyRange | None = None,
) -> None:
    """Keep the rows of `target` that import `number` is about to change or to remove."""
    connection.execute(make_keep_statement(connection, target, number, where), bounds or {})


def remove_rows(
    connection: Connection,
    target: Table,
    number: int,
    where: ColumnElement[bool],
    bounds: KeyRange,
) -> None:
    """Remove rows of `target` by import `number`, and keep them."""
    keep_rows(connection, target, number, where, bounds)
    connection.execute(delete(target).where(where), bounds)


def keep_accounts(connection: Connection, number: int, ids: Sequence[str]) -> None:
    """Keep accounts that are about to be changed, with their managers and aliases."""
    given = {"ids": as_json(ids)}
    for target, key in _OF_ACCOUNT.items():
        keep_rows(connection, target, number, target.c[key].in_(json_list("ids")), given)


def make_keep_statement(
    connection: Connection,
    target: Table,
    number: int,
    where: ColumnElement[bool],
    joined: Any = None,
) -> Any:
    """Return the statement of `keep_rows`; the first row kept of a record stays."""
    person = _PERSON.get(target.name)
    rows = select(
        literal(number),
        literal(target.name),
        select_key(connection, target, KEYS[target.name]),
        target.c[person] if person else cast(null(), Text),
        select_object(connection, target),
        literal(number),
    ).select_from(target if joined is None else joined)
    return make_insert(connection, _befores, COLUMNS, rows.where(where))


def make_staged_keep_statement(
    connection: Connection,
    staged: Staged,
    number: int,
    of_slice: tuple[Any, ColumnElement[bool]],
    absent: frozenset[str],
) -> Any:
    """Return the statement that keeps the records on file which a slice is about to change."""
    target, (selected, condition) = TARGETS[staged], of_slice
    same = and_(*(target.c[name] == staged.c[name] for name in staged.key))
    joined = selected.join(target, same)
    where = and_(condition, is_changed(staged, absent))
    return make_keep_statement(connection, target, number, where, joined)


def select_key(connection: Connection, target: Any, names: Sequence[str]) -> ColumnElement[str]:
    """Return a record's key as the JSON array that is kept."""
    made = _get_json_function(connection.dialect.name, "array")
    return cast(made(*(target.c[name] for name in names)), Text)


def select_object(connection: Connection, target: Table) -> ColumnElement[str]:
    """Return a row of `target` as the JSON object that is kept."""
    return _make_object(connection.dialect.name, target)


@cache
def _make_object(dialect: str, target: Table) -> ColumnElement[str]:
    pairs = [part for c in target.c for part in (literal(c.name, Text), c)]
    return cast(_get_json_function(dialect, "object")(*pairs), Text)


def _get_json_function(dialect: str, shape: str) -> Any:
    build = "json_" if dialect == "sqlite" else "json_build_"
    return getattr(func, build + shape)


def parse_row(target: Table, row: str) -> dict[str, Any]:
    """Return a kept row as values of the columns that `target` still has."""
    said = orjson.loads(row)
    return {c.name: _to_column_value(c, said[c.name]) for c in target.c if c.name in said}


def _to_column_value(column: Column[Any], said: Any) -> Any:
    if said is None:
        return None
    if isinstance(column.type, UtcDateTime):
        at = datetime.fromisoformat(said)
        return at if at.tzinfo else datetime.fromisoformat(f"{said}+00:00")
    if isinstance(column.type, Date):
        return date.fromisoformat(said)
    return bool(said) if isinstance(column.type, Boolean) else said


def read_rows(connection: Connection, target: Table, number: int) -> list[dict[str, Any]]:
    """Return the rows of `target` that import `number` has kept, as they were."""
    kept = _befores.c.import_number == number, _befores.c.kind == target.name
    return [
        parse_row(target, row) for row in connection.scalars(select(_befores.c.row).where(*kept))
    ]


def forget_befores(connection: Connection, person_id: str) -> None:
    """Forget what was kept of a person who is erased."""
    for table in (_befores, tables.undo_kept, tables.undone_statements):
        connection.execute(delete(table).where(table.c.person_id == person_id))
    for kept in (_befores, tables.undo_kept):
        _forget_ties(connection, kept, person_id)
    _forget_owner(connection, person_id)


def _forget_ties(connection: Connection, kept: Table, person_id: str) -> None:
    """Forget the ties of a guardian who is erased: an undo puts none of them back."""
    said = kept.c
    rows = select(said.import_number, said.kind, said.key).where(
        said.kind.in_(_TIES), said.key.contains(person_id, autoescape=True)
    )
    theirs = {person_id, BY_GUARDIAN + person_id}
    for number, kind, key in connection.execute(rows).all():
        if theirs & set(orjson.loads(key)):
            same = said.import_number == number, said.kind == kind, said.key == key
            connection.execute(delete(kept).where(*same))


def _forget_owner(connection: Connection, person_id: str) -> None:
    """Keep accounts without the owner who is erased."""
    said = _befores.c
    accounts = select(said.import_number, said.key, said.row).where(
        said.kind == "accounts", said.row.contains(person_id, autoescape=True)
    )
    for number, key, row in connection.execute(accounts).all():
        values = orjson.loads(row)
        if values["owner_id"] == person_id:
            anew = orjson.dumps({**values, "owner_id": None}).decode()
            same = said.import_number == number, said.kind == "accounts", said.key == key
            connection.execute(update(_befores).where(*same).values(row=anew))


def make_forget_steps(connection: Connection, before: datetime) -> list[MergeStep]:
    """Return the step that forgets what imports delivered before that time have kept."""
    said = tables.imports.c
    last = connection.scalar(select(func.max(said.number)).where(said.created_at < before))
    old = _befores.c.import_number <= (last or 0)
    rows = connection.scalar(select(func.count()).select_from(_befores).where(old)) or 0
    walk = KeyRangeScan(_befores.c.kind, _befores.c.key, where=old)

    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        connection.execute(delete(_befores).where(walk.within), bounds)
        over = tables.imports.c.number <= last
        connection.execute(update(tables.imports).where(over).values(undoable=False))

    return [MergeStep("what could be undone until now", walk, apply, rows)] if rows else []


def keep_source_doubts(
    connection: Connection, number: int, pairs: Sequence[tuple[str, str]]
) -> None:
    """Keep that sources of statements about people were those of former guardians."""
    for person, source in pairs:
        values = (number, _SOURCES, orjson.dumps([person, source]).decode(), person, "{}", number)
        row: Any = select(*map(literal, values))
        connection.execute(make_insert(connection, _befores, COLUMNS, row))


def read_source_doubts(connection: Connection, number: int, person_id: str) -> list[str]:
    """Return the sources about a person that were a former guardian's before this import."""
    said = _befores.c
    wanted = said.import_number == number, said.kind == _SOURCES, said.person_id == person_id
    return [orjson.loads(key)[1] for key in connection.scalars(select(said.key).where(*wanted))]
