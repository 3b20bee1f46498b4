"""`clearpost origins`: the pages on which widgets may live."""

from typing import Annotated

import typer

from app.cli.context import current_store, load_settings
from app.cli.terminal import USAGE, hint, name_operator, say, stop
from app.database.session import Store
from app.store.ledger.changes import Actor
from app.store.service import origins as stored

app = typer.Typer(help="Origins whose pages may use widgets.", no_args_is_help=True)
Origin = Annotated[str, typer.Argument(help="Such as https://intranet.example.org")]


@app.command()
def add(origin: Origin) -> None:
    """Let pages of this origin use widgets; effective within a second."""
    wanted = _read_origin(origin)
    with current_store(load_settings()) as store, store.writing() as connection:
        new = stored.add_origin(connection, _make_actor(store), wanted)
    hint(f"{wanted} is registered." if new else f"{wanted} was registered before.")
    if wanted.startswith("http:"):
        hint("Anybody on the way can read and change what an http page shows; prefer https.")


@app.command("list")
def list_() -> None:
    """Every registered origin."""
    with current_store(load_settings()) as store, store.reading() as connection:
        for origin in sorted(stored.list_origins(connection)):
            say(origin)


@app.command()
def remove(origin: Origin) -> None:
    """Answer pages of this origin no more; effective within a second."""
    with current_store(load_settings()) as store, store.writing() as connection:
        stored.remove_origin(connection, _make_actor(store), _read_origin(origin))


def _read_origin(origin: str) -> str:
    try:
        return stored.normalize_origin(origin)
    except ValueError as error:
        stop(f"origin: {error}", USAGE)


def _make_actor(store: Store) -> Actor:
    return Actor(name_operator(), None, store.now())
