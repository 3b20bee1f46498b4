"""Events: recorded in the transaction of what they tell, read in that order, forgotten in time.

Whoever changes what others wait for calls `record_event` in the same transaction. Since all who
write take the store's one lock first, and have it until they have committed, numbers become visible
in their order: who has read up to one misses none before it.

Data holds ids and codes, never a name.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, RowMapping, delete, insert, select, union_all

from app.database.news import mark_news
from app.database.tables import events
from app.policy.words import EventKind
from app.store.ledger.chain import make_id

# The audience of what every key with the scope may know.
EVERYBODY = "*"
_e = events.c
_LAST = select(_e.number, _e.id).order_by(_e.number.desc()).limit(1)


class NewEvent(NamedTuple):
    """An event to be recorded; `audience` is as in `record_event`."""

    kind: EventKind
    at: datetime
    data: Mapping[str, Any]
    audience: str | None = None


class EventPlace(NamedTuple):
    """A place in the order of events: behind the one of this number and id."""

    number: int
    id: str


BEGINNING = EventPlace(0, "")


class EventsFound(NamedTuple):
    """Events in order, and the place behind them; without any, the place where all end now."""

    rows: Sequence[RowMapping]
    place: EventPlace


def record_event(
    connection: Connection,
    kind: EventKind,
    at: datetime,
    data: Mapping[str, Any],
    *,
    audience: str | None = None,
) -> None:
    """Record an event, in the transaction of its change: inside `Store.writing()`.

    `data` holds ids and codes. Keys without schools receive everything; with schools those of the
    lineage `audience`, or all where it is `EVERYBODY`.
    """
    record_events(connection, [NewEvent(kind, at, data, audience)])


def record_events(connection: Connection, told: Sequence[NewEvent]) -> None:
    """Record events in their order, as `record_event` does."""
    if not told:
        return
    rows = [
        {
            "id": make_id(),
            "kind": one.kind,
            "at": one.at,
            "audience": one.audience,
            "data": orjson.dumps(one.data).decode(),
        }
        for one in told
    ]
    connection.execute(insert(events), rows)
    mark_news(connection)


def read_events(
    connection: Connection, after: EventPlace, limit: int, lineage: str | None = None
) -> EventsFound:
    """Return up to `limit` events behind `after`; with `lineage` those that such a key may know.

    Raises `LookupError` where the event at `after` is not on file: events behind it may be gone.
    """
    if after != BEGINNING and not _is_on_file(connection, after):
        raise LookupError
    wanted = select(events).where(_e.number > after.number)
    if lineage is not None:  # each part in the order of the index
        parts = [
            wanted.where(_e.audience == who).order_by(_e.number).limit(limit).subquery().select()
            for who in (lineage, EVERYBODY)
        ]
        wanted = select(union_all(*parts).subquery())
    number = wanted.selected_columns["number"]
    rows = list(connection.execute(wanted.order_by(number).limit(limit)).mappings())
    if len(rows) == limit:
        return EventsFound(rows, EventPlace(rows[-1]["number"], rows[-1]["id"]))
    return EventsFound(rows, find_end(connection))


def find_end(connection: Connection) -> EventPlace:
    """Return the place behind the last event."""
    row = connection.execute(_LAST).one_or_none()
    return BEGINNING if row is None else EventPlace(row.number, row.id)


def read_last_number(connection: Connection) -> int:
    """Return the number of the last event; 0 where there is none."""
    return find_end(connection).number


def is_due(connection: Connection, before: datetime) -> bool:
    """Return whether the oldest event is from before that time, and not the last."""
    oldest = select(_e.number, _e.at).order_by(_e.number).limit(2)
    rows = connection.execute(oldest).all()
    return len(rows) > 1 and rows[0].at < before


def purge_events(connection: Connection, before: datetime, limit: int) -> int:
    """Delete up to `limit` of the oldest events from before that time; return how many.

    The last one stays, as the place at which all end.
    """
    oldest = select(_e.number, _e.at).order_by(_e.number).limit(limit)
    last = read_last_number(connection)
    due = []
    for number, at in connection.execute(oldest):
        if at >= before or number == last:
            break
        due.append(number)
    if due:
        connection.execute(delete(events).where(_e.number <= due[-1]))
    return len(due)


def _is_on_file(connection: Connection, place: EventPlace) -> bool:
    same = _e.number == place.number, _e.id == place.id
    return connection.scalar(select(_e.number).where(*same)) is not None
