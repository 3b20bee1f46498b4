"""Clearances: made with an allow, read by their ids, found by the facts under them, ended once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from app.database.json_lists import as_json, is_in, json_list
from app.database.tables import clearance_facts, clearances
from app.policy.words import ClearanceState
from app.store.events.records import NewEvent, record_events
from app.store.ledger.changes import Actor, Change, record_changes

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
    """The end of a live clearance: its row, its new state, and why."""

    row: RowMapping
    state: ClearanceState
    reason: str | None


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
    """Return a clearance in any state, or None."""
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


def read_live(connection: Connection, ids: Collection[str]) -> list[RowMapping]:
    """Return those of these clearances that are live, in order."""
    wanted = select(clearances).where(_c.state == "live", is_in(_c.id, json_list("ids")))
    return list(connection.execute(wanted.order_by(_c.id), {"ids": as_json(ids)}).mappings())


def end_clearances(connection: Connection, actor: Actor, endings: Sequence[Ending]) -> None:
    """End clearances that were read as live in this write, on the ledger.

    What they asked is forgotten: they are not asked again.
    """
    if not endings:
        return
    people = _list_people(connection, [one.row["id"] for one in endings])
    ended = update(clearances).where(_c.id == bindparam("ident"))
    connection.execute(
        ended.values(
            state=bindparam("new"), reason=bindparam("why"), ended_at=actor.at, asked=None
        ),
        [{"ident": one.row["id"], "new": one.state, "why": one.reason} for one in endings],
    )
    _forget_facts(connection, [one.row["id"] for one in endings])
    changes = [
        Change(
            KIND,
            one.row["id"],
            one.state,
            after={"decision": one.row["decision_id"], "reason": one.reason},
            subjects=people.get(one.row["id"], ()),
        )
        for one in endings
    ]
    record_changes(connection, actor, changes)
    record_events(
        connection,
        [
            NewEvent("clearance.revoked", actor.at, _describe_end(one), one.row["lineage"])
            for one in endings
            if one.state == "revoked"
        ],
    )


def _describe_end(one: Ending) -> dict[str, str | None]:
    return {
        "clearance": one.row["id"], "decision": one.row["decision_id"], "reason": one.reason,
    }  # fmt: skip


def expire_clearances(connection: Connection, now: datetime, limit: int) -> int:
    """Let up to `limit` live clearances whose time is over end, and forget what they asked.

    Return how many. It makes no row of the ledger: the decision's row has their window.
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


def _list_people(connection: Connection, ids: Sequence[str]) -> dict[str, list[str]]:
    people: dict[str, list[str]] = {}
    mine = _facts.kind == "person", is_in(_facts.clearance_id, json_list("ids"))
    rows = select(_facts.clearance_id, _facts.value).where(*mine).order_by(_facts.value)
    for ident, person in connection.execute(rows, {"ids": as_json(ids)}):
        people.setdefault(ident, []).append(person)
    return people
