"""People who come under another id than before: with the number, or the name and birth date.

Their former ids are on file, with or without a present bearer.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    delete,
    func,
    select,
)

from app.database import bulk_insert, tables
from app.database.json_lists import as_json, is_in, json_list
from app.imports.identities.identity_candidates import candidates
from app.imports.staging import staged_tables
from app.policy.names import name_key

# Ids of the delivery and ids on file that may be one person's.
pairs = Table(
    "identity_arrivals",
    staged_tables.metadata,
    Column("id", Text),
    Column("former_id", Text),
    Column("fresh", Integer),
    Column("line", BigInteger),
    PrimaryKeyConstraint("id", "former_id"),
    sqlite_with_rowid=False,
)
# So many people under other ids, if they are also most of all people, are a migration.
_MANY = 3
_CHUNK = 1_000
_old = tables.people.c
_NAMED = select(tables.person_names.c.name_key, tables.person_names.c.person_id).where(
    is_in(tables.person_names.c.name_key, json_list("keys"))
)
_KNOWN = select(_old.id, _old.kind, _old.birth_date).where(is_in(_old.id, json_list("ids")))


class ArrivalPair(NamedTuple):
    """A row of `pairs`; `fresh` is that of the candidate, `line` its place."""

    id: str
    former_id: str
    fresh: int
    line: int

    @property
    def ids(self) -> tuple[str, str]:
        """Return both ids."""
        return self.id, self.former_id


def forget_arrivals(connection: Connection) -> None:
    """Drop what an earlier comparison has noted."""
    connection.execute(delete(pairs))


def note_arrivals(connection: Connection) -> None:
    """Note which of the `candidates` may be a person on file under another id."""
    looked = _count_distinct(connection, candidates.c.id)
    if not looked:
        return
    found = {pair.ids: pair for pair in _find_known_again(connection)}
    if is_migration(connection, looked):
        known = {ident for ident, _ in found}
        by_name = {pair.ids: pair for pair in _find_namesakes(connection) if pair.id not in known}
        if is_migration(connection, len(known | {ident for ident, _ in by_name})):
            found |= by_name
    bulk_insert.insert_rows(connection, pairs, sorted(found.values()))
    staged_tables.analyze_tables(connection, pairs)


def count_arrivals(connection: Connection) -> int:
    """Count the people who come under other ids."""
    return _count_distinct(connection, pairs.c.id)


def list_places(connection: Connection, most: int) -> tuple[int, ...]:
    """Return the places of the first arrivals, at most so many."""
    first = select(pairs.c.line).distinct().order_by(pairs.c.line).limit(most)
    return tuple(connection.scalars(first))


def _count_distinct(connection: Connection, ids: Column[Any]) -> int:
    return connection.scalar(select(func.count(ids.distinct()))) or 0


def is_migration(connection: Connection, count: int) -> bool:
    """Return true where so many people are most of the delivery, and of those on file.

    On file means active people of the delivered kinds.
    """
    if count < _MANY or count * 2 <= staged_tables.count_rows(connection, staged_tables.people):
        return False
    kinds = _old.kind.in_(select(candidates.c.kind))
    on_file = select(func.count()).where(kinds, _old.status == "active")
    return count * 2 > (connection.scalar(on_file) or 0)


def _find_known_again(connection: Connection) -> Iterator[ArrivalPair]:
    """Yield pairs of one number, or of one name and birth date.

    A number may have been given to another child: one of another name, born on another day.
    """
    came, former = candidates.c, tables.people.c
    same_number = and_(former.student_number == came.student_number, former.kind == "student")
    names = [(former[name], came[name]) for name in ("given_name", "family_name", "birth_date")]
    rows = (
        select(came.id, former.id, came.fresh, came.line, *(one for pair in names for one in pair))
        .join(tables.people, same_number)
        .where(former.id != came.id, came.kind == "student")
    )
    for ident, other, fresh, line, was, given, named, family, born, birth in connection.execute(
        rows
    ):
        apart = name_key(was) != name_key(given) and name_key(named) != name_key(family)
        if not (apart and born and birth and born != birth):
            yield ArrivalPair(ident, other, fresh, line)
    for pair, born, birth in _match_names(connection, wholly=False):
        if born is not None and born == birth:
            yield pair


def _find_namesakes(connection: Connection) -> Iterator[ArrivalPair]:
    """Yield pairs of one name, but for those born on different days."""
    for pair, born, birth in _match_names(connection, wholly=True):
        if born is None or birth is None or born == birth:
            yield pair


def _match_names(
    connection: Connection, *, wholly: bool
) -> Iterator[tuple[ArrivalPair, date | None, date | None]]:
    """Yield pairs of one kind and of one present or former name, with both birth dates.

    Not `wholly`: also where one of several given or family names is the same.
    """
    rows = select(candidates).order_by(candidates.c.id).execution_options(yield_per=_CHUNK)
    for chunk in connection.execute(rows).partitions():
        came: dict[str, list[Any]] = defaultdict(list)
        for row in chunk:
            more = () if wholly or row.more_keys is None else orjson.loads(row.more_keys)
            for key in {row.name_key, row.preferred_key, *more} - {None}:
                came[key].append(row)
        named = connection.execute(_NAMED, {"keys": as_json(came)}).all()
        ids = {"ids": as_json({person_id for _, person_id in named})}
        known = {row.id: row for row in connection.execute(_KNOWN, ids)}
        for key, person_id in named:
            former = known[person_id]
            for row in came[key]:
                if row.id != person_id and row.kind == former.kind:
                    pair = ArrivalPair(row.id, person_id, row.fresh, row.line)
                    yield pair, former.birth_date, row.birth_date
