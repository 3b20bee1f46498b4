"""Messages about a review: questions of the person who answers it, replies of the caller.

The words stand on the ledger alone, in the row with the message's id, where an erasure and
retention reach them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, Select, insert, select

from app.database.json_lists import as_json, json_list
from app.database.tables import ledger, review_messages
from app.store.ledger.chain import LedgerEntry, append_entries, make_id
from app.store.ledger.changes import Actor

MessageKind = Literal["question", "answer"]
_OF_DECISIONS: Select[Any] = (
    select(
        review_messages.c.id,
        review_messages.c.decision_id,
        review_messages.c.kind,
        review_messages.c.caller,
        review_messages.c.person_id,
        review_messages.c.at,
        ledger.c.payload,
    )
    .join(ledger, ledger.c.id == review_messages.c.id)
    .where(review_messages.c.decision_id.in_(json_list("decisions")))
    .order_by(review_messages.c.seq)
)


@dataclass(frozen=True, slots=True)
class ReviewMessage:
    """One message about a decision. `text` is None once its contents are deleted."""

    id: str
    kind: MessageKind
    caller: str
    person_id: str | None
    at: datetime
    text: str | None


def find_messages(
    connection: Connection, decisions: Collection[str]
) -> dict[str, list[ReviewMessage]]:
    """Return the messages about `decisions`, oldest first, by decision."""
    found: dict[str, list[ReviewMessage]] = {}
    rows = connection.execute(_OF_DECISIONS, {"decisions": as_json(decisions)})
    for ident, decision_id, kind, caller, person_id, at, payload in rows:
        words = None if payload is None else orjson.loads(payload)["text"]
        one = ReviewMessage(ident, kind, caller, person_id, at, words)
        found.setdefault(decision_id, []).append(one)
    return found


def add_message(
    connection: Connection,
    actor: Actor,
    decision_id: str,
    kind: MessageKind,
    text: str,
    subjects: Collection[str],
) -> ReviewMessage:
    """Record a message; inside `Store.writing()`. `subjects` are the people it may be about."""
    one = ReviewMessage(make_id(), kind, actor.caller, actor.person_id, actor.at, text)
    body = {
        "decision": decision_id,
        "person": actor.person_id,
        "text": text,
        "subjects": sorted(subjects),
    }
    append_entries(
        connection, [LedgerEntry(one.id, f"review.{kind}", actor.at, actor.caller, body)]
    )
    connection.execute(
        insert(review_messages).values(
            id=one.id,
            decision_id=decision_id,
            kind=kind,
            caller=actor.caller,
            person_id=actor.person_id,
            at=actor.at,
        )
    )
    return one
