"""Events of accounts where several statements change the status at once, as in imports."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from app.database.json_lists import as_json, json_list
from app.database.tables import accounts
from app.store.events.records import EVERYBODY, NewEvent, record_events

_BY_ID = select(accounts.c.id, accounts.c.status).where(accounts.c.id.in_(json_list("ids")))


def read_statuses(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """Return the statuses of these accounts, before they are changed, by id."""
    rows = connection.execute(_BY_ID, {"ids": as_json(ids)})
    return {row.id: row.status for row in rows}


def tell_changed(connection: Connection, at: datetime, before: Mapping[str, str]) -> None:
    """Record an event for each account that has another status than `before`."""
    now = read_statuses(connection, before)
    record_events(
        connection,
        [
            NewEvent("account.status_changed", at, {"account": one, "status": now[one]}, EVERYBODY)
            for one in sorted(before)
            if now.get(one, before[one]) != before[one]
        ],
    )
