"""`clearpost designation`: who holds an office, or acts for it."""

from typing import Annotated

import typer
from sqlalchemy import RowMapping

from app.cli.acting import (
    AsAdministrator,
    FirstDay,
    LastDay,
    Recording,
    day_of,
    everything,
    recording,
)
from app.cli.terminal import hint, rows
from app.policy.words import DesignationCapacity, Office
from app.store import designations as stored

app = typer.Typer(help="Who holds an office, or acts for it: add, end, list.", no_args_is_help=True)
_FIELDS = ("office", "person_id", "capacity", "effective_from", "effective_to")


@app.command()
def add(
    office: Annotated[Office, typer.Option(help="The office.")],
    person: Annotated[str, typer.Option(metavar="SOURCED_ID", help="The employee.")],
    capacity: Annotated[DesignationCapacity, typer.Option(help="As what.")],
    as_: AsAdministrator = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
) -> None:
    """Designate somebody, from today unless told otherwise; prints the new fact's id.

    With --as, that person must act for the office today.
    """
    with recording(as_) as open_:
        _require(open_, office)
        start = day_of(first_day) or open_.by.day
        new = stored.NewDesignation(office, person, capacity, start, day_of(last_day))
        row = stored.add(open_.connection, open_.actor, new)
    typer.echo(row["id"])


@app.command()
def end(
    designation_id: Annotated[str, typer.Argument(help="From `clearpost designation list`.")],
    as_: AsAdministrator = None,
    last_day: LastDay = None,
) -> None:
    """Let a designation end with a day, today unless told otherwise; prints the new fact's id."""
    with recording(as_) as open_:
        _require(open_, stored.get(open_.connection, designation_id)["office"])
        day = day_of(last_day) or open_.by.day
        row = stored.end(open_.connection, open_.actor, designation_id, day)
    typer.echo(row["id"])
    hint(f"It ends with {row['effective_to']}.")


@app.command("list")
def list_() -> None:
    """Every designation ever recorded; of those equal in all but the end the last counts."""
    rows(("id", *_FIELDS), [_line(row) for row in everything(stored.page)])


def _require(open_: Recording, office: Office) -> None:
    if open_.by.person_id is not None:
        stored.require(open_.connection, open_.by.person_id, office, open_.by.day)


def _line(row: RowMapping) -> tuple[str, ...]:
    return (row["id"], *(str(row[name] or "-") for name in _FIELDS))
