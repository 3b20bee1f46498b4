"""`clearpost import doubts`: rows about children that could not be read; listed and settled."""

from typing import Annotated, Any

import typer

from app.cli.context import current_store, load_settings
from app.cli.recording import As, open_recording
from app.cli.terminal import hint, print_rows, stop
from app.errors import ConflictError, NotFoundError
from app.imports.doubts.settling import Settlement, page_doubts, settle_doubt
from app.schemas.pages import MAX_LIMIT

app = typer.Typer(
    help="Rows about children that could not be read: list, settle.", no_args_is_help=True
)
_TITLES = ("id", "file", "line", "column", "key", "people", "reason", "ends by")


@app.command("list")
def list_command() -> None:
    """The open doubts: photo checks about these people are `review` until one ends."""
    found: list[dict[str, Any]] = []
    with current_store(load_settings()) as store, store.reading() as connection:
        while more := page_doubts(connection, found[-1]["id"] if found else "", MAX_LIMIT):
            found += more
    shown = [
        (
            one["id"], one["file"], str(one["line"]), one["column"] or "-", one["key"] or "-",
            " ".join(one["people"]) or "-", one["reason"], one["ends_by"],
        )
        for one in found
    ]  # fmt: skip
    print_rows(_TITLES, shown)
    if not found:
        hint("Nobody is in doubt.")


@app.command("settle")
def settle_command(
    doubt: Annotated[str, typer.Argument(metavar="ID", help="The doubt, as listed.")],
    reason: Annotated[str, typer.Option(help="What was found out; for the record.")],
    as_: As,
    person: Annotated[
        str | None,
        typer.Option(metavar="SOURCED_ID", help="Only for this one of the people meant."),
    ] = None,
) -> None:
    """Settle a doubt: someone has asked what the row meant. It is no consent."""
    with open_recording(as_) as open_:
        try:
            settle_doubt(open_.connection, open_.actor, Settlement(doubt, reason, person))
        except NotFoundError:
            stop("there is no such doubt")
        except ConflictError as error:
            stop(str(error))
    hint("Settled.")
