"""`clearpost person`: erasing someone, and who read of them. Ids come from files alone."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from app.cli.context import current_store, load_settings
from app.cli.ledger import overwrite_store
from app.cli.terminal import USAGE, hint, name_operator, print_rows, stop
from app.erasure.person_erasure import erase_person
from app.imports.spool import forget_deliveries
from app.store.ledger.changes import Actor
from app.store.ledger.record_reads import find_reads
from app.store.people.staff import is_active_staff

app = typer.Typer(help="People on file.", no_args_is_help=True)


@app.callback()
def person() -> None:
    """People on file."""


@app.command("erase")
def erase_command(
    as_: Annotated[str, typer.Option("--as", metavar="SOURCED_ID", help="Who answers for it.")],
    file: Annotated[
        Path, typer.Argument(help="A file with the sourcedId and nothing else; `-`: the input.")
    ] = Path("-"),
) -> None:
    """Erase a person for good: names, statements, and all else that names them."""
    person_id = _only_line(file)
    settings = load_settings()
    with current_store(settings) as store:
        with store.reading() as connection:
            if not is_active_staff(connection, as_):
                stop("--as: must be an active member of staff", USAGE)
        done = erase_person(store, person_id, lambda: Actor(name_operator(), as_, store.now()))
        forget_deliveries(settings.import_spool)
        typer.echo(f"id\t{done.id}\nledger rows\t{done.ledger_rows}")
        typer.echo(f"statements\t{done.statements}")
        hint("The person is erased. Backups are not: see docs/operations.md.")
        overwrite_store(store)


@app.command("reads")
def reads_command(
    file: Annotated[
        Path, typer.Argument(help="A file with the sourcedId and nothing else; `-`: the input.")
    ] = Path("-"),
) -> None:
    """List who has read a student's records, when, and for whom: the rows `records.read`."""
    person_id = _only_line(file)
    with current_store(load_settings()) as store:
        found = [_describe_read(row) for row in find_reads(store, person_id)]
    print_rows(("row", "at", "caller", "person", "read", "students"), found)


def _describe_read(row: Mapping[Any, Any]) -> tuple[str, ...]:
    said = orjson.loads(row["payload"])
    return (
        str(row["seq"]),
        f"{row['at']:%Y-%m-%d %H:%M:%S}Z",
        row["caller"],
        said["person"] or "-",
        said["what"],
        str(said["count"]),
    )


def _only_line(file: Path) -> str:
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) != 1:
        stop("the file must hold one sourcedId", USAGE)
    return lines[0]
