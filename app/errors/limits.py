"""Limits on how often and about how many people a caller may ask: 429."""

from app.errors.base import ClearpostError


class TooManyRequestsError(ClearpostError):
    """Someone has asked too often; ask again after the seconds in `Retry-After`."""

    status = 429
    slug = "too-many-requests"
    title = "Too many requests from this address"

    def __init__(self, retry_after_seconds: int = 60) -> None:
        super().__init__()
        self.headers = {"Retry-After": str(retry_after_seconds)}


class TooManyRefusalsError(TooManyRequestsError):
    """Too many keys and tokens that are not accepted came from this address, or this one too often.

    Those that are accepted still are; `CLEARPOST_REFUSED_CREDENTIALS_PER_MINUTE` is the limit.
    """

    slug = "too-many-refusals"
    title = "Too many credentials that are not accepted"


class TooManyPeopleError(TooManyRequestsError):
    """The key has learned of as many people today as one may; nothing was decided or shown.

    Whom a check asks about counts, and each student whom a search, a statement, a consent state or
    a list shows; the same people again cost nothing.

    `Retry-After` tells the seconds to the district's next day; `CLEARPOST_PEOPLE_PER_DAY` is the
    limit.
    """

    slug = "too-many-people"
    title = "This key has asked or read about too many people today; nothing was decided or shown"


class TooManyWaitsError(TooManyRequestsError):
    """Too many requests of this key wait for events at once, or of all keys together.

    One request at a time hears everything; take the wait back, or share what one has heard.
    """

    slug = "too-many-waits"
    title = "Too many requests wait for events"

    def __init__(self) -> None:
        super().__init__(retry_after_seconds=5)
