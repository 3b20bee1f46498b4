"""Users and their further files, as parts that the staging database assembles.

Each builder takes what the standard at hand calls the columns, by what they are here; a column
that a standard does not have is not named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.imports.reading.cell_values import (
    UNREAD,
    CellError,
    Read,
    identifier,
    parse_email,
    parse_flag,
    parse_ids,
    parse_text,
    split_first,
    tolerate_unread,
)
from app.imports.reading.days import birth_dates
from app.imports.reading.delivery_formats import Context
from app.imports.reading.file_formats import FileFormat, RowBatch, StagedRows
from app.imports.reading.headers import make_column_key
from app.imports.reading.plain.rosters import NO_ADDRESS, NO_GRADE, make_name_reader
from app.imports.reading.standards.columns import (
    TOLERANT,
    UNREADABLE_DATES,
    Fields,
    Spelt,
    make_columns,
    make_status_reader,
    parse_all_ids,
    parse_first_grade,
    stage_deleted,
)
from app.imports.reading.standards.typed_ids import USER_IDS, make_typed_id_reader, split_typed
from app.imports.reading.standards.vocabulary import (
    PASSED_OVER,
    RELATED,
    ROLE_RANKS,
    USER_ROLES,
    add_words,
    make_word_reader,
)
from app.imports.staging import staged_tables
from app.imports.staging.record_assembly import GUARDIAN

# The fields that stay as they are on file where no column for them was delivered.
OPTIONAL = frozenset({"preferred_name", "grade", "org_id", "email", "birth_date", "student_number"})
_LAST = ROLE_RANKS[GUARDIAN] + "1"


def make_users_format(
    name: str, spelt: Spelt, context: Context, kind: str | None = None
) -> FileFormat:
    """Return the format of users: parts of people, and guardians; of `kind` without a role."""
    reads = {
        "id": identifier,
        "status": make_status_reader(context),
        "enabled": parse_flag,
        "given_name": parse_text,
        "family_name": parse_text,
        "preferred_name": parse_text,
        "grade": parse_first_grade,
        "org_id": parse_ids,
        "email": tolerate_unread(parse_email),
        "agents": parse_all_ids,
        "kind": make_word_reader(_list_roles(context), "a known role"),
        "birth_date": born(context),
        "student_number": _make_number_reader(context),
    }
    spelt = _add_number_column(spelt, context, kind)
    required = ("id", "kind", "given_name", "family_name", *_list_named_fields(context))
    names = make_name_reader(spelt["given_name"], spelt["family_name"], spelt.get("preferred_name"))

    def stage_rows(rows: RowBatch) -> StagedRows:
        """Stage people, and those the file deletes."""
        fields = Fields(rows, spelt)
        gone = fields.drop_deleted("people", "id")
        spoken, keys = names(rows)
        kinds = [kind] * len(rows) if kind else fields["kind"]
        status = _list_statuses(fields)
        mails = fields.readable("email", NO_ADDRESS)
        grades = fields.readable("grade", NO_GRADE)
        orgs, other_orgs = split_first(fields["org_id"])
        staged = zip(
            rows.places, fields["id"], kinds, *spoken, grades, orgs, mails, status,
            fields["student_number"], other_orgs, *keys, strict=True,
        )  # fmt: skip
        return [
            (staged_tables.users, rows.kept(staged)),
            *_stage_user_births(fields, spelt),
            *_stage_agents(fields, spelt),
            *stage_deleted(gone),
        ]

    found = make_columns(spelt, reads, required)
    return FileFormat(
        name, staged_tables.users, found, stage_rows, spelt["id"], TOLERANT, PASSED_OVER
    )


def _list_named_fields(context: Context) -> tuple[str, ...]:
    """Return the field that must be there since the profile names its column."""
    return ("student_number",) if context.profile and context.profile.student_number else ()


def _add_number_column(spelt: Spelt, context: Context, kind: str | None) -> Spelt:
    """Return the columns, with that of students' numbers if the profile names one."""
    if not _list_named_fields(context) or kind == "employee" or context.profile is None:
        return spelt
    column, _ = split_typed(context.profile.student_number or "")
    others = [name for field, name in spelt.items() if field != "student_number"]
    if make_column_key(column) in map(make_column_key, others):
        reason = f"{column} is read as something else"
        raise CellError(reason, "student_number")
    return {**spelt, "student_number": column}


def _make_number_reader(context: Context) -> Read:
    """Return the reader of students' numbers: of `userIds` the one id of the named type."""
    named = context.profile.student_number if context.profile else None
    column, kind = split_typed(named or "")
    return (
        make_typed_id_reader(kind)
        if make_column_key(column) == make_column_key(USER_IDS)
        else parse_text
    )


def _stage_user_births(fields: Fields, spelt: Spelt) -> StagedRows:
    if "birth_date" in spelt:
        yield staged_tables.births, _stage_births(fields, "id")


