"""The undo of an import, put into the store.

It is an import itself: on record, held, approved, applied in slices, and undone in turn. First the
changes that make it stricter, then records, last the end of refusals.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace

from sqlalchemy import Connection, delete, insert, select, update

from app.database import tables
from app.database.session import Store
from app.imports.merge import list_gaps, previous_records, roster_gap_notes
from app.imports.merge.application import Told, make_stamp, read_planned, take_steps
from app.imports.merge.ledger_rows import ImportStamp
from app.imports.merge.slices import MergeStep
from app.imports.undo import (
    accounts_and_permissions,
    doubts,
    feed_records,
    list_dates,
    records,
    statements,
)
from app.imports.undo.undo_plan import KeptRecord
from app.imports.undo.undone_import import Undone
from app.store.ledger import chain, record_sums
from app.store.service import import_records
from app.store.service.import_records import ImportRecord

_table = tables.imports


def find_undos(connection: Connection, import_id: str) -> list[ImportRecord]:
    """Return the undos of an import that wait, are under way or were applied; oldest first."""
    states = (*import_records.WAITING, "applying", "applied")
    return [
        one for one in import_records.list_in_states(connection, *states) if one.undoes == import_id
    ]


def note_kept(connection: Connection, found: ImportRecord, kept: Sequence[KeptRecord]) -> None:
    """Note by id what an undo leaves as it is, in place of earlier notes."""
    table = tables.undo_kept
    connection.execute(delete(table).where(table.c.import_number == found.number))
    rows = [{**one._asdict(), "import_number": found.number} for one in kept]
    if rows:
        connection.execute(insert(table), rows)


def read_kept(connection: Connection, found: ImportRecord, limit: int = 10_000) -> list[KeptRecord]:
    """Return what an undo leaves as it is, in order."""
    table = tables.undo_kept.c
    rows = select(*(table[name] for name in KeptRecord._fields)).where(
        table.import_number == found.number
    )
    ordered = rows.order_by(table.kind, table.key).limit(limit)
    return [KeptRecord._make(row) for row in connection.execute(ordered)]


def apply_undo(
    store: Store,
    connection: Connection,
    found: ImportRecord,
    told: Told | None = None,
) -> ImportRecord:
    """Apply an undo in state `applying`, from where it stands to its end."""
    stamp = make_stamp(found, store.now())
    record_sums.begin_import(store, stamp.at, stamp.caller)
    with store.reading() as reading:
        undone = import_records.read_import(reading, str(found.undoes))
    with store.writing(connection):
        previous_records.begin_noting(connection, found.number)
        list_gaps.restore_gaps(connection, undone.number)
        list_dates.date_back(connection, undone, found.number, older=True)
        roster_gap_notes.restore_gaps(connection, undone, found.number, opens=True)
        doubts.reopen_doubts(connection, undone, found.number)
    with connection.begin():
        what = Undone(
            undone.number,
            stamp,
            list_dates.is_dated_since(connection, undone.created_at),
            feed_records.read_undone_feed(connection, undone),
            undone.decided_at or undone.created_at,
            found.decided_at or stamp.at,
        )
        todo = _list_steps(connection, what, undone)
    # Without the progress: steps done before a kill are gone, so its place among them is void.
    pace = take_steps(store, connection, replace(found, progress=None), todo, told)
    record_sums.complete_sums(store)
    with (
        store.writing(connection),
        record_sums.binding(connection, stamp.at, stamp.caller, ends=True),
    ):
        return _finish_undo(connection, found, undone, stamp, round(pace.longest * 1000))


def _list_steps(connection: Connection, what: Undone, undone: ImportRecord) -> list[MergeStep]:
    """Return the steps still to do: those done before a kill have no rows any more."""
    stricter, looser = statements.make_undo_steps(connection, what)
    return [
        *stricter,
        *records.make_record_steps(connection, what),
        *accounts_and_permissions.make_account_steps(connection, what, undone.id),
        *accounts_and_permissions.make_permission_steps(connection, what),
        *looser,
    ]


def _finish_undo(
    connection: Connection,
    found: ImportRecord,
    undone: ImportRecord,
    stamp: ImportStamp,
    longest: int,
) -> ImportRecord:
    list_gaps.end_gaps(connection, undone.number, found.number)
    roster_gap_notes.restore_gaps(connection, undone, found.number, opens=False)
    doubts.end_doubts(connection, undone, stamp.at)
    list_dates.date_back(connection, undone, found.number, older=False)
    _flip_undone(connection, undone, found.id)
    plan = read_planned(found)
    told = asdict(plan.undo) if plan.undo else {}
    told.pop("import_id", None)
    kinds = {kind: asdict(changes) for kind, changes in plan.kinds.items()}
    said = {"undoes": undone.id, "kinds": kinds, **told}
    chain.append_entries(connection, [stamp.entry("import.undone", said)])
    done = {"step": "done", "longest_slice_ms": longest}
    return import_records.change_import(
        connection, found.id, stamp.at, state="applied", progress=done
    )


def _flip_undone(connection: Connection, undone: ImportRecord, by: str) -> None:
    """Record what an import is undone by, and along the chain of undos what is in force again."""
    one: ImportRecord | None = undone
    undo: str | None = by
    while one is not None:
        values = {"undone_by": undo}
        connection.execute(update(_table).where(_table.c.id == one.id).values(values))
        undo = None if undo else one.id
        one = import_records.read_import(connection, one.undoes) if one.undoes else None
