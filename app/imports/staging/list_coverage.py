"""The coverage of a delivered list of consent columns: its students and their schools.

A list of everyone has a row a student, answered or not, and says nothing of a school without
students in it. A list of refusers names some of them, and its profile names its schools.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from app.database import bulk_insert, tables
from app.database.json_lists import select_values
from app.imports.staging import staged_tables
from app.imports.staging.list_schools import (
    FoundSchools,
    Groups,
    find_schools,
    group_students,
    name_whole,
)
from app.policy.consent_coverage import Named
from app.store.consents.list_dates import DISTRICT

# Staged flags of these decisions stand for a row: one without an answer, one with an empty cell,
# one that says nothing else, and a refusal that such a row no longer has.
UNANSWERED, BLANK, PRESENT, ENDED = "unanswered", "blank", "present", "ended"
# Of a student in a list: the cell is empty and says nothing, or the family has not answered.
EMPTY, UNHEARD = 1, 2
NO_STATEMENTS = (UNANSWERED, BLANK, PRESENT, ENDED)
# In the place of a column's value, for a student that a list of refusers no longer names.
NO_ROW = "(no row)"
# In the place of the school of a student who has none.
NO_SCHOOL = " "

# The lists of a delivery. `everybody`: a student it lacks is no refuser.
lists = Table(
    "consent_lists",
    staged_tables.metadata,
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("source", Text),
    Column("file", Text),
    Column("complete", Integer),
    Column("everybody", Integer),
)
listed = Table(
    "listed_students",
    staged_tables.metadata,
    Column("person_id", Text),
    Column("n", Integer, autoincrement=False),
    Column("unanswered", Integer),
    PrimaryKeyConstraint("person_id", "n"),
    sqlite_with_rowid=False,
)
# Of which schools each complete list is; `DISTRICT` for all.
covered = Table(
    "covered_schools",
    staged_tables.metadata,
    Column("n", Integer, autoincrement=False),
    Column("school", Text),
    PrimaryKeyConstraint("n", "school"),
    sqlite_with_rowid=False,
)
# Refusals of a scope that a row of a list no longer has.
ended = Table(
    "ended_flags",
    staged_tables.metadata,
    *(Column(name, Text) for name in ("person_id", "source", "activity", "channel", "extent")),
    Column("label", Text),
    Column("line", BigInteger),
    PrimaryKeyConstraint("person_id", "source", "activity", "channel", "extent"),
    sqlite_with_rowid=False,
)
_flags = staged_tables.flags
_KEY = ("person_id", "source", "activity", "channel", "extent")


@dataclass(frozen=True, slots=True)
class DeliveredList:
    """A list as it was delivered.

    `places` are the first and the last place of each of its files, `rows` how many rows these have.
    `schools` are those that its profile names, None where they are those of the students in it.
    `refuses` holds the scopes that its columns can refuse.
    """

    source: str
    file: str
    places: tuple[tuple[int, int], ...]
    rows: int
    complete: bool
    everybody: bool
    schools: tuple[str, ...] | None
    refuses: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """The schools with whole lists by a delivery, and what is odd about the lists.

    `strangers` are lists of everyone without a known student; `strays` counts the students of
    another school than the list's. `placeless` lists are of no known school: all students in them
    have several.
    """

    schools: frozenset[str] = frozenset()
    strangers: tuple[str, ...] = ()
    strays: int = 0
    placeless: tuple[str, ...] = ()


def take_coverage(
    connection: Connection,
    delivered: Sequence[DeliveredList],
    *,
    whole_roster: bool = False,
    empty: frozenset[str] | None = None,
) -> Coverage:
    """Note the students and the schools of each list; return the coverage.

    `whole_roster`: the people delivered beside it are all there are. `empty` are the schools of a
    list of refusers that has no rows, where its profile names none; None: such a list counts for no
    school. Staged rows that make no statement are dropped: they have no other use.
    """
    students = _group_students(connection) if delivered else {}
    found = [_cover_list(connection, n, one, students, empty) for n, one in enumerate(delivered)]
    for n, one in enumerate(delivered):
        if one.complete:
            _take_ended(connection, n, one)
            if not one.everybody and (one.rows or empty is not None):
                _end_rowless(connection, n, one, whole_roster=whole_roster)
    connection.execute(delete(_flags.table).where(_flags.c.decision.in_(NO_STATEMENTS)))
    for table in (listed, covered, ended):
        staged_tables.analyze_tables(connection, table)
    return _sum_up(delivered, found, students)


def _sum_up(
    delivered: Sequence[DeliveredList], found: Sequence[FoundSchools], students: Groups
) -> Coverage:
    whole = [pair for pair in zip(delivered, found, strict=True) if pair[0].complete]
    schools = name_whole(frozenset().union(*(of.schools for of in found)), students)
    return Coverage(
        schools - {NO_SCHOOL},
        tuple(one.file for one, of in whole if one.everybody and one.rows and not of.students),
        sum(of.strays for of in found),
        tuple(one.file for one, of in whole if of.students and not of.schools),
    )


def _note_list(connection: Connection, n: int, one: DeliveredList) -> None:
    row = (n, one.source, one.file, int(one.complete), int(one.everybody))
    bulk_insert.insert_rows(connection, lists, [row])
    states = {UNANSWERED: UNHEARD, BLANK: EMPTY}
    unanswered = func.max(case(states, value=_flags.c.decision, else_=0))
    rows = select(_flags.c.person_id, literal(n), unanswered).where(_is_in_list(one))
    names = ["person_id", "n", "unanswered"]
    connection.execute(insert(listed).from_select(names, rows.group_by(_flags.c.person_id)))


def _cover_list(
    connection: Connection,
    n: int,
    one: DeliveredList,
    students: Groups,
    empty: frozenset[str] | None,
) -> FoundSchools:
    """Note the students and the schools of a list; return the schools of which it is whole."""
    _note_list(connection, n, one)
    named = frozenset(one.schools or ())
    if not one.complete:
        _note_covered(connection, n, named)
        return FoundSchools()
    known = _group_listed(connection, n)
    if one.everybody and one.rows and not known:
        _note_covered(connection, n, named or {DISTRICT})
        return FoundSchools()
    if not one.rows:
        named = frozenset() if one.everybody or empty is None else named or empty
    if named or not one.rows:
        found = FoundSchools(name_whole(named, students), sum(known.values()))
    else:
        found = find_schools(known, students, everybody=one.everybody)
    _note_covered(connection, n, found.schools)
    return found


def _group_listed(connection: Connection, n: int) -> Groups:
    """Group the students in a list by their schools; a delivered org wins over that on file."""
    staged, kept = staged_tables.people.c, tables.people.c
    source = listed.outerjoin(staged_tables.people.table, staged.id == listed.c.person_id)
    source = source.outerjoin(tables.people, kept.id == listed.c.person_id)
    org = func.coalesce(staged.org_id, kept.org_id, NO_SCHOOL)
    others = func.coalesce(staged.other_org_ids, kept.other_org_ids)
    known = or_(staged.kind == "student", kept.kind == "student")
    rows = select(org, others, func.count()).select_from(source).where(listed.c.n == n, known)
    return _read_groups(connection, rows.group_by(org, others))


def _group_students(connection: Connection) -> Groups:
    c = _select_students().c
    return _read_groups(
        connection, select(c.school, c.others, func.count()).group_by(c.school, c.others)
    )


def _read_groups(connection: Connection, rows: Any) -> Groups:
    offices = {
        org
        for one in (tables.orgs.c, staged_tables.orgs.c)
        for org in connection.scalars(select(one.id).where(one.kind != "school"))
    }
    return group_students(connection.execute(rows).all(), offices)


def _select_students() -> Any:
    """Select all students with their schools, delivered or on file, but those who have left.

    `school` is the first, `others` the further ones.
    """
    staged, kept = staged_tables.people.c, tables.people.c
    named = exists().where(staged.id == kept.id)
    on_file = select(
        kept.id,
        func.coalesce(kept.org_id, NO_SCHOOL).label("school"),
        kept.other_org_ids.label("others"),
    ).where(kept.kind == "student", kept.status == "active", not_(named))
    source = staged_tables.people.table.outerjoin(tables.people, kept.id == staged.id)
    school = func.coalesce(staged.org_id, kept.org_id, NO_SCHOOL)
    others = func.coalesce(staged.other_org_ids, kept.other_org_ids)
    delivered = (
        select(staged.id, school, others).select_from(source).where(staged.kind == "student")
    )
    return union_all(on_file, delivered).subquery()


def _note_covered(connection: Connection, n: int, schools: Collection[str]) -> None:
    bulk_insert.insert_rows(connection, covered, [(n, school) for school in sorted(schools)])


def _take_ended(connection: Connection, n: int, one: DeliveredList) -> None:
    """Keep the refusals that the rows of a list no longer have, unless another row has them."""
    c, said, students = _flags.c, tables.consents.c, _select_students()
    key = [c[name] for name in _KEY]
    same = and_(*(said[name] == column for name, column in zip(_KEY, key, strict=True)))
    rows = (
        select(*key, func.min(c.label), func.min(c.line))
        .select_from(_flags.table.join(tables.consents, same))
        .where(
            c.decision == ENDED,
            said.decision == "refuse",
            _is_in_list(one),
            not_(exists().where(students.c.id == c.person_id, not_(_is_theirs(n, students)))),
            not_(_is_still_stated(key)),
        )
        .group_by(*key)
    )
    connection.execute(insert(ended).from_select([*_KEY, "label", "line"], rows))


def _end_rowless(connection: Connection, n: int, one: DeliveredList, *, whole_roster: bool) -> None:
    """Note refusals of students that a list of refusers of their school no longer names.

    Only of students who are there: a student who has left stands in no list.
    """
    said, students = tables.consents.c, _select_students()
    staged = staged_tables.people.c
    delivered = exists().where(staged.id == students.c.id)
    gone = exists().where(staged.id == students.c.id, staged.status != "active")
    scopes = tuple_(said.activity, said.channel, said.extent).in_(one.refuses)
    key = [said[name] for name in _KEY]
    rows = (
        select(*key, literal(NO_ROW), literal(one.places[0][0]))
        .select_from(tables.consents.join(students, students.c.id == said.person_id))
        .where(
            said.source == one.source,
            said.decision == "refuse",
            scopes,
            _is_theirs(n, students),
            not_(exists().where(listed.c.person_id == said.person_id, listed.c.n == n)),
            not_(gone),
            delivered if whole_roster else true(),
            not_(_is_still_stated(key)),
        )
        .group_by(*key)
    )
    connection.execute(insert(ended).from_select([*_KEY, "label", "line"], rows))


def _is_theirs(n: int, students: Any) -> ColumnElement[bool]:
    """Return true where list `n` is that of all schools in which a refusal may have been stated.

    Another school's list may have named a child who came from there since, or belongs there, too.
    """
    everywhere = exists().where(covered.c.n == n, covered.c.school == DISTRICT)
    said, kept = tables.consents.c, tables.people.c
    further = select_values(students.c.others)
    mine = select(covered.c.school).where(covered.c.n == n)
    elsewhere = exists(select(further.c.value).where(further.c.value.not_in(mine)))
    another = func.coalesce(kept.org_id, NO_SCHOOL) != students.c.school
    moved = exists().where(kept.id == students.c.id, or_(kept.moved_at > said.recorded_at, another))
    return or_(everywhere, and_(students.c.school.in_(mine), not_(elsewhere), not_(moved)))


def _is_in_list(one: DeliveredList) -> ColumnElement[bool]:
    """Return true for a staged flag that came from the list."""
    return or_(*(_flags.c.line.between(*places) for places in one.places))


def _is_still_stated(key: Sequence[Any]) -> ColumnElement[bool]:
    """Return true where another row has a value for this scope, or the same was noted before."""
    still = _flags.table.alias("still")
    says = exists().where(
        *(still.c[name] == column for name, column in zip(_KEY, key, strict=True)),
        still.c.decision.in_(("refuse", "grant")),
    )
    noted = ended.alias("noted")
    return or_(
        says,
        exists().where(*(noted.c[name] == column for name, column in zip(_KEY, key, strict=True))),
    )
