"""Staged people with ids that have to be looked at: a few, found in one walk through all."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Integer,
    Select,
    Table,
    Text,
    and_,
    case,
    delete,
    insert,
    literal,
    or_,
    select,
    update,
)

from app.database import tables
from app.imports.staging import staged_tables

# `fresh` is 1 of an id that is not on file, `doubted` of one that is in doubt. `looked` is 1 of
# people who may be on file under another id.
candidates = Table(
    "identity_candidates",
    staged_tables.metadata,
    Column("id", Text, primary_key=True),
    *(Column(name, Integer) for name in ("fresh", "doubted", "looked")),
    Column("line", BigInteger),
    *(Column(name, Text) for name in ("kind", "given_name", "family_name", "student_number")),
    *(Column(name, Text) for name in ("name_key", "preferred_key", "more_keys")),
    Column("birth_date", Date),
    sqlite_with_rowid=False,
)
FIELDS = ("given_name", "family_name", "birth_date", "student_number")
_MARKS = 4
_new, _old = staged_tables.people.c, tables.people.c


def forget_candidates(connection: Connection) -> None:
    """Drop what an earlier comparison has noted."""
    connection.execute(delete(candidates))


def note_candidates(connection: Connection, absent: frozenset[str]) -> bool:
    """Note them, and return true if there are any.

    `absent` are the fields that were not delivered.
    """
    names = [column.name for column in candidates.c]
    connection.execute(insert(candidates).from_select(names, _select_candidates(absent)))
    staged_tables.analyze_tables(connection, candidates)
    return (
        connection.execute(select(literal(1)).select_from(candidates).limit(1)).first() is not None
    )


def keep_only(connection: Connection, ids: Select[Any]) -> None:
    """Keep only people who may be another person on file, and those with the `ids`."""
    more = candidates.c.id.in_(ids)
    connection.execute(update(candidates).where(more).values(looked=1))
    connection.execute(delete(candidates).where(candidates.c.looked == 0))


def _select_candidates(absent: frozenset[str]) -> Select[Any]:
    fresh, doubted = _old.id.is_(None), _old.identity_doubt.is_not(None)
    learnt = [
        and_(_old[name].is_(None), _new[name].is_not(None))
        for name in ("student_number", "birth_date")
    ]
    looked = or_(fresh, _old.identity_doubt == "arrival", *learnt)
    differs: list[ColumnElement[bool]] = [
        _new[name] != _old[name] for name in FIELDS if name not in absent
    ]
    apart: Any = sum((case((one, 1), else_=0) for one in differs), literal(0))
    columns = (column.name for column in list(candidates.c)[_MARKS:])
    marks = (case((mark, 1), else_=0) for mark in (fresh, doubted, looked))
    return (
        select(_new.id, *marks, *(_new[name] for name in columns))
        .select_from(staged_tables.people.table.outerjoin(tables.people, _old.id == _new.id))
        .where(or_(looked, doubted, _old.kind != _new.kind, apart > 1))
        .order_by(_new.id)
    )
