"""People with a row for each of their schools, as some systems write them, joined into one."""

from itertools import groupby
from json import dumps, loads
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from app.imports.staging.staged_tables import Staged

_ORGS = ("org_id", "other_org_ids")


def join_orgs(connection: Connection, staged: Staged) -> None:
    """Make one row of a person's rows that differ in nothing but the school."""
    c = staged.c
    several = (
        select(c.id).where(c.org_id.is_not(None)).group_by(c.id)
        .having(func.count(c.org_id.distinct()) > 1)
    )  # fmt: skip
    rest = [column.name for column in staged.content if column.name not in (*_ORGS, "id")]
    rows = select(c.line, c.id, *(c[name] for name in (*_ORGS, *rest)))
    found = connection.execute(rows.where(c.id.in_(several)).order_by(c.id, c.line))
    kept: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    for _, same in groupby(found.all(), key=attrgetter("id")):
        mine = list(same)
        if len({tuple(getattr(row, name) for name in rest) for row in mine}) == 1:
            kept.append({"first": mine[0].line, "others": dumps(_list_other_orgs(mine))})
            gone += [{"later": row.line} for row in mine[1:]]
    if kept:
        first, later = c.line == bindparam("first"), c.line == bindparam("later")
        joined = update(staged.table).where(first).values(other_org_ids=bindparam("others"))
        connection.execute(joined, kept)
        connection.execute(delete(staged.table).where(later), gone)


def _list_other_orgs(rows: list[Any]) -> list[str]:
    """Return the orgs of these rows beside the first one's, each once."""
    orgs = [org for row in rows for org in (row.org_id, *loads(row.other_org_ids or "[]")) if org]
    return [org for org in dict.fromkeys(orgs) if org != rows[0].org_id]
