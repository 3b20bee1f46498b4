"""`clearpost import`, `generate` and `list`: how the district's lists come in and stay fresh."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from typer.core import TyperCommand

from app.cli.context import current_store, load_settings
from app.cli.imports.notices import send_notices
from app.cli.imports.profiles import load_or_stop
from app.cli.imports.wording import BUSY, describe_state, exit_code, show_plan
from app.cli.terminal import USAGE, draw_table, hint, name_operator, stop
from app.database.session import Store, utc_now
from app.errors import ConflictError, InvalidRequestError
from app.imports.report import Progress as Told
from app.imports.report import Report, fold_alike, format_count
from app.imports.run import RunOptions, run_import
from app.schemas.delivery_options import FEED_NAME, FEED_WORDS, DeliveryOptions
from app.settings import Settings
from app.store.consents.list_dates import attest_list
from app.store.ledger.changes import Actor
from app.synthetic import generate_district

# Another import that is under way may end soon.
PATIENCE_SECONDS = 600.0

Delivery = Annotated[Path, typer.Argument(exists=True, help="A folder, a zip or a file.")]
UnderProfile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME|FILE",
        help="A mapping profile: clearpost import profiles list, or a TOML file.",
    ),
]
Complete = Annotated[
    bool,
    typer.Option(
        "--complete",
        help="Its people are all there are; --complete consents: so is its list of consents.",
    ),
]
CompleteConsents = Annotated[bool, typer.Option("--complete-consents", hidden=True)]
AcceptEmpty = Annotated[
    bool,
    typer.Option(
        "--accept-empty-consents", help="A consent list without rows is meant, and is fresh."
    ),
]


def _feed_name(name: str | None) -> str | None:
    if name is not None and not re.fullmatch(FEED_NAME, name):
        message = f"must be {FEED_WORDS}"
        raise typer.BadParameter(message)
    return name


OfFeed = Annotated[
    str | None,
    typer.Option(
        "--feed",
        metavar="NAME",
        callback=_feed_name,
        help="Of which feed it is, where several bring people; missing is who is in none.",
    ),
]


class CompleteCommand(TyperCommand):
    """A command with `--complete`, which may be followed by what is complete."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As usual, once `--complete consents` stands there as an option of its own."""
        return super().parse_args(ctx, list(_with_complete(args)))


def _with_complete(args: list[str]) -> Iterator[str]:
    """`args` with `--complete people` and `--complete consents` as one option each.

    A folder of such a name is `./consents`.
    """
    options = {"people": "--complete", "consents": "--complete-consents"}
    left = iter(args)
    for arg in left:
        name, _, said = arg.partition("=")
        if name != "--complete":
            yield arg
        elif said:
            yield options.get(said, arg)
        else:
            following = next(left, None)
            yield options.get(following or "", name)
            if following is not None and following not in options:
                yield from _with_complete([following])


def run(  # noqa: PLR0913, PLR0917 - each is an option of the command
    delivery: Delivery,
    profile: UnderProfile = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Tell what it would do; do nothing.")
    ] = False,
    complete: Complete = False,
    complete_consents: CompleteConsents = False,
    accept_empty_consents: AcceptEmpty = False,
    feed: OfFeed = None,
) -> None:
    """Take in a delivery: plan it, then apply it, or hold it for a person.

    A few bad rows are set aside; with more nothing is applied but new refusals.
    """
    settings = load_settings()
    declared = DeliveryOptions(
        complete=complete,
        complete_consents=complete_consents,
        accept_empty_consents=accept_empty_consents,
        feed=feed,
    )
    options = make_options(declared, profile, plan_only=plan)
    with current_store(settings) as store:
        try:
            report = take_in(store, settings, delivery, options)
        except ConflictError as error:
            stop(str(error), BUSY)
    show_report(report)
    raise typer.Exit(exit_code(report.state, report.reason))


