"""Guardians who are no longer so, and addresses that several guardians share.

The source of a statement says who made it. `source_doubts` lists sources that are no guardian any
more, that may be any of several, or that were another's before; a check reads it.
"""

from collections.abc import Iterable, Iterator
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
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    tuple_,
)

from app.database import bulk_insert, tables
from app.imports.merge import previous_records
from app.imports.merge.feeds import Feeds, may_end_ties
from app.imports.merge.ledger_rows import ImportStamp
from app.imports.merge.records import make_insert, make_walk, select_slice
from app.imports.merge.slices import KeyRange, KeyRangeScan, MergeStep, Prepared
from app.imports.staging import staged_tables
from app.imports.staging.record_assembly import GUARDIAN, RejectedRow
from app.policy.names import name_key
from app.policy.statements import BY_GUARDIAN
from app.store.ledger.record_sums import watch, watch_first_keys
from app.store.service.plan_parts import TieCounts, Walk

_KEY = ("student_id", "guardian_id")
# Ties on file that a complete delivery no longer has, or with a guardian who will be deleted.
ended = Table(
    "leaving_guardians",
    staged_tables.metadata,
    *(Column(name, Text) for name in _KEY),
    PrimaryKeyConstraint(*_KEY),
    sqlite_with_rowid=False,
)
# Ids under which two guardians came, as where contacts are known by their address alone.
same_ids = Table("shared_ids", staged_tables.metadata, Column("id", Text, primary_key=True))
# Sources of statements about a student that may be any of several guardians: `SHARED`, and
# `REUSED` those of an id that another guardian had before.
shared = Table(
    "shared_sources",
    staged_tables.metadata,
    *(Column(name, Text) for name in ("person_id", "source", "doubt")),
    PrimaryKeyConstraint("person_id", "source", "doubt"),
    sqlite_with_rowid=False,
)
SHARED, REUSED = "shared", "reused"
_doubts = tables.source_doubts
_SAID = "; statements under it are the whole family's, and no grant among them takes a refusal back"
_ADDRESS = f"students have guardians who share an address{_SAID}"
_NAME = f"students have guardians who share a name{_SAID}"
_ANOTHER = (
    "students have a guardian under an id that another guardian had before; what that one agreed "
    "to counts no more, and what was refused stays"
)


def note_same_ids(connection: Connection) -> None:
    """Note the ids that two guardians share, before one of them is left out."""
    connection.execute(_note_several())


@cache
def _note_several() -> Any:
    users = staged_tables.users.c
    names = func.lower(users.given_name.concat(" ").concat(users.family_name))
    several = (
        select(users.id)
        .where(users.kind == GUARDIAN)
        .group_by(users.id)
        .having(func.count(names.distinct()) > 1)
    )
    return insert(same_ids).from_select(["id"], several)


def note_shared(connection: Connection) -> Iterator[RejectedRow]:
    """Note the sources that may be any of several guardians; yield the numbers of students."""
    staged_tables.update_statistics(connection, staged_tables.guardians)
    addresses = connection.execute(_select_shared_addresses()).all()
    by_address = {
        (student, source, SHARED)
        for student, address in addresses
        for source in (BY_GUARDIAN + address, BY_GUARDIAN + name_key(address))
    }
    by_name = {
        (student, BY_GUARDIAN + name_key(name), SHARED)
        for student, name in connection.execute(_select_shared_names())
    }
    by_id = {
        (student, BY_GUARDIAN + guardian, doubt)
        for student, guardian in _find_reused_ids(connection)
        for doubt in (SHARED, REUSED)
    }
    for told, found in ((_ADDRESS, by_address), (_NAME, by_name), (_ANOTHER, by_id)):
        if students := {student for student, source, _ in found if source != BY_GUARDIAN}:
            yield RejectedRow(told, count=len(students))
    rows = {row for row in by_address | by_name | by_id if row[1] != BY_GUARDIAN}
    bulk_insert.insert_rows(connection, shared, sorted(rows))


@cache
def _select_shared_names() -> Any:
    """Select students with names that two of their guardians bear."""
    ties = staged_tables.guardians.c
    name = func.lower(ties.name)
    several = func.count(ties.guardian_id.distinct()) > 1
    return select(ties.student_id, name).group_by(ties.student_id, name).having(several)


