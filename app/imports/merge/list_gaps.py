"""Gaps of delivered lists: students that a list lacks or gives no answer for.

A list of everyone that lacks an active student of its schools does not know that child. A row
without an answer is about a family that was not heard. Neither silence allows anything.

A gap is one of a school's list, and of a child of several schools each list has to know them. So a
row ends the gaps of the schools that its list is of, and those of schools that are the child's no
more.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    tuple_,
    union,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from app.database import tables
from app.database.json_lists import select_values
from app.imports.merge import departures, previous_records
from app.imports.merge.ledger_rows import ImportStamp
from app.imports.merge.records import make_insert
from app.imports.merge.slices import KeyRange, KeyRangeScan, MergeStep, Prepared
from app.imports.staging import staged_tables
from app.imports.staging.list_coverage import EMPTY, NO_SCHOOL, UNHEARD, covered, listed, lists
from app.store.consents.list_dates import ABSENT, DISTRICT
from app.store.ledger.record_sums import binding, watch, watch_first_keys
from app.store.service.plan_parts import ListGaps

# `BLANK` is no gap like the others: a cell that held a yes once was emptied since.
UNANSWERED, BLANK = "unanswered", "blank"
_KEY = ("person_id", "source", "file", "school")
# Gaps that differ from those on file, and what they are now: null where a gap has ended.
todo = Table(
    "todo_list_gaps",
    staged_tables.metadata,
    *(Column(name, Text) for name in _KEY),
    Column("gap", Text),
    PrimaryKeyConstraint(*_KEY),
    sqlite_with_rowid=False,
)
# The active students as they will be after the delivery, by school.
members = Table(
    "list_members",
    staged_tables.metadata,
    Column("person_id", Text),
    Column("school", Text),
    Column("several", Boolean),
    PrimaryKeyConstraint("person_id", "school"),
    sqlite_with_rowid=False,
)
_on_file = tables.list_gaps
_NAMED = (lists.c.source, lists.c.file)


def note_gaps(connection: Connection, absent: frozenset[str]) -> ListGaps:
    """Note the gaps that change; count them, and by school the students that its list lacks.

    Call it after the notes of who leaves. `absent` are the fields of people that were not
    delivered.
    """
    connection.execute(delete(todo))
    connection.execute(delete(members))
    if connection.execute(select(literal(1)).select_from(lists).limit(1)).first() is None:
        return ListGaps()
    rows = _select_members(_select_active_students(absent))
    names = [column.name for column in members.c]
    connection.execute(insert(members).from_select(names, rows))
    _leave_offices_out(connection)
    staged_tables.analyze_tables(connection, members)
    lacking = _select_lacking_students()
    wanted = union_all(lacking, *_select_listed_students()).subquery()
    same = and_(*(_on_file.c[name] == wanted.c[name] for name in _KEY))
    differs = wanted.c.gap.is_distinct_from(_on_file.c.gap)
    changed = select(*(wanted.c[name] for name in _KEY), wanted.c.gap).select_from(
        wanted.outerjoin(_on_file, same)
    )
    names = [column.name for column in todo.c]
    connection.execute(insert(todo).from_select(names, changed.where(differs)))
    connection.execute(insert(todo).from_select(names, _select_former_gaps()))
    staged_tables.analyze_tables(connection, todo)
    lacks = lacking.subquery()
    counts = select(lacks.c.school, func.count(lacks.c.person_id.distinct()))
    by_school = connection.execute(counts.group_by(lacks.c.school))
    count = connection.scalar(select(func.count()).select_from(todo)) or 0
    return ListGaps(count, {school.strip(): number for school, number in by_school})


def _select_active_students(absent: frozenset[str]) -> Any:
    """Select the students as they will be after the delivery, with their schools."""
    staged, kept = staged_tables.people.c, tables.people.c
    org, others = (
        (kept if name in absent else staged)[name] for name in ("org_id", "other_org_ids")
    )
    is_active = (
        func.coalesce(kept.status, "active") != "inactive"
        if "status" in absent
        else staged.status == "active"
    )
    source = staged_tables.people.table.outerjoin(tables.people, kept.id == staged.id)
    delivered = (
        select(
            staged.id.label("id"),
            func.coalesce(org, NO_SCHOOL).label("school"),
            others.label("others"),
        )
        .select_from(source)
        .where(staged.kind == "student", is_active)
    )
    named, leaves = (exists().where(c.id == kept.id) for c in (staged, departures.people.c))
    school = func.coalesce(kept.org_id, NO_SCHOOL)
    on_file = select(kept.id, school, kept.other_org_ids).where(
        kept.kind == "student", kept.status == "active", not_(named), not_(leaves)
    )
    return union_all(delivered, on_file).subquery()


def _select_members(students: Any) -> Any:
    """Select a row for each school of each student."""
    further = select_values(students.c.others)
    several = students.c.others.is_not(None)
    return union(
        select(students.c.id, students.c.school, several),
        select(students.c.id, further.c.value, several).select_from(students.join(further, true())),
    )


def _leave_offices_out(connection: Connection) -> None:
    """Drop the orgs that are no schools of students who have a school: no list is theirs."""
    other = members.alias("other")
    same = other.c.person_id == members.c.person_id
    has_school = exists().where(same, not_(_is_office(other.c.school)))
    connection.execute(delete(members).where(_is_office(members.c.school), has_school))
    has_another = exists().where(same, other.c.school != members.c.school)
    alone = update(members).where(members.c.several, not_(has_another))
    connection.execute(alone.values(several=False))


def _is_office(org_id: ColumnElement[str]) -> ColumnElement[bool]:
    staged, kept = staged_tables.orgs.c, tables.orgs.c
    return or_(*(exists().where(c.id == org_id, c.kind != "school") for c in (staged, kept)))


def _select_lacking_students() -> Any:
    """Select active students that a complete list of everyone in one of their schools lacks."""
    stands = exists().where(listed.c.person_id == members.c.person_id, listed.c.n == lists.c.n)
    gap = literal(ABSENT).label("gap")
    return (
        select(members.c.person_id, *_NAMED, members.c.school, gap)
        .select_from(members.join(lists, lists.c.everybody == 1))
        .where(lists.c.complete == 1, _is_covered(members), not_(stands))
    )


def _select_listed_students() -> Iterator[Any]:
    """Yield selects of students in a list: those without an answer, those with a gap that ended."""
    said = tables.consents.c
    had_yes = exists().where(
        said.person_id == listed.c.person_id,
        said.source == lists.c.source,
        said.decision == "grant",
    )
    emptied = and_(listed.c.unanswered == EMPTY, had_yes)
    unheard = listed.c.unanswered == UNHEARD
    gap = case((unheard, UNANSWERED), (emptied, BLANK), else_=null())
    standing = listed.join(lists, lists.c.n == listed.c.n).join(
        members, members.c.person_id == listed.c.person_id
    )
    key = members.c.person_id, *_NAMED, members.c.school
    yield select(*key, gap).select_from(standing).where(_speaks_for(members))
    # In the list of a school that is not theirs, or that is not known, a blank counts all the same.
    nowhere = and_(unheard, not_(_speaks_for_some()))
    yield select(*key, literal(UNANSWERED)).select_from(standing).where(nowhere)


def _select_former_gaps() -> Any:
    """Select the gaps that end with a row, of schools that are the student's no more.

    A gap of no known school ends where the list is of all their schools.
    """
    mine = members.alias("mine")
    is_theirs = exists().where(
        mine.c.person_id == _on_file.c.person_id, mine.c.school == _on_file.c.school
    )
    left = exists().where(mine.c.person_id == _on_file.c.person_id, not_(_speaks_for(mine)))
    same = and_(_on_file.c.source == lists.c.source, _on_file.c.file == lists.c.file)
    standing = _on_file.join(lists, same).join(
        listed, and_(listed.c.n == lists.c.n, listed.c.person_id == _on_file.c.person_id)
    )
    return (
        select(*(_on_file.c[name] for name in _KEY), null())
        .select_from(standing)
        .where(
            not_(is_theirs),
            _speaks_for_some(),
            or_(_on_file.c.school != DISTRICT, not_(left)),
        )
    )


def _is_covered(member: Any) -> ColumnElement[bool]:
    """Return true for a school that a list is of."""
    return exists().where(
        covered.c.n == lists.c.n, covered.c.school.in_((member.c.school, DISTRICT))
    )


def _speaks_for(member: Any) -> ColumnElement[bool]:
    """Return true where a row of a list is one of this school's list.

    Where a list of what changed says not of which schools it is, that is the child's only one.
    """
    unknown = not_(exists().where(covered.c.n == lists.c.n))
    return or_(_is_covered(member), and_(lists.c.complete == 0, not_(member.c.several), unknown))


def _speaks_for_some() -> ColumnElement[bool]:
    some = members.alias("some")
    return exists().where(some.c.person_id == listed.c.person_id, _speaks_for(some))


def make_gap_steps(stamp: ImportStamp, rows: int, *, at_once: bool = False) -> list[MergeStep]:
    """Return the steps that put the noted gaps on file and end others.

    `at_once`: what must not wait with its delivery, gaps of students on file who had none.
    """
    walk = KeyRangeScan(*(todo.c[name] for name in _KEY))
    names = [*_KEY, "gap", "import_number"]
    key = tuple_(*(_on_file.c[name] for name in _KEY))
    noted = select(*(todo.c[name] for name in _KEY)).where(walk.within)
    begin = select(*(todo.c[name] for name in (*_KEY, "gap")), literal(stamp.number)).where(
        walk.within,
        todo.c.gap.is_not(None),
        exists().where(tables.people.c.id == todo.c.person_id),
    )

    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        # What does not wait has no beginning and no end, so that each slice is an act of its own.
        bound = binding(connection, stamp.at, stamp.caller) if at_once else contextlib.nullcontext()
        with bound, watch(connection, _on_file, key.in_(noted), bounds):
            if not at_once:
                previous_records.keep_rows(
                    connection, _on_file, stamp.number, key.in_(noted), bounds
                )
                connection.execute(delete(_on_file).where(key.in_(noted)), bounds)
            connection.execute(make_insert(connection, _on_file, names, begin), bounds)

    return [MergeStep("students of whom a list says nothing", walk, apply, rows)]


def undo_gaps(connection: Connection, number: int) -> None:
    """End the gaps that a rejected import `number` found and put on file; within `binding`."""
    found = _on_file.c.import_number == number
    with watch(connection, _on_file, found):
        connection.execute(delete(_on_file).where(found))


def restore_gaps(connection: Connection, number: int) -> None:
    """Restore the gaps that import `number` ended, except where a later list has changed them."""
    rows = previous_records.read_rows(connection, _on_file, number)
    # Before revision 0038 it was not kept which school's list it was.
    kept = [{"school": DISTRICT, **row} for row in rows]
    if not kept:
        return
    mine = [_on_file.c[name] == bindparam(f"of_{name}") for name in _KEY]
    keys = [{f"of_{name}": row[name] for name in _KEY} for row in kept]
    gone = delete(_on_file).where(*mine, _on_file.c.import_number == number)
    with watch_first_keys(connection, _on_file, {row["person_id"] for row in kept}):
        connection.execute(gone, keys)
        connection.execute(_insert_if_absent(connection), kept)


def end_gaps(connection: Connection, number: int, undo: int) -> None:
    """End the gaps that import `number` found, and keep them for the undo of its `undo`."""
    found = _on_file.c.import_number == number
    previous_records.keep_rows(connection, _on_file, undo, found)
    undo_gaps(connection, number)


def _insert_if_absent(connection: Connection) -> Any:
    made = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return made(_on_file).on_conflict_do_nothing()
