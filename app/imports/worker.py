"""The work on imports that came over HTTP: begun by the service, done by its own process.

So checks keep their pace, and a worker that dies takes nothing with it: its import stays where it
stood, and `start_worker` resumes it.
"""

import logging
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from app.database.session import Store
from app.errors import ConflictError, StoreUnavailableError
from app.imports import approval, spool
from app.imports.reading.profiles import Profile, read_profile
from app.imports.reading.profiles.loader import parse_profile
from app.imports.report import Progress
from app.imports.run import RunOptions, run_import
from app.imports.spool import Job
from app.settings import Settings
from app.store.ledger.changes import Actor
from app.store.service import import_records
from app.store.service.import_records import ImportRecord

# -P: or a json.py in the folder that the service stands in would be read for Python's own.
_COMMAND = (sys.executable, "-P", "-m", "app.cli", "import", "work")
# Another import that is under way may end soon.
_PATIENCE = 600
_NOTED_EVERY_SECONDS = 1.0
_log = logging.getLogger("clearpost.imports")


def start_worker(settings: Settings, import_id: str) -> None:
    """Begin the import's job in another process; return at once."""
    worker = subprocess.Popen(  # noqa: S603 - our own command, and an id of our own making
        [*_COMMAND, import_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C for the service is not for it
    )
    if worker.stdin:
        with suppress(BrokenPipeError), worker.stdin as pipe:
            # Not as arguments or variables: the store's URL may hold a password.
            pipe.write(settings.model_dump_json().encode())
    threading.Thread(target=_log_failure, args=(worker, import_id), daemon=True).start()


def _log_failure(worker: subprocess.Popen[bytes], import_id: str) -> None:
    if code := worker.wait():
        _log.error("the worker of import %s ended with %d; resume it", import_id, code)


def perform_job(
    store: Store, settings: Settings, import_id: str, progress: Progress | None = None
) -> ImportRecord:
    """Do the job of an import, from where it stands; nothing stays in the spool.

    Raise `ConflictError` where another import is under way for too long.
    """
    folder = settings.import_spool / import_id
    found, job = _read_import(store, import_id), spool.read_job(folder)
    if found.state == "applying":
        approval.resume_imports(store, _PATIENCE, progress)
    elif job and job.action == "approve":
        decision = approval.ImportDecision(import_id, job.version, None, _PATIENCE)
        try:
            approval.approve_import(store, settings, _make_actor(store, job), decision, progress)
        except ConflictError:
            spool.remove_folder(folder)  # it waits as before, and can be approved again
            raise
    elif job and found.state in ("received", "staging"):
        _take_in(store, settings, job, folder, progress or _make_note_callback(store, import_id))
    spool.remove_folder(folder)
    return _read_import(store, import_id)


def _take_in(store: Store, settings: Settings, job: Job, folder: Path, progress: Progress) -> None:
    options = RunOptions(
        job, profile=_load_profile(job, folder), patience=_PATIENCE, import_id=folder.name
    )
    delivery, actor = spool.find_delivery(folder), _make_actor(store, job)
    run_import(store, settings, delivery, options, actor=actor, progress=progress)


def _load_profile(job: Job, folder: Path) -> Profile | None:
    own = folder / spool.PROFILE
    if own.exists():
        return parse_profile(own.name, own.read_bytes())
    return read_profile(job.profile) if job.profile else None


def _make_note_callback(store: Store, import_id: str) -> Progress:
    """Return a callback that writes down, now and then, how far the reading is."""
    due = 0.0

    def told(file: str, rows: int, bytes_done: int, bytes_total: int) -> None:  # noqa: ARG001
        nonlocal due
        if time.monotonic() < due:
            return
        due = time.monotonic() + _NOTED_EVERY_SECONDS
        said = {"step": "reading", "done": bytes_done, "total": bytes_total}
        # A store that is busy now gets the next note.
        with suppress(StoreUnavailableError), store.writing() as connection:
            import_records.note_reading(connection, import_id, said)

    return told


def _make_actor(store: Store, job: Job) -> Actor:
    return Actor(job.caller, job.person_id, store.now())


def _read_import(store: Store, import_id: str) -> ImportRecord:
    with store.reading() as connection:
        return import_records.read_import(connection, import_id)