def _stage_births(fields: Fields, user: str) -> list[tuple[Any, ...]]:
    """Return birth dates as staged; an unreadable one leaves what is on file as it is."""
    dates = fields.counted("birth_date", UNREADABLE_DATES)
    staged = fields.rows.kept(zip(fields.rows.places, fields[user], dates, strict=True))
    return [row for row in staged if row[2] is not UNREAD]


def _stage_agents(fields: Fields, spelt: Spelt) -> StagedRows:
    named = fields["agents"]
    if "agents" not in spelt or not any(named):
        return
    rows = fields.rows
    lists = rows.kept(zip(rows.places, fields["id"], named, strict=True))
    yield (
        staged_tables.agents,
        [(place, user, agent, None) for place, user, agents in lists for agent in agents],
    )


def _list_statuses(fields: Fields) -> Sequence[str]:
    """Return active, unless the status or `enabledUser` says otherwise."""
    states, enabled = fields["status"], fields["enabled"]
    return [
        "inactive" if state == "inactive" or on is False else "active"
        for state, on in zip(states, enabled, strict=True)
    ]


def _list_roles(context: Context) -> Mapping[str, str]:
    profile = context.profile
    extra = profile.roles if profile else {}
    # No profile changes the standard's own roles.
    return add_words(USER_ROLES, extra)


def born(context: Context) -> Read:
    """Return a reader of birth dates; a person without a readable one counts as a minor."""
    order = context.profile.text.dates if context.profile else None
    return tolerate_unread(birth_dates(context.today, order))


def make_roles_format(name: str, spelt: Spelt, context: Context) -> FileFormat:
    """Return the format of roles of users in orgs: of each user's the highest is kept."""
    reads = {
        "user": identifier,
        "status": make_status_reader(context),
        "org_id": parse_text,
        "grade": parse_first_grade,
        "kind": make_word_reader(_list_roles(context), "a known role"),
        "primary": _is_primary,
    }

    def stage_rows(rows: RowBatch) -> StagedRows:
        """Stage the roles of people."""
        fields = Fields(rows, spelt)
        fields.drop_deleted("roles", "user")
        kinds, grades = fields["kind"], fields.readable("grade", NO_GRADE)
        ranks = [
            ROLE_RANKS[kind] + ("0" if primary else "1")
            for kind, primary in zip(kinds, fields["primary"], strict=True)
        ]
        staged = zip(
            rows.places, fields["user"], ranks, kinds, grades, fields["org_id"],
            [None] * len(rows), strict=True,
        )  # fmt: skip
        return [(staged_tables.roles, rows.kept(staged))]

    found = make_columns(spelt, reads, ("user", "kind"))
    return FileFormat(
        name, staged_tables.roles, found, stage_rows, spelt["user"], TOLERANT, PASSED_OVER
    )


def _is_primary(cell: str) -> bool:
    return cell.lower() in ("primary", "true", "yes", "1", "y")


def make_demographics_format(name: str, spelt: Spelt, context: Context) -> FileFormat:
    """Return the format of birth dates; nothing else of what such a file holds is read."""
    reads = {"user": identifier, "status": make_status_reader(context), "birth_date": born(context)}

    def stage_rows(rows: RowBatch) -> StagedRows:
        """Stage birth dates from the file of demographics."""
        fields = Fields(rows, spelt)
        fields.drop_deleted("births", "user")
        return [(staged_tables.births, _stage_births(fields, "user"))]

    found = make_columns(spelt, reads, ("user",))
    # Some systems call the user's id by what it is.
    found = tuple(
        replace(one, also=("userSourcedId",)) if one.name == "sourcedId" else one for one in found
    )
    return FileFormat(name, staged_tables.births, found, stage_rows, None, TOLERANT, PASSED_OVER)


def make_relationships_format(name: str, spelt: Spelt) -> FileFormat:
    """Return the format of guardians by student; relatives of other kinds are left out."""
    reads = {
        "user": identifier,
        "agent": identifier,
        "relationship": make_word_reader(RELATED, "a known relationship"),
    }

    def stage_rows(rows: RowBatch) -> StagedRows:
        """Stage the ties of students to their agents."""
        fields = Fields(rows, spelt)
        related = fields["relationship"]
        for n, one in enumerate(related):
            if one is None:
                rows.skip(n)
        rows.warn("relationships other than a guardian's are left out", related.count(None))
        staged = zip(rows.places, fields["user"], fields["agent"], related, strict=True)
        kept = rows.kept(staged)
        # A guardian needs no other role.
        implied = [(place, agent, _LAST, GUARDIAN, None, None, None) for place, _, agent, _ in kept]
        return [(staged_tables.agents, kept), (staged_tables.roles, implied)]

    found = make_columns(spelt, reads, ("user", "agent", "relationship"))
    return FileFormat(name, staged_tables.agents, found, stage_rows, None, TOLERANT, PASSED_OVER)
