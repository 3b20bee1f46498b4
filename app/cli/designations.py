"""`clearpost designation`: who holds an office, or acts for it."""

from typing import Annotated

import typer
from sqlalchemy import RowMapping

from app.cli.recording import (
    AsAdministrator,
    FirstDay,
    LastDay,
    Recording,
    day_of,
    open_recording,
    read_all_pages,
)
from app.cli.terminal import hint, print_rows
from app.policy.words import DesignationCapacity, Office
from app.store.permissions import designations as stored
from app.store.permissions.office_changes import Effect

app = typer.Typer(help="Who holds an office, or acts for it: add, end, list.", no_args_is_help=True)
_FIELDS = ("office", "person_id", "capacity", "effective_from", "effective_to", "org_id")
Why = Annotated[str | None, typer.Option("--reason", help="Kept; needed to change the past.")]
Shown = Annotated[
    bool, typer.Option("--yes", help="Change the past, as was shown without this option.")
]


@app.command()
def add(  # noqa: PLR0913, PLR0917 - each is one option of the command
    office: Annotated[Office, typer.Option(help="The office.")],
    person: Annotated[str, typer.Option(metavar="SOURCED_ID", help="The employee.")],
    capacity: Annotated[DesignationCapacity, typer.Option(help="As what.")],
    as_: AsAdministrator = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    school: Annotated[
        str | None, typer.Option(metavar="SOURCED_ID", help="The school, of a principal.")
    ] = None,
    reason: Why = None,
    yes: Shown = False,
) -> None:
    """Designate someone, from today unless told otherwise; prints the new fact's id.

    With --as, that person must hold the office today, and be another.
    """
    with open_recording(as_) as open_:
        by, start = _find_designator(open_), day_of(first_day) or open_.by.day
        new = stored.NewDesignation(office, person, capacity, start, day_of(last_day), school)
        effect = stored.preview_addition(open_.connection, by, new)
        past = stored.PastChange(reason, _confirm_effect(effect, reason, yes=yes))
        row = stored.add_designation(open_.connection, open_.actor, by, new, past)
    typer.echo(row["id"])


@app.command()
def end(
    designation_id: Annotated[str, typer.Argument(help="From `clearpost designation list`.")],
    as_: AsAdministrator = None,
    last_day: LastDay = None,
    reason: Why = None,
    yes: Shown = False,
) -> None:
    """Let a designation end with a day, today unless told otherwise; prints the new fact's id."""
    with open_recording(as_) as open_:
        by, day = _find_designator(open_), day_of(last_day) or open_.by.day
        effect = stored.preview_end(open_.connection, by, designation_id, day)
        past = stored.PastChange(reason, _confirm_effect(effect, reason, yes=yes))
        row = stored.end_designation(open_.connection, open_.actor, by, designation_id, day, past)
    typer.echo(row["id"])
    hint(f"It ends with {row['effective_to']}.")


@app.command("list")
def list_() -> None:
    """Every designation ever recorded; of those equal in all but the end the last counts."""
    print_rows(
        ("id", *_FIELDS), [_write_line(row) for row in read_all_pages(stored.list_designations)]
    )


def _find_designator(open_: Recording) -> stored.Designator:
    """Return the designator: the administrator, or the person of `--as` by their own office."""
    by = open_.by
    return stored.Designator(by.person_id, by.day, by.setup.timezone, by.person_id is None)


def _confirm_effect(effect: Effect, reason: str | None, *, yes: bool) -> str | None:
    """Return the confirmed effect's digest; show the effect where a reason came alone."""
    if reason is not None and not yes:
        hint(
            f"It would change the standing of {effect.authorizations} authorizations, "
            f"{effect.grants} permissions and {effect.decisions} decisions. "
            "Where it changes the past, repeat it with --yes."
        )
    return effect.digest if yes else None


def _write_line(row: RowMapping) -> tuple[str, ...]:
    return (row["id"], *(str(row[name] or "-") for name in _FIELDS))
