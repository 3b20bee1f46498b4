"""Parts of records that several files bring, put together in the staging database.

A user's row has the name; other files have the roles, the birth date and the ties of guardians. SQL
joins them, since a million of them fit no memory. What a delta leaves out is filled from what is on
file, which is read here and never changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from json import dumps
from typing import Any, Literal

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    not_,
    null,
    or_,
    select,
    tuple_,
    union_all,
    update,
)

from app.database import tables
from app.imports.staging import staged_tables
from app.imports.staging.staged_tables import Staged

GUARDIAN = "guardian"
_CARRIED = ("given_name", "family_name", "preferred_name", "email", "status")
_KEYS = ("name_key", "preferred_key", "search_words", "more_keys")
_NO_GUARDIANS = (
    "relationships are left out: not between a student and a guardian, parent or relative"
)
_SCOPE = ("activity", "channel", "extent")
# Users with the role of a guardian beside another that counts before it.
_also_guardians = Table(
    "also_guardians", staged_tables.metadata, Column("id", Text, primary_key=True)
)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not taken, or, without a place, the number of those left out.

    `lacks` is what it refers to and what is not there: roles, people, or any student's number.
    """

    reason: str
    place: int | None = None
    column: str | None = None
    count: int = 1
    lacks: Literal["roles", "people", "numbers"] | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that have files of their own, and whether any has only what changed.

    With `users_delta` that of the users does: others may then bring parts of people it leaves out.
    """

    roles: bool = False
    births: bool = False
    delta: bool = False
    users_delta: bool = False


def assemble_records(connection: Connection, parts: Parts) -> Iterator[RejectedRow]:
    """Make people and guardians of the parts; yield what could not be made."""
    staged_tables.update_statistics(connection)
    if parts.roles:
        several = _find_several_orgs(connection)
        _note_guardians(connection)
        _keep_first_roles(connection)
        _note_other_orgs(connection, several)
    known = _select_kinds(parts).subquery()
    yield from _find_users_without_role(connection, known)
    _stage_people(connection, parts)
    if parts.users_delta:
        _stage_undelivered_people(connection, parts)
    staged_tables.update_statistics(connection, staged_tables.people)
    yield from _stage_guardians(connection)


def _note_guardians(connection: Connection) -> None:
    """Note the users with the role of a guardian, before only one role of each is kept."""
    roles = staged_tables.roles.c
    theirs = select(roles.person_id).where(roles.kind == GUARDIAN).distinct()
    connection.execute(insert(_also_guardians).from_select(["id"], theirs))


def _keep_first_roles(connection: Connection) -> None:
    """Keep the highest role of each user."""
    roles, better = staged_tables.roles, staged_tables.roles.table.alias()
    outranked = exists().where(
        better.c.person_id == roles.c.person_id,
        tuple_(better.c.rank, better.c.line) < tuple_(roles.c.rank, roles.c.line),
    )
    connection.execute(delete(roles.table).where(outranked))


def _find_several_orgs(connection: Connection) -> dict[str, list[str]]:
    """Return the orgs of those users who have roles in several of them."""
    roles = staged_tables.roles.c
    many = (
        select(roles.person_id)
        .where(roles.org_id.is_not(None))
        .group_by(roles.person_id)
        .having(func.count(roles.org_id.distinct()) > 1)
    )
    rows = select(roles.person_id, roles.org_id).where(
        roles.person_id.in_(many), roles.org_id.is_not(None)
    )
    found: dict[str, list[str]] = {}
    for person_id, org_id in connection.execute(rows.distinct().order_by(*rows.selected_columns)):
        found.setdefault(person_id, []).append(org_id)
    return found


def _note_other_orgs(connection: Connection, several: dict[str, list[str]]) -> None:
    """Put the orgs of these users beside the role that counts."""
    change = update(staged_tables.roles.table).where(
        staged_tables.roles.c.person_id == bindparam("who")
    )
    values = [{"who": who, "all": dumps(orgs)} for who, orgs in several.items()]
    if values:
        connection.execute(change.values(other_org_ids=bindparam("all")), values)


def _join_parts(parts: Parts) -> Any:
    """Join users with their other parts, and in a delta with their rows on file."""
    users = staged_tables.users
    source: Any = users.table
    if parts.roles:
        source = source.outerjoin(
            staged_tables.roles.table, staged_tables.roles.c.person_id == users.c.id
        )
    if parts.births:
        source = source.outerjoin(
            staged_tables.births.table, staged_tables.births.c.person_id == users.c.id
        )
    if parts.delta or parts.births:
        source = source.outerjoin(tables.people, tables.people.c.id == users.c.id)
    return source


def _find_kind(parts: Parts) -> Any:
    known: list[Any] = [staged_tables.users.c.kind]
    if parts.roles:
        known.append(staged_tables.roles.c.kind)
    if parts.delta:
        known.append(tables.people.c.kind)
    return func.coalesce(*known) if len(known) > 1 else known[0]


def _select_kinds(parts: Parts) -> Select[Any]:
    users = staged_tables.users
    return select(users.c.line, users.c.id, _find_kind(parts).label("kind")).select_from(
        _join_parts(parts)
    )


def _find_users_without_role(connection: Connection, known: Any) -> Iterator[RejectedRow]:
    refused = staged_tables.refused.c  # a role was delivered, but could not be taken
    told = exists().where(refused.kind == "people", refused.id == known.c.id)
    rows = select(known.c.line).where(known.c.kind.is_(None), ~told).order_by(known.c.line)
    for place in connection.scalars(rows.execution_options(yield_per=5_000)):
        yield RejectedRow("has no role", place, "id", lacks="roles")


def _stage_people(connection: Connection, parts: Parts) -> None:
    users, roles, births, kept = (
        staged_tables.users,
        staged_tables.roles,
        staged_tables.births,
        tables.people,
    )
    kind = _find_kind(parts)
    values: dict[str, Any] = {
        "line": users.c.line,
        "id": users.c.id,
        "kind": kind,
        **{name: users.c[name] for name in (*_CARRIED, *_KEYS)},
        "student_number": case((kind == "student", users.c.student_number)),
    }
    for name in ("grade", "org_id", "other_org_ids"):
        others = [roles.c[name]] if parts.roles else []
        others += [kept.c[name]] if parts.delta and parts.roles else []
        values[name] = func.coalesce(users.c[name], *others) if others else users.c[name]
    # Not delivered or unreadable is not cleared: an adult would otherwise be an adult no longer.
    values["birth_date"] = (
        case((births.c.person_id.is_not(None), births.c.birth_date), else_=kept.c.birth_date)
        if parts.births
        else null()
    )
    rows = (
        select(*values.values())
        .select_from(_join_parts(parts))
        .where(kind != GUARDIAN)
        .order_by(users.c.id)
    )
    _insert_rows(connection, staged_tables.people, list(values), rows)


def _stage_undelivered_people(connection: Connection, parts: Parts) -> None:
    """Stage people that a delta has a part of but no row; the rest is as on file."""
    kept, roles, births, users = (
        tables.people,
        staged_tables.roles,
        staged_tables.births,
        staged_tables.users,
    )
    changed = [
        select(part.c.person_id, part.c.line)
        for part, there in ((roles, parts.roles), (births, parts.births))
        if there
    ]
    if not changed:
        return
    brought = union_all(*changed).subquery()
    firsts = (
        select(brought.c.person_id, func.min(brought.c.line).label("line"))
        .group_by(brought.c.person_id)
        .subquery()
    )
    source = firsts.join(kept, kept.c.id == firsts.c.person_id)
    source = source.outerjoin(roles.table, roles.c.person_id == kept.c.id)
    source = source.outerjoin(births.table, births.c.person_id == kept.c.id)
    values: dict[str, Any] = {
        "line": firsts.c.line,
        "id": kept.c.id,
        **{name: kept.c[name] for name in (*_CARRIED, "student_number")},
        **{
            name: func.coalesce(roles.c[name], kept.c[name])
            for name in ("kind", "grade", "org_id", "other_org_ids")
        },
        "birth_date": case(
            (births.c.person_id.is_not(None), births.c.birth_date), else_=kept.c.birth_date
        ),
    }
    elsewhere = exists().where(users.c.id == kept.c.id)
    kind = func.coalesce(roles.c.kind, kept.c.kind)
    rows = select(*values.values()).select_from(source).where(~elsewhere, kind != GUARDIAN)
    _insert_rows(connection, staged_tables.people, list(values), rows.order_by(kept.c.id))


def _stage_guardians(connection: Connection) -> Iterator[RejectedRow]:
    """Make ties of agents: of the two, one is a student and has the other for a guardian.

    A teacher, an aide or a counselor is an agent of many students, and speaks for none.
    """
    agents = staged_tables.agents
    if not staged_tables.count_rows(connection, agents):
        return
    taken = 0
    for student, guardian in (("user_id", "agent_id"), ("agent_id", "user_id")):
        taken += _stage_guardians_one_way(connection, agents.c[student], agents.c[guardian])
    left = staged_tables.count_rows(connection, agents) - taken
    if left > 0:
        yield RejectedRow(_NO_GUARDIANS, count=left)
    staged_tables.drop_repeats(connection, staged_tables.guardians)


def _stage_guardians_one_way(connection: Connection, student_id: Any, guardian_id: Any) -> int:
    agents, users = staged_tables.agents, staged_tables.users
    student, grown = staged_tables.people.table.alias(), staged_tables.people.table.alias()
    name = func.trim(users.c.given_name.concat(" ").concat(users.c.family_name))
    also_student = exists().where(grown.c.id == guardian_id, grown.c.kind == "student")
    speaks = or_(
        users.c.kind == GUARDIAN,
        # A file of relationships says so itself.
        agents.c.relationship.is_not(None),
        exists().where(_also_guardians.c.id == guardian_id),
    )
    rows = (
        select(agents.c.line, student_id, guardian_id, name, agents.c.relationship)
        .select_from(
            agents.table.join(student, student.c.id == student_id).join(
                users.table, users.c.id == guardian_id
            )
        )
        .where(student.c.kind == "student", ~also_student, speaks)
        .order_by(student_id, guardian_id)
    )
    names = ["line", "student_id", "guardian_id", "name", "relationship"]
    return _insert_rows(connection, staged_tables.guardians, names, rows)


def settle_flags(connection: Connection) -> Iterator[RejectedRow]:
    """Refuse a yes where another row of the same person says no, and leave out the repeats.

    Flags of people who are no students by the same delivery are left out.
    """
    flags = staged_tables.flags
    if not staged_tables.count_rows(connection, flags):
        return
    others = connection.execute(delete(flags.table).where(_is_no_student())).rowcount
    if others:
        yield RejectedRow("consent values of people who are no students are left out", count=others)
    places = select(flags.c.line).where(_is_contradicted()).distinct().order_by(flags.c.line)
    lines = connection.scalars(places).all()
    for place in lines:
        yield RejectedRow("says yes where another row of the same person says no", place)
    if lines:
        connection.execute(delete(flags.table).where(_is_contradicted()))
    staged_tables.drop_repeats(connection, flags)


def _is_contradicted() -> ColumnElement[bool]:
    """Return true for a grant that another row refuses.

    Within a row a refusal of a part of what another column grants is meant; so it is where a row of
    the same file has the same grant beside it.
    """
    flags, no, beside = (
        staged_tables.flags,
        staged_tables.flags.table.alias(),
        staged_tables.flags.table.alias(),
    )
    whose = [no.c[name] == flags.c[name] for name in ("person_id", "source")]
    same = and_(*(no.c[name] == flags.c[name] for name in _SCOPE))
    yes = [beside.c[name] == flags.c[name] for name in (*flags.key, "decision")]
    also_yes = exists().where(*yes, beside.c.line == no.c.line).correlate(flags.table, no)
    wider = and_(
        staged_tables.is_same_file(no.c.line, flags.c.line),
        refusal_bars(no.c, flags.c),
        not_(also_yes),
    )
    elsewhere = exists().where(
        *whose, no.c.decision == "refuse", no.c.line != flags.c.line, or_(same, wider)
    )
    return and_(flags.c.decision == "grant", elsewhere)


def refusal_bars(no: Any, yes: Any) -> ColumnElement[bool]:
    """Return true where a refusal bars some use that a grant allows, as `policy.cells` has it."""
    channel = or_(
        no.channel == yes.channel,
        no.channel == "directory",
        yes.channel == "all",
        and_(no.channel == "all", yes.channel != "directory"),
    )
    extent = or_(no.extent == "image", yes.extent == "image_with_name")
    activity = or_(no.activity == yes.activity, no.activity == "capture")
    return and_(activity, channel, extent)


def _is_no_student() -> ColumnElement[bool]:
    flags, people, users = staged_tables.flags, staged_tables.people, staged_tables.users
    return or_(
        exists().where(people.c.id == flags.c.person_id, people.c.kind != "student"),
        exists().where(users.c.id == flags.c.person_id, users.c.kind == GUARDIAN),
    )


def _insert_rows(connection: Connection, staged: Staged, names: list[str], rows: Any) -> int:
    statement = insert(staged.table).from_select(names, rows)
    return connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount
