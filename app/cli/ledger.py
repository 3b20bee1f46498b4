"""`clearpost ledger`: what was decided and changed, whether it is whole, how long it stays."""

from datetime import datetime, time, timedelta
from typing import Annotated

import typer

from app.cli.context import current_store, load_settings
from app.cli.terminal import REFUSED, USAGE, hint, name_operator, stop
from app.database.guards import find_missing_guards, find_strange_triggers
from app.database.session import Store
from app.erasure import retention
from app.erasure.vacuum import rewrite_store
from app.events.forgetting import purge_all
from app.settings import Settings
from app.store.ledger import chain
from app.store.ledger.changes import Actor
from app.store.ledger.clock import confirm_clock
from app.store.ledger.evidence import Mismatch
from app.store.ledger.record_audit import compare_records

app = typer.Typer(help="The ledger of decisions and changes.", no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """The ledger of decisions and changes."""


@app.command()
def verify() -> None:
    """Verify the chain of hashes, the records against it, and the guards of history.

    Exits 1 and names the first bad row, the records that differ from what the ledger says of them,
    or the guards that are gone.
    """
    with current_store(load_settings()) as store, store.reading() as connection:
        found = chain.verify_chain(connection)
        typer.echo(f"rows\t{found.rows}\nerased\t{found.erased}\nhead\t{found.head.hex()}")
        if found.bad:
            stop(f"the ledger is broken at row {found.bad.seq}: {found.bad.reason}")
        audited = compare_records(connection)
        missing, strange = find_missing_guards(connection), find_strange_triggers(connection)
    typer.echo(f"records\t{audited.records}")
    for one in audited.mismatches:
        hint(f"clearpost: {one.table}: {_describe_mismatch(one)}")
    if audited.unbound:
        names = ", ".join(audited.unbound)
        hint(f"clearpost: nothing is known of how they were until the next import: {names}")
    if missing:
        hint(f"clearpost: guards of history are gone or changed: {', '.join(missing)}")
    if strange:
        hint(f"clearpost: triggers that the service did not make: {', '.join(strange)}")
    if audited.mismatches or missing or strange:
        stop("the store was changed past the service")


def _describe_mismatch(mismatch: Mismatch) -> str:
    of = f"the record {mismatch.record_id} " if mismatch.record_id else ""
    return f"{of}{mismatch.reason}"


@app.command()
def purge(
    before: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="What was written before this day loses its contents; default: what is older "
            "than CLEARPOST_LEDGER_RETENTION_DAYS.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
) -> None:
    """Delete the contents of old rows for good; the chain still verifies.

    Events older than CLEARPOST_EVENT_DAYS go along. Decisions go on while it runs, until at its end
    the store's files are written anew.
    """
    settings = load_settings()
    with current_store(settings) as store:
        limit = _find_limit(store, settings, before)
        if dry_run:
            with store.reading() as connection:
                typer.echo(f"rows\t{retention.count_due(connection, limit)}")
            return
        done = retention.purge_contents(
            store, limit, lambda: Actor(name_operator(), None, store.now())
        )
        typer.echo(f"rows\t{done.rows}")
        purge_all(store, store.now() - timedelta(days=settings.event_days))
        if done.rows:
            overwrite_store(store)
        else:
            hint("Nothing to do.")


@app.command("confirm-clock")
def confirm_clock_command() -> None:
    """Say that this machine's clock is right, though the ledger has a time still to come.

    Until someone says so nothing is allowed; first look whether the clock was set back.
    """
    with current_store(load_settings()) as store:
        now = store.now()
        confirm_clock(store, now, name_operator())
    hint(f"The ledger goes on at {now:%Y-%m-%d %H:%M:%S} UTC.")


@app.command("scrub")
def scrub_command() -> None:
    """Write the store's files anew, so that nothing deleted is left in them."""
    with current_store(load_settings()) as store:
        overwrite_store(store)


def overwrite_store(store: Store) -> None:
    """Write the store anew; exit 1 where a part of that was refused."""
    refused = rewrite_store(store)
    for reason in refused:
        hint(f"clearpost: {reason}")
    if refused:
        raise typer.Exit(REFUSED)
    hint("The store's files were written anew: nothing deleted is left in them.")


def _find_limit(store: Store, settings: Settings, before: datetime | None) -> datetime:
    """Midnight in the district at the start of the day before which contents go."""
    today = store.now().astimezone(settings.zone).date()
    if before is not None:
        day = before.date()
        if day > today:
            stop("--before: must not lie in the future", USAGE)
    elif settings.ledger_retention_days is not None:
        day = today - timedelta(days=settings.ledger_retention_days)
    else:
        stop("give --before, or set CLEARPOST_LEDGER_RETENTION_DAYS", USAGE)
    return datetime.combine(day, time(), settings.zone)
