"""Changes of records: on the ledger with what was there before and after, and in a history.

Both are written in the transaction of the change; the history outlives the ledger's payload.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, insert, select

from app.database.tables import changes
from app.store.ledger import chain

_HISTORY: Select[Any] = select(
    changes.c.action, changes.c.note, changes.c.caller, changes.c.person_id, changes.c.at
).order_by(changes.c.seq)


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of a change, and its time.

    `caller` is the asking key's id (or the operator's name at the command line), `person_id` the
    sourcedId of the person it acts for, `at` the time of the transaction, aware.
    """

    caller: str
    person_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One thing done to one record.

    `kind` is the record's kind, `action` what was done to it, in the past (`created`); together
    they are the kind of the ledger's row. `before` and `after` are JSON values of the record,
    None where there was or is none. `subjects` are the sourcedIds of the people it is about:
    erasing one of them erases the row's payload. `note` is the reason that was given; it must not
    name a student, since the history keeps it.
    """

    kind: str
    record_id: str
    action: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    note: str | None = None
    subjects: Sequence[str] = ()


def record_change(connection: Connection, actor: Actor, change: Change) -> None:
    """Put `change` on the ledger and into the record's history; inside `Store.writing()`."""
    record_changes(connection, actor, [change])


def record_changes(connection: Connection, actor: Actor, done: Sequence[Change]) -> None:
    """Do the same for several changes, in their order."""
    if not done:
        return
    chain.append_entries(connection, [_make_entry(actor, change) for change in done])
    rows = [
        {
            "record_kind": change.kind,
            "record_id": change.record_id,
            "action": change.action,
            "note": change.note,
            "caller": actor.caller,
            "person_id": actor.person_id,
            "at": actor.at,
        }
        for change in done
    ]
    connection.execute(insert(changes), rows)


def _make_entry(actor: Actor, change: Change) -> chain.LedgerEntry:
    body = {
        "record": change.record_id,
        "person": actor.person_id,
        "before": change.before,
        "after": change.after,
        "note": change.note,
        "subjects": list(change.subjects),
    }
    kind = f"{change.kind}.{change.action}"
    return chain.LedgerEntry(chain.make_id(), kind, actor.at, actor.caller, body)


def list_changes(connection: Connection, kind: str, record_id: str) -> Sequence[RowMapping]:
    """Return the history of a record, oldest first: action, note, caller, person_id, at."""
    wanted = _HISTORY.where(changes.c.record_kind == kind, changes.c.record_id == record_id)
    return connection.execute(wanted).mappings().all()


def to_json_values(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a record's columns as JSON values, for `before` and `after`."""
    # SQLAlchemy's names are a kind of str that JSON does not take. A datetime is a date, too.
    return {
        str(name): value.isoformat() if isinstance(value, date) else value
        for name, value in row.items()
    }