def _find_reused_ids(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield ties on file whose id comes with a name now that shares no word with theirs."""
    old, new = tables.guardians.c, staged_tables.guardians.c
    same = and_(*(old[name] == new[name] for name in _KEY))
    rows = select(*(old[name] for name in _KEY), old.name, new.name.label("now"))
    renamed = rows.join(staged_tables.guardians.table, same).where(old.name != new.name)
    for row in connection.execute(renamed):
        was, now = (set(name_key(name).split()) for name in (row.name, row.now))
        if was and now and was.isdisjoint(now):
            yield row.student_id, row.guardian_id


@cache
def _select_shared_addresses() -> Any:
    """Select students with an address that no single guardian has: an id or an e-mail."""
    ties, users = staged_tables.guardians, staged_tables.users
    guardian = ties.c.guardian_id
    # An id that is an address may have been given to several in other ways, too.
    named_twice = (
        select(guardian)
        .where(guardian.contains("@"))
        .group_by(guardian)
        .having(func.count(func.lower(ties.c.name).distinct()) > 1)
    )
    by_id = select(ties.c.student_id, guardian).where(
        or_(guardian.in_(select(same_ids.c.id)), guardian.in_(named_twice))
    )
    mail = func.lower(users.c.email)
    tied = ties.table.join(users.table, users.c.id == guardian)
    of_several = (
        select(mail)
        .select_from(tied)
        .where(users.c.email.is_not(None))
        .group_by(mail)
        .having(func.count(guardian.distinct()) > 1)
    )
    by_mail = select(ties.c.student_id, mail).select_from(tied).where(mail.in_(of_several))
    return by_id.union(by_mail)


def note_ended(connection: Connection, feeds: Feeds, *, complete: bool) -> int:
    """Note the ties on file that end; return how many.

    A complete delivery without any guardian leaves ties as they are, and so does one that names one
    of the two in a row that is set aside. It leaves the ties of other feeds.
    """
    on_file, staged, deleted = (
        tables.guardians.c,
        staged_tables.guardians.c,
        staged_tables.deleted.c,
    )
    connection.execute(delete(ended))
    known = exists().where(*(staged[name] == on_file[name] for name in _KEY))
    gone = exists().where(deleted.kind == "people", deleted.id == on_file.guardian_id)
    left: ColumnElement[bool] = gone
    if complete and are_any_named(connection):
        delivered = exists().where(staged_tables.people.c.id == on_file.student_id)
        left = or_(gone, and_(delivered, may_end_ties(feeds)))
    refused = staged_tables.refused.c
    either = refused.id.in_((on_file.student_id, on_file.guardian_id))
    aside = exists().where(refused.kind == "people", either)
    rows = select(*(on_file[name] for name in _KEY)).where(left, not_(known), not_(aside))
    connection.execute(insert(ended).from_select(list(_KEY), rows))
    staged_tables.analyze_tables(connection, ended)
    return connection.scalar(select(func.count()).select_from(ended)) or 0


def are_any_named(connection: Connection) -> bool:
    """Return true if the delivery names any guardian, though none of them may be known."""
    return any(
        staged_tables.count_rows(connection, staged)
        for staged in (staged_tables.guardians, staged_tables.agents)
    )


def make_tie_steps(stamp: ImportStamp, counts: TieCounts, walk: Walk) -> list[MergeStep]:
    """Return the steps that end ties, restore those that return, and note shared addresses.

    `walk` is that of the delivered ties.
    """
    return [
        _make_ending_step(stamp, counts.ended),
        _make_return_step(stamp, walk.rows if counts.former else 0, whole=walk.whole),
        _make_sharing_step(stamp, counts.shared),
    ]


def count_ties(connection: Connection) -> TieCounts:
    """Count the ties that end, the sources of former guardians and the shared sources."""
    former = select(func.count()).select_from(_doubts).where(_doubts.c.doubt == "former")
    return TieCounts(
        ended=connection.scalar(select(func.count()).select_from(ended)) or 0,
        former=connection.scalar(former) or 0,
        shared=connection.scalar(select(func.count()).select_from(shared)) or 0,
    )


def list_sources(guardian_id: str, name: str) -> Iterator[str]:
    """Yield the sources of a guardian's statements: by the id and by the name."""
    yield BY_GUARDIAN + guardian_id
    if key := name_key(name):
        yield BY_GUARDIAN + key


def _make_ending_step(stamp: ImportStamp, rows: int) -> MergeStep:
    ending, ties = KeyRangeScan(*ended.c), tables.guardians
    same = and_(*(ended.c[name] == ties.c[name] for name in _KEY))
    going = select(*(ties.c[n] for n in _KEY), ties.c.name).join(ended, same)
    staying = select(*(ties.c[n] for n in _KEY), ties.c.name).where(
        ties.c.student_id.in_(select(ended.c.student_id).where(ending.within)),
        not_(exists().where(same)),
    )
    pair = tuple_(*(ties.c[name] for name in _KEY))
    untied = pair.in_(select(*ended.c).where(ending.within))
    untie = delete(ties).where(untied)

    names = [column.name for column in _doubts.c]

    def prepare(connection: Connection, bounds: KeyRange) -> Prepared:
        """Return the children and sources whose last tie ends in the slice."""
        left = _to_sources(connection.execute(going.where(ending.within), bounds))
        return sorted(left - _to_sources(connection.execute(staying, bounds)))

    def apply(connection: Connection, bounds: KeyRange, prepared: Prepared) -> None:
        """Note that their statements are a former guardian's."""
        with watch_first_keys(connection, _doubts, {person for person, _ in prepared}):
            for person, source in prepared:
                since = literal(stamp.at, _doubts.c.since.type)
                row = select(literal(person), literal(source), literal("former"), since)
                connection.execute(make_insert(connection, _doubts, names, row))
        previous_records.keep_rows(connection, ties, stamp.number, untied, bounds)
        with watch(connection, ties, untied, bounds):
            connection.execute(untie, bounds)

    return MergeStep("guardians who are so no more", ending, apply, rows, prepare)


def _to_sources(ties: Iterable[Any]) -> set[tuple[str, str]]:
    return {(student, source) for student, *tie in ties for source in list_sources(*tie)}


def _make_return_step(stamp: ImportStamp, rows: int, *, whole: bool) -> MergeStep:
    staged = staged_tables.guardians
    selected, condition = select_slice(staged, whole=whole)
    doubted = (
        select(_doubts.c.person_id, _doubts.c.source, staged.c.guardian_id, staged.c.name)
        .select_from(selected.join(_doubts, _doubts.c.person_id == staged.c.student_id))
        .where(condition, _doubts.c.doubt == "former")
    )

    def prepare(connection: Connection, bounds: KeyRange) -> Prepared:
        """Return the children and sources whose tie is there again."""
        found = connection.execute(doubted, bounds)
        return [(person, source) for person, source, *tie in found if source in list_sources(*tie)]

    def apply(connection: Connection, _bounds: KeyRange, prepared: Prepared) -> None:
        """End their notes, of which a copy is kept for an undo."""
        previous_records.keep_source_doubts(connection, stamp.number, prepared)
        with watch_first_keys(connection, _doubts, {person for person, _ in prepared}):
            for person, source in prepared:
                theirs = _doubts.c.person_id == person, _doubts.c.source == source
                connection.execute(delete(_doubts).where(*theirs, _doubts.c.doubt == "former"))

    return MergeStep(
        "guardians who are so again", make_walk(staged, whole=whole), apply, rows, prepare
    )


def _make_sharing_step(stamp: ImportStamp, rows: int) -> MergeStep:
    sharing = KeyRangeScan(*shared.c)
    on_file = exists().where(tables.people.c.id == shared.c.person_id)
    students = select(shared.c.person_id).where(sharing.within)
    since = literal(stamp.at, _doubts.c.since.type)
    picked: Select[Any] = select(*shared.c, since).where(sharing.within, on_file)
    mine = [shared.c.person_id, shared.c.source]
    again = select(*mine).where(sharing.within, shared.c.doubt == REUSED)
    source = tuple_(_doubts.c.person_id, _doubts.c.source)
    earlier = delete(_doubts).where(_doubts.c.doubt == REUSED, source.in_(again))

    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        """Insert the notes of the slice; an id may have been given on more than once."""
        names = [column.name for column in _doubts.c]
        with watch(connection, _doubts, _doubts.c.person_id.in_(students), bounds):
            connection.execute(earlier, bounds)
            connection.execute(make_insert(connection, _doubts, names, picked), bounds)

    return MergeStep("addresses of several guardians", sharing, apply, rows)
