"""Delivered statements of consent: which are new, in what order, and how they are put on file.

Statements are only ever added. `app.imports.staging.flag_statements` makes them of consent columns.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
)

from app.database import bulk_insert, tables
from app.database.tables.base import format_utc
from app.imports.merge.ledger_rows import ImportStamp
from app.imports.merge.slices import KeyRange, KeyRangeScan, MergeStep
from app.imports.staging import staged_tables
from app.imports.undo.undone_statements import restate_undone
from app.policy.statements import BY_GUARDIAN
from app.policy.words import REFUSALS as REFUSING
from app.store.ledger import chain

DONE, AT_ONCE, REFUSALS, GRANTS = range(-1, 3)

# Statements that are new, in the order in which they are put on file. `rank`: new refusals of
# people on file go at once, without waiting for the rest; grants and lifts go last. `DONE` are
# those that the same import put there before it was held or killed.
todo = Table(
    "todo_consents",
    staged_tables.metadata,
    Column("rank", Integer, autoincrement=False),
    Column("person_id", Text),
    Column("line", BigInteger, autoincrement=False),
    Column("digest", Text),
    PrimaryKeyConstraint("rank", "person_id", "line", "digest"),
    sqlite_with_rowid=False,
)
# Staged statements that refer to no person on file, or to one that they do not fit.
faulty = Table(
    "faulty_consents",
    staged_tables.metadata,
    Column("line", BigInteger, primary_key=True, autoincrement=False),
)

_staged, _on_file = staged_tables.consents.c, tables.consents.c
SAME = and_(
    todo.c.person_id == _staged.person_id,
    todo.c.digest == _staged.digest,
    todo.c.line == _staged.line,
)
_SCOPE = ("activity", "channel", "extent")


def note_new(connection: Connection, number: int) -> None:
    """Fill the todo with what the import `number` has to put, or has put, on file.

    Those of lines that are `faulty` are left out.
    """
    connection.execute(delete(todo))
    restate_undone(connection)
    staged_tables.update_statistics(connection, staged_tables.consents)
    known = exists().where(tables.people.c.id == _staged.person_id)
    on_file = exists().where(
        _on_file.person_id == _staged.person_id, _on_file.digest == _staged.digest
    )
    refuses = _staged.decision.in_(sorted(REFUSING))
    rank = case(
        (on_file, DONE),
        (and_(refuses, known), AT_ONCE),
        (refuses, REFUSALS),
        else_=GRANTS,
    )
    others = on_file.where(_on_file.import_number.is_distinct_from(number))
    out = exists().where(faulty.c.line == _staged.line)
    # Statements of a person with one digest are one and the same.
    rows = (
        select(func.min(rank), _staged.person_id, func.min(_staged.line), _staged.digest)
        .where(not_(others), not_(out))
        .group_by(_staged.person_id, _staged.digest)
    )
    connection.execute(insert(todo).from_select([column.name for column in todo.c], rows))
    staged_tables.analyze_tables(connection, todo)


def is_any_at_once(connection: Connection) -> bool:
    """Return true if there are statements that never wait for the rest."""
    rows = select(literal(1)).where(todo.c.rank == AT_ONCE).limit(1)
    return connection.execute(rows).first() is not None


def leave_out(connection: Connection, lines: Iterable[int]) -> None:
    """Take no statements from these lines: they are faulty."""
    connection.execute(delete(faulty))
    bulk_insert.insert_rows(connection, faulty, [(line,) for line in sorted(lines)])


def count_by_value(connection: Connection) -> dict[str, int]:
    """Count by value of a consent column the people that it says something new of.

    Values are in the words of the profile.
    """
    flags = staged_tables.flags.c
    same = and_(
        flags.person_id == _staged.person_id,
        flags.source == _staged.source,
        *(flags[name] == _staged[name] for name in _SCOPE),
    )
    rows = (
        select(flags.label, func.count(flags.person_id.distinct()))
        .select_from(
            todo.join(staged_tables.consents.table, SAME).join(staged_tables.flags.table, same)
        )
        .group_by(flags.label)
    )
    return dict(connection.execute(rows).all())


def count_statements(connection: Connection) -> dict[str, int]:
    """Count new statements by decision; those that go at once are counted apart."""
    rows = (
        select(todo.c.rank, _staged.decision, func.count())
        .select_from(todo.join(staged_tables.consents.table, SAME))
        .group_by(todo.c.rank, _staged.decision)
    )
    found = {"grant": 0, "refuse": 0, "withdraw": 0, "lift": 0, "at_once": 0}
    for rank, decision, count in connection.execute(rows):
        found["at_once" if rank <= AT_ONCE else decision] += count
    return found


def select_source() -> Any:
    """Return the source of a staged statement.

    A guardian's statement has its guardian's id as source, once `given_by` is one of the student's
    guardians, on file or in the same delivery. Only a guardian's has: a guardian must not be able
    to lift a hold by the office.
    """
    named = [
        exists().where(
            guardians.c.student_id == _staged.person_id,
            guardians.c.guardian_id == _staged.given_by,
        )
        for guardians in (tables.guardians, staged_tables.guardians)
    ]
    by_id = and_(_staged.capacity == "guardian", _staged.given_by.is_not(None), or_(*named))
    return case((by_id, literal(BY_GUARDIAN).concat(_staged.given_by)), else_=_staged.source)


_TOLD = (
    "person_id", "decision", *_SCOPE, "given_by", "capacity", "source", "signed_at",
    "signed_day_only", "effective_from", "effective_to", "lifts", "digest",
)  # fmt: skip
_STAMPED = ("recorded_at", "recorded_by", "recorded_by_person", "import_number", "import_place")
_NEVER = dict.fromkeys(("evidence", "evidence_sha256", "notice_version", "corrects"))
_AS_TEXT = {"signed_at", "effective_from", "effective_to"}


def step(rank: int, rows: int, stamp: ImportStamp) -> MergeStep:
    """Return the step that puts the new statements of one rank on file and on the ledger.

    What is on file by then is left as it is: a second run adds nothing.
    """
    walk = KeyRangeScan(todo.c.person_id, todo.c.line, todo.c.digest, where=todo.c.rank == rank)
    told = [cast(_staged[n], Text) if n in _AS_TEXT else _staged[n] for n in _TOLD]
    told[_TOLD.index("source")] = select_source()
    # The same statement may have been made in another way since. A value, not EXISTS: PostgreSQL
    # would join all of `consents` to it.
    same = _on_file.person_id == _staged.person_id, _on_file.digest == _staged.digest
    on_file = select(literal(1)).where(*same).scalar_subquery()
    wanted = (
        select(*told, _staged.line)
        .select_from(todo.join(staged_tables.consents.table, SAME))
        .where(walk.within, walk.spans(_staged.person_id), on_file.is_(None))
        .order_by(todo.c.person_id, todo.c.line, todo.c.digest)
    )
    names = ("refusals at once", "refusals", "consents granted and refusals lifted")
    stamped = (format_utc(stamp.at), stamp.import_id, stamp.by, stamp.number)

    def prepare(connection: Connection, bounds: KeyRange) -> Any:
        """Give the statements of the slice ids, and seal their rows of the ledger."""
        found = connection.execute(wanted, bounds).all()
        ids = [chain.make_id() for _ in found]
        rows = [(new, *row[:-1], *stamped, row[-1]) for new, row in zip(ids, found, strict=True)]
        bodies = map(_to_ledger_body, ids, found)
        return rows, [chain.seal_entry(stamp.entry("consent.recorded", body)) for body in bodies]

    def apply(connection: Connection, _bounds: KeyRange, prepared: Any) -> None:
        """Insert statements and append their rows of the ledger."""
        rows, sealed = prepared
        bulk_insert.insert_rows(connection, tables.consents, rows, ("id", *_TOLD, *_STAMPED))
        chain.append_sealed(connection, sealed)

    return MergeStep(names[rank], walk, apply, rows, prepare)


def _to_ledger_body(new_id: str, row: Any) -> dict[str, Any]:
    said = dict(zip(_TOLD, row, strict=False))
    said["signed_at"] = _to_ledger_time(said["signed_at"])
    return {"id": new_id, **said, **_NEVER, "subjects": [said["person_id"]]}


@lru_cache(maxsize=16_384)
def _to_ledger_time(text: str) -> str:
    """Convert a time as the databases write it, in UTC, to the ledger's text."""
    at = datetime.fromisoformat(text)
    return f"{at.replace(tzinfo=None).isoformat()}+00:00"
