"""Endpoints: the addresses that receive events, how far each has come, and who delivers.

What is done to one is on the ledger; how far it has come is not.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from app.database.tables import event_endpoints, events
from app.errors import ConflictError, NotFoundError
from app.policy.words import EventKind
from app.store.events.records import read_last_number
from app.store.ledger.chain import make_id
from app.store.ledger.changes import Actor, Change, record_change

KIND = "event_endpoint"
MOST_ENDPOINTS = 50
EndpointState = Literal["on", "off"]
# A delivery ends well before its lease; where the process is gone, another goes on after it.
LEASE = timedelta(seconds=30)
# After so long without a delivery that was taken, an endpoint is switched off.
PATIENCE = timedelta(days=3)
_c = event_endpoints.c


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint. `kinds` is None where it receives all.

    `last_number` is the last event that it has taken or has no use for.
    """

    id: str
    url: str
    kinds: tuple[EventKind, ...] | None
    secret_version: int
    former_until: datetime | None
    created_at: datetime
    last_number: int
    delivered_at: datetime | None
    state: EndpointState
    fault: str | None
    failing_since: datetime | None
    tries: int
    next_at: datetime | None

    def list_versions(self, now: datetime) -> list[int]:
        """Return the numbers of the secrets that sign now, the newest first."""
        former = self.former_until is not None and now < self.former_until
        return [self.secret_version, *([self.secret_version - 1] if former else ())]


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one process to deliver to an endpoint, and what it delivers now.

    `last_number` is how far it has come once all of `rows` are taken.
    """

    endpoint: Endpoint
    rows: Sequence[RowMapping]
    last_number: int


_ENDPOINT = select(*(_c[field.name] for field in fields(Endpoint)))


def add_endpoint(
    connection: Connection, actor: Actor, url: str, kinds: Collection[EventKind] | None
) -> Endpoint:
    """Register an address, which receives what happens from now on.

    Raises `ConflictError` where it is registered already, or too many are.
    """
    known = list_endpoints(connection)
    if any(one.url == url for one in known):
        detail = "This address is registered already"
        raise ConflictError(detail)
    if len(known) >= MOST_ENDPOINTS:
        detail = f"There are {MOST_ENDPOINTS} addresses; remove one first"
        raise ConflictError(detail)
    ident = make_id()
    wanted = None if kinds is None else sorted(set(kinds))
    row = {
        "id": ident,
        "url": url,
        "kinds": None if wanted is None else orjson.dumps(wanted).decode(),
        "secret_version": 1,
        "created_at": actor.at,
        "last_number": read_last_number(connection),
        "state": "on",
        "tries": 0,
    }
    connection.execute(insert(event_endpoints).values(row))
    digest = hashlib.sha256(url.encode()).hexdigest()
    said = {"at": find_origin(url), "url_sha256": digest, "kinds": wanted}
    record_change(connection, actor, Change(KIND, ident, "added", after=said))
    return read_endpoint(connection, ident)


def read_endpoint(connection: Connection, endpoint_id: str) -> Endpoint:
    """Return the endpoint with this id; raises `NotFoundError`."""
    row = connection.execute(_ENDPOINT.where(_c.id == endpoint_id)).mappings().one_or_none()
    if row is None:
        raise NotFoundError
    return _make_endpoint(row)


def list_endpoints(connection: Connection) -> list[Endpoint]:
    """Return all endpoints, the oldest first."""
    rows = connection.execute(_ENDPOINT.order_by(_c.created_at, _c.id)).mappings()
    return [_make_endpoint(row) for row in rows]


def rotate_secret(
    connection: Connection, actor: Actor, endpoint_id: str, overlap: timedelta
) -> Endpoint:
    """Give an endpoint a new secret; the one before signs beside it until `overlap` is over.

    Raises `NotFoundError`, and `ConflictError` while two sign already: a third would end the one
    that the receiver may still have.
    """
    old = read_endpoint(connection, endpoint_id)
    if len(old.list_versions(actor.at)) > 1:
        detail = "The secret before the last one still signs; rotate once it has ended"
        raise ConflictError(detail)
    _update_endpoint(
        connection, endpoint_id,
        secret_version=old.secret_version + 1, former_until=actor.at + overlap,
    )  # fmt: skip
    record_change(connection, actor, Change(KIND, endpoint_id, "rotated"))
    return read_endpoint(connection, endpoint_id)


def enable_endpoint(connection: Connection, actor: Actor, endpoint_id: str) -> Endpoint:
    """Switch an endpoint on again: it continues where it ended, as far as events are kept.

    One that is on is tried at once.
    """
    read_endpoint(connection, endpoint_id)
    _update_endpoint(
        connection, endpoint_id,
        state="on", fault=None, failing_since=None, tries=0, next_at=None,
    )  # fmt: skip
    record_change(connection, actor, Change(KIND, endpoint_id, "enabled"))
    return read_endpoint(connection, endpoint_id)


def remove_endpoint(connection: Connection, actor: Actor, endpoint_id: str) -> None:
    """Tell this address nothing any more; raises `NotFoundError`."""
    old = read_endpoint(connection, endpoint_id)
    connection.execute(delete(event_endpoints).where(_c.id == endpoint_id))
    record_change(
        connection,
        actor,
        Change(KIND, endpoint_id, "removed", before={"at": find_origin(old.url)}),
    )


def count_waiting(connection: Connection, of: Endpoint) -> int:
    """Return how many events an endpoint has still to receive."""
    rows = select(func.count()).select_from(events).where(*_list_conditions(of))
    return connection.scalar(rows) or 0


def find_due(connection: Connection, now: datetime, by: str) -> list[str]:
    """Return the ids of the endpoints that there is something to tell, and may be tried now."""
    free = or_(_c.leased_until.is_(None), _c.leased_until <= now, _c.leased_by == by)
    due = or_(_c.next_at.is_(None), _c.next_at <= now)
    behind = _c.last_number < read_last_number(connection)
    rows = select(_c.id).where(_c.state == "on", behind, due, free).order_by(_c.id)
    return list(connection.scalars(rows))


def take_lease(
    connection: Connection, endpoint_id: str, by: str, now: datetime, limit: int
) -> Lease | None:
    """Let `by` alone deliver to an endpoint, up to `limit` events; None where another does.

    Or where there is nothing to deliver any more, or not yet. Inside a write.
    """
    if endpoint_id not in find_due(connection, now, by):
        return None
    found = read_endpoint(connection, endpoint_id)
    _update_endpoint(connection, endpoint_id, leased_by=by, leased_until=now + LEASE)
    rows = select(events).where(*_list_conditions(found))
    told = list(connection.execute(rows.order_by(events.c.number).limit(limit)).mappings())
    last = told[-1]["number"] if len(told) == limit else read_last_number(connection)
    return Lease(found, told, last)


def end_lease(connection: Connection, endpoint_id: str, by: str, values: Mapping[str, Any]) -> bool:
    """Note how far it has come, and let others deliver; return whether `by` still had the lease.

    Else nothing is noted: another process continues from there.
    """
    mine = update(event_endpoints).where(_c.id == endpoint_id, _c.leased_by == by)
    ended = connection.execute(mine.values(**values, leased_by=None, leased_until=None))
    return ended.rowcount == 1


def record_switch_off(connection: Connection, actor: Actor, endpoint_id: str, why: str) -> None:
    """Note on the ledger that an endpoint has been switched off, and why."""
    record_change(connection, actor, Change(KIND, endpoint_id, "switched_off", note=why))


def find_origin(url: str) -> str:
    """Return what the ledger keeps of an address: its path may be a secret of the receiver's."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _list_conditions(of: Endpoint) -> list[ColumnElement[bool]]:
    """Return the conditions of the events that an endpoint has still to receive."""
    behind = [events.c.number > of.last_number]
    return behind if of.kinds is None else [*behind, events.c.kind.in_(of.kinds)]


def _update_endpoint(connection: Connection, endpoint_id: str, **values: Any) -> None:
    connection.execute(update(event_endpoints).where(_c.id == endpoint_id).values(values))


def _make_endpoint(row: RowMapping) -> Endpoint:
    kinds = None if row["kinds"] is None else tuple(orjson.loads(row["kinds"]))
    return Endpoint(**{**{str(name): value for name, value in row.items()}, "kinds": kinds})
