"""Rates per minute of anything a client does: a moving window, of bounded size.

A client is kept only as the number of the bucket that it falls into, by a secret that is made at
each start. Two clients in one bucket share its limit; so no one can fill the memory with addresses.
IPv6 is counted by /64, the least that one customer gets.
"""

import ipaddress

from app.errors import TooManyRequestsError
from app.rate_counts import CountKind, RateCounts

_PREFIX = 64


class MinuteRate:
    """A limit on one kind of action of each client; `per_minute` of them pass."""

    def __init__(self, per_minute: int, kind: CountKind, counts: RateCounts) -> None:
        self._most = per_minute
        self._kind: CountKind = kind
        self._counts = counts

    def take(self, who: str) -> int:
        """Count one of `who`; return 0 where it passes, else the seconds until one would."""
        return self._counts.take(self._kind, who, self._most)


class PublicRate:
    """Passes the requests of each address that are within its `rate`."""

    def __init__(self, rate: MinuteRate) -> None:
        self._rate = rate

    def let_pass(self, address: str | None) -> None:
        """Let one request of `address` pass, or raise `TooManyRequestsError`."""
        if wait := self._rate.take(client_network(address)):
            raise TooManyRequestsError(wait)


def client_network(address: str | None) -> str:
    """Return the key of one client: an IPv4 address, the /64 of an IPv6 one; one for the rest.

    >>> client_network("2001:db8::1"), client_network("::ffff:192.0.2.1")
    ('2001:db8::/64', '192.0.2.1')
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _PREFIX), strict=False))
