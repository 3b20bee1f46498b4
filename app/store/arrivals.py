"""People who come under another id than before: with the number, or the name and birth date.

Their former ids are on file, whether or not somebody bears them still.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Integer,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    true,
)

from app.policy.names import name_key
from app.store import bulk, staging, tables
from app.store.each import values_of

# Staged people who may be somebody on file: `fresh` is 1 of an id that is not on file.
_candidates = Table(
    "identity_candidates",
    staging.metadata,
    Column("id", Text, primary_key=True),
    Column("line", BigInteger),
    Column("fresh", Integer),
    *(Column(name, Text) for name in ("kind", "given_name", "family_name", "student_number")),
    *(Column(name, Text) for name in ("name_key", "preferred_key", "more_keys")),
    Column("birth_date", Date),
    sqlite_with_rowid=False,
)
# Ids of the delivery and ids on file that may be one person's.
pairs = Table(
    "identity_arrivals",
    staging.metadata,
    Column("id", Text),
    Column("former_id", Text),
    Column("fresh", Integer),
    Column("line", BigInteger),
    PrimaryKeyConstraint("id", "former_id"),
    sqlite_with_rowid=False,
)
# From how many on, and if they are most of all, people under other ids are a migration.
_MANY = 3
_new, _old = staging.people.c, tables.people.c


def forget(connection: Connection) -> None:
    """Drop what an earlier comparison has noted."""
    for table in (_candidates, pairs):
        connection.execute(delete(table))


def note(connection: Connection, is_another: ColumnElement[bool]) -> None:
    """Note who of the delivery may be somebody on file under another id.

    Looked at are ids that are new, or were in this doubt before, those that another person will
    bear (`is_another`), and those whose number or birth date was not known until now.
    """
    names = [column.name for column in _candidates.c]
    connection.execute(insert(_candidates).from_select(names, _find_candidates(is_another)))
    staging.analyze(connection, _candidates)
    if not _count(connection, _candidates.c.id):
        return
    found = {pair[:2]: pair for pair in _known_again(connection)}
    if _is_most(connection, _count(connection, _candidates.c.id)):
        known = {ident for ident, _ in found}
        by_name = {pair[:2]: pair for pair in _namesakes(connection) if pair[0] not in known}
        if _is_most(connection, len(known | {ident for ident, _ in by_name})):
            found |= by_name
    bulk.put(connection, pairs, sorted(found.values()))
    staging.analyze(connection, pairs)


def counts(connection: Connection, places: int) -> dict[str, Any]:
    """How many came, of how many; whether most did; and the places of the first few."""
    came = _count(connection, pairs.c.id)
    first = select(pairs.c.line).distinct().order_by(pairs.c.line).limit(places)
    return {
        "arrivals": came,
        "delivered": _count(connection, _new.id) if came else 0,
        "migration": _is_most(connection, came),
        "arrival_places": list(connection.scalars(first)),
    }


def _count(connection: Connection, ids: Column[Any]) -> int:
    return connection.scalar(select(func.count(ids.distinct()))) or 0


def _is_most(connection: Connection, count: int) -> bool:
    """Whether so many people are most of the delivery, and of those on file in its kinds."""
    if count < _MANY:
        return False
    kinds = _old.kind.in_(select(_candidates.c.kind))
    on_file = select(func.count()).where(kinds, _old.status == "active")
    known = connection.scalar(on_file) or 0
    return count * 2 > max(_count(connection, _new.id), known)


def _find_candidates(is_another: ColumnElement[bool]) -> Select[Any]:
    fresh = _old.id.is_(None)
    learnt = [
        and_(_old[name].is_(None), _new[name].is_not(None))
        for name in ("student_number", "birth_date")
    ]
    columns = (column.name for column in list(_candidates.c)[3:])
    return (
        select(_new.id, _new.line, case((fresh, 1), else_=0), *(_new[name] for name in columns))
        .select_from(staging.people.table.outerjoin(tables.people, _old.id == _new.id))
        .where(or_(fresh, _old.identity_doubt == "arrival", is_another, *learnt))
        .order_by(_new.id)
    )


def _known_again(connection: Connection) -> Iterator[tuple[str, str, int, int]]:
    """Pairs of one number, or of one name and birth date.

    A number may have been given to another child: one of another name, born on another day.
    """
    came, former = _candidates.c, tables.people.c
    same_number = and_(former.student_number == came.student_number, former.kind == "student")
    names = [(former[name], came[name]) for name in ("given_name", "family_name", "birth_date")]
    rows = select(*_pair(), *(one for pair in names for one in pair)).join(
        tables.people, same_number
    )
    for ident, other, fresh, line, was, given, named, family, born, birth in connection.execute(
        _alike(rows)
    ):
        apart = name_key(was) != name_key(given) and name_key(named) != name_key(family)
        if not (apart and born and birth and born != birth):
            yield ident, other, fresh, line
    for rows in _named():
        born_then = former.birth_date == came.birth_date
        for pair in connection.execute(_alike(rows).where(born_then)):
            yield tuple(pair)


def _namesakes(connection: Connection) -> Iterator[tuple[str, str, int, int]]:
    """Pairs of one name, but for those born on different days."""
    came, former = _candidates.c, tables.people.c
    unlike = former.birth_date != came.birth_date
    for rows in _named_wholly():
        for pair in connection.execute(_alike(rows).where(unlike.is_not(true()))):
            yield tuple(pair)


def _pair() -> tuple[ColumnElement[Any], ...]:
    came = _candidates.c
    return came.id, tables.people.c.id, came.fresh, came.line


def _named() -> Iterator[Select[Any]]:
    """Candidates joined to whoever bears, or bore, one of their names, or a part of one."""
    yield from _named_wholly()
    came, names = _candidates.c, tables.person_names.c
    further = values_of(came.more_keys)
    spelt = _candidates.join(further, true()).join(
        tables.person_names, names.name_key == further.c.value
    )
    former = spelt.join(tables.people, tables.people.c.id == names.person_id)
    yield select(*_pair()).select_from(former).where(came.more_keys.is_not(None))


def _named_wholly() -> Iterator[Select[Any]]:
    """Candidates joined to whoever bears, or bore, their given or preferred name."""
    came, names = _candidates.c, tables.person_names.c
    for key in (came.name_key, came.preferred_key):
        named = _candidates.join(tables.person_names, names.name_key == key)
        former = named.join(tables.people, tables.people.c.id == names.person_id)
        yield select(*_pair()).select_from(former)


def _alike(rows: Select[Any]) -> Select[Any]:
    """Of one kind, and under two ids."""
    came, former = _candidates.c, tables.people.c
    return rows.where(former.id != came.id, former.kind == came.kind)
