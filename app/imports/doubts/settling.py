"""Doubts of deliveries as work for people: listed, and settled with a reason.

A settled doubt is a fact about one row and the children it could mean: it is no consent. The ledger
has the person who settled it and the reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, not_, or_, select, update

from app.database.tables import doubted_people, import_doubts, imports, people
from app.errors import ConflictError, InvalidRequestError, NotFoundError, PersonRequiredError
from app.imports.doubts.doubt_records import close_doubts
from app.imports.doubts.doubt_sums import watch_doubts
from app.store.ledger.chain import LedgerEntry, append_entries, make_id
from app.store.ledger.changes import Actor
from app.store.ledger.record_sums import binding

Row = dict[str, Any]
_MEND = "a row about this child that can be read"
_ANSWER = "a row that says yes or no (a blank takes no no back)"


@dataclass(frozen=True, slots=True)
class Settlement:
    """The doubt that is settled and the reason; for one of the children meant, or for all."""

    doubt_id: str
    reason: str
    person_id: str | None = None


def page_doubts(connection: Connection, after: str, limit: int) -> list[Row]:
    """Return up to `limit` open doubts with ids behind `after`, each with the people meant."""
    doubt = import_doubts.c
    rows = connection.execute(
        select(import_doubts, imports.c.id.label("import_id"))
        .join(imports, imports.c.number == doubt.import_number)
        .where(doubt.ended_at.is_(None), doubt.id > after)
        .order_by(doubt.id)
        .limit(limit)
    ).mappings()
    return [_to_row(connection, one) for one in rows.all()]


def settle_doubt(connection: Connection, actor: Actor, said: Settlement) -> Row:
    """End a doubt by a person's decision; return the doubt as it is then.

    Raise `PersonRequiredError` for a key without a person, `NotFoundError` for no such doubt,
    `ConflictError` where it has ended, and `InvalidRequestError` for a person it does not mean.
    """
    if actor.person_id is None:
        raise PersonRequiredError
    before = get_doubt(connection, said.doubt_id)
    if before["ended_at"] is not None:
        detail = "This doubt has ended already"
        raise ConflictError(detail)
    meant = before["people"] if said.person_id is None else [said.person_id]
    if not set(meant) <= set(before["people"]):
        fault = {"at": "/person_id", "code": "unknown", "message": "Is not meant by this doubt"}
        raise InvalidRequestError([fault])
    with binding(connection, actor.at, actor.caller):
        with watch_doubts(connection, [said.doubt_id]):
            _end_links(connection, said.doubt_id, meant, actor)
            if not before["people"]:
                _close_unlinked(connection, said.doubt_id, actor)
        close_doubts(connection, actor.at, actor.person_id)
    append_entries(connection, [_make_entry(actor, before, meant, said.reason)])
    return get_doubt(connection, said.doubt_id)


def get_doubt(connection: Connection, doubt_id: str) -> Row:
    """Return one doubt with the people it still may mean; raise `NotFoundError` for none."""
    found = connection.execute(
        select(import_doubts, imports.c.id.label("import_id"))
        .join(imports, imports.c.number == import_doubts.c.import_number)
        .where(import_doubts.c.id == doubt_id)
    ).mappings()
    row = found.one_or_none()
    if row is None:
        raise NotFoundError
    return _to_row(connection, row)


def forget_doubts(connection: Connection, person_id: str) -> None:
    """Delete the doubts about a person, and those kept by a key of theirs alone."""
    number = connection.scalar(select(people.c.student_number).where(people.c.id == person_id))
    doubt = import_doubts.c
    named = [doubt.key == person_id] + ([doubt.key == number] if number else [])
    theirs = select(doubted_people.c.doubt_id).where(doubted_people.c.person_id == person_id)
    doubts = list(connection.scalars(theirs))
    connection.execute(delete(doubted_people).where(doubted_people.c.person_id == person_id))
    others = exists().where(doubted_people.c.doubt_id == doubt.id)
    for start in range(0, len(doubts), 500):
        chunk = doubts[start : start + 500]
        connection.execute(delete(import_doubts).where(doubt.id.in_(chunk), not_(others)))
    connection.execute(delete(import_doubts).where(or_(*named), not_(others)))


def _end_links(connection: Connection, doubt_id: str, meant: list[str], actor: Actor) -> None:
    connection.execute(
        update(doubted_people)
        .where(
            doubted_people.c.doubt_id == doubt_id,
            doubted_people.c.person_id.in_(meant),
            doubted_people.c.ended_at.is_(None),
        )
        .values(ended_at=actor.at, ended_by=actor.person_id)
    )


def _close_unlinked(connection: Connection, doubt_id: str, actor: Actor) -> None:
    """End a doubt that waits for a child who has not arrived."""
    ended = {"ended_at": actor.at, "ended_by": actor.person_id}
    connection.execute(update(import_doubts).where(import_doubts.c.id == doubt_id).values(**ended))


def _to_row(connection: Connection, found: Mapping[Any, Any]) -> Row:
    row = {str(name): value for name, value in found.items()}
    still = select(doubted_people.c.person_id).where(
        doubted_people.c.doubt_id == row["id"], doubted_people.c.ended_at.is_(None)
    )
    row["people"] = list(connection.scalars(still.order_by(doubted_people.c.person_id)))
    row["ends_by"] = _ANSWER if row["refuses"] else _MEND
    return row


def _make_entry(actor: Actor, before: Row, meant: list[str], reason: str) -> LedgerEntry:
    since: datetime = before["since"]
    body = {
        "doubt": before["id"],
        "import_id": before["import_id"],
        "file": before["file"],
        "line": before["line"],
        "since": since.isoformat(),
        "people": meant,
        "reason": reason,
        "person": actor.person_id,
        "subjects": sorted({*meant, actor.person_id or ""}),
    }
    return LedgerEntry(make_id(), "doubt.settled", actor.at, actor.caller, body)
