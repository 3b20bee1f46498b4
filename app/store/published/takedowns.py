"""Takedowns: the work of taking down a published post in which a person is refused.

One for each person and post. It is opened, and lapses, by what is on file; that the post is down,
or may stay, people say.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, RowMapping, insert, select, update

from app.database.json_lists import as_json, is_in, json_list
from app.database.tables import accounts, api_keys, people, published_posts, takedowns
from app.errors import ConflictError, NotFoundError
from app.policy.refusals import Refusal
from app.policy.words import WAITING, TakedownState
from app.store.events.records import NewEvent, record_events
from app.store.ledger.chain import make_id
from app.store.ledger.changes import Actor, Change, record_changes
from app.store.people.memberships import belongs_to, is_of_schools

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


def list_of_posts(
    connection: Connection, ids: Collection[str], schools: frozenset[str] | None = None
) -> dict[str, list[RowMapping]]:
    """Return the takedowns of each of these published posts, oldest first.

    All of them, or those that are about people of `schools`.
    """
    wanted = select(takedowns).where(is_in(_c.published_id, json_list("ids"))).order_by(_c.id)
    if schools is not None:
        wanted = wanted.where(is_of_schools(_c.subject_id, schools))
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
            "id": make_id(), "published_id": post, "subject_id": one.person_id, "part": one.part,
            "state": "open", "reason": one.code, "opened_at": actor.at, "changed_at": actor.at,
            "changed_by": actor.caller, "person_id": None,
        }
        for post, one in needed
    ]  # fmt: skip
    if rows:
        connection.execute(insert(takedowns), rows)
        record_changes(connection, actor, [_make_change(row, "opened") for row in rows])
        _tell_opened(connection, actor, rows)


def reopen_takedowns(
    connection: Connection, actor: Actor, again: Sequence[tuple[RowMapping, Refusal]]
) -> None:
    """Open takedowns again, each for what is refused by now."""
    for row, one in again:
        ground = {"part": one.part, "reason": one.code}
        connection.execute(update(takedowns).where(_c.id == row["id"]).values(ground))
    move_takedowns(connection, actor, [row for row, _ in again], "open")


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
    """Record the events of open takedowns.

    The key that reported a post hears of it, too; one limited to schools of their people only.
    """
    posts, keys = published_posts.c, api_keys.c
    reporters = select(posts.id, keys.first_id, keys.id.label("key_id"), keys.schools)
    reporters = reporters.join(api_keys, keys.id == posts.reported_by)
    given = {"ids": as_json(row["published_id"] for row in rows)}
    wanted = reporters.where(is_in(posts.id, json_list("ids")))
    reported_by = {row.id: row for row in connection.execute(wanted, given)}
    events = []
    for row in rows:
        key = reported_by.get(row["published_id"])
        audience = None
        if key is not None and _may_know(connection, key.schools, row["subject_id"]):
            audience = key.first_id or key.key_id
        data = {"takedown": row["id"], "published": row["published_id"]}
        events.append(NewEvent("takedown.opened", actor.at, data, audience))
    record_events(connection, events)


def _may_know(connection: Connection, schools: str | None, person_id: str) -> bool:
    """Return whether a key of these schools (JSON; None for all) may know of a person."""
    if schools is None:
        return True
    theirs = people.c.id == person_id, belongs_to(orjson.loads(schools))
    return connection.scalar(select(people.c.id).where(*theirs)) is not None


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

    One outside `schools` is not found.
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
    """Return the conditions for a key of `schools`: the account and the person are theirs."""
    if schools is None:
        return []
    return [accounts.c.org_id.in_(sorted(schools)), is_of_schools(_c.subject_id, schools)]


def _make_change(row: Any, action: str, note: str | None = None) -> Change:
    after = {"published": row["published_id"], "state": row["state"], "reason": row["reason"]}
    return Change(KIND, row["id"], action, after=after, note=note, subjects=(row["subject_id"],))
