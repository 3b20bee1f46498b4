"""Values of settings: how lists, days, time zones and addresses are written and read."""

import re
from collections.abc import Callable
from datetime import date
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

ADDRESS = r"[^@\s,]+@[^@\s,]+"
# What an address may be written in, so that it is one and the same text for everybody.
_URL = re.compile(r"https?://[a-z0-9.:\[\]-]+(/[A-Za-z0-9._~-]+)*")


def _make_reader(read: Callable[[tuple[str, ...]], object]) -> BeforeValidator:
    """Return the validator of a text that commas part: `read` gets its parts.

    Anything else is left as it is.
    """

    def read_list(value: object) -> object:
        if not isinstance(value, str):
            return value
        return read(tuple(part.strip() for part in value.split(",") if part.strip()))

    return BeforeValidator(read_list)


def _read_domains(parts: tuple[str, ...]) -> object:
    return tuple(part.lower().removeprefix("@") for part in parts)


def _read_networks(parts: tuple[str, ...]) -> object:
    for part in parts:
        try:
            ip_network(part)
        except ValueError:
            message = "must be addresses or networks, comma-separated"
            raise ValueError(message) from None
    return parts


def _read_addresses(parts: tuple[str, ...]) -> object:
    if not all(re.fullmatch(ADDRESS, part) for part in parts):
        message = "must be addresses, comma-separated"
        raise ValueError(message)
    return parts


def _read_days(parts: tuple[str, ...]) -> object:
    return tuple(_parse_range(part) for part in parts)


def _parse_range(text: str) -> tuple[date, date]:
    first, _, last = text.partition("/")
    try:
        days = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        message = "must be days or ranges of days, YYYY-MM-DD/YYYY-MM-DD"
        raise ValueError(message) from None
    if days[0] > days[1]:
        message = "a range ends before it begins"
        raise ValueError(message)
    return days


def _check_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        message = "is not a time zone of the IANA database"
        raise ValueError(message) from error
    return value


def _check_base(value: str | None) -> str | None:
    """Return the address without a slash at its end, since it is compared letter by letter."""
    if value is None:
        return None
    base = value.rstrip("/")
    try:
        parts = urlsplit(base)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or not _URL.fullmatch(base):
        message = "must be an address such as https://clearpost.district.example"
        raise ValueError(message)
    if parts.scheme != "https" and not is_this_machine(host):
        message = "must begin with https://; http:// is for this machine alone"
        raise ValueError(message)
    return base


def is_this_machine(host: str) -> bool:
    """Return whether a host is this machine by its name or address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


DOMAINS = _make_reader(_read_domains)
NETWORKS = _make_reader(_read_networks)
ADDRESSES = _make_reader(_read_addresses)
DAYS = _make_reader(_read_days)
ZONE = AfterValidator(_check_zone)
BASE_URL = AfterValidator(_check_base)
