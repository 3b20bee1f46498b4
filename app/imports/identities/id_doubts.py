"""Doubts about ids: an id that another person would bear, and a person under another id.

Two rows of one id, or of two, are compared here and noted in the staging area; a person decides.
`app.imports.identities.identity_steps` puts in force what must not wait for that.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Table,
    Text,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
)

from app.database import bulk_insert, tables
from app.imports.identities import arrivals, carried_refusals, identity_candidates
from app.imports.identities.carried_refusals import ComparisonTime
from app.imports.identities.identity_candidates import FIELDS, candidates
from app.imports.staging import staged_tables
from app.policy.names import name_key
from app.store.service.plan_parts import IdDoubts

# Ids on file that the delivery gives to another person.
others = Table(
    "identity_others",
    staged_tables.metadata,
    Column("id", Text, primary_key=True),
    Column("line", BigInteger),
    sqlite_with_rowid=False,
)
# Ids of the delivery with a doubt that ends with it; `another` is 1 where the bearer is another.
settled = Table(
    "identity_settled",
    staged_tables.metadata,
    Column("id", Text, primary_key=True),
    Column("another", Integer),
    sqlite_with_rowid=False,
)
_PLACES = 5


def note_id_doubts(connection: Connection, absent: frozenset[str], moment: ComparisonTime) -> None:
    """Note the ids that the staged rows put in doubt; earlier notes are dropped.

    `absent` are the fields of people that were not delivered: of these nothing has changed.
    """
    for table in (others, settled):
        connection.execute(delete(table))
    identity_candidates.forget_candidates(connection)
    arrivals.forget_arrivals(connection)
    carried_refusals.forget_carried(connection)
    if not (
        _has_rows(connection, staged_tables.people.table) and _has_rows(connection, tables.people)
    ):
        return
    if not identity_candidates.note_candidates(connection, absent):
        return
    bulk_insert.insert_rows(connection, others, sorted(_find_others(connection, absent)))
    staged_tables.analyze_tables(connection, others)
    another = exists().where(others.c.id == candidates.c.id)
    rows = select(candidates.c.id, case((another, 1), else_=0))
    rows = rows.where(or_(another, candidates.c.doubted == 1))
    connection.execute(insert(settled).from_select(["id", "another"], rows))
    staged_tables.analyze_tables(connection, settled)
    identity_candidates.keep_only(connection, select(others.c.id))
    arrivals.note_arrivals(connection)
    carried_refusals.note_carried(connection, moment)


def _has_rows(connection: Connection, table: Table) -> bool:
    return connection.execute(select(literal(1)).select_from(table).limit(1)).first() is not None


def _find_others(connection: Connection, absent: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Yield the ids, with their places, of bearers who differ in kind or in two of the fields."""
    new, old = candidates.c, tables.people.c
    fields = [name for name in FIELDS if name not in absent]
    columns = [column[name] for name in fields for column in (old, new)]
    rows = select(new.id, new.line, old.kind != new.kind, *columns)
    for ident, line, other_kind, *said in connection.execute(
        rows.join(tables.people, old.id == new.id)
    ):
        pairs = zip(fields, said[::2], said[1::2], strict=True)
        if other_kind or sum(_is_another(*pair) for pair in pairs) > 1:
            yield ident, line


def _is_another(field: str, was: Any, is_now: Any) -> bool:
    """Return true for another value, not another spelling of it; an empty one says nothing."""
    if field.endswith("_name"):
        was, is_now = name_key(was or ""), name_key(is_now or "")
    elif field == "student_number":
        was, is_now = (number and number.lstrip("0") for number in (was, is_now))
    return bool(was and is_now and was != is_now)


def count_id_doubts(connection: Connection) -> IdDoubts:
    """Return the counts for a plan, and the places of the first few."""
    places = select(others.c.line).order_by(others.c.line).limit(_PLACES)
    came = arrivals.count_arrivals(connection)
    return IdDoubts(
        others=connection.scalar(select(func.count()).select_from(others)) or 0,
        settled=connection.scalar(select(func.count()).select_from(settled)) or 0,
        other_places=tuple(connection.scalars(places)),
        arrivals=came,
        delivered=staged_tables.count_rows(connection, staged_tables.people) if came else 0,
        migration=arrivals.is_migration(connection, came),
        arrival_places=arrivals.list_places(connection, _PLACES),
        refused=carried_refusals.count_people(connection),
    )


def is_of_another(said: Any) -> ColumnElement[bool]:
    """Return true for a statement about a person who no longer bears its id, or soon will not."""
    former = tables.people.alias("former").c
    upto = select(former.former_statements).where(former.id == said.person_id).scalar_subquery()
    return or_(said.seq <= upto, exists().where(others.c.id == said.person_id))
