"""`clearpost keys`: the API keys. A key is shown once, when it is made."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from app.cli.context import current_store, load_settings
from app.cli.terminal import hint, print_rows, stop
from app.store.service import keys as stored

app = typer.Typer(help="API keys: create, list, rotate, revoke.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What the key is for, as people will read it.")],
    scope: Annotated[list[str], typer.Option(help=f"One of: {', '.join(stored.SCOPES)}.")],
    person: Annotated[
        str | None, typer.Option(metavar="SOURCED_ID", help="The one person the key acts for.")
    ] = None,
    school: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCED_ID", help="Limit the key to this school (repeatable)."),
    ] = None,
    expires_days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Days until it ends; default: never.")
    ] = None,
) -> None:
    """Make a key and print it, alone, on standard output. It is shown this once."""
    with current_store(load_settings()) as store:
        now = store.now()
        expires_at = None if expires_days is None else now + timedelta(days=expires_days)
        try:
            with store.writing() as connection:
                key = stored.create_key(
                    connection, name=name, scopes=scope, now=now, person_id=person,
                    schools=school or None, expires_at=expires_at,
                )  # fmt: skip
        except ValueError as error:
            stop(str(error))
    _show_key(key)


@app.command("list")
def list_() -> None:
    """Every key there is or was; never the secret."""
    with current_store(load_settings()) as store, store.reading() as connection:
        found, now = stored.list_keys(connection), store.now()
    titles = ("id", "name", "state", "scopes", "person", "schools", "created", "expires")
    print_rows(titles, [_write_row(key, now) for key in found])


@app.command()
def rotate(
    key_id: Annotated[str, typer.Argument(help="The key's id, from `clearpost keys list`.")],
    overlap_hours: Annotated[
        float, typer.Option(min=0, max=24 * 90, help="How long the old key goes on working.")
    ] = 24.0,
) -> None:
    """Make a successor with the same rights and print it, alone, on standard output."""
    with current_store(load_settings()) as store:
        try:
            with store.writing() as connection:
                now = store.now()
                key = stored.rotate_key(connection, key_id, timedelta(hours=overlap_hours), now)
        except ValueError as error:
            stop(str(error))
    _show_key(key)
    hint(f"The old key works for {overlap_hours:g} more hours.")


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, from `clearpost keys list`.")],
) -> None:
    """End a key at once; a running service refuses it within a second."""
    with current_store(load_settings()) as store, store.writing() as connection:
        stored.revoke_key(connection, key_id, store.now())
    hint("The key is revoked.")


def _show_key(key: stored.NewKey) -> None:
    typer.echo(key.secret)
    hint(f"Key {key.id} is made. It is shown this once and kept nowhere: store it safely.")


def _describe_state(key: stored.KeyRecord, now: datetime) -> str:
    """Return what would be answered to the key; a person who has left can come back."""
    if key.revoked_at:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return "expired"
    return "live" if key.may_act else f"person {key.person_status or 'unknown'}".replace("_", " ")


def _write_row(key: stored.KeyRecord, now: datetime) -> tuple[str, ...]:
    return (
        key.id,
        key.name,
        _describe_state(key, now),
        " ".join(sorted(key.scopes)),
        key.person_id or "-",
        "all" if key.schools is None else " ".join(sorted(key.schools)),
        f"{key.created_at:%Y-%m-%d %H:%M}Z",
        f"{key.expires_at:%Y-%m-%d %H:%M}Z" if key.expires_at else "never",
    )
