"""Addresses of webhooks: which may be called, and what a name stands for, looked up once.

Whoever may register an address must not make the service call what only the service can reach. So
a name is resolved once for each delivery, everything it stands for is looked at, and the
connection goes to what was looked at and to nothing else: a name that changes its meaning in
between gains nothing.
"""

import asyncio
import socket
import threading
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

import httpx

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# Public by the register of IANA, or by some release of Python, and not for us: multicast, the
# relays of 6to4, and all of IPv6 that is not given out for single hosts of the internet.
# 168.63.129.16 is a cloud's own service, and older Pythons take 192.0.0.0/24 for public.
_NEVER: tuple[Network, ...] = tuple(
    map(
        ip_network,
        ("224.0.0.0/4", "240.0.0.0/4", "192.88.99.0/24", "0.0.0.0/8", "3fff::/20",
         "192.0.0.0/24", "168.63.129.16/32"),
    )
)  # fmt: skip
_GIVEN_OUT = IPv6Network("2000::/3")
# Addresses that hold one of IPv4, to which a gateway may pass the call on.
_GATEWAYS = (IPv6Network("64:ff9b::/96"),)
MAX_URL = 2_000
_HTTPS, _HTTP = 443, 80
_MOST_PORT = 65_535


class AddressRefusedError(Exception):
    """The address is not called; its text says why, and repeats none of it."""


class WebhookAddress(NamedTuple):
    """An address in its parts; `host` as it is looked up, and as its certificate has it."""

    url: httpx.URL
    host: str
    port: int


def read_address(text: str) -> WebhookAddress:
    """Return the address in `text`; raise `AddressRefusedError` where it cannot be one."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError, TypeError):
        message = "is not an address"
        raise AddressRefusedError(message) from None
    host = url.raw_host.decode("ascii")
    port = url.port if url.port is not None else _HTTPS if url.scheme == "https" else _HTTP
    well_formed = len(text) <= MAX_URL and text.isprintable() and host and "%" not in host
    if not well_formed or not 0 < port <= _MOST_PORT:
        message = "is not an address"
        raise AddressRefusedError(message)
    if url.scheme not in {"https", "http"}:
        message = "must be https"
        raise AddressRefusedError(message)
    if url.userinfo or url.fragment:
        message = "must have neither a user nor a fragment"
        raise AddressRefusedError(message)
    return WebhookAddress(url, host.strip("[]"), port)


async def resolve_address(address: WebhookAddress, listed: Sequence[Network]) -> list[Address]:
    """Return what the host stands for now, all of which may be called.

    Raises `AddressRefusedError` where any of it may not, or where it stands for nothing.
    """
    try:
        found = await _look_up(address.host, address.port)
    except (OSError, UnicodeError):
        message = "its host is not known"
        raise AddressRefusedError(message) from None
    refuse_private(address, found, listed)
    return found


def refuse_private(
    address: WebhookAddress, found: Sequence[Address], listed: Sequence[Network]
) -> None:
    """Raise `AddressRefusedError` unless all of `found` may be called."""
    if not found:
        message = "its host is not known"
        raise AddressRefusedError(message)
    if not all(_may_call(one, listed) for one in found):
        message = "stands for an address that is not public, nor listed for webhooks"
        raise AddressRefusedError(message)
    if address.url.scheme == "http" and not all(one.is_loopback for one in found):
        message = "must be https, except on this machine"
        raise AddressRefusedError(message)


def _may_call(address: Address, listed: Sequence[Network]) -> bool:
    if any(address in one for one in listed):
        return True
    if isinstance(address, IPv4Address):
        return _is_public(address)
    inside = _find_inside(address)
    if inside is not None:
        return _may_call(inside, listed)
    return address in _GIVEN_OUT and _is_public(address)


def _is_public(address: Address) -> bool:
    return address.is_global and not any(address in one for one in _NEVER)


def _find_inside(address: IPv6Address) -> IPv4Address | None:
    """Return the address of IPv4 that this one stands for, or None."""
    if any(address in one for one in _GATEWAYS):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


async def _look_up(host: str, port: int) -> list[Address]:
    """Ask the machine what `host` stands for, on a thread that nothing waits for at the end.

    The machine's own threads for that could all be taken by names that are answered late.
    """
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[list[Address]] = loop.create_future()

    def tell(found: list[Address] | None, error: Exception | None) -> None:
        if not answered.done():
            if error is not None:
                answered.set_exception(error)
            else:
                answered.set_result(found or [])

    def ask() -> None:
        found, error = None, None
        try:
            found = look_up_now(host, port)
        except Exception as raised:  # noqa: BLE001 - it is told to who asked
            error = raised
        try:
            loop.call_soon_threadsafe(tell, found, error)
        except RuntimeError:
            return  # the loop has ended, and nobody asks any more

    threading.Thread(target=ask, name="clearpost-look-up", daemon=True).start()
    return await answered


def look_up_now(host: str, port: int) -> list[Address]:
    """Return what `host` stands for, waiting for the answer; raises `OSError`."""
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    texts = dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows)
    return [ip_address(text) for text in texts]
