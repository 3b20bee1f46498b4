"""Moderation: what content managers did about contributions of others (clause 15).

Nothing of the contributor is kept. The reason stands on the ledger alone, in the row with the
moderation's id, where an erasure and retention reach it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Select, insert, select

from app.database.tables import accounts as account_table
from app.database.tables import ledger, moderations
from app.errors import ForbiddenError, InvalidRequestError, PersonRequiredError
from app.policy.words import ModerationAction, ModerationGround
from app.store.accounts import register
from app.store.accounts.listing import Row
from app.store.accounts.register import AccountEdit
from app.store.accounts.validation import EditLimits
from app.store.ledger.chain import LedgerEntry, append_entries, make_id
from app.store.ledger.changes import Actor
from app.store.permissions.designations import find_capacity

_ROWS: Select[Any] = (
    select(
        moderations,
        account_table.c.platform,
        account_table.c.handle,
        ledger.c.payload,
    )
    .join(account_table, account_table.c.id == moderations.c.account_id)
    .join(ledger, ledger.c.id == moderations.c.id)
)


@dataclass(frozen=True, slots=True)
class NewModeration:
    """An act on a day of the district; `ground` is None where nothing was found."""

    action: ModerationAction
    ground: ModerationGround | None
    done_on: date
    reason: str | None = None


class ModerationFilter(NamedTuple):
    """A filter of moderations; None for all. Both days are inclusive.

    `recorded_by` is a sourcedId; `schools` limits the accounts to those the caller may know of.
    """

    account_id: str | None = None
    since: date | None = None
    until: date | None = None
    schools: frozenset[str] | None = None


def add_moderation(
    connection: Connection, actor: Actor, account_id: str, new: NewModeration, bounds: EditLimits
) -> Row:
    """Record what a content manager did, or that there was nothing to do, and return the row.

    Raises `PersonRequiredError` and `ForbiddenError` unless the actor's person is the account's
    content owner or a content manager, or acts today for the Director of Communications;
    `NotFoundError` for no account, and `InvalidRequestError` for a day that is still to come.
    """
    if actor.person_id is None:
        raise PersonRequiredError
    account = register.read_editable(connection, AccountEdit(account_id, bounds))
    _refuse_strangers(connection, actor.person_id, account, bounds.today)
    _refuse_future(new.done_on, bounds.today)
    row = {
        "id": make_id(),
        "account_id": account_id,
        "action": new.action,
        "ground": new.ground,
        "done_on": new.done_on,
        "recorded_by": actor.person_id,
        "recorded_at": actor.at,
    }
    append_entries(connection, [_make_entry(actor, row, new.reason)])
    connection.execute(insert(moderations).values(**row))
    named = {"platform": account["platform"], "handle": account["handle"]}
    return {**row, **named, "reason": new.reason}


def page_moderations(
    connection: Connection, wanted: ModerationFilter, after: str, limit: int
) -> list[Row]:
    """Return up to `limit` moderations with ids behind `after`, in the order of their recording."""
    rows = _ROWS.where(moderations.c.id > after, *_list_conditions(wanted))
    found = connection.execute(rows.order_by(moderations.c.id).limit(limit)).mappings()
    return [_read_row(one) for one in found]


def _list_conditions(wanted: ModerationFilter) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.account_id is not None:
        conditions.append(moderations.c.account_id == wanted.account_id)
    if wanted.since is not None:
        conditions.append(moderations.c.done_on >= wanted.since)
    if wanted.until is not None:
        conditions.append(moderations.c.done_on <= wanted.until)
    if wanted.schools is not None:
        conditions.append(account_table.c.org_id.in_(sorted(wanted.schools)))
    return conditions


def _read_row(found: Mapping[Any, Any]) -> Row:
    row = {str(name): value for name, value in found.items() if name != "payload"}
    payload = found["payload"]
    return {**row, "reason": None if payload is None else orjson.loads(payload)["reason"]}


def _make_entry(actor: Actor, row: Row, reason: str | None) -> LedgerEntry:
    body = {
        "id": row["id"],
        "account_id": row["account_id"],
        "action": row["action"],
        "ground": row["ground"],
        "done_on": row["done_on"].isoformat(),
        "reason": reason,
        "person": actor.person_id,
        "subjects": [actor.person_id],
    }
    return LedgerEntry(row["id"], "moderation.recorded", actor.at, actor.caller, body)


def _refuse_strangers(connection: Connection, person: str, account: Row, today: date) -> None:
    if person == account["owner_id"] or person in account["managers"]:
        return
    if find_capacity(connection, person, "director_communications", today) is None:
        detail = "Only the account's content owner or managers, or Communications, report on it"
        raise ForbiddenError(detail)


def _refuse_future(done_on: date, today: date) -> None:
    if done_on > today:
        fault = {"at": "/done_on", "code": "future", "message": "Must not lie in the future"}
        raise InvalidRequestError([fault])
