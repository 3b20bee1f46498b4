"""Clearances: made with an allow, read by their ids, found by the facts under them, ended once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from app.database.json_lists import as_json, is_in, json_list
from app.database.tables import clearance_facts, clearances
from app.policy.words import ClearanceState
from app.store.ledger.changes import Actor, Change, record_change

KIND = "clearance"
FactKind = Literal["person", "account", "media"]
_c, _facts = clearances.c, clearance_facts.c


@dataclass(frozen=True, slots=True)
class NewClearance:
    """A clearance to be recorded: what it is bound to, and the facts that it rests on.

    `asked` is what is needed to ask again. Times are aware; the window includes both ends.
    """

    id: str
    decision_id: str
    lineage: str
    account_id: str
    author_id: str
    text_sha256: str
    alt_texts_sha256: str
    media: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    made_at: datetime
    asked: Mapping[str, Any]
    facts: Mapping[FactKind, Collection[str]]


class Ending(NamedTuple):
    """The end of a clearance: its new state, why, and the people it was about."""

    state: ClearanceState
    reason: str | None
    subjects: Sequence[str]


def add_clearances(connection: Connection, made: Sequence[NewClearance]) -> None:
    """Record clearances, in the transaction of their decisions."""
    if not made:
        return
    connection.execute(
        insert(clearances),
        [
            {
                "id": one.id, "decision_id": one.decision_id, "lineage": one.lineage,
                "account_id": one.account_id, "author_id": one.author_id,
                "text_sha256": one.text_sha256, "alt_texts_sha256": one.alt_texts_sha256,
                "media": orjson.dumps(one.media).decode(),
                "not_before": one.not_before, "not_after": one.not_after,
                "made_at": one.made_at, "state": "live", "asked": orjson.dumps(one.asked).decode(),
            }
            for one in made
        ],
    )  # fmt: skip
    rows = [
        {"kind": kind, "value": value, "clearance_id": one.id}
        for one in made
        for kind, values in one.facts.items()
        for value in sorted(set(values))
    ]
    if rows:
        connection.execute(insert(clearance_facts), rows)


def read_clearance(connection: Connection, clearance_id: str) -> RowMapping | None:
    """Return a clearance in whatever state, or None."""
    wanted = select(clearances).where(_c.id == clearance_id)
    return connection.execute(wanted).mappings().one_or_none()


def list_live(connection: Connection, after: str, limit: int) -> list[RowMapping]:
    """Return up to `limit` live clearances behind id `after`, in order."""
    wanted = select(clearances).where(_c.state == "live", _c.id > after)
    return list(connection.execute(wanted.order_by(_c.id).limit(limit)).mappings())


def find_live(connection: Connection, facts: Mapping[FactKind, Iterable[str]]) -> list[str]:
    """Return the ids of the live clearances that rest on any of these facts, in order."""
    found: set[str] = set()
    for kind, values in facts.items():
        resting = select(_facts.clearance_id).where(
            _facts.kind == kind, is_in(_facts.value, json_list("values"))
        )
        live = select(_c.id).where(_c.state == "live", _c.id.in_(resting))
        found.update(connection.scalars(live, {"values": as_json(values)}))
    return sorted(found)


def list_ended(
    connection: Connection, lineage: str | None, since: tuple[datetime, str] | None, limit: int
) -> list[RowMapping]:
    """Return up to `limit` clearances that have ended, in the order of their ends.

    Those of one key with its successors, or of all; behind the time and id `since`.
    """
    wanted = select(clearances).where(_c.ended_at.is_not(None))
    if lineage is not None:
        wanted = wanted.where(_c.lineage == lineage)
    if since is not None:
        at, ident = since
        wanted = wanted.where((_c.ended_at > at) | ((_c.ended_at == at) & (_c.id > ident)))
    return list(connection.execute(wanted.order_by(_c.ended_at, _c.id).limit(limit)).mappings())


def end_clearance(
    connection: Connection, actor: Actor, clearance: RowMapping, ending: Ending
) -> bool:
    """End a live clearance, on the ledger; return False where it has ended before.

    What it asked is forgotten: it is not asked again.
    """
    ended = (
        update(clearances)
        .where(_c.id == clearance["id"], _c.state == "live")
        .values(state=ending.state, reason=ending.reason, ended_at=actor.at, asked=None)
    )
    if not connection.execute(ended).rowcount:
        return False
    _forget_facts(connection, [clearance["id"]])
    said = {"decision": clearance["decision_id"], "reason": ending.reason}
    change = Change(KIND, clearance["id"], ending.state, after=said, subjects=ending.subjects)
    record_change(connection, actor, change)
    return True


def expire_clearances(connection: Connection, now: datetime, limit: int) -> int:
    """Let up to `limit` live clearances whose time is over end, and forget what they asked.

    Return how many. No row of the ledger tells of it: their window was told with the decision.
    """
    over = select(_c.id).where(_c.state == "live", _c.not_after < now).limit(limit)
    ids = list(connection.scalars(over))
    if ids:
        ended = update(clearances).where(_c.id.in_(ids), _c.state == "live")
        connection.execute(ended.values(state="expired", ended_at=now, asked=None))
        _forget_facts(connection, ids)
    return len(ids)


def _forget_facts(connection: Connection, ids: Sequence[str]) -> None:
    connection.execute(delete(clearance_facts).where(_facts.clearance_id.in_(ids)))


def list_people(connection: Connection, clearance_id: str) -> list[str]:
    """Return the ids of the people that a clearance is about."""
    mine = _facts.kind == "person", _facts.clearance_id == clearance_id
    return list(connection.scalars(select(_facts.value).where(*mine).order_by(_facts.value)))
