"""The staged tables: every reader of a delivery fills them, and `app.imports.merge` applies them.

A staged row is a tuple in the order of its table's columns, the first of which is the line it
came from (see `place`). Days are ISO text and times the text of `format_utc`: both stores read
these as they are, so that a million rows need no conversion on their way in.
"""

from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    case,
    delete,
    false,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.sql import operators
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from app.database import bulk_insert, tables
from app.imports.staging.staging_database import STAGING

metadata = MetaData(schema=STAGING)


@dataclass(frozen=True, slots=True, eq=False)
class Staged:
    """One staged table, on its way into the store's table `target`.

    Rows equal in `key` are one record; without a key none are. An `ordered` table is stored in the
    order of its first columns after the line, so that it can be merged with the store's own without
    sorting; these hold no null.
    """

    table: Table
    target: str
    key: tuple[str, ...]
    ordered: bool

    @property
    def c(self) -> ReadOnlyColumnCollection[str, Column[Any]]:
        """Return the table's columns."""
        return self.table.c

    @property
    def keys(self) -> list[Column[Any]]:
        """Return the columns of the key."""
        return [self.c[name] for name in self.key]

    @property
    def content(self) -> list[Column[Any]]:
        """Return the columns in which two rows of one record must agree.

        Fresh ids, and a flag's label and day, may differ.
        """
        fresh = {"line", "id", "authorization_id", "label", "given_on"}
        return [c for c in self.c if c.name not in fresh and c.name not in self.key]


def line() -> Column[int]:
    """Return the column for the place that a row came from (see `place`)."""
    return Column("line", BigInteger, autoincrement=False, nullable=False)


def _make_staged(
    name: str, like: Table, key: str, rest: str, *, by: str = "", also: Table | None = None
) -> Staged:
    """Make a table of the columns `key` and `rest`, typed as in `like` or `also`.

    Stored in the order of the columns `by`.
    """
    keys, order = tuple(key.split()), tuple(by.split())
    types = {c.name: c.type for table in (also, like) if table is not None for c in table.c}
    columns = [Column(column, types.get(column, Text())) for column in (*keys, *rest.split())]
    primary, rowid = PrimaryKeyConstraint(*order, "line"), not order
    table = Table(f"stage_{name}", metadata, line(), *columns, primary, sqlite_with_rowid=rowid)
    return Staged(table, like.name, keys, bool(order))


orgs = _make_staged("orgs", tables.orgs, "id", "name name_key kind parent_id", by="id")
people = _make_staged(
    "people",
    tables.people,
    "id",
    "kind given_name family_name preferred_name grade org_id email birth_date status "
    "student_number other_org_ids name_key preferred_key search_words more_keys",
    by="id",
)
classes = _make_staged("classes", tables.classes, "id", "title org_id", by="id")
enrollments = _make_staged(
    "enrollments", tables.enrollments, "class_id person_id role", "", by="class_id person_id role"
)
guardians = _make_staged(
    "guardians",
    tables.guardians,
    "student_id guardian_id",
    "name relationship",
    by="student_id guardian_id",
)
# One line of a file of flags makes several statements; they differ in their digests.
consents = _make_staged(
    "consents",
    tables.consents,
    "",
    "person_id digest decision activity channel extent given_by capacity source signed_at "
    "signed_day_only effective_from effective_to lifts",
    by="person_id digest",
)
# `managers` are all of them in one text, so that two rows of one account can be compared.
accounts = _make_staged(
    "accounts",
    tables.accounts,
    "platform handle_key",
    "id handle url kind org_id owner_id contact_email communications_admin_at managers "
    "alias authorization_id authorized_by authorized_at existed_at",
    by="platform handle_key",
    also=tables.authorizations,
)
account_managers = _make_staged(
    "account_managers",
    tables.account_managers,
    "platform handle_key person_id",
    "",
    by="platform handle_key person_id",
)
designations = _make_staged(
    "designations",
    tables.designations,
    "office person_id capacity effective_from org_id",
    "id effective_to",
)
grants = _make_staged(
    "grants",
    tables.grants,
    "kind grantee_kind grantee network granted_by effective_from mark purpose topic",
    "id effective_to",
)
releases = _make_staged(
    "releases",
    tables.releases,
    "name_key work channel effective_from",
    "name id effective_to",
)
# One value of a person's consent column, as its profile reads it: a snapshot, no statement.
# `label` are the profile's own words for it, such as `No Media = Y`; `given_on` is the day on which
# it was answered, as ISO text, where that is known.
flags = _make_staged(
    "flags",
    tables.consents,
    "person_id source activity channel extent",
    "decision effective_to label given_on",
    by="person_id source activity channel extent",
)
# The same of files that name students by their numbers; `app.imports.staging.student_numbers` finds
# the students.
numbered = _make_staged(
    "numbered",
    tables.consents,
    "student_number source activity channel extent",
    "decision effective_to label given_on",
    by="student_number source activity channel extent",
)
# Records that a delivery asks to delete. Of an enrollment `id` is the class; in the others
# `person_id` and `role` are empty.
deleted = _make_staged(
    "deleted", tables.enrollments, "kind id person_id role", "", by="kind id person_id role"
)

