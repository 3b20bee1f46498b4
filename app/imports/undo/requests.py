"""Requests for an undo of an import: planned, and waiting for a person like a held import."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from app.database.session import Store
from app.errors import ConflictError, ImportBusyError
from app.imports.merge import previous_records
from app.imports.merge.application import run_aside
from app.imports.staging import staged_area
from app.imports.staging.staged_area import StagingArea
from app.imports.undo import undo_application, undo_plan
from app.settings import Settings
from app.store.ledger.changes import Actor, Change, record_change
from app.store.service import import_records
from app.store.service.import_plans import RecordedPlan
from app.store.service.import_records import ImportRecord

_WAITS = "an undo waits for a person"
# Kinds that keep a child from being shown and may be repeated by a later delivery.
_MAY_REPEAT = ("consents", "flags", "guardians")
_UNKEPT = "nothing of it is on file, or what was before it is kept no more"


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned undo: the import, the plan, and what it would leave as it is."""

    undone: ImportRecord
    plan: RecordedPlan
    kept: list[undo_plan.KeptRecord]


def plan_undo(store: Store, settings: Settings, import_id: str) -> Planned:
    """Plan the restoration of what was on file before an import; nothing is recorded.

    Raise `NotFoundError`, and `ConflictError` where it cannot be undone, or where an import is
    under way.
    """
    if staged_area.is_claimed(store):
        raise ImportBusyError
    with store.reading() as connection:
        undone = import_records.read_import(connection, import_id)
        _refuse_impossible(connection, undone, settings, store)
        return _make_plan(connection, undone, settings, store)


def plan_once(store: Store, settings: Settings, import_id: str) -> Callable[[], Planned]:
    """Plan an undo outside of any write; the result gives the plan, or raises as `plan_undo`.

    So a repeated request is answered as before, though there is nothing left to plan.
    """
    try:
        planned = plan_undo(store, settings, import_id)
    except ConflictError as error:
        refused = error

        def refuse() -> Planned:
            raise refused

        return refuse
    return lambda: planned


def put_undo(connection: Connection, actor: Actor, planned: Planned) -> ImportRecord:
    """Put a planned undo on record, where it waits for a person; inside a write.

    Raise `ConflictError` where there is an earlier undo of the same import.
    """
    _refuse_second_undo(connection, planned.undone)
    undone = planned.undone
    found = import_records.create_import(
        connection, actor, state="held", format=undo_plan.FORMAT, undoes=undone.id, reason=_WAITS
    )
    found = import_records.change_import(connection, found.id, actor.at, plan=planned.plan)
    undo_application.note_kept(connection, found, planned.kept)
    record_change(
        connection,
        actor,
        Change(import_records.KIND, found.id, "undo_asked", after={"of": undone.id}),
    )
    return found


def plan_again(store: Store, settings: Settings, found: ImportRecord) -> RecordedPlan:
    """Plan a waiting undo anew, and note anew what it would leave as it is.

    Raise `ConflictError` where the import can no longer be undone.
    """
    with store.reading() as connection:
        undone = import_records.read_import(connection, str(found.undoes))
        _refuse_unkept(undone, settings, store)
        _refuse_before_later(connection, undone)
        planned = _make_plan(connection, undone, settings, store)
    with store.writing() as connection:
        undo_application.note_kept(connection, found, planned.kept)
    return planned.plan


def forget_old(area: StagingArea, settings: Settings) -> None:
    """Forget what was kept for undos that it is too late to ask for."""
    before = area.store.now() - timedelta(days=settings.import_undo_days)
    run_aside(area.store, area.connection, lambda c: previous_records.make_forget_steps(c, before))


def _make_plan(
    connection: Connection, undone: ImportRecord, settings: Settings, store: Store
) -> Planned:
    plan = undo_plan.plan_undone(connection, undone, store.now(), settings.zone)
    return Planned(undone, plan, list(undo_plan.list_all_kept(connection, undone)))


def _refuse_impossible(
    connection: Connection, undone: ImportRecord, settings: Settings, store: Store
) -> None:
    if undone.state in (*import_records.WAITING, *import_records.UNDER_WAY, "unchanged"):
        detail = (
            f"This import is {undone.state}: only one that has ended with changes can be undone"
        )
        raise ConflictError(detail)
    _refuse_unkept(undone, settings, store)
    _refuse_second_undo(connection, undone)
    _refuse_before_later(connection, undone)


def _refuse_unkept(undone: ImportRecord, settings: Settings, store: Store) -> None:
    since = store.now() - timedelta(days=settings.import_undo_days)
    if not undone.undoable or undone.created_at < since:
        detail = f"This import cannot be undone: {_UNKEPT}"
        raise ConflictError(detail)


def _refuse_before_later(connection: Connection, undone: ImportRecord) -> None:
    """Refuse to undo an import before a later one that may have repeated its refusals.

    Such a repeat left no trace: what is on file already is not put there twice.
    """
    later = import_records.find_later(connection, undone.number, _MAY_REPEAT)
    if later is not None:
        detail = f"A later import brought consents or guardians, too: undo it first: {later}"
        raise ConflictError(detail)


def _refuse_second_undo(connection: Connection, undone: ImportRecord) -> None:
    before = undo_application.find_undos(connection, undone.id)
    if not before:
        return
    last = before[-1]
    if last.state != "applied":
        detail = f"An undo of this import is {last.state} already: {last.id}"
    elif last.undone_by is None:
        detail = f"This import was undone by {last.id}; to have it again, undo that"
    else:
        detail = f"This import was undone and had again; to undo it, undo {last.undone_by}"
    raise ConflictError(detail)
