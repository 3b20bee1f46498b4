"""Doubts of deliveries: put on file for every child who could be meant, and ended by a row.

A row about a child that could not be read, or not be kept, makes photo checks about that child
`review` at once. It ends when a readable row about the child is on file, or a person settles it
(`app.imports.doubts.settling`). A blank does not end a refusal: it takes nothing back.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from app.database import bulk_insert
from app.database.json_lists import as_json, is_in, json_list
from app.database.session import Store
from app.database.tables import doubted_people, import_doubts, people
from app.imports.doubts.doubt_sums import watch_doubts
from app.imports.doubts.spoiled_keys import HELD, KEPT, PERHAPS, bare_key, digest_row
from app.imports.merge.ledger_rows import ImportStamp
from app.imports.merge.statements import REFUSALS, SAME, faulty, todo
from app.imports.staging import staged_tables
from app.imports.staging.list_coverage import NO_STATEMENTS
from app.policy.words import REFUSALS as REFUSING
from app.store.ledger import chain, record_sums

BY_ROW, BY_UNDO = "row", "undo"
# Whatever ended a doubt so, the same row in a later delivery begins it again.
REOPENED = (BY_ROW, BY_UNDO)
# A batch so small that no write keeps others waiting for long.
_CHUNK = 500
_staged = staged_tables.doubts.c
_NOBODY = "refuses for somebody who is not on file"
_HELD = "refuses for somebody who comes with a delivery that waits"
# The children in doubt that have a readable blank: blanks themselves do not stay staged.
_blank = Table(
    "blank_flags",
    staged_tables.metadata,
    Column("person_id", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    sqlite_with_rowid=False,
)
# The file and the line of a staged row's place.
Located = Callable[[int], tuple[str, int]]
_Who = Mapping[tuple[str, str], set[str]]


def stage_unkept(connection: Connection, *, waits: bool) -> None:
    """Stage as doubts the refusals of people who are not on file, and so not kept.

    With `waits` also those of people in a delivery that is not applied now.
    """
    said = staged_tables.consents.c
    refuses = said.decision.in_(sorted(REFUSING))
    which = [(_NOBODY, KEPT, exists().where(faulty.c.line == said.line))]
    if waits:
        # Only what is planned or noted has a rank, so what is on file already is not among them.
        which.append((_HELD, HELD, exists().where(SAME, todo.c.rank == REFUSALS)))
    for reason, keep, where in which:
        rows = connection.execute(
            select(said.line, said.person_id, said.source, said.digest).where(refuses, where)
        ).all()
        doubts = {
            (row.person_id, row.line): (
                row.line, "sourced_id", row.person_id, bare_key(row.person_id), row.source,
                "", reason, True, keep, digest_row(row.digest),
            )
            for row in rows
        }  # fmt: skip
        bulk_insert.insert_rows(connection, staged_tables.doubts.table, list(doubts.values()))


def note_blanks(connection: Connection) -> None:
    """Keep, of the staged flags, which children in doubt have a blank."""
    flags = staged_tables.flags.c
    doubted = select(doubted_people.c.person_id).where(doubted_people.c.ended_at.is_(None))
    rows = select(flags.person_id, flags.source).where(
        flags.decision.in_(NO_STATEMENTS), flags.person_id.in_(doubted)
    )
    connection.execute(insert(_blank).from_select(["person_id", "source"], rows.distinct()))


def note_doubts(store: Store, connection: Connection, stamp: ImportStamp, located: Located) -> int:
    """Put the staged doubts on file at once; return how many rows are in doubt.

    `connection` has the staged rows. The same row in the same doubt is one, and what a person has
    settled of it stays settled.
    """
    with connection.begin():
        _drop_strangers(connection)
        rows = connection.execute(select(staged_tables.doubts.table)).mappings().all()
        if not rows:
            return 0
        exact, bare = _find_exact(connection), _find_bare(connection)
    record_sums.begin_import(store, stamp.at, stamp.caller)
    noted = 0
    for start in range(0, len(rows), _CHUNK):
        some = [(row, _find_meant(row, exact, bare)) for row in rows[start : start + _CHUNK]]
        wanted = {row["digest"]: (row, who) for row, who in some if who or row["keep"] != "0"}
        with store.writing() as writing:
            noted += _put_doubts(writing, stamp, wanted, located)
    record_sums.complete_sums(store)
    with (
        store.writing() as writing,
        record_sums.binding(writing, stamp.at, stamp.caller, ends=True),
    ):
        if noted:
            chain.append_entries(writing, [stamp.entry("import.doubted", {"rows": noted})])
    return noted


def find_arrivals(connection: Connection) -> list[tuple[str, str]]:
    """Return `(person, doubt)` of children who came since under a number of no student then."""
    doubt = import_doubts.c
    linked = exists().where(doubted_people.c.doubt_id == doubt.id)
    waiting = connection.execute(
        select(doubt.id, doubt.key).where(
            doubt.ended_at.is_(None), doubt.matches == "student_number", not_(linked)
        )
    ).all()
    if not waiting:
        return []
    by_bare: dict[str, list[Any]] = defaultdict(list)
    for row in waiting:
        if bare := bare_key(row.key):
            by_bare[bare].append(row)
    numbers = people.c.student_number
    rows = select(people.c.id, numbers).where(numbers.is_not(None), people.c.kind == "student")
    found = []
    for person, number in connection.execute(rows.execution_options(yield_per=_CHUNK)):
        found += [(person, row.id) for row in by_bare.get(bare_key(number), ())]
    return found


def end_doubts(
    connection: Connection, stamp: ImportStamp, arrivals: Iterable[tuple[str, str]]
) -> None:
    """End the doubts that an applied delivery answers; link new children to their doubts."""
    _link_people(connection, list(arrivals))
    open_ = doubted_people.c.ended_at.is_(None)
    theirs = doubted_people.join(import_doubts, import_doubts.c.id == doubted_people.c.doubt_id)
    still = exists().where(_staged.digest == import_doubts.c.id, _staged.keep != HELD)
    rows = (
        select(doubted_people.c.person_id, doubted_people.c.doubt_id)
        .select_from(theirs)
        .where(open_, not_(still), or_(*_match_answered()))
    )
    ended = connection.execute(rows).all()
    if ended:
        _end_links(connection, ended, stamp.at)
        close_doubts(connection, stamp.at, BY_ROW)


def _end_links(connection: Connection, pairs: Sequence[Any], at: datetime) -> None:
    same = (
        doubted_people.c.person_id == bindparam("person"),
        doubted_people.c.doubt_id == bindparam("doubt"),
    )
    ends = update(doubted_people).where(*same).values(ended_at=at, ended_by=BY_ROW)
    given = [{"person": person, "doubt": doubt} for person, doubt in pairs]
    with watch_doubts(connection, {doubt for _, doubt in pairs}):
        connection.execute(ends, given)


def close_doubts(connection: Connection, at: datetime, by: str) -> None:
    """Close the doubts that have ended for every child that they have."""
    linked = exists().where(doubted_people.c.doubt_id == import_doubts.c.id)
    still = linked.where(doubted_people.c.ended_at.is_(None))
    over = (import_doubts.c.ended_at.is_(None), linked, not_(still))
    ids = connection.scalars(select(import_doubts.c.id).where(*over)).all()
    ends = update(import_doubts).where(is_in(import_doubts.c.id, json_list("ids")))
    with watch_doubts(connection, ids):
        connection.execute(ends.values(ended_at=at, ended_by=by), {"ids": as_json(ids)})


def _match_answered() -> Iterator[ColumnElement[bool]]:
    """Yield the conditions under which a readable row is about the child of an open doubt."""
    flags, said, person = (
        staged_tables.flags.c,
        staged_tables.consents.c,
        doubted_people.c.person_id,
    )
    source = import_doubts.c.source
    yield exists().where(flags.person_id == person, flags.source == source)
    blank = exists().where(_blank.c.person_id == person, _blank.c.source == source)
    yield and_(not_(import_doubts.c.refuses), blank)
    # A statement of the same maker, who alone can say what the row said: after a no another one, or
    # a yes for all places.
    no = or_(not_(import_doubts.c.refuses), said.decision.in_(sorted(REFUSING)))
    yes = and_(said.decision == "grant", said.activity == "publish", said.channel == "all")
    new = and_(SAME, said.person_id == person, said.source == source, or_(no, yes))
    yield select(todo.c.rank).where(new).exists()


def _drop_strangers(connection: Connection) -> None:
    """Drop cells that only might have been keys and match no one: there may be millions."""
    for matches in ("sourced_id", "student_number"):
        keys = [
            select(table.c.id if matches == "sourced_id" else table.c.student_number)
            for table in (people, staged_tables.people.table)
        ]
        known = or_(
            *(_staged.key.in_(some.where(some.selected_columns[0].is_not(None))) for some in keys)
        )
        connection.execute(
            delete(staged_tables.doubts.table).where(
                _staged.keep == PERHAPS, _staged.matches == matches, not_(known)
            )
        )


def _find_exact(connection: Connection) -> _Who:
    """Return the people with the key of a staged doubt, by the kind of key and the key."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for matches in ("sourced_id", "student_number"):
        keys = select(_staged.key).where(_staged.matches == matches)
        for table in (people, staged_tables.people.table):
            column = table.c.id if matches == "sourced_id" else table.c.student_number
            for person, key in connection.execute(
                select(table.c.id, column).where(column.in_(keys))
            ):
                found[matches, key].add(person)
    return found


