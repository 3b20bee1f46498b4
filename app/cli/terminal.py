"""Output of the commands: answers on standard output, all else on standard error."""

import getpass
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table

REFUSED, USAGE, STORE = 1, 2, 3
_ANY_WIDTH = 10_000


def name_operator() -> str:
    """Return who is at the command line, for the ledger: the user of this machine."""
    with suppress(KeyError, OSError):
        return f"cli:{getpass.getuser()}"
    return "cli"


def say(text: str) -> None:
    """One line of the answer, there at once even in a pipe."""
    typer.echo(text)
    sys.stdout.flush()


def hint(text: str) -> None:
    """Something for the person at the terminal that no script should have to cut away."""
    typer.echo(text, err=True)


def stop(reason: str, code: int = REFUSED) -> NoReturn:
    """End the command with one line that says why."""
    typer.echo(f"clearpost: {reason}", err=True)
    raise typer.Exit(code)


def print_rows(titles: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """A table: drawn on a terminal, tab-separated with its titles first in a pipe."""
    if sys.stdout.isatty():
        draw_table(titles, lines)
        return
    for line in [titles, *lines]:
        typer.echo("\t".join(line))


def draw_table(
    titles: Sequence[str], lines: Sequence[Sequence[str]], *, errors: bool = False
) -> None:
    """A table on a terminal; where it is too narrow, each line as a paragraph, nothing cut off."""
    console = Console(stderr=errors, markup=False, highlight=False)
    table = Table(*titles, header_style="bold")
    for line in lines:
        table.add_row(*line)
    unbounded = console.options.update(max_width=_ANY_WIDTH)
    if console.measure(table, options=unbounded).maximum <= console.width:
        console.print(table)
        return
    for line in lines:
        for title, cell in zip(titles, line, strict=True):
            console.print(f"{title}: {cell}", soft_wrap=True)
        console.print()
