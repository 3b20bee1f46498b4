"""Imports on record: delivery, plan, state, and the reasons that rows were refused.

received (its files are there, no one has begun) -> staging, superseded
staging -> invalid | planned | held | unchanged | applying -> applied
planned, held -> applying | rejected | superseded
any but the last ones -> failed
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    delete,
    insert,
    literal,
    not_,
    select,
    update,
)

from app.database import tables
from app.errors import ConflictError, NotFoundError, StaleError
from app.store.clearances import records as clearances
from app.store.events.records import record_event
from app.store.ledger import chain
from app.store.ledger.chain import write_canonical
from app.store.ledger.changes import Actor
from app.store.ledger.record_reads import KIND as READ
from app.store.ledger.record_sums import KIND as BOUND
from app.store.published import records as published
from app.store.published import takedowns
from app.store.service.import_plans import RecordedPlan, read_plan, write_plan

State = Literal[
    "received", "staging", "invalid", "planned", "held", "applying", "applied", "unchanged",
    "rejected", "superseded", "failed",
]  # fmt: skip
# Their rows are in the staging area.
WAITING: tuple[State, ...] = ("planned", "held")
UNDER_WAY: tuple[State, ...] = ("received", "staging", "applying")
DONE: tuple[State, ...] = ("applied", "unchanged")
KIND = "import"
MAX_ERRORS = 10_000
# Kinds of ledger rows that record answers, and the sums of what other rows tell.
_NO_FACTS = ("decision", READ, BOUND)
# Kinds of records that rest on facts and are none that a delivery brings.
_ANSWERS = (clearances.KIND, published.KIND, takedowns.KIND)
_table = tables.imports


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One import; `list_errors` counts all that were found, of which the first are on file."""

    number: int
    id: str
    version: int
    state: State
    created_at: datetime
    updated_at: datetime
    caller: str | None
    person_id: str | None
    format: str | None
    profile: str | None
    feed: str | None
    digest: str | None
    plan: RecordedPlan | None
    progress: Mapping[str, Any] | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    errors: int
    undoes: str | None
    undone_by: str | None
    undoable: bool | None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """The reason that a row, or a whole file where `line` is 0, was refused; never its content."""

    file: str
    line: int
    column: str | None
    reason: str


# The number of imports that are searched for the last list of each kind.
_LOOKED_AT = 100
_IMPORT = select(*(_table.c[field.name] for field in fields(ImportRecord)))
_ROW = select(*(tables.import_errors.c[field.name] for field in fields(RefusedRow)))


def create_import(connection: Connection, actor: Actor, **values: Any) -> ImportRecord:
    """Return a new import in state `staging`, delivered by `actor`."""
    row = {
        "id": chain.make_id(),
        "version": 1,
        "state": "staging",
        "created_at": actor.at,
        "updated_at": actor.at,
        "caller": actor.caller,
        "person_id": actor.person_id,
        **values,
    }
    connection.execute(insert(_table).values(row))
    _tell_held(connection, row["id"], actor.at, row["state"])
    return read_import(connection, row["id"])


def read_import(connection: Connection, import_id: str) -> ImportRecord:
    """Return the import with this id; raises `NotFoundError`."""
    found = _read_imports(connection, _IMPORT.where(_table.c.id == import_id))
    if not found:
        raise NotFoundError
    return found[0]


def read_origin(connection: Connection, found: ImportRecord) -> tuple[ImportRecord, bool]:
    """Return the delivery that a chain of undos is about, and whether `found` puts it in force."""
    in_force = True
    while found.undoes is not None:
        found, in_force = read_import(connection, found.undoes), not in_force
    return found, in_force


def list_imports(connection: Connection, before: int | None, limit: int) -> list[ImportRecord]:
    """Return up to `limit` imports, newest first; with `before`, of lesser numbers alone."""
    rows = _IMPORT.order_by(_table.c.number.desc()).limit(limit)
    if before is not None:
        # A made-up cursor may hold a number that the column could not.
        rows = rows.where(_table.c.number < literal(before, BigInteger))
    return _read_imports(connection, rows)


def list_in_states(connection: Connection, *states: State) -> list[ImportRecord]:
    """Return the imports in any of these states, oldest first."""
    rows = _IMPORT.where(_table.c.state.in_(states)).order_by(_table.c.number)
    return _read_imports(connection, rows)


def match_in_store() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that an import is in the store and not undone."""
    return _table.c.state.in_(DONE), _table.c.undone_by.is_(None)


def read_last_plans(connection: Connection, feed: str | None) -> list[RecordedPlan]:
    """Return the plans of a feed's last imports in the store with complete consent lists."""
    mine = *match_in_store(), _table.c.feed.is_not_distinct_from(feed)
    rows = _IMPORT.where(*mine).order_by(_table.c.number.desc())
    plans = [one.plan for one in _read_imports(connection, rows.limit(_LOOKED_AT)) if one.plan]
    return [plan for plan in plans if {"flags", "consents"} & set(plan.complete)]


def read_last_import(connection: Connection) -> ImportRecord | None:
    """Return the last import that is in the store, and not undone."""
    rows = _IMPORT.where(*match_in_store()).order_by(_table.c.number.desc()).limit(1)
    found = _read_imports(connection, rows)
    return found[0] if found else None


