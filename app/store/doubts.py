"""Doubts of deliveries: put on file for every child who could be meant, and ended by a row.

What a row says about a child and could not be read, or not be kept, makes photo checks about that
child `review` at once. It ends when a readable row about the child is on file, or a person settles
it (`app.store.doubt_settling`). A row that says no is not ended by a blank: a blank takes nothing
back.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    and_,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from app.policy.words import REFUSALS as REFUSING
from app.store import bulk, ledger, staging
from app.store.doubt_keys import HELD, KEPT, bare_key, digest_row
from app.store.import_ledger import Stamp
from app.store.list_coverage import UNANSWERED
from app.store.session import Store
from app.store.statement_imports import REFUSALS, SAME, faulty, todo
from app.store.tables import doubted_people, import_doubts, people

BY_ROW = "row"
_CHUNK = 2_000
_staged = staging.doubts.c
_NOBODY = "refuses for somebody who is not on file"
_HELD = "refuses for somebody who comes with a delivery that waits"
# Whom a readable blank is about, of those in doubt: blanks themselves do not stay staged.
_blank = Table(
    "blank_flags",
    staging.metadata,
    Column("person_id", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    sqlite_with_rowid=False,
)
# The file and the line of a staged row's place.
Located = Callable[[int], tuple[str, int]]
_Who = Mapping[tuple[str, str], set[str]]


def stage_unkept(connection: Connection, *, waits: bool) -> None:
    """Stage as doubts the refusals that do not go on file: of people who are not there.

    With `waits` also those of people whom a delivery brings that is not applied now.
    """
    said = staging.consents.c
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
        bulk.put(connection, staging.doubts.table, list(doubts.values()))


def note_blanks(connection: Connection) -> None:
    """Keep, of the staged flags, which of the children in doubt have a blank."""
    flags = staging.flags.c
    doubted = select(doubted_people.c.person_id).where(doubted_people.c.ended_at.is_(None))
    rows = select(flags.person_id, flags.source).where(
        flags.decision == UNANSWERED, flags.person_id.in_(doubted)
    )
    connection.execute(insert(_blank).from_select(["person_id", "source"], rows.distinct()))


def note_doubts(store: Store, connection: Connection, stamp: Stamp, located: Located) -> int:
    """Put what is staged of doubts on file, at once; how many rows that are in doubt there are.

    `connection` has the staged rows. The same row in the same doubt is one, and what a person has
    settled of it stays settled.
    """
    with connection.begin():
        rows = connection.execute(select(staging.doubts.table)).mappings().all()
        if not rows:
            return 0
        exact, bare = _find_exact(connection), _find_bare(connection)
    noted = 0
    for start in range(0, len(rows), _CHUNK):
        some = [(row, _meant(row, exact, bare)) for row in rows[start : start + _CHUNK]]
        wanted = {row["digest"]: (row, who) for row, who in some if who or row["keep"] != "0"}
        with store.writing() as writing:
            noted += _put(writing, stamp, wanted, located)
    if noted:
        with store.writing() as writing:
            ledger.append(writing, [stamp.entry("import.doubted", {"rows": noted})])
    return noted


def find_arrivals(connection: Connection) -> list[tuple[str, str]]:
    """Return `(person, doubt)` of children who came since under a number that was nobody's."""
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


def end_doubts(connection: Connection, stamp: Stamp, arrivals: Iterable[tuple[str, str]]) -> None:
    """End what the rows of an applied delivery answer; put children who came in their doubts."""
    _link(connection, list(arrivals))
    open_ = doubted_people.c.ended_at.is_(None)
    theirs = doubted_people.join(import_doubts, import_doubts.c.id == doubted_people.c.doubt_id)
    still = exists().where(_staged.digest == import_doubts.c.id, _staged.keep != HELD)
    rows = (
        select(doubted_people.c.person_id, doubted_people.c.doubt_id)
        .select_from(theirs)
        .where(open_, not_(still), or_(*_answered()))
    )
    ended = connection.execute(rows).all()
    for person, doubt in ended:
        connection.execute(
            update(doubted_people)
            .where(doubted_people.c.person_id == person, doubted_people.c.doubt_id == doubt)
            .values(ended_at=stamp.at, ended_by=BY_ROW)
        )
    close_doubts(connection, {doubt for _, doubt in ended}, stamp.at, BY_ROW)


