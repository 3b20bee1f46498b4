"""`clearpost ledger`: what has been decided and changed, and whether anybody tampered with it."""

import typer

from app.cli.opening import current_store, load_settings
from app.cli.terminal import stop
from app.store import ledger as chain

app = typer.Typer(help="The ledger of decisions and changes.", no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """The ledger of decisions and changes."""


@app.command()
def verify() -> None:
    """Walk the whole chain of hashes; name the first bad row and exit 1 if there is one."""
    with current_store(load_settings()) as store, store.reading() as connection:
        found = chain.verify(connection)
    typer.echo(f"rows\t{found.rows}\nerased\t{found.erased}\nhead\t{found.head.hex()}")
    if found.bad:
        stop(f"the ledger is broken at row {found.bad.seq}: {found.bad.reason}")