def _find_bare(connection: Connection) -> _Who:
    """Return the people with the key of a staged doubt, apart from a spreadsheet's damage."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for matches in ("sourced_id", "student_number"):
        keys = select(_staged.bare).where(
            _staged.matches == matches, _staged.keep != "0", _staged.bare != ""
        )
        if connection.execute(keys.limit(1)).first() is None:
            continue
        for table in (people, staged_tables.people.table):
            column = table.c.id if matches == "sourced_id" else table.c.student_number
            bare = func.ltrim(func.lower(column), "0")
            for person, key in connection.execute(select(table.c.id, bare).where(bare.in_(keys))):
                found[matches, key].add(person)
    return found


def _find_meant(row: Mapping[Any, Any], exact: _Who, bare: _Who) -> set[str]:
    """Return every person that a staged doubt could mean."""
    matches, key = row["matches"], row["key"]
    if known := exact.get((matches, key)):
        return known
    if row["keep"] == "0":
        return set()
    meant = set(bare.get((matches, row["bare"]), ()))
    # An id may belong to a person who is not on file yet.
    return meant | {key} if matches == "sourced_id" and key else meant


def _put_doubts(
    connection: Connection, stamp: ImportStamp, wanted: Mapping[str, Any], located: Located
) -> int:
    doubt = import_doubts.c
    known = {
        row.id: row.ended_by
        for row in connection.execute(
            select(doubt.id, doubt.ended_by).where(doubt.id.in_(list(wanted)))
        )
    }
    settled = {id_ for id_, by in known.items() if by not in (None, *REOPENED)}
    again, new, pairs = [], [], []
    for id_, (row, who) in wanted.items():
        if id_ in settled:
            continue
        pairs += [(person, id_) for person in sorted(who)]
        file, line = located(row["line"])
        where = {"import_number": stamp.number, "file": file, "line": line}
        if id_ in known:
            again.append({"which": id_, **{f"new_{name}": said for name, said in where.items()}})
            continue
        told = {name: row[name] for name in ("reason", "matches", "key", "source", "refuses")}
        column = row["field"] or None
        new.append({"id": id_, **told, "column": column, "since": stamp.at, **where})
    with watch_doubts(connection, wanted):
        if new:
            connection.execute(insert(import_doubts), new)
        if again:
            _renew_doubts(connection, again)
    _link_people(connection, pairs)
    return len(wanted) - len(settled)


def _renew_doubts(connection: Connection, again: Sequence[Mapping[str, Any]]) -> None:
    """Open doubts again that a later delivery brings, from where they are in it."""
    values: dict[str, Any] = {
        name: bindparam(f"new_{name}") for name in ("import_number", "file", "line")
    }
    renewed = update(import_doubts).where(import_doubts.c.id == bindparam("which"))
    connection.execute(renewed.values(**values, ended_at=None, ended_by=None), again)


def _link_people(connection: Connection, pairs: Sequence[tuple[str, str]]) -> None:
    """Link people to doubts; a link that no person had ended begins again."""
    link = doubted_people.c
    for start in range(0, len(pairs), _CHUNK):
        some = pairs[start : start + _CHUNK]
        rows = select(link.person_id, link.doubt_id, link.ended_by).where(
            link.doubt_id.in_({doubt for _, doubt in some})
        )
        known = {(row.person_id, row.doubt_id): row.ended_by for row in connection.execute(rows)}
        new = [
            {"person_id": person, "doubt_id": doubt}
            for person, doubt in some
            if (person, doubt) not in known
        ]
        again = [
            {"person": person, "doubt": doubt}
            for person, doubt in some
            if known.get((person, doubt)) in REOPENED
        ]
        same = link.person_id == bindparam("person"), link.doubt_id == bindparam("doubt")
        begins = update(doubted_people).where(*same).values(ended_at=None, ended_by=None)
        with watch_doubts(connection, {doubt for _, doubt in some}):
            if new:
                connection.execute(insert(doubted_people), new)
            if again:
                connection.execute(begins, again)
