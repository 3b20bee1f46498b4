"""`clearpost account`: the register of accounts, for an administrator without a console."""

from datetime import date, datetime, time
from typing import Annotated

import typer

from app.cli.context import current_store, load_settings
from app.cli.recording import AsAdministrator, body_of, day_of, open_recording
from app.cli.terminal import REFUSED, USAGE, hint, name_operator, print_rows, stop
from app.networks.account_names import AccountName, AccountNameError, resolve_account
from app.policy.words import AccountFlag, AccountKind, AccountStatus
from app.policy_setup import read_setup
from app.routers.account_values import read_new_account, with_existing_time
from app.schemas.accounts import MESSAGES, AccountNew
from app.settings import Settings
from app.store.accounts import register
from app.store.accounts.listing import AccountFilter, Row, list_accounts, read_upkeep
from app.store.accounts.register import AccountEdit, AuthorizationDetails
from app.store.accounts.validation import EditLimits
from app.store.accounts.verification import read_name, verify_account
from app.store.ledger.changes import Actor

app = typer.Typer(help="Accounts on social networks.", no_args_is_help=True)
_PAGE = 500
_TITLES = ("platform", "handle", "status", "kind", "org", "owner", "authorized", "needs care")

Url = Annotated[str | None, typer.Option(metavar="URL", help="The account's address.")]
Platform = Annotated[str | None, typer.Option(help="The network, beside --handle.")]
Handle = Annotated[str | None, typer.Option(help="The handle on that network.")]


@app.command()
def authorize(
    as_: Annotated[
        str,
        typer.Option("--as", metavar="SOURCED_ID", help="Who authorizes: a person who acts today "
                     "for the Director of Communications."),
    ],
    url: Url = None,
    platform: Platform = None,
    handle: Handle = None,
    requested_by: Annotated[
        str | None, typer.Option(metavar="SOURCED_ID", help="Who asked for the account.")
    ] = None,
    administrator_since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Since when Communications is known to be an administrator of the account.",
        ),
    ] = None,
) -> None:  # fmt: skip
    """Authorize an account of the register (clause 4), which an import or the API put there."""
    settings = load_settings()
    name = _read_name(platform, handle, url)
    with current_store(settings) as store, store.writing() as connection:
        now = store.now()
        today = now.astimezone(settings.zone).date()
        yes = AuthorizationDetails(
            requested_by, _find_attestation(administrator_since, today, settings)
        )
        account_id = register.find_account(connection, name.platform or "", name.handle_key or "")
        if account_id is None:
            stop("no such account is registered")
        edit = AccountEdit(account_id, EditLimits(today, None))
        actor = Actor(name_operator(), as_, now)
        register.authorize_account(connection, actor, edit, yes)
    hint("The account is authorized.")


@app.command("add")
def add_command(  # noqa: PLR0913, PLR0917 - each is one option of the command
    kind: Annotated[AccountKind, typer.Option(help="What kind of account it is.")],
    as_: AsAdministrator = None,
    url: Url = None,
    platform: Platform = None,
    handle: Handle = None,
    org: Annotated[
        str | None, typer.Option(metavar="SOURCED_ID", help="The org that it belongs to.")
    ] = None,
    existed_on: Annotated[
        datetime | None,
        typer.Option(
            metavar="YYYY-MM-DD",
            formats=["%Y-%m-%d"],
            help="The earliest day on which it is known to have existed; today otherwise.",
        ),
    ] = None,
) -> None:
    """Register an account that was found (clauses 5, 12); no one has authorized it by that.

    Checks deny it until someone does, and it stays marked as one that existed before.
    """
    with open_recording(as_) as open_:
        said = {"platform": platform, "handle": handle, "url": url, "org_id": org}
        body = body_of(AccountNew, kind=kind, existed_on=day_of(existed_on), **said)
        values = with_existing_time(open_.by.setup.timezone, read_new_account(body))
        bounds = EditLimits(open_.by.day, None)
        account_id = register.add_account(open_.connection, open_.actor, values, bounds)
    typer.echo(account_id)


@app.command("verify")
def verify_command(
    url: Url = None,
    platform: Platform = None,
    handle: Handle = None,
) -> None:
    """Is this account official? Exit code 0: yes; 1: no, or no one knows."""
    if (url is None) == (platform is None or handle is None):
        stop("give --url, or --platform and --handle", USAGE)
    reading = read_name(platform, handle, url)
    settings = load_settings()
    with current_store(settings) as store, store.reading() as connection:
        said = verify_account(connection, reading, store.now(), read_setup(settings))
    typer.echo(said.status)
    hint(MESSAGES[said.status])
    for one in said.accounts:
        hint(f"{one.platform} {one.handle} {one.address or ''} {one.likeness or ''}".rstrip())
    if said.status != "official":
        raise typer.Exit(REFUSED)


@app.command("list")
def list_(
    status: Annotated[
        AccountStatus | None, typer.Option(help="Only accounts of this status.")
    ] = None,
    org: Annotated[
        str | None, typer.Option(metavar="SOURCED_ID", help="Only accounts of this org.")
    ] = None,
    needs: Annotated[
        AccountFlag | None,
        typer.Option("--needs", help="Only accounts that need this care."),
    ] = None,
) -> None:
    """The register, and what in it needs care."""
    wanted = AccountFilter(status=status, org_id=org, flags=frozenset([needs] if needs else ()))
    settings = load_settings()
    found: list[Row] = []
    with current_store(settings) as store, store.reading() as connection:
        upkeep = read_upkeep(settings, store.now().astimezone(settings.zone).date())
        while True:
            after = found[-1]["id"] if found else ""
            more = list_accounts(connection, wanted, upkeep, after, _PAGE)
            found += more
            if len(more) < _PAGE:
                break
    print_rows(_TITLES, [_write_line(row) for row in found])


def _read_name(platform: str | None, handle: str | None, url: str | None) -> AccountName:
    try:
        return resolve_account(platform, handle, url)
    except AccountNameError as error:
        stop(str(error), USAGE)


def _find_attestation(since: datetime | None, today: date, settings: Settings) -> datetime | None:
    if since is not None and since.date() > today:
        stop("--administrator-since: must not lie in the future", USAGE)
    return since and datetime.combine(since.date(), time(), settings.zone)


def _write_line(row: Row) -> tuple[str, ...]:
    authorized = row["authorized_at"]
    return (
        row["platform"],
        row["handle"],
        row["status"],
        row["kind"],
        row["org_id"] or "-",
        row["owner_id"] or "-",
        f"{authorized:%Y-%m-%d}" if authorized else "-",
        " ".join(row["flags"]) or "-",
    )
