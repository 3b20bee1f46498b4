"""Failures of the service and its store: 500 and 503."""

from app.errors.base import ClearpostError


class StoreUnavailableError(ClearpostError):
    """The store does not answer; nothing was decided and nothing was recorded."""

    status = 503
    slug = "store-unavailable"
    title = "The store cannot be reached; no decision was made"
    # Which store it is and why; for the log and the command line, never for a caller.
    fault: str | None = None


class OutcomeUnknownError(StoreUnavailableError):
    """The store was lost at the commit: this may be on record or not.

    Publish nothing on it. A check may be asked again; what came with an Idempotency-Key
    is sent again with the same key, and is then done once. Of anything else look whether it is
    there.
    """

    slug = "outcome-unknown"
    title = "The store was lost at the end: it is not known whether this was recorded"


class SpoolUnavailableError(ClearpostError):
    """The disk that deliveries are received on is full or fails; nothing of this one was kept.

    Send it again once there is room; `CLEARPOST_IMPORT_SPOOL` says where that is.
    """

    status = 503
    slug = "spool-unavailable"
    title = "The delivery cannot be kept: the service's disk is full or fails"


class QueueFullError(ClearpostError):
    """More checks are waiting than the service takes; nothing was decided."""

    status = 503
    slug = "busy"
    title = "Too many checks are waiting; no decision was made"


class OverloadedError(ClearpostError):
    """Too many requests wait, or this one was not answered in time; nothing was recorded."""

    status = 503
    slug = "overloaded"
    title = "The service has too much to do; nothing was recorded"


class IndexBehindError(ClearpostError):
    """The index of decisions is still being brought up to date; asking again carries on with it."""

    status = 503
    slug = "index-behind"
    title = "Decisions are still being indexed; ask again"


class StoreInUseError(ClearpostError):
    """What was erased is gone, but traces may be left in the store's files: others read them.

    `clearpost ledger scrub` overwrites them, when no long read or import runs.
    """

    status = 503
    slug = "store-in-use"
    title = "Others use the store for too long; run clearpost ledger scrub once they have ended"


class NotReadyError(ClearpostError):
    """The service runs but cannot decide yet, or not now; the detail names the part."""

    status = 503
    slug = "not-ready"
    title = "The service is not ready to answer checks"


class SchemaError(Exception):
    """The database is not one this version can upgrade; nothing in it was changed.

    No answer to a caller: the service does not start on such a database.
    """
