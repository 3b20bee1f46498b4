"""Replies of a provider: a status, a few headers, a body that is never printed."""

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx

# A provider that refuses our time says so by its own: less than this is not the reason.
SKEW_SECONDS = 60


class PullError(Exception):
    """A provider that could not be read whole, and why; nothing of it was delivered."""


class StatusError(PullError):
    """An answer that is no success: `status` is that of HTTP."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class RestReply:
    """One answer, read to its end; `at` is when it came, in seconds since 1970 by our clock."""

    status: int
    headers: httpx.Headers
    body: bytes
    at: float

    @property
    def date(self) -> float | None:
        """The provider's clock in seconds since 1970, if it says."""
        return _parse_http_date(self.headers.get("Date"))

    @property
    def skew(self) -> float:
        """Return the seconds by which the provider's clock is ahead of ours; 0 without a date."""
        return 0.0 if self.date is None else self.date - self.at

    @property
    def retry_after(self) -> float | None:
        """After how many seconds it may be asked again, if it says."""
        said = self.headers.get("Retry-After", "").strip()
        if said.isascii() and said.isdigit():
            return float(said)
        until = _parse_http_date(said)
        return None if until is None else max(0.0, until - (self.date or self.at))


def _parse_http_date(text: str | None) -> float | None:
    try:
        found = parsedate_to_datetime(text or "")
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
