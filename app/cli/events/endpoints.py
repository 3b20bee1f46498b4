"""`clearpost events endpoints`: the addresses that are called, and how each stands."""

from datetime import datetime, timedelta
from typing import Annotated, get_args

import typer

from app.cli.context import current_store, load_settings
from app.cli.terminal import USAGE, hint, name_operator, print_rows, say, stop
from app.database.session import Store
from app.errors import InvalidRequestError
from app.events.registration import refuse_bad_address
from app.events.signatures import WebhookSecrets
from app.policy.words import EventKind
from app.schemas.events.endpoints import MAX_OVERLAP_HOURS
from app.settings import Settings
from app.store.events import endpoints as stored
from app.store.events.endpoints import Endpoint
from app.store.ledger.changes import Actor

app = typer.Typer(help="Addresses that are called.", no_args_is_help=True)
EndpointId = Annotated[
    str, typer.Argument(help="The endpoint's id, from `clearpost events endpoints list`.")
]


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="Such as https://hooks.example.org/clearpost")],
    kind: Annotated[
        list[str] | None,
        typer.Option(help=f"Of these events alone (repeatable): {', '.join(get_args(EventKind))}."),
    ] = None,
) -> None:
    """Register an address and print its secret, alone, on standard output. It is shown this once.

    It receives what happens from now on. What is not public is refused, unless
    CLEARPOST_WEBHOOK_NETWORKS lists it.
    """
    settings = load_settings()
    if unknown := set(kind or ()) - set(get_args(EventKind)):
        stop(f"--kind: there are no such events ({len(unknown)} of those given)", USAGE)
    try:
        refuse_bad_address(url, settings.listed_networks)
    except InvalidRequestError as error:
        stop(f"URL: {error.errors[0]['message']}", USAGE)
    kinds = [one for one in get_args(EventKind) if one in kind] if kind else None
    with current_store(settings) as store, store.writing() as connection:
        made = stored.add_endpoint(connection, _make_actor(store), url, kinds)
        secret = _find_secret(settings, made)
    say(secret)
    hint(f"Endpoint {made.id} is registered. The secret is shown this once: store it safely.")


@app.command("list")
def list_() -> None:
    """Every endpoint: how it stands, how far it is behind, and why the last try failed."""
    with current_store(load_settings()) as store, store.reading() as connection:
        rows = [
            _write_row(one, stored.count_waiting(connection, one))
            for one in stored.list_endpoints(connection)
        ]
    titles = ("id", "url", "state", "waiting", "failing since", "next try", "fault", "kinds")
    print_rows(titles, rows)


@app.command()
def rotate(
    endpoint_id: EndpointId,
    overlap_hours: Annotated[
        int,
        typer.Option(
            min=0, max=MAX_OVERLAP_HOURS, help="How long the old secret signs beside the new one."
        ),
    ] = 24,
) -> None:
    """Make a new secret and print it, alone, on standard output. It is shown this once."""
    settings = load_settings()
    with current_store(settings) as store, store.writing() as connection:
        overlap = timedelta(hours=overlap_hours)
        made = stored.rotate_secret(connection, _make_actor(store), endpoint_id, overlap)
        secret = _find_secret(settings, made)
    say(secret)
    hint(f"The old secret signs beside it for {overlap_hours} more hours.")


@app.command()
def enable(endpoint_id: EndpointId) -> None:
    """Switch an endpoint on again, from where it ended; one that fails is tried at once."""
    with current_store(load_settings()) as store, store.writing() as connection:
        stored.enable_endpoint(connection, _make_actor(store), endpoint_id)
    hint("The endpoint is on.")


@app.command()
def remove(endpoint_id: EndpointId) -> None:
    """Tell an address nothing any more."""
    with current_store(load_settings()) as store, store.writing() as connection:
        stored.remove_endpoint(connection, _make_actor(store), endpoint_id)
    hint("The endpoint is removed.")


def _find_secret(settings: Settings, made: Endpoint) -> str:
    return WebhookSecrets(settings.signing_key_file).derive(made.id, made.secret_version)


def _make_actor(store: Store) -> Actor:
    return Actor(name_operator(), None, store.now())


def _write_row(one: Endpoint, waiting: int) -> tuple[str, ...]:
    failing = one.state == "on" and one.failing_since is not None
    return (
        one.id,
        one.url,
        "failing" if failing else one.state,
        str(waiting),
        _write_time(one.failing_since),
        _write_time(one.next_at),
        one.fault or "-",
        " ".join(one.kinds or ("all",)),
    )


def _write_time(at: datetime | None) -> str:
    return "-" if at is None else f"{at:%Y-%m-%d %H:%M}Z"