def close_doubts(connection: Connection, doubts: Iterable[str], at: datetime, by: str) -> None:
    """Say of doubts that they have ended, where they have for every child."""
    for doubt in doubts:
        left = exists().where(
            doubted_people.c.doubt_id == doubt, doubted_people.c.ended_at.is_(None)
        )
        connection.execute(
            update(import_doubts)
            .where(import_doubts.c.id == doubt, not_(left))
            .values(ended_at=at, ended_by=by)
        )


def _answered() -> Iterator[ColumnElement[bool]]:
    """Whether a readable row of the delivery is about the child of an open doubt."""
    flags, said, person = staging.flags.c, staging.consents.c, doubted_people.c.person_id
    source = import_doubts.c.source
    yield exists().where(flags.person_id == person, flags.source == source)
    blank = exists().where(_blank.c.person_id == person, _blank.c.source == source)
    yield and_(not_(import_doubts.c.refuses), blank)
    # A statement, unless it is one that a column made.
    made = exists().where(flags.person_id == said.person_id, flags.line == said.line)
    new = and_(SAME, said.person_id == person, not_(made))
    column = exists().where(flags.source == source)
    yield and_(not_(column), select(todo.c.rank).where(new).exists())


def _find_exact(connection: Connection) -> _Who:
    """The people whose key is one of a staged doubt, by what the key is and the key."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for matches in ("sourced_id", "student_number"):
        keys = select(_staged.key).where(_staged.matches == matches)
        for table in (people, staging.people.table):
            column = table.c.id if matches == "sourced_id" else table.c.student_number
            for person, key in connection.execute(
                select(table.c.id, column).where(column.in_(keys))
            ):
                found[matches, key].add(person)
    return found


def _find_bare(connection: Connection) -> _Who:
    """The people whose key is that of a staged doubt but for what a spreadsheet takes away."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for matches in ("sourced_id", "student_number"):
        keys = select(_staged.bare).where(
            _staged.matches == matches, _staged.keep != "0", _staged.bare != ""
        )
        if connection.execute(keys.limit(1)).first() is None:
            continue
        for table in (people, staging.people.table):
            column = table.c.id if matches == "sourced_id" else table.c.student_number
            bare = func.ltrim(func.lower(column), "0")
            for person, key in connection.execute(select(table.c.id, bare).where(bare.in_(keys))):
                found[matches, key].add(person)
    return found


def _meant(row: Mapping[Any, Any], exact: _Who, bare: _Who) -> set[str]:
    """Every person whom a staged doubt could mean."""
    matches, key = row["matches"], row["key"]
    if known := exact.get((matches, key)):
        return known
    if row["keep"] == "0":
        return set()
    meant = set(bare.get((matches, row["bare"]), ()))
    # An id may be somebody's who is not on file yet.
    return meant | {key} if matches == "sourced_id" and key else meant


def _put(connection: Connection, stamp: Stamp, wanted: Mapping[str, Any], located: Located) -> int:
    doubt = import_doubts.c
    known = {
        row.id: row.ended_by
        for row in connection.execute(
            select(doubt.id, doubt.ended_by).where(doubt.id.in_(list(wanted)))
        )
    }
    settled = {id_ for id_, by in known.items() if by not in (None, BY_ROW)}
    for id_, (row, _) in wanted.items():
        if id_ in settled:
            continue
        file, line = located(row["line"])
        values = {
            "import_number": stamp.number, "file": file, "line": line, "ended_at": None,
            "ended_by": None,
        }  # fmt: skip
        if id_ in known:
            connection.execute(update(import_doubts).where(doubt.id == id_).values(**values))
            continue
        told = {name: row[name] for name in ("reason", "matches", "key", "source", "refuses")}
        column = row["field"] or None
        new = {"id": id_, **told, "column": column, "since": stamp.at, **values}
        connection.execute(insert(import_doubts).values(**new))
    pairs = [
        (person, id_) for id_, (_, who) in wanted.items() for person in who if id_ not in settled
    ]
    _link(connection, pairs)
    return len(wanted) - len(settled)


def _link(connection: Connection, pairs: list[tuple[str, str]]) -> None:
    """Put people in doubts; where a row had ended that, it begins again."""
    for person, doubt in pairs:
        same = doubted_people.c.person_id == person, doubted_people.c.doubt_id == doubt
        ended_by = connection.execute(select(doubted_people.c.ended_by).where(*same)).first()
        if ended_by is None:
            values = {"person_id": person, "doubt_id": doubt}
            connection.execute(insert(doubted_people).values(**values))
        elif ended_by[0] == BY_ROW:
            again = {"ended_at": None, "ended_by": None}
            connection.execute(update(doubted_people).where(*same).values(**again))
