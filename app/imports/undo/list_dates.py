"""The dates of lists and the doubts in an undo: both only become stricter."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, tuple_, update

from app.database.tables import doubted_people, import_doubts, list_dates
from app.store.consents.list_dates import date_list

_dates = list_dates.c
# The date of a list that never existed: older than any limit.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_BY_ROW = "row"


def find_dates(connection: Connection, delivered_at: datetime) -> list[RowMapping]:
    """Return the dates that a delivery of that time gave to lists and that are still the last."""
    newer = list_dates.alias("newer").c
    same = newer.kind == _dates.kind, newer.school == _dates.school
    last = select(func.max(newer.seq)).where(*same).scalar_subquery()
    rows = select(list_dates).where(_dates.at == delivered_at, _dates.seq == last)
    return list(connection.execute(rows.order_by(_dates.seq)).mappings())


def date_back(connection: Connection, delivered_at: datetime) -> int:
    """Give lists the dates that they had before a delivery of that time; return how many."""
    found = find_dates(connection, delivered_at)
    for row in found:
        same = _dates.kind == row["kind"], _dates.school == row["school"]
        # By an undo of a later import it may have been given the same date once more.
        own = select(func.min(_dates.seq)).where(*same, _dates.at == delivered_at)
        before = select(_dates.at).where(*same, _dates.seq < connection.scalar(own))
        at = connection.scalar(before.order_by(_dates.seq.desc()).limit(1))
        date_list(connection, row["kind"], at or _NEVER, (row["school"],))
    return len(found)


def count_doubts(connection: Connection, ended_at: datetime) -> int:
    """Count doubts about children that rows of the import that ended then have ended."""
    rows = select(func.count()).select_from(doubted_people).where(*_match_ended(ended_at))
    return connection.scalar(rows) or 0


def reopen_doubts(connection: Connection, ended_at: datetime) -> None:
    """Reopen the doubts that a row of the import that ended at that time has ended."""
    pairs = select(doubted_people.c.person_id, doubted_people.c.doubt_id).where(
        *_match_ended(ended_at)
    )
    found = [tuple(row) for row in connection.execute(pairs)]
    if not found:
        return
    pair = tuple_(doubted_people.c.person_id, doubted_people.c.doubt_id)
    open_ = {"ended_at": None, "ended_by": None}
    connection.execute(update(doubted_people).where(pair.in_(found)).values(open_))
    doubts = {doubt for _, doubt in found}
    connection.execute(
        update(import_doubts).where(import_doubts.c.id.in_(sorted(doubts))).values(open_)
    )


def _match_ended(ended_at: datetime) -> list[Any]:
    return [doubted_people.c.ended_at == ended_at, doubted_people.c.ended_by == _BY_ROW]
