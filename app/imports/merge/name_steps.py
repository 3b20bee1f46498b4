"""The index of names for people who are all new: written in the order of its words, in one pass.

Person by person, every row would go to another page of the index; of a million people, that takes
longer than all else together.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    delete,
    func,
    select,
)

from app.database import bulk_insert, tables
from app.database.tables.base import Bytewise
from app.imports.merge.records import make_insert
from app.imports.merge.slices import KeyRange, KeyRangeScan, MergeStep, Prepared
from app.imports.staging import staged_tables
from app.store.people import name_index
from app.store.people.memberships import to_indexed_org

_READ, _ROWS = 5_000, 120_000

words = Table(
    "pending_words",
    staged_tables.metadata,
    Column("word", Bytewise),
    Column("names", Bytewise),
    Column("person_id", Text),
    Column("org_id", Text),
    PrimaryKeyConstraint("word", "names", "person_id"),
    sqlite_with_rowid=False,
)
variants = Table(
    "pending_variants",
    staged_tables.metadata,
    Column("variant", Text),
    Column("word", Text),
    PrimaryKeyConstraint("variant", "word"),
    sqlite_with_rowid=False,
)
_STEPS = ((words, tables.person_words, "names"), (variants, tables.word_variants, "spellings"))


def forget_names(connection: Connection) -> None:
    """Drop what an earlier plan has noted."""
    for noted, _, _ in _STEPS:
        connection.execute(delete(noted))


def note_names(connection: Connection) -> dict[str, int]:
    """Note the rows of the index for all staged people; return how many for each step."""
    people = staged_tables.people.c
    borne = select(people.search_words, people.id, people.org_id, people.other_org_ids)
    _insert_sorted(
        connection,
        words,
        _stream_rows(
            connection,
            borne,
            lambda row: name_index.list_rows(row[0], row[1], to_indexed_org(row[2], row[3])),
        ),
    )
    distinct = select(words.c.word).distinct().where(words.c.word > "")
    spelt = _stream_rows(connection, distinct, lambda row: name_index.list_variant_rows(row[0]))
    _insert_sorted(connection, variants, spelt)
    found = {}
    for noted, _, name in _STEPS:
        staged_tables.analyze_tables(connection, noted)
        found[name] = connection.scalar(select(func.count()).select_from(noted)) or 0
    return found


def _stream_rows(
    connection: Connection,
    wanted: Select[Any],
    rows: Callable[[Any], Iterable[tuple[Any, ...]]],
) -> Iterator[tuple[Any, ...]]:
    found = connection.execute(wanted.execution_options(yield_per=_READ))
    return chain.from_iterable(map(rows, found))


def _insert_sorted(connection: Connection, table: Table, rows: Iterator[tuple[Any, ...]]) -> None:
    """Insert rows in sorted batches: how many words and names there are depends on the files."""
    while some := sorted(islice(rows, _ROWS)):
        bulk_insert.insert_rows(connection, table, some)


def make_name_steps(noted: Mapping[str, int]) -> list[MergeStep]:
    """Return the steps that write what was noted, once the people are on file."""
    return [
        _make_step(rows, into, name, noted[name]) for rows, into, name in _STEPS if name in noted
    ]


def make_index_step(number: int) -> MergeStep:
    """Return the step that indexes, one by one, all people that import `number` put on file."""
    people = tables.people.c
    walk = KeyRangeScan(people.id, where=people.import_number == number)
    wanted = select(people.id).where(walk.within)

    def prepare(connection: Connection, bounds: KeyRange) -> Prepared:
        """Return the people of the slice with names to index."""
        return connection.scalars(wanted, bounds).all()

    def apply(connection: Connection, _bounds: KeyRange, prepared: Prepared) -> None:
        """Index their names."""
        name_index.index_people(connection, prepared)

    return MergeStep("names again", walk, apply, 0, prepare)


def _make_step(noted: Table, target: Table, name: str, count: int) -> MergeStep:
    walk, made = KeyRangeScan(*noted.primary_key), dict[str, Any]()

    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        """Insert the noted words of the slice."""
        if not made:
            rows = select(noted).where(walk.within).order_by(*noted.primary_key)
            made["statement"] = make_insert(connection, target, [c.name for c in noted.c], rows)
        connection.execute(made["statement"], bounds)

    return MergeStep(name, walk, apply, count)
