"""Takedowns: the work of taking down a published post in which a person is refused.

One for each person and post. It is opened, and lapses, by what is on file; that the post is down,
or may stay, people say.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, RowMapping, insert, select, update

from app.database.json_lists import as_json, is_in, json_list
from app.database.tables import accounts, published_posts, takedowns
from app.errors import ConflictError, NotFoundError
from app.policy.refusals import Refusal
from app.policy.words import WAITING, TakedownState
from app.store.events.records import NewEvent, record_events
from app.store.ledger.chain import make_id
from app.store.ledger.changes import Actor, Change, record_changes
from app.store.service.key_lineages import read_lineage

KIND = "takedown"
_c = takedowns.c
_SHOWN = (
    select(
        takedowns,
        published_posts.c.account_id,
        published_posts.c.external_id,
        published_posts.c.url,
        published_posts.c.published_at,
        accounts.c.platform,
        accounts.c.handle,
    )
    .join(published_posts, published_posts.c.id == _c.published_id)
    .join(accounts, accounts.c.id == published_posts.c.account_id)
)


class TakedownFilter(NamedTuple):
    """A filter of takedowns; None for any.

    `opened_before` finds those that are overdue. `schools` limits the accounts.
    """

    state: TakedownState | None = None
    account_id: str | None = None
    opened_before: datetime | None = None
    schools: frozenset[str] | None = None


def list_of_posts(connection: Connection, ids: Collection[str]) -> dict[str, list[RowMapping]]:
    """Return all takedowns of each of these published posts, oldest first."""
    wanted = select(takedowns).where(is_in(_c.published_id, json_list("ids"))).order_by(_c.id)
    found: dict[str, list[RowMapping]] = {}
    for row in connection.execute(wanted, {"ids": as_json(ids)}).mappings():
        found.setdefault(row["published_id"], []).append(row)
    return found


def open_takedowns(
    connection: Connection, actor: Actor, needed: Sequence[tuple[str, Refusal]]
) -> None:
    """Open a takedown for each post and refusal; none of them may have one that waits."""
    rows = [
        {
            "id": make_id(), "published_id": post, "subject_id": one.person_id, "state": "open",
            "reason": one.code, "opened_at": actor.at, "changed_at": actor.at,
            "changed_by": actor.caller, "person_id": None,
        }
        for post, one in needed
    ]  # fmt: skip
    if rows:
        connection.execute(insert(takedowns), rows)
        record_changes(connection, actor, [_make_change(row, "opened") for row in rows])
        _tell_opened(connection, actor, rows)


def move_takedowns(
    connection: Connection,
    actor: Actor,
    rows: Iterable[RowMapping],
    state: TakedownState,
    note: str | None = None,
) -> None:
    """Give takedowns another state, by the actor."""
    moved = list(rows)
    if not moved:
        return
    changed = update(takedowns).where(is_in(_c.id, json_list("ids")))
    said = {"state": state, "changed_at": actor.at, "changed_by": actor.caller}
    connection.execute(
        changed.values(**said, person_id=actor.person_id),
        {"ids": as_json(row["id"] for row in moved)},
    )
    action = "reopened" if state == "open" else state
    changes = [_make_change({**row, **said}, action, note) for row in moved]
    record_changes(connection, actor, changes)
    if state == "open":
        _tell_opened(connection, actor, moved)


def _tell_opened(connection: Connection, actor: Actor, rows: Sequence[Mapping[Any, Any]]) -> None:
    """Record the events of open takedowns; the reporters of their posts receive them, too."""
    c = published_posts.c
    wanted = select(c.id, c.reported_by).where(is_in(c.id, json_list("ids")))
    given = {"ids": as_json(row["published_id"] for row in rows)}
    told_by = {row.id: row.reported_by for row in connection.execute(wanted, given)}
    events = [
        NewEvent(
            "takedown.opened",
            actor.at,
            {"takedown": row["id"], "published": row["published_id"]},
            read_lineage(connection, told_by[row["published_id"]]),
        )
        for row in rows
    ]
    record_events(connection, events)


def confirm_takedown(
    connection: Connection, actor: Actor, row: RowMapping, note: str | None
) -> None:
    """Record that the post is down, which ends all takedowns of it; raises `ConflictError`."""
    _refuse_ended(row)
    of_post = list_of_posts(connection, [row["published_id"]])[row["published_id"]]
    waiting = [one for one in of_post if one["state"] in WAITING]
    move_takedowns(connection, actor, waiting, "confirmed", note)


def contest_takedown(connection: Connection, actor: Actor, row: RowMapping, reason: str) -> None:
    """Record that the post may stay as far as this person goes; raises `ConflictError`."""
    _refuse_ended(row)
    if row["state"] == "contested":
        detail = "It is contested already"
        raise ConflictError(detail)
    move_takedowns(connection, actor, [row], "contested", reason)


def _refuse_ended(row: RowMapping) -> None:
    if row["state"] not in WAITING:
        detail = "It is over: the post was taken down, or nobody is refused any more"
        raise ConflictError(detail)


def read_takedown(
    connection: Connection, takedown_id: str, schools: frozenset[str] | None
) -> RowMapping:
    """Return a takedown with its post and account; raises `NotFoundError`.

    Of accounts of other schools than `schools` as of none.
    """
    wanted = _SHOWN.where(_c.id == takedown_id, *_limit_schools(schools))
    found = connection.execute(wanted).mappings().one_or_none()
    if found is None:
        raise NotFoundError
    return found


def list_takedowns(
    connection: Connection, wanted: TakedownFilter, after: str, limit: int
) -> list[RowMapping]:
    """Return up to `limit` takedowns with ids behind `after`, the oldest first."""
    rows = _SHOWN.where(_c.id > after, *_limit_schools(wanted.schools))
    if wanted.state is not None:
        rows = rows.where(_c.state == wanted.state)
    if wanted.account_id is not None:
        rows = rows.where(published_posts.c.account_id == wanted.account_id)
    if wanted.opened_before is not None:
        rows = rows.where(_c.state == "open", _c.opened_at < wanted.opened_before)
    return list(connection.execute(rows.order_by(_c.id).limit(limit)).mappings())


def _limit_schools(schools: frozenset[str] | None) -> list[ColumnElement[bool]]:
    return [] if schools is None else [accounts.c.org_id.in_(sorted(schools))]


def _make_change(row: Any, action: str, note: str | None = None) -> Change:
    after = {"published": row["published_id"], "state": row["state"], "reason": row["reason"]}
    return Change(KIND, row["id"], action, after=after, note=note, subjects=(row["subject_id"],))
