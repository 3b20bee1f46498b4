"""`clearpost moderation`: what content managers hid or removed, or that there was nothing."""

import sys
from datetime import date, datetime
from typing import Annotated, Any

import typer

from app.cli.context import current_store, load_settings
from app.cli.recording import As, body_of, day_of, open_recording
from app.cli.terminal import USAGE, hint, print_rows, stop
from app.networks.account_names import AccountNameError, resolve_account
from app.policy.words import ModerationAction, ModerationGround
from app.schemas.moderations import ModerationIn, ModerationOut, show_moderation
from app.schemas.pages import MAX_LIMIT
from app.schemas.sheets import write_sheet
from app.store.accounts import register
from app.store.accounts.listing import Row
from app.store.accounts.moderations import (
    ModerationFilter,
    NewModeration,
    add_moderation,
    page_moderations,
)
from app.store.accounts.validation import EditLimits

app = typer.Typer(help="Moderation by content managers: add, list.", no_args_is_help=True)
_TITLES = ("platform", "handle", "done_on", "action", "ground", "clause", "reason", "recorded_by")
_Url = Annotated[str, typer.Option("--account", metavar="URL", help="The account, by its address.")]
_DAY: dict[str, Any] = {"metavar": "YYYY-MM-DD", "formats": ["%Y-%m-%d"]}


@app.command("add")
def add_command(
    account: _Url,
    action: Annotated[
        ModerationAction,
        typer.Option(help="What was done; nothing_found: somebody looked, nothing was to be done."),
    ],
    as_: As,
    ground: Annotated[
        ModerationGround | None, typer.Option(help="What it went against; not for nothing_found.")
    ] = None,
    done_on: Annotated[
        datetime | None,
        typer.Option("--on", help="The day it was done; today otherwise.", **_DAY),
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why, in words that tell of nobody: no name, no handle.")
    ] = None,
) -> None:
    """Record what was hidden or removed on an account (clause 15); prints the record's id."""
    with open_recording(as_) as open_:
        said = {"action": action, "ground": ground, "reason": reason}
        body = body_of(ModerationIn, done_on=day_of(done_on) or open_.by.day, **said)
        account_id = register.find_account(open_.connection, *_read_name(account))
        if account_id is None:
            stop("no such account is registered")
        new, bounds = NewModeration(**body.model_dump()), EditLimits(open_.by.day, None)
        row = add_moderation(open_.connection, open_.actor, account_id, new, bounds)
    typer.echo(row["id"])


@app.command("list")
def list_command(
    account: Annotated[
        str | None, typer.Option(metavar="URL", help="Only of this account, by its address.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--from", help="Only done on this day or later.", **_DAY),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--to", help="Only done on this day or before.", **_DAY),
    ] = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="As CSV for a spreadsheet, with all columns.")
    ] = False,
) -> None:
    """What was moderated, in the order in which it was recorded."""
    found = _read_all(account, day_of(since), day_of(until))
    shown = [show_moderation(row) for row in found]
    if as_csv:
        titles = list(ModerationOut.model_fields)
        sys.stdout.write(write_sheet(titles, (one.model_dump(mode="json") for one in shown)))
        return
    print_rows(
        _TITLES, [tuple(str(getattr(one, name) or "-") for name in _TITLES) for one in shown]
    )
    if not shown:
        hint("Nothing is recorded.")


def _read_all(account: str | None, since: date | None, until: date | None) -> list[Row]:
    found: list[Row] = []
    with current_store(load_settings()) as store, store.reading() as connection:
        account_id = None
        if account is not None:
            account_id = register.find_account(connection, *_read_name(account))
            if account_id is None:
                stop("no such account is registered")
        wanted = ModerationFilter(account_id, since, until)
        while True:
            after = found[-1]["id"] if found else ""
            more = page_moderations(connection, wanted, after, MAX_LIMIT)
            found += more
            if len(more) < MAX_LIMIT:
                return found


def _read_name(url: str) -> tuple[str, str]:
    try:
        name = resolve_account(None, None, url)
    except AccountNameError as error:
        stop(str(error), USAGE)
    return name.platform or "", name.handle_key or ""
