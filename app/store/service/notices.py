"""Notices to the registrar by mail, each once: imports that wait or failed, and months."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Connection, func, insert, select

from app.database.tables import consents, doubted_people, import_doubts, imports, notices
from app.store.service.import_records import DONE, ImportRecord, State, list_in_states

# States in which an import needs a person.
TOLD: tuple[State, ...] = ("held", "invalid", "failed")


class Month(NamedTuple):
    """The nights of a month; `open_doubts` and `doubted` are counted at the time of the notice.

    `states` counts imports by their last state, `days_without` names the days on which none was
    applied, `statements` counts the statements put on file by decision.
    """

    first: date
    states: Counter[str]
    days_without: list[date]
    statements: Counter[str]
    open_doubts: int
    doubted: int


def find_untold(connection: Connection, since: datetime) -> list[ImportRecord]:
    """Return imports that wait or failed, updated since `since`, without a notice yet."""
    told = {
        (kind, about) for kind, about in connection.execute(select(notices.c.kind, notices.c.about))
    }
    return [
        one
        for one in list_in_states(connection, *TOLD)
        if one.updated_at >= since and (one.state, one.id) not in told
    ]


def note_told(connection: Connection, kind: str, about: str, at: datetime) -> None:
    """Record that a notice was sent, so that it is sent once."""
    connection.execute(insert(notices).values(kind=kind, about=about, sent_at=at))


def is_told(connection: Connection, kind: str, about: str) -> bool:
    """Return whether a notice was sent."""
    found = select(notices.c.sent_at).where(notices.c.kind == kind, notices.c.about == about)
    return connection.execute(found).first() is not None


def sum_month(connection: Connection, first: date, end: date, zone: ZoneInfo) -> Month | None:
    """Return the nights from `first` until before `end`, or None where there were none."""
    begins, ends = (_find_midnight(day, zone) for day in (first, end))
    within = (imports.c.created_at >= begins, imports.c.created_at < ends)
    rows = list(connection.execute(select(imports.c.state, imports.c.created_at).where(*within)))
    if not rows:
        return None
    good = {at.astimezone(zone).date() for state, at in rows if state in DONE}
    said = select(consents.c.decision, func.count().label("number"))
    said = said.group_by(consents.c.decision)
    recorded = (consents.c.recorded_at >= begins, consents.c.recorded_at < ends)
    return Month(
        first,
        Counter(state for state, _ in rows),
        [day for day in _list_days(first, end) if day not in good],
        Counter({row.decision: row.number for row in connection.execute(said.where(*recorded))}),
        _count_open(connection, import_doubts.c.id, import_doubts.c.ended_at),
        _count_open(connection, doubted_people.c.person_id, doubted_people.c.ended_at),
    )


def _count_open(connection: Connection, what: Column[str], ended: Column[datetime]) -> int:
    """Return the number of distinct values that have not ended."""
    found = select(func.count(what.distinct())).where(ended.is_(None))
    return connection.scalar(found) or 0


def _list_days(first: date, end: date) -> Iterator[date]:
    yield from (date.fromordinal(n) for n in range(first.toordinal(), end.toordinal()))


def _find_midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
