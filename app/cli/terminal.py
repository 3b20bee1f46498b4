"""What the commands write: answers on standard output, everything else on standard error."""

import sys
from collections.abc import Sequence
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table

OK, REFUSED, USAGE, STORE = 0, 1, 2, 3


def hint(text: str) -> None:
    """Something for the person at the terminal that no script should have to cut away."""
    typer.echo(text, err=True)


def stop(reason: str, code: int = REFUSED) -> NoReturn:
    """End the command with one line that says why."""
    typer.echo(f"clearpost: {reason}", err=True)
    raise typer.Exit(code)


def rows(titles: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """A table: drawn on a terminal, tab-separated with its titles first in a pipe."""
    if not sys.stdout.isatty():
        for line in [titles, *lines]:
            typer.echo("\t".join(line))
        return
    table = Table(*titles, header_style="bold")
    for line in lines:
        table.add_row(*line)
    Console().print(table, markup=False)
