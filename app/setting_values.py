"""Values of settings: how lists, days, time zones and addresses are written and read."""

import re
from datetime import date
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

ADDRESS = r"[^@\s,]+@[^@\s,]+"
# What an address may be written in, so that it is one and the same text for everybody.
_URL = re.compile(r"https?://[a-z0-9.:\[\]-]+(/[A-Za-z0-9._~-]+)*")


def _split_list(value: object) -> object:
    """Return the parts of a text that commas part; anything else as it is."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _read_domains(value: object) -> object:
    parts = _split_list(value)
    if not isinstance(value, str) or not isinstance(parts, tuple):
        return parts
    return tuple(part.lower().removeprefix("@") for part in parts)


def _read_networks(value: object) -> object:
    parts = _split_list(value)
    if not isinstance(value, str) or not isinstance(parts, tuple):
        return parts
    for part in parts:
        try:
            ip_network(part)
        except ValueError:
            message = "must be addresses or networks, comma-separated"
            raise ValueError(message) from None
    return parts


def _read_addresses(value: object) -> object:
    parts = _split_list(value)
    if not isinstance(value, str) or not isinstance(parts, tuple):
        return parts
    if not all(re.fullmatch(ADDRESS, part) for part in parts):
        message = "must be addresses, comma-separated"
        raise ValueError(message)
    return parts


def _read_days(value: object) -> object:
    parts = _split_list(value)
    if not isinstance(value, str) or not isinstance(parts, tuple):
        return parts
    return tuple(_parse_range(part) for part in parts)


def _parse_range(text: str) -> tuple[date, date]:
    first, _, last = text.strip().partition("/")
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
    if parts.scheme != "https" and not _is_this_machine(host):
        message = "must begin with https://; http:// is for this machine alone"
        raise ValueError(message)
    return base


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


DOMAINS = BeforeValidator(_read_domains)
NETWORKS = BeforeValidator(_read_networks)
ADDRESSES = BeforeValidator(_read_addresses)
DAYS = BeforeValidator(_read_days)
ZONE = AfterValidator(_check_zone)
BASE_URL = AfterValidator(_check_base)
