"""`clearpost import status`, `approve`, `reject`, `resume`: where imports stand, and what to do."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Annotated

import orjson
import typer

from app.cli.acting import AsAdministrator, acts
from app.cli.import_words import BUSY, exit_code, show, verdict
from app.cli.imports import progress
from app.cli.notices import send_notices
from app.cli.opening import current_store, load_settings
from app.cli.terminal import hint, operator, rows, say, stop
from app.errors import ConflictError, NotFoundError
from app.imports import deciding, jobs, receiving
from app.imports.report import RowError, counted, fold_alike
from app.log import configure
from app.schemas.imports import ImportItem, ImportOut
from app.settings import Settings
from app.store import imports as stored
from app.store import staged_area
from app.store.changes import Actor
from app.store.imports import Import
from app.store.session import Store

_SHOWN = 20
_NICE = 10

Which = Annotated[
    str | None, typer.Argument(metavar="[ID]", help="An import; without, the one that waits.")
]


def status(
    import_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="An import; without, the last ones.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As the API gives it.")] = False,
) -> None:
    """Where imports stand; with an id what one does, or would do, to the store."""
    with current_store(load_settings()) as store:
        if import_id is None:
            _list(store, as_json=as_json)
            return
        found = _get(store, import_id)
        running = found.state in stored.UNDER_WAY and staged_area.is_claimed(store)
        with store.reading() as connection:
            errors = stored.errors(connection, found, limit=_SHOWN)
    if as_json:
        said = ImportOut.model_validate({**asdict(found), "running": running})
        say(said.model_dump_json())
        return
    refused = (RowError(one.file, one.line, one.column, one.reason) for one in errors)
    aside = "Set aside: " if found.plan else ""
    for error in fold_alike(refused):
        hint(f"{aside}{error}")
    if found.errors > len(errors):
        hint(f"and {counted(found.errors - len(errors), 'other error', 'other errors')}")
    if found.plan:
        show(found.plan)
    if found.progress and found.state in stored.UNDER_WAY:
        done, total = found.progress.get("done", 0), found.progress.get("total", 0)
        hint(f"{found.progress.get('step')}: {done:,} of {total:,}")
    _conclude(found)
    if found.state in stored.UNDER_WAY and not running:
        hint(f"Its process has ended. To go on: clearpost import resume {found.id}")


def approve(import_id: Which = None, as_: AsAdministrator = None) -> None:
    """Apply an import that waits; where its plan would now do something else, it waits again."""

    def work(store: Store, settings: Settings, found: Import) -> Import:
        with progress() as told:
            decision = deciding.Decision(found.id, found.version)
            return deciding.approve(store, settings, _actor(store, as_), decision, told)

    _decide(import_id, work)


def reject(
    reason: Annotated[str, typer.Option(help="Why; for the record.")],
    import_id: Which = None,
    as_: AsAdministrator = None,
) -> None:
    """Take nothing more of an import that waits; refusals in force stay in force."""

    def work(store: Store, _settings: Settings, found: Import) -> Import:
        decision = deciding.Decision(found.id, found.version, reason)
        return deciding.reject(store, _actor(store, as_), decision)

    found = _decide(import_id, work, done="rejected")
    hint(f"Import {found.id}: rejected.")


def resume(
    import_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="An import; without, all that can be.")
    ] = None,
) -> None:
    """Go on with what was interrupted. Exit code 0, too, where there is nothing to go on with."""
    settings = load_settings()
    with current_store(settings) as store, _told_if_busy():
        with store.reading() as connection:
            found = stored.in_states(connection, *stored.UNDER_WAY)
        wanted = [one for one in found if import_id in (None, one.id)]
        if import_id is not None and not wanted:
            stop("that import is not one that was interrupted")
        for one in wanted:
            receiving.interrupted(store, settings, one.id)
            with progress() as told:
                done = jobs.perform(store, settings, one.id, told)
            _conclude(done)
            if code := exit_code(done.state):
                raise typer.Exit(code)


def work(import_id: str) -> None:
    """Do what was asked for over HTTP; the settings come from standard input."""
    with suppress(OSError):
        os.nice(_NICE)  # checks come first
    settings = Settings.model_validate_json(sys.stdin.buffer.read())
    configure(settings.log_level)
    with current_store(settings) as store:
        jobs.perform(store, settings, import_id)
        send_notices(store, settings)


def _decide(
    import_id: str | None,
    work: Callable[[Store, Settings, Import], Import],
    done: str | None = None,
) -> Import:
    settings = load_settings()
    with current_store(settings) as store, _told_if_busy():
        found = work(store, settings, _get(store, import_id))
    if found.state != done:
        _conclude(found)
        raise typer.Exit(exit_code(found.state))
    return found


@contextmanager
def _told_if_busy() -> Iterator[None]:
    try:
        yield
    except ConflictError as error:
        stop(str(error), BUSY if error.detail == "Another import is under way" else 1)


def _get(store: Store, import_id: str | None) -> Import:
    with store.reading() as connection:
        if import_id is not None:
            try:
                return stored.get(connection, import_id)
            except NotFoundError:
                stop("there is no import with this id")
        waiting = stored.in_states(connection, *stored.WAITING)
    if not waiting:
        stop("no import waits for a person")
    return waiting[-1]


def _list(store: Store, *, as_json: bool) -> None:
    with store.reading() as connection:
        found = stored.page(connection, None, _SHOWN)
    if as_json:
        items = [ImportItem.model_validate(one, from_attributes=True) for one in found]
        say(orjson.dumps([one.model_dump(mode="json") for one in items]).decode())
        return
    lines = [
        (one.id, one.state, one.created_at.isoformat(timespec="seconds"), one.format or "")
        for one in found
    ]
    rows(("id", "state", "delivered", "format"), lines)


def _conclude(found: Import) -> None:
    for line in verdict(found.id, found.state, found.reason):
        hint(line)


def _actor(store: Store, person_id: str | None) -> Actor:
    if person_id is not None:
        with store.reading() as connection:
            if not acts(connection, person_id):
                stop("as: must be the sourcedId of somebody who is with the district, no student")
    return Actor(operator(), person_id, store.now())
