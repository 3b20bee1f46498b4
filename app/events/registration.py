"""Registering an address for events: looked up and looked at before it is put on file."""

from collections.abc import Sequence

from app.errors import InvalidRequestError
from app.events.addresses import (
    AddressRefusedError,
    Network,
    look_up_now,
    read_address,
    refuse_private,
)


def refuse_bad_address(url: str, listed: Sequence[Network]) -> None:
    """Raise `InvalidRequestError` at `/url` for an address that is never called.

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
        raise InvalidRequestError([{"at": "/url", "code": "address", "message": message}]) from None
