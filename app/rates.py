"""How often a minute somebody may do something: a moving window in memory, of bounded size.

Who it is is kept only as the number of the bucket that it falls into, by a secret that each process
makes for itself. Two that share a bucket share its limit; so nobody can fill the memory with
addresses, of which the `limits` library would forget none. IPv6 is counted by /64, the least that
one customer gets.
"""

import ipaddress
import math
import secrets
import time
from hashlib import blake2b

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

BUCKETS = 4_096
_PREFIX = 64


class MinuteRate:
    """Counts what each of many does; `per_minute` of it pass."""

    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._secret = secrets.token_bytes(16)

    def take(self, who: str) -> int:
        """Count one of `who`; return 0 where it passes, else the seconds until one would."""
        bucket = self._bucket(who)
        return 0 if self._window.hit(self._item, bucket) else self._wait(bucket)

    def is_over(self, who: str) -> bool:
        """Whether one more of `who` would not pass; it is not counted."""
        return not self._window.test(self._item, self._bucket(who))

    def _wait(self, bucket: str) -> int:
        reset = self._window.get_window_stats(self._item, bucket).reset_time
        return max(1, math.ceil(reset - time.time()))

    def _bucket(self, who: str) -> str:
        digest = blake2b(who.encode(), key=self._secret, digest_size=8).digest()
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
