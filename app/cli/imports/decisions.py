"""`clearpost import approve`, `reject`, `resume`, `abandon`: what to do about an import."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Annotated

import typer

from app.cli.context import current_store, load_settings
from app.cli.imports.notices import send_notices
from app.cli.imports.run import show_progress
from app.cli.imports.wording import BUSY, describe_state, exit_code
from app.cli.recording import AsAdministrator, can_act
from app.cli.terminal import hint, name_operator, stop
from app.database.session import Store
from app.errors import ConflictError, ImportBusyError, NotFoundError
from app.imports import approval, intake, spool, worker
from app.log import configure_log
from app.settings import Settings
from app.store.ledger.changes import Actor
from app.store.service import import_records as stored
from app.store.service.import_records import ImportRecord

_SHOWN = 20
_NICE = 10

Which = Annotated[
    str | None, typer.Argument(metavar="[ID]", help="An import; without, the one that waits.")
]


def approve(import_id: Which = None, as_: AsAdministrator = None) -> None:
    """Apply an import that waits; where its plan would now do something else, it waits again."""

    def work(store: Store, settings: Settings, found: ImportRecord) -> ImportRecord:
        with show_progress() as told:
            decision = approval.ImportDecision(found.id, found.version)
            return approval.approve_import(store, settings, actor_of(store, as_), decision, told)

    _decide_import(import_id, work)


def reject(
    reason: Annotated[str, typer.Option(help="Why; for the record.")],
    import_id: Which = None,
    as_: AsAdministrator = None,
) -> None:
    """Take nothing more of an import that waits; refusals in force stay in force."""

    def work(store: Store, _settings: Settings, found: ImportRecord) -> ImportRecord:
        decision = approval.ImportDecision(found.id, found.version, reason)
        return approval.reject_import(store, actor_of(store, as_), decision)

    found = _decide_import(import_id, work, done="rejected")
    hint(f"Import {found.id}: rejected.")


def resume(
    import_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="An import; without, all that can be.")
    ] = None,
) -> None:
    """Go on with what was interrupted. Exit code 0, too, where there is nothing to go on with."""
    settings = load_settings()
    with current_store(settings) as store, told_if_busy():
        with store.reading() as connection:
            found = stored.list_in_states(connection, *stored.UNDER_WAY)
        wanted = [one for one in found if import_id in (None, one.id)]
        if import_id is not None and not wanted:
            stop("that import is not one that was interrupted")
        for one in wanted:
            intake.find_resumable(store, settings, one.id)
            with show_progress() as told:
                done = worker.perform_job(store, settings, one.id, told)
            conclude_import(done)
            if code := exit_code(done.state):
                raise typer.Exit(code)


def abandon(
    import_id: Annotated[str, typer.Argument(metavar="ID", help="An import that was interrupted.")],
    reason: Annotated[str, typer.Option(help="Why; for the record. Never a student's name.")],
    as_: AsAdministrator = None,
) -> None:
    """Give up an import that was interrupted, so that the next goes on; refusals stay in force."""
    settings = load_settings()
    with current_store(settings) as store, told_if_busy():
        found = get_import(store, import_id)
        decision = approval.ImportDecision(found.id, found.version, reason)
        approval.abandon_import(store, actor_of(store, as_), decision)
        spool.remove_folder(settings.import_spool / found.id)
    hint(f"Import {found.id}: abandoned. Deliver again: what it has put on file stays till then.")


def work(import_id: str) -> None:
    """Do what was asked for over HTTP; the settings come from standard input."""
    with suppress(OSError):
        os.nice(_NICE)  # checks come first
    settings = Settings.model_validate_json(sys.stdin.buffer.read())
    configure_log(settings.log_level)
    with current_store(settings) as store:
        worker.perform_job(store, settings, import_id)
        send_notices(store, settings)


def _decide_import(
    import_id: str | None,
    work: Callable[[Store, Settings, ImportRecord], ImportRecord],
    done: str | None = None,
) -> ImportRecord:
    settings = load_settings()
    with current_store(settings) as store, told_if_busy():
        found = work(store, settings, get_import(store, import_id))
    if found.state != done:
        conclude_import(found)
        raise typer.Exit(exit_code(found.state))
    return found


@contextmanager
def told_if_busy() -> Iterator[None]:
    """Stop with what a conflict says; exit code 5 where another import is under way."""
    try:
        yield
    except ConflictError as error:
        stop(str(error), BUSY if isinstance(error, ImportBusyError) else 1)


def get_import(store: Store, import_id: str | None) -> ImportRecord:
    """The import with this id, without one the last that waits; stop where there is none."""
    with store.reading() as connection:
        if import_id is not None:
            try:
                return stored.read_import(connection, import_id)
            except NotFoundError:
                stop("there is no import with this id")
        waiting = stored.list_in_states(connection, *stored.WAITING)
    if not waiting:
        stop("no import waits for a person")
    return waiting[-1]


def conclude_import(found: ImportRecord) -> None:
    """Print the outcome of an import, for people."""
    for line in describe_state(found.id, found.state, found.reason, is_undo=bool(found.undoes)):
        hint(line)


def actor_of(store: Store, person_id: str | None) -> Actor:
    """Return who acts: the operator, for this person."""
    if person_id is not None:
        with store.reading() as connection:
            if not can_act(connection, person_id):
                stop("as: must be the sourcedId of somebody who is with the district, no student")
    return Actor(name_operator(), person_id, store.now())