def find_later(connection: Connection, number: int, kinds: Collection[str]) -> str | None:
    """Return the id of the last import applied after this one that brought such rows.

    None where there is none, or where each is undone.
    """
    c = _table.c
    later = c.number > number, c.state == "applied", c.undone_by.is_(None), c.undoes.is_(None)
    rows = select(c.id, c.plan).where(*later).order_by(c.number.desc())
    for ident, plan in connection.execute(rows):
        delivered = read_plan(orjson.loads(plan)).delivered if plan else {}
        if any(kind in delivered and delivered[kind].rows for kind in kinds):
            return str(ident)
    return None


def list_feed_imports(
    connection: Connection, format_: str, feed: str | None, most: int
) -> Iterator[ImportRecord]:
    """Yield the imports of a feed and format that are in the store, up to `most`, newest first."""
    mine = *match_in_store(), _table.c.format == format_
    rows = _IMPORT.where(*mine, _table.c.feed.is_not_distinct_from(feed))
    rows = rows.order_by(_table.c.number.desc()).limit(1)
    before: Any = None
    for _ in range(most):
        one = rows if before is None else rows.where(_table.c.number < before)
        found = _read_imports(connection, one)
        if not found:
            return
        before = found[0].number
        yield found[0]


def is_last_word(connection: Connection, found: ImportRecord) -> bool:
    """Return whether no fact has been put on file since this import; answers change no facts."""
    said = tables.ledger.c
    applied = select(said.seq, said.payload).where(said.kind == "import.applied")
    row = connection.execute(applied.order_by(said.seq.desc()).limit(1)).one_or_none()
    if row is None or row.payload is None:
        return False
    if orjson.loads(row.payload)["import_id"] != found.id:
        return False
    later = select(said.seq).where(
        said.seq > row.seq,
        said.kind.not_in(_NO_FACTS),
        *(not_(said.kind.startswith(f"{kind}.")) for kind in _ANSWERS),
    )
    return connection.execute(later.limit(1)).first() is None


def change_import(
    connection: Connection, import_id: str, at: datetime, **values: Any
) -> ImportRecord:
    """Set columns of an import, which gives it a new version; plans and mappings become JSON."""
    stored = {name: _to_column(value) for name, value in values.items()}
    connection.execute(
        update(_table)
        .where(_table.c.id == import_id)
        .values(**stored, updated_at=at, version=_table.c.version + 1)
    )
    _tell_held(connection, import_id, at, values.get("state"))
    return read_import(connection, import_id)


def _tell_held(connection: Connection, import_id: str, at: datetime, state: Any) -> None:
    """Record that an import waits for a person, where that is its new state."""
    if state == "held":
        record_event(connection, "import.held", at, {"import": import_id})


def _to_column(value: Any) -> Any:
    value = write_plan(value) if isinstance(value, RecordedPlan) else value
    return write_canonical(value) if isinstance(value, Mapping) else value


def note_progress(connection: Connection, import_id: str, progress: Mapping[str, Any]) -> None:
    """Record how far an import has proceeded, without a new version of it."""
    values = {"progress": write_canonical(progress)}
    connection.execute(update(_table).where(_table.c.id == import_id).values(values))


def note_reading(connection: Connection, import_id: str, progress: Mapping[str, Any]) -> None:
    """Record how far the reading has proceeded; from the apply on each slice records that."""
    mine = (_table.c.id == import_id) & (_table.c.state == "staging")
    connection.execute(update(_table).where(mine).values(progress=write_canonical(progress)))


def read_waiting(
    connection: Connection, import_id: str, version: int | None, states: Sequence[State] = WAITING
) -> ImportRecord:
    """Return an import that waits for a decision, at the version that was read, if given.

    Raises `NotFoundError`, `StaleError`, and `ConflictError` where it waits for no one.
    """
    found = read_import(connection, import_id)
    if version is not None and version != found.version:
        raise StaleError
    if found.state not in states:
        detail = f"This import is {found.state}: it waits for nobody's decision"
        raise ConflictError(detail)
    return found


def put_errors(connection: Connection, found: ImportRecord, errors: Sequence[RefusedRow]) -> None:
    """Keep the first `MAX_ERRORS` of the errors, in the place of those kept before."""
    table = tables.import_errors
    connection.execute(delete(table).where(table.c.import_number == found.number))
    rows = [
        {
            "import_number": found.number,
            "n": n,
            "file": error.file,
            "line": error.line,
            "column": error.column,
            "reason": error.reason,
        }
        for n, error in enumerate(errors[:MAX_ERRORS], 1)
    ]
    if rows:
        connection.execute(insert(table), rows)


def list_errors(
    connection: Connection, found: ImportRecord, after: int = 0, limit: int = 1_000
) -> list[RefusedRow]:
    """Return up to `limit` of an import's errors behind the `after`th, in order of the files."""
    n = tables.import_errors.c.n
    number = tables.import_errors.c.import_number == found.number
    rows = _ROW.where(number, n > after).order_by(n).limit(limit)
    return [RefusedRow(*row) for row in connection.execute(rows)]


def _read_imports(connection: Connection, rows: Any) -> list[ImportRecord]:
    return [_make_import(row) for row in connection.execute(rows)]


def _make_import(row: Any) -> ImportRecord:
    values = dict(row._mapping)  # noqa: SLF001
    plan, progress = (orjson.loads(one) if one else None for one in (row.plan, row.progress))
    values |= {"plan": read_plan(plan) if plan else None, "progress": progress}
    return ImportRecord(**values)


def describe_import(found: ImportRecord) -> dict[str, Any]:
    """Return the columns of an import by name, its plan as JSON."""
    values = {one.name: getattr(found, one.name) for one in fields(found)}
    return values | {"plan": write_plan(found.plan) if found.plan else None}
