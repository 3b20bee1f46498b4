"""Decisions of a person about an import: approve or reject a waiting one, resume a stopped one."""

from dataclasses import dataclass

from sqlalchemy import Connection

from app.database.session import Store
from app.imports import lifecycle
from app.imports.identities import identity_steps
from app.imports.merge import list_gaps
from app.imports.merge.merge_plan import read_delivered
from app.imports.report import Progress
from app.imports.staging import staged_area
from app.imports.staging.staged_area import StagingArea
from app.imports.undo import requests
from app.settings import Settings
from app.store.ledger.changes import Actor, Change, record_change
from app.store.ledger.record_sums import binding
from app.store.service import import_records
from app.store.service.import_plans import RecordedPlan
from app.store.service.import_records import ImportRecord

_OTHERWISE = "the store has changed since this plan was made: it now says other numbers"


@dataclass(frozen=True, slots=True)
class ImportDecision:
    """The import to decide on, the version that was read, and the reason.

    `patience` is for how many seconds to wait for another import.
    """

    import_id: str
    version: int | None = None
    reason: str | None = None
    patience: float = 600


def approve_import(
    store: Store,
    settings: Settings,
    actor: Actor,
    decision: ImportDecision,
    progress: Progress | None = None,
) -> ImportRecord:
    """Apply a waiting import if its plan still has the same numbers; otherwise hold it again.

    Raise `NotFoundError`, `StaleError`, and `ConflictError` where it does not wait, where what was
    staged is lost, or where another import is under way.
    """
    with staged_area.open_area(store, decision.patience) as area:
        with store.reading() as connection:
            found = import_records.read_waiting(connection, decision.import_id, decision.version)
        before = found.plan
        if before and found.undoes is not None:
            now = requests.plan_again(store, settings, found)
        elif before and area.fetch(found):
            compared = lifecycle.plan_import(area, found, read_delivered(before), settings)
            now = RecordedPlan.join(compared, before)
        else:
            lifecycle.fail_lost(area, found)
        if _list_numbers(now) != _list_numbers(before):
            return lifecycle.change_state(area, found, "held", plan=now, reason=_OTHERWISE)
        with store.writing() as connection:
            found = _record_decision(connection, actor, found, decision, "approved")
        return lifecycle.apply_import(area, found, progress)


def reject_import(store: Store, actor: Actor, decision: ImportDecision) -> ImportRecord:
    """Take nothing more of an import that waits; refusals that are in force stay in force.

    Raise as `approve_import`.
    """
    with staged_area.open_area(store, decision.patience) as area:
        with store.writing() as connection:
            found = import_records.read_waiting(connection, decision.import_id, decision.version)
            found = _record_decision(connection, actor, found, decision, "rejected")
            with binding(connection, actor.at, actor.caller):
                list_gaps.undo_gaps(connection, found.number)
        if found.undoes is None and area.fetch(found):
            _accept_bearers(area, found, actor)
            area.clear()
        return found


def resume_imports(
    store: Store, patience: float = 600, progress: Progress | None = None
) -> list[ImportRecord]:
    """Resume imports that were being applied when their process ended; return them as they end."""
    with staged_area.open_area(store, patience) as area:
        return lifecycle.resume_interrupted(area, progress)


def abandon_import(store: Store, actor: Actor, decision: ImportDecision) -> ImportRecord:
    """Give up an import that was interrupted; what it has put on file stays.

    A later complete delivery replaces it. Raise as `approve_import`.
    """
    with staged_area.open_area(store, decision.patience) as area:
        with store.writing() as connection:
            found = import_records.read_waiting(
                connection, decision.import_id, decision.version, import_records.UNDER_WAY
            )
            note = decision.reason
            record_change(
                connection, actor, Change(import_records.KIND, found.id, "abandoned", note=note)
            )
        return lifecycle.give_up(area, found, f"was abandoned: {note}")


def _list_numbers(plan: RecordedPlan) -> tuple[object, ...]:
    """Return what a person has read before approving; another look is needed if it differs."""
    return (
        plan.kinds, plan.missing, plan.marked, plan.ended, plan.ties, plan.losses, plan.identities,
        plan.consents, plan.schools, plan.people_by_value, plan.people_by_ending, plan.undo,
    )  # fmt: skip


def _accept_bearers(area: StagingArea, found: ImportRecord, actor: Actor) -> None:
    """End the doubts about ids that a rejected delivery raised."""
    if area.holds(found.id):
        with (
            area.store.writing(area.connection) as connection,
            binding(connection, actor.at, actor.caller),
        ):
            identity_steps.accept_bearers(connection)


def _record_decision(
    connection: Connection, actor: Actor, found: ImportRecord, decision: ImportDecision, action: str
) -> ImportRecord:
    record_change(
        connection, actor, Change(import_records.KIND, found.id, action, note=decision.reason)
    )
    return import_records.change_import(
        connection,
        found.id,
        actor.at,
        state="rejected" if action == "rejected" else "applying",
        decided_by=actor.person_id or actor.caller,
        decided_at=actor.at,
        reason=decision.reason,
    )
