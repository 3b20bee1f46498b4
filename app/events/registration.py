"""Registering an address for events: looked up and looked at before it is put on file."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection

from app.errors import InvalidRequestError
from app.events.addresses import (
    AddressRefusedError,
    Network,
    look_up_now,
    read_address,
    refuse_private,
)
from app.policy.words import EventKind
from app.store.events import endpoints as stored
from app.store.events.endpoints import Endpoint
from app.store.ledger.changes import Actor


def refuse_bad_address(url: str, listed: Sequence[Network], at: str = "/url") -> None:
    """Raise `InvalidRequestError`, which names the field, for an address that is never called.

    It waits for the answer to a look-up, and so belongs outside of any transaction. An address that
    is taken here is looked at again at each delivery.
    """
    try:
        address = read_address(url)
        try:
            found = look_up_now(address.host, address.port)
        except (OSError, UnicodeError):
            found = []
        refuse_private(address, found, listed)
    except AddressRefusedError as error:
        said = str(error)
        message = f"{said[0].upper()}{said[1:]}"
        raise InvalidRequestError([{"at": at, "code": "address", "message": message}]) from None


def register_address(
    connection: Connection, actor: Actor, url: str, kinds: Collection[EventKind] | None
) -> Endpoint:
    """Put an address on file that `refuse_bad_address` let pass; it begins with what comes now."""
    return stored.add_endpoint(connection, actor, url, None if kinds is None else set(kinds))
