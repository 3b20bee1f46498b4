"""Records of imports that came over HTTP: received, approved, resumed; one at a time."""

import contextlib
import time
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from app.database.session import Store
from app.errors import ConflictError, ImportBusyError, StoreUnavailableError
from app.imports import spool
from app.imports.spool import Job
from app.imports.staging import staged_area
from app.settings import Settings
from app.store.ledger.changes import Actor
from app.store.service import import_records
from app.store.service.import_records import ImportRecord

# The longest time a worker may take to begin; an import that waits for longer has none.
_BEGINS_WITHIN = timedelta(minutes=1)
_ENDS_WITHIN_SECONDS, _POLL_SECONDS = 1.0, 0.05


def wait_for_tidying(store: Store) -> None:
    """Wait a moment for an import that is done but for tidying up; never inside a write."""
    until = time.monotonic() + _ENDS_WITHIN_SECONDS
    while staged_area.is_claimed(store) and time.monotonic() < until:
        with store.reading() as connection:
            if import_records.list_in_states(connection, *import_records.UNDER_WAY):
                return
        time.sleep(_POLL_SECONDS)


def sweep_spool(store: Store, settings: Settings) -> None:
    """Remove what dead processes left in the spool; when the service starts.

    Inside a write, as deliveries are received: otherwise one that arrives meanwhile would be swept
    away.
    """
    with contextlib.suppress(StoreUnavailableError), store.writing() as connection:
        kept = import_records.list_in_states(
            connection, *import_records.UNDER_WAY, *import_records.WAITING
        )
        spool.sweep_folders(settings.import_spool, {one.id for one in kept})


def refuse_another(store: Store) -> None:
    """Raise `ConflictError` where an import is under way or about to begin."""
    with store.reading() as connection:
        _list_unstarted(connection, store.now())
    _refuse_running(store)


def record_received(
    store: Store, connection: Connection, actor: Actor, folder: Path, job: Job
) -> ImportRecord:
    """Record the delivery in a folder of the spool and give the folder to the new import.

    Raise `ConflictError` where another import is under way, and `SpoolUnavailableError`.
    """
    _refuse_running(store)
    for one in _list_unstarted(connection, actor.at):
        values = {"state": "superseded", "reason": "a later delivery came"}
        import_records.change_import(connection, one.id, actor.at, **values)
    found = import_records.create_import(connection, actor, state="received", profile=job.profile)
    kept = import_records.list_in_states(
        connection, *import_records.UNDER_WAY, *import_records.WAITING
    )
    spool.put_job(folder, job)
    with spool.tell_failing_disk():
        spool.sweep_folders(folder.parent, {one.id for one in kept})
        folder.rename(folder.with_name(found.id))
    return found


def record_approval(
    store: Store, settings: Settings, connection: Connection, actor: Actor, import_id: str
) -> ImportRecord:
    """Record that a waiting import will be applied; this changes its version.

    Raise `NotFoundError`, and `ConflictError` where it does not wait or another is under way.
    """
    import_records.read_waiting(connection, import_id, None)
    _refuse_running(store)
    noted = {"step": "approved", "done": 0, "total": 0}
    found = import_records.change_import(connection, import_id, actor.at, progress=noted)
    job = Job(
        action="approve", caller=actor.caller, person_id=actor.person_id, version=found.version
    )
    spool.put_job(settings.import_spool / import_id, job)
    return found


def find_resumable(store: Store, settings: Settings, import_id: str) -> ImportRecord:
    """Return an import that can be resumed because its worker has died.

    Raise `NotFoundError`, and `ConflictError` where there is nothing to resume, or another import
    is under way.
    """
    with store.reading() as connection:
        found = import_records.read_import(connection, import_id)
    if found.state not in import_records.UNDER_WAY:
        detail = f"This import is {found.state}: there is nothing to go on with"
        raise ConflictError(detail)
    _refuse_running(store)
    if found.state != "applying" and spool.read_job(settings.import_spool / import_id) is None:
        detail = "The files of this import are not here: deliver it again"
        raise ConflictError(detail)
    return found


def _list_unstarted(connection: Connection, now: datetime) -> list[ImportRecord]:
    """Return received imports without a worker; raise where a worker may still start."""
    found = import_records.list_in_states(connection, "received")
    if any(now - one.updated_at < _BEGINS_WITHIN for one in found):
        raise ImportBusyError
    return found


def _refuse_running(store: Store) -> None:
    if staged_area.is_claimed(store):
        raise ImportBusyError
