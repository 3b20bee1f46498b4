"""Requests that do not fit what is on file."""

from app.errors.base import ClearpostError


class NotFoundError(ClearpostError):
    """There is no such thing, or this caller may not know of it."""

    status = 404
    slug = "not-found"
    title = "There is no such record"


class ErasedError(ClearpostError):
    """The record was there; its content has been erased."""

    status = 410
    slug = "erased"
    title = "The content of this record has been erased"


class EventsGoneError(ClearpostError):
    """Events behind this cursor may be missing: they were deleted, or the store was put back.

    Ask for the state of what you follow, then for events without a cursor.
    `CLEARPOST_EVENT_DAYS` says how long events are kept.
    """

    status = 410
    slug = "events-gone"
    title = "Events behind this cursor are no longer kept"


class ConflictError(ClearpostError):
    """The request contradicts what is on file; nothing was changed."""

    status = 409
    slug = "conflict"
    title = "That does not go together with what is on file"


class ImportBusyError(ConflictError):
    """Another import is under way; they run one at a time."""

    def __init__(self) -> None:
        super().__init__("Another import is under way")


class StaleError(ClearpostError):
    """The record has changed since the caller read it: read it again, then decide again."""

    status = 412
    slug = "stale"
    title = "The record has changed since it was read"


class IdempotencyKeyReusedError(ClearpostError):
    """The Idempotency-Key came before, with another request; nothing was done."""

    status = 422
    slug = "idempotency-key-reused"
    title = "This Idempotency-Key belongs to another request"


class IllegalTransitionError(ClearpostError):
    """The record's state does not allow this; nothing was changed. `moves` says what it allows."""

    status = 409
    slug = "illegal-transition"
    title = "The record's state does not allow that"


class ClosedAccountError(ClearpostError):
    """A closed account stays as it is; only a new Social Media Authorization Form reopens it."""

    status = 409
    slug = "closed-account"
    title = "The account is closed"