def make_options(
    declared: DeliveryOptions, profile: str | None, *, plan_only: bool = False
) -> RunOptions:
    """Return how a delivery is taken in, under the profile of this name; stop where it is none."""
    found = load_or_stop(profile) if profile else None
    return RunOptions(declared, found, plan_only, PATIENCE_SECONDS)


def take_in(store: Store, settings: Settings, path: Path, options: RunOptions) -> Report:
    """Import a delivery, with a progress bar on a terminal."""
    actor = Actor(name_operator(), None, store.now())
    with show_progress() as told:
        report = run_import(store, settings, path, options, actor=actor, progress=told)
    if not options.plan_only:
        send_notices(store, settings)
    return report


def show_report(report: Report) -> None:
    """Print the outcome of an import: its plan, or its errors, and the verdict."""
    if report.errors:
        _show_errors(report)
    elif report.plan:
        show_plan(report.plan)
    for one in fold_alike(report.aside):
        hint(f"Set aside: {one}")
    for line in describe_state(report.import_id, report.state, report.reason):
        hint(line)
    if report.doubts:
        rows = format_count(report.doubts, "row", "rows")
        hint(f"{rows} may be about a child and could not be read or kept. Photo checks about them")
        hint("are review now. Who and what ends it: clearpost import doubts list")


def generate_folder(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where the files go.")],
    students: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many students.")],
    seed: Annotated[int, typer.Option(help="The same seed makes the same district.")] = 1,
    day: Annotated[
        datetime | None,
        typer.Option(
            metavar="YYYY-MM-DD", formats=["%Y-%m-%d"],
            help="The day it is made for; today unless told otherwise.",
        ),
    ] = None,
) -> None:  # fmt: skip
    """Write a made-up district, as CSV files that `clearpost import` reads."""
    made_for = day.date() if day else utc_now().astimezone(load_settings().zone).date()
    generate_district(folder, students, seed, made_for)
    hint(f"A district of {students:,} students, as of {made_for}, is in {folder}.")


app = typer.Typer(help="The consent list's date.", no_args_is_help=True)


@app.callback()
def about_lists() -> None:
    """The consent list's date, from which its freshness is counted."""


@app.command()
def attest(
    school: Annotated[
        str | None,
        typer.Option(metavar="SOURCED_ID", help="Of this school alone; else of all of them."),
    ] = None,
) -> None:
    """Record the office's word that the consent list on file is whole as of now."""
    with current_store(load_settings()) as store:
        try:
            attest_list(store, store.now(), None, school)
        except InvalidRequestError as error:
            stop(f"--school: {error.errors[0]['message'].lower()}", USAGE)
    whose = "The school's consent list" if school else "The consent list"
    hint(f"{whose} counts as whole from now on; the ledger says so.")


@contextmanager
def show_progress() -> Iterator[Told | None]:
    """A bar over the bytes of all files, then over the rows to apply; on a terminal only."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]} rows"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task, of = bar.add_task("reading", total=None, rows=0), 0

        def told(file: str, rows: int, bytes_done: int, bytes_total: int) -> None:
            nonlocal of
            if bytes_total != of:  # the reading is over, or begins
                bar.reset(task, total=bytes_total)
                of = bytes_total
            bar.update(task, description=file, completed=bytes_done, rows=f"{rows:,}")

        yield told


def _show_errors(report: Report) -> None:
    errors = fold_alike(report.errors)
    if sys.stderr.isatty():
        lines = [(e.file, str(e.line or "-"), e.column or "-", e.told) for e in errors]
        draw_table(("file", "line", "column", "reason"), lines, errors=True)
    else:
        for one in errors:
            hint(str(one))
    more = sum(file.unlisted_errors for file in report.files)
    unlisted = f", and {format_count(more, 'further row', 'further rows')}" if more else ""
    hint(f"clearpost: {format_count(len(errors), 'error', 'errors')}{unlisted}")
