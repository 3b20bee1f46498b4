"""`clearpost import watch`: a drop folder, emptied one delivery after the other."""

import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from app.cli.context import current_store, load_settings
from app.cli.imports.run import (
    AcceptEmpty,
    Complete,
    CompleteConsents,
    OfFeed,
    UnderProfile,
    make_options,
    take_in,
)
from app.cli.imports.wording import BUSY, describe_plan, describe_state, list_file_counts
from app.cli.signals import end_well_on_sigterm
from app.cli.terminal import hint, stop
from app.database.session import Store
from app.errors import ConflictError, StoreUnavailableError
from app.imports import drop_folder
from app.imports.attempts import MOST
from app.imports.reading.file_names import clean_name
from app.imports.report import Report, fold_alike
from app.imports.run import RunOptions
from app.log import describe_origin
from app.schemas.delivery_options import DeliveryOptions
from app.settings import Settings
from app.store.service.import_records import DONE

_AGAIN_SECONDS = 30.0

Folder = Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The drop folder.")]


def watch(  # noqa: PLR0913, PLR0917 - each is an option of the command
    folder: Folder,
    profile: UnderProfile = None,
    complete: Complete = False,
    complete_consents: CompleteConsents = False,
    accept_empty_consents: AcceptEmpty = False,
    feed: OfFeed = None,
    settle: Annotated[
        float, typer.Option(min=0, help="Seconds without a change after which it is whole.")
    ] = 60,
    marked: Annotated[
        bool, typer.Option("--marked", help="Take only what NAME.done says is whole.")
    ] = False,
    once: Annotated[
        bool, typer.Option("--once", help="End when all that lies there has been taken.")
    ] = False,
) -> None:
    """Import what is dropped: a zip, a folder, or loose files, one delivery at a time.

    Each is moved to done/, held/ or failed/ with its report beside it. SIGTERM and Ctrl-C end it;
    what was interrupted continues at the next start.
    """
    settings = load_settings()
    declared = DeliveryOptions(
        complete=complete,
        complete_consents=complete_consents,
        accept_empty_consents=accept_empty_consents,
        feed=feed,
    )
    options = make_options(declared, profile)
    end_well_on_sigterm()
    waiting, wait = drop_folder.DropWatch(), None if marked else settle
    with (
        contextlib.suppress(KeyboardInterrupt),
        _lock_folder(folder),
        current_store(settings) as store,
    ):
        hint(f"Watching {folder}.")
        state = _Watch()
        while True:
            state.tell_strangers(folder)
            taken = drop_folder.find_interrupted(folder) or _take_next(store, folder, waiting, wait)
            if taken and _import_or_note(state, store, settings, folder, options, taken):
                continue
            if once and taken:
                raise typer.Exit(BUSY)
            if once and (marked or not waiting.anything):
                return
            time.sleep(_AGAIN_SECONDS if taken else min(5.0, max(0.2, settle / 4)))


def _take_next(
    store: Store, folder: Path, waiting: drop_folder.DropWatch, settle: float | None
) -> Path | None:
    drop = waiting.next(folder, time.monotonic(), settle)
    if drop is None:
        return None
    try:
        return drop_folder.take_drop(folder, drop, store.now())
    except OSError as error:
        hint(f"{clean_name(drop.name)}: cannot be taken ({type(error).__name__}); left there")
        waiting.pass_over(drop)
        return None


def _import_drop(
    store: Store, settings: Settings, folder: Path, options: RunOptions, taken: Path
) -> bool:
    """Import what was taken and put it where it belongs; False where it has to wait."""
    name = drop_folder.describe_drop(taken)
    try:
        report = take_in(store, settings, taken, options)
    except (ConflictError, StoreUnavailableError) as error:
        hint(f"{name}: {error}; trying again")
        return False
    outcome: drop_folder.Outcome = "held" if report.state == "held" else "failed"
    outcome = "done" if report.state in DONE else outcome
    drop_folder.settle(folder, taken, outcome, "\n".join(_describe_report(report)) + "\n")
    hint(f"{name}: {outcome}. Import {report.import_id}: {report.state}.")
    return True


@dataclass(slots=True)
class _Watch:
    """The state of a watch: strangers already reported, and failures of the delivery at hand."""

    told: set[str] = field(default_factory=set)
    failed: Counter[str] = field(default_factory=Counter)

    def tell_strangers(self, folder: Path) -> None:
        """Say once of each that it is left alone."""
        for name in drop_folder.list_strangers(folder):
            if name not in self.told:
                hint(f"{clean_name(name)}: is no delivery, and is left alone")
                self.told.add(name)

    def note_failure(self, folder: Path, taken: Path, error: Exception) -> bool:
        """Put a delivery that failed for the third time away; false where it is tried again."""
        name, reason = clean_name(taken.name), describe_origin(error)
        self.failed[name] += 1
        if self.failed[name] < MOST:
            hint(f"{name}: {reason}; trying again")
            return False
        drop_folder.settle(folder, taken, "failed", f"failed {MOST} times: {reason}\n")
        hint(f"{name}: failed. {reason}.")
        return True


def _import_or_note(
    state: _Watch, store: Store, settings: Settings, folder: Path, options: RunOptions, taken: Path
) -> bool:
    """Import a delivery and note any failure; return False where it has to wait."""
    while True:
        try:
            return _import_drop(store, settings, folder, options, taken)
        except Exception as error:  # noqa: BLE001 - one delivery must not stop those behind it
            if state.note_failure(folder, taken, error):
                return True


def _describe_report(report: Report) -> Iterator[str]:
    yield from describe_state(report.import_id, report.state, report.reason)
    yield from (str(error) for error in fold_alike(report.errors))
    yield from (f"Set aside: {error}" for error in fold_alike(report.aside))
    if report.plan and not report.errors:
        yield from ("\t".join(line) for line in list_file_counts(report.plan))
        yield from describe_plan(report.plan)


@contextlib.contextmanager
def _lock_folder(folder: Path) -> Iterator[None]:
    """The folder for this process alone; stops where another watches it."""
    import fcntl  # noqa: PLC0415 - not on every system

    with (folder / ".watched").open("ab") as lock:
        try:
            fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stop("another process watches this folder")
        yield
