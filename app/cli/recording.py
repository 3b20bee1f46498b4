"""Commands that keep records: the operator, and the person they act for (`--as`)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated, Any, NamedTuple, TypeVar

import typer
from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection, RowMapping

from app.cli.context import current_store, load_settings
from app.cli.terminal import REFUSED, hint, name_operator, stop
from app.errors import InvalidRequestError
from app.policy_setup import read_setup
from app.schemas.faults import make_invalid_error
from app.schemas.pages import MAX_LIMIT
from app.store.ledger.changes import Actor
from app.store.people.references import RequestContext, find_staff

Body = TypeVar("Body", bound=BaseModel)

As = Annotated[
    str,
    typer.Option(
        "--as", metavar="SOURCED_ID", help="The person who answers for it; recorded beside you."
    ),
]
AsAdministrator = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="SOURCED_ID",
        help="The person who answers for it; without, you do, as the service's administrator.",
    ),
]
_DAY: dict[str, Any] = {"metavar": "YYYY-MM-DD", "formats": ["%Y-%m-%d"]}
FirstDay = Annotated[
    datetime | None,
    typer.Option("--from", help="The first day; today unless told otherwise.", **_DAY),
]
LastDay = Annotated[
    datetime | None, typer.Option("--to", help="The last day; open unless told otherwise.", **_DAY)
]
OnDay = Annotated[
    datetime | None, typer.Option("--on", help="Only what is in force on this day.", **_DAY)
]


class Recording(NamedTuple):
    """An open write: its connection, the operator, the person acted for, and the time."""

    connection: Connection
    actor: Actor
    by: RequestContext


@contextmanager
def open_recording(person_id: str | None) -> Iterator[Recording]:
    """One write by the operator for this person; stops, naming the fields, where it is refused."""
    settings = load_settings()
    setup = read_setup(settings)
    with _stop_at_errors(), current_store(settings) as store, store.writing() as connection:
        at = store.now()
        if person_id is not None and not can_act(connection, person_id):
            stop("as: must be the sourcedId of somebody who is with the district, and no student")
        by = RequestContext(person_id, at.astimezone(setup.timezone).date(), setup, None)
        yield Recording(connection, Actor(name_operator(), person_id, at), by)


def body_of(model: type[Body], **said: Any) -> Body:
    """Return the input as the API's body; raise `InvalidRequestError` as the API does."""
    try:
        return model(**said)
    except ValidationError as error:
        raise make_invalid_error(error, model) from None


def read_all_pages(
    page: Callable[[Connection, int, int], list[RowMapping]],
) -> list[RowMapping]:
    """All rows of a list that `page` gives by the number behind which to go on, and how many."""
    found: list[RowMapping] = []
    with current_store(load_settings()) as store, store.reading() as connection:
        while rows := page(connection, found[-1]["seq"] if found else 0, MAX_LIMIT):
            found += rows
    return found


def day_of(given: datetime | None) -> date | None:
    """The day of an option; None where it was left out."""
    return None if given is None else given.date()


def can_act(connection: Connection, person_id: str) -> bool:
    """Return whether someone may answer for it: on file, active, no student."""
    found = find_staff(connection, [person_id]).get(person_id)
    return found is not None and found.active


@contextmanager
def _stop_at_errors() -> Iterator[None]:
    try:
        yield
    except InvalidRequestError as error:
        for one in error.errors:
            hint(f"clearpost: {one.get('at', '').lstrip('/') or 'request'}: {one['message']}")
        raise typer.Exit(REFUSED) from None
