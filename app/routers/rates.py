"""How often one address may ask what is public: a moving window in memory, of bounded size.

An address is kept only as the number of the bucket it falls into, by a secret that each process
makes for itself. Two that share a bucket share its limit; so nobody can fill the memory with
addresses, of which the `limits` library would forget none. IPv6 is counted by /64, the least that
one customer gets.
"""

import ipaddress
import math
import secrets
import time
from hashlib import blake2b

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from app.errors import TooManyRequestsError
from app.parameters import refuse_unknown_parameters

BUCKETS = 4_096
_PREFIX = 64


class PublicRate:
    """Counts the requests of each address; `per_minute` of them pass."""

    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._secret = secrets.token_bytes(16)

    def let_pass(self, address: str | None) -> None:
        """Let one request of `address` pass, or raise `TooManyRequestsError`."""
        bucket = self._bucket(address)
        if not self._window.hit(self._item, bucket):
            reset = self._window.get_window_stats(self._item, bucket).reset_time
            raise TooManyRequestsError(max(1, math.ceil(reset - time.time())))

    def _bucket(self, address: str | None) -> str:
        digest = blake2b(network(address).encode(), key=self._secret, digest_size=8).digest()
        return str(int.from_bytes(digest) % BUCKETS)


def network(address: str | None) -> str:
    """What counts as one client: an IPv4 address, the /64 of an IPv6 one; one for all the rest.

    >>> network("2001:db8::1"), network("::ffff:192.0.2.1")
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


async def rated(request: Request) -> None:
    """For routes without a key: `dependencies=[Depends(rated)]`."""
    refuse_unknown_parameters(request)
    rate: PublicRate = request.app.state.public_rate
    rate.let_pass(request.client.host if request.client else None)