# Rows that speak of children and could not be read; `app.imports.doubts.doubt_records` finds the
# children who may be meant.
doubts = _make_staged(
    "doubts",
    tables.import_doubts,
    "",
    "matches key bare source field reason refuses keep digest",
    by="matches key",
)

# Parts, of which `app.imports.staging.record_assembly` makes people and guardians. `kind` is a
# person's, or `guardian`; a user without one has roles. `rank` orders the roles of one user, the
# first counts.
users = _make_staged(
    "users",
    tables.people,
    "id",
    "kind given_name family_name preferred_name grade org_id email status student_number "
    "other_org_ids name_key preferred_key search_words more_keys",
    by="id",
)
roles = _make_staged(
    "roles",
    tables.people,
    "person_id rank",
    "kind grade org_id other_org_ids",
    by="person_id rank",
)
births = _make_staged("births", tables.people, "person_id", "birth_date", by="person_id")
agents = _make_staged(
    "agents", tables.guardians, "user_id agent_id", "relationship", by="user_id agent_id"
)
# The classes that rows of enrollments may be of which were set aside;
# `app.imports.staging.rows_set_aside`.
gaps = _make_staged("gaps", tables.enrollments, "class_id", "sure", by="class_id")
PARTS = frozenset({users, roles, births, agents, numbered, doubts, gaps})
# The ids of records with a refused row: they are known, but not their values.
refused = _make_staged("refused", tables.orgs, "kind id", "", by="kind id")


_FILE = 1_000_000_000


def place(file: int, line: int) -> int:
    """Return where a row came from: one number for its file in the delivery and its line."""
    return file * _FILE + line


def find_places(file: int) -> tuple[int, int]:
    """Return the first and the last place that a row of this file can have."""
    return place(file, 0), place(file + 1, -1)


def split_place(place: int) -> tuple[int, int]:
    """Return the file's number and the line of a `place`."""
    return divmod(place, _FILE)


def is_same_file(place: Column[int], other: Column[int]) -> ColumnElement[bool]:
    """Return true where two rows came from one file."""
    return place // _FILE == other // _FILE


def fill_table(connection: Connection, staged: Staged, rows: list[tuple[Any, ...]]) -> None:
    """Put `rows` into `staged`; those of an ordered table are sorted first, which is in place."""
    if staged.ordered:
        # By its first column alone: what counts is that neighbours go to one page.
        rows.sort(key=itemgetter(1))
    bulk_insert.insert_rows(connection, staged.table, rows)


def index_kinds(connection: Connection) -> None:
    """Index the kinds of staged people: every reference to a person looks them up.

    The rows themselves are so wide that those of a million people go to the disk and back.
    """
    if connection.dialect.name == "sqlite":
        name = f"{STAGING}.stage_people_kinds"
        connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {name} ON stage_people (id, kind)")


def update_statistics(connection: Connection, *staged: Staged) -> None:
    """Tell PostgreSQL's planner how large these staged tables, or all, have become."""
    analyze_tables(connection, *([one.table for one in staged] or metadata.sorted_tables))


def analyze_tables(connection: Connection, *tables: Table) -> None:
    """Tell PostgreSQL's planner how large these tables of the staging area have become."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {', '.join(table.fullname for table in tables)}")


def count_rows(connection: Connection, staged: Staged) -> int:
    """Count the rows in `staged`."""
    return connection.scalar(_count_all(staged)) or 0


@cache
def _count_all(staged: Staged) -> Select[int]:
    return select(func.count()).select_from(staged.table)


@cache
def _select_repeated(staged: Staged) -> Any:
    return select(staged.keys[0]).group_by(*staged.keys).having(func.count() > 1).limit(1)


def drop_repeats(connection: Connection, staged: Staged) -> list[int]:
    """Keep the first row of every record; return the lines of later rows that differ from it.

    Those of records with an id are noted as refused.
    """
    if not staged.key:
        return []
    if connection.execute(_select_repeated(staged)).first() is None:
        return []
    same: dict[str, Any] = {"partition_by": staged.keys, "order_by": staged.c.line}
    first = [func.first_value(column).over(**same) for column in staged.content]
    differs = or_(false(), *map(operators.is_distinct_from, staged.content, first))
    numbered = select(
        staged.c.line,
        func.row_number().over(**same).label("nth"),
        case((differs, 1), else_=0).label("differs"),
    ).subquery()
    later = select(numbered.c.line).where(numbered.c.nth > 1)
    others = later.where(numbered.c.differs == 1).order_by(numbered.c.line)
    lines = connection.scalars(others).all()
    if lines and staged.key == ("id",):  # none of them is known to be right
        ids = select(staged.c.line, literal(staged.target), staged.c.id)
        rows = ids.where(staged.c.line.in_(others.order_by(None)))
        connection.execute(insert(refused.table).from_select(["line", "kind", "id"], rows))
    connection.execute(delete(staged.table).where(staged.c.line.in_(later)))
    return list(lines)
