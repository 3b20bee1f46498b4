"""`clearpost import`, `generate` and `list`: how the district's lists come in and stay fresh."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from app.cli.opening import current_store, load_settings
from app.cli.terminal import REFUSED, draw, hint, rows
from app.imports.report import Progress as Told
from app.imports.report import Report
from app.imports.run import run_import
from app.imports.synthetic import generate
from app.store.list_dates import attest_list

Folder = Annotated[
    Path, typer.Argument(exists=True, file_okay=False, help="A folder of CSV files.")
]


def import_folder(
    folder: Folder,
    accept_empty_consents: Annotated[
        bool, typer.Option(help="A consents.csv without rows is meant, and is fresh.")
    ] = False,
) -> None:
    """Take in every known CSV file of a folder, all of it or nothing."""
    settings = load_settings()
    with current_store(settings) as store, _progress() as told:
        report = run_import(
            store, settings, folder, accept_empty_consents=accept_empty_consents, progress=told
        )
    for warning in report.warnings:
        hint(f"Warning: {warning}")
    if not report.applied:
        _show_errors(report)
        raise typer.Exit(REFUSED)
    show_changes(report)


def generate_folder(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where the files go.")],
    students: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many students.")],
    seed: Annotated[int, typer.Option(help="The same seed makes the same district.")] = 1,
) -> None:
    """Write a made-up district, as CSV files that `clearpost import` reads."""
    today = datetime.now(load_settings().zone).date()
    generate(folder, students, seed, today)
    hint(f"A district of {students:,} students, as of {today}, is in {folder}.")


lists = typer.Typer(help="The consent list's date.", no_args_is_help=True)


@lists.callback()
def about_lists() -> None:
    """The consent list's date, from which its freshness is counted."""


@lists.command()
def attest() -> None:
    """Record the office's word that the consent list on file is whole as of now."""
    with current_store(load_settings()) as store:
        attest_list(store, datetime.now(UTC), None)
    hint("The consent list counts as whole from now on; the ledger says so.")


def show_changes(report: Report) -> None:
    """What an import did to the store, file by file."""
    titles = ("file", "rows", "added", "changed", "unchanged", "removed")
    counts = [
        (f.file, *map(str, (f.rows, f.added, f.changed, f.unchanged, f.removed)))
        for f in report.files
    ]
    rows(titles, counts)


@contextmanager
def _progress() -> Iterator[Told | None]:
    """A bar over the bytes of all files, on a terminal only."""
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
        task = bar.add_task("reading", total=None, rows=0)

        def told(file: str, rows: int, bytes_done: int, bytes_total: int) -> None:
            bar.update(
                task, description=file, completed=bytes_done, total=bytes_total, rows=f"{rows:,}"
            )

        yield told


def _show_errors(report: Report) -> None:
    errors = report.errors
    if sys.stderr.isatty():
        lines = [(e.file, str(e.line or "-"), e.column or "-", e.reason) for e in errors]
        draw(("file", "line", "column", "reason"), lines, errors=True)
    else:
        for one in errors:
            hint(str(one))
    found = len(errors) + sum(file.unlisted_errors for file in report.files)
    shown = "" if found == len(errors) else f", of which {len(errors):,} are shown"
    hint(f"clearpost: nothing was applied; errors: {found:,}{shown}")
