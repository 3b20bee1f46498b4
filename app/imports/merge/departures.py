"""People and enrollments that the feed no longer has: marked or ended; no person is deleted."""

from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
    union,
    update,
)

from app.database import tables
from app.imports.merge.feeds import Feeds, lacks_other_enrollments, lacks_other_people
from app.imports.merge.ledger_rows import ImportStamp
from app.imports.merge.previous_records import keep_rows, remove_rows
from app.imports.merge.slices import KeyRange, KeyRangeScan, MergeStep, Prepared
from app.imports.staging import staged_tables
from app.store.ledger.record_sums import watch
from app.store.service.plan_parts import Extent

# Stands among the gaps for a row that may be of any class (`app.imports.staging.rows_set_aside`).
STRAY = ""

people = Table(
    "leaving_people",
    staged_tables.metadata,
    Column("id", Text, primary_key=True),
    Column("status", Text),
    sqlite_with_rowid=False,
)
_KEY = ("class_id", "person_id", "role")
enrollments = Table(
    "leaving_enrollments",
    staged_tables.metadata,
    *(Column(name, Text) for name in _KEY),
    PrimaryKeyConstraint(*_KEY),
    sqlite_with_rowid=False,
)


def note_people(connection: Connection, feeds: Feeds, *, complete: bool) -> int:
    """Note the people who have to be marked; return how many a complete feed lacks.

    A feed without people of a kind, such as one of students alone, leaves that kind as it is, and
    so it does with people whom another feed brings still.
    """
    on_file, staged, deleted = tables.people.c, staged_tables.people.c, staged_tables.deleted.c
    named = exists().where(staged.id == on_file.id)
    gone = and_(deleted.kind == "people", deleted.id == on_file.id)
    rows = (
        select(on_file.id, literal("inactive"))
        .join(staged_tables.deleted.table, gone)
        .where(on_file.status != "inactive", not_(named))
        .distinct()
    )
    _note_rows(connection, people, rows)
    if not complete:
        return 0
    kinds = select(staged.kind).distinct()
    refused = staged_tables.refused.c
    known = or_(
        named,
        exists().where(gone),
        exists().where(refused.kind == "people", refused.id == on_file.id),
    )
    missing = select(on_file.id, literal("missing_from_feed")).where(
        on_file.status == "active",
        on_file.kind.in_(kinds),
        not_(known),
        lacks_other_people(feeds),
    )
    return _note_rows(connection, people, missing)


def note_enrollments(connection: Connection, feeds: Feeds, extent: Extent | None) -> int:
    """Note which enrollments end; return how many.

    Without an `extent` the delivery brings no enrollments. What another feed keeps never ends. A
    class keeps everyone where one of its rows was set aside; all classes do where such a row has no
    known class.
    """
    on_file, staged = tables.enrollments.c, staged_tables.enrollments.c
    key = [on_file[name] for name in _KEY]
    gone = not_(exists().where(*(staged[name] == on_file[name] for name in _KEY)))
    unkept = lacks_other_enrollments(feeds)
    ends = [
        select(*key).join(staged_tables.deleted.table, of).where(gone, unkept)
        for of in match_deleted_enrollments()
    ]
    if extent in ("complete", "classes"):
        delivered = exists().where(staged.class_id == on_file.class_id)
        of_class = delivered if extent == "classes" else true()
        keeps = keeps_everyone(on_file.class_id)
        ends.append(select(*key).where(of_class, gone, not_(keeps), unkept))
    return _note_rows(connection, enrollments, union(*ends))


def keeps_everyone(class_id: Any) -> ColumnElement[bool]:
    """Return true for a class that keeps everyone, since a row of it may have been set aside."""
    gaps = staged_tables.gaps.c.class_id
    return exists().where(or_(gaps == class_id, gaps == STRAY))


def match_deleted_enrollments() -> list[ColumnElement[bool]]:
    """Return the ways in which an enrollment is deleted: by itself, its class or its person."""
    on_file, deleted = tables.enrollments.c, staged_tables.deleted.c
    return [
        and_(
            deleted.kind == "enrollments",
            deleted.id == on_file.class_id,
            deleted.person_id == on_file.person_id,
            deleted.role == on_file.role,
        ),
        and_(deleted.kind == "classes", deleted.id == on_file.class_id),
        and_(deleted.kind == "people", deleted.id == on_file.person_id),
    ]


def _note_rows(connection: Connection, table: Table, rows: Any) -> int:
    names = [column.name for column in table.c]
    connection.execute(insert(table).from_select(names, rows))
    staged_tables.analyze_tables(connection, table)
    return connection.scalar(select(func.count()).select_from(table)) or 0


def make_departure_steps(stamp: ImportStamp, marked: int, ended: int) -> list[MergeStep]:
    """Return the steps that mark people and end enrollments.

    No feed brings them any more, not even one that comes again later: it has to say so anew.
    """
    on_file, walk = tables.people, KeyRangeScan(people.c.id)
    status = select(people.c.status).where(people.c.id == on_file.c.id).scalar_subquery()
    leaving = select(people.c.id).where(walk.within)
    marked_now = on_file.c.id.in_(leaving)
    brought = tables.feed_people.c.id.in_(leaving)
    mark = (
        update(on_file)
        .where(marked_now)
        .values(status=status, import_number=stamp.number, import_place=None)
    )
    keys = [enrollments.c[name] for name in _KEY]
    ending = KeyRangeScan(*keys)
    gone = select(*keys).where(ending.within)
    ended_now = _match_key(tables.enrollments).in_(gone)
    classes = select(enrollments.c.class_id).where(ending.within)
    in_classes = tables.enrollments.c.class_id.in_(classes)
    kept = _match_key(tables.feed_enrollments).in_(gone)

    def marks(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        keep_rows(connection, on_file, stamp.number, marked_now, bounds)
        with watch(connection, on_file, marked_now, bounds):
            connection.execute(mark, bounds)
        remove_rows(connection, tables.feed_people, stamp.number, brought, bounds)

    def ends(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        with watch(connection, tables.enrollments, in_classes, bounds):
            remove_rows(connection, tables.enrollments, stamp.number, ended_now, bounds)
        remove_rows(connection, tables.feed_enrollments, stamp.number, kept, bounds)

    return [
        MergeStep("people who left the feed", walk, marks, marked),
        MergeStep("enrollments that ended", ending, ends, ended),
    ]


def _match_key(table: Table) -> Any:
    return tuple_(*(table.c[name] for name in _KEY))
