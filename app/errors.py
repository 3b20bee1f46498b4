"""One class per failure, each one RFC 9457 problem. Messages name fields and repeat no values."""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class ClearpostError(Exception):
    """Something failed that no one foresaw; no decision was made. The log has the request's id."""

    # The base of all a caller can be told; `slug` makes the stable problem type.
    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.headers: Mapping[str, str] = {}  # beside those that its status always has


class StoreUnavailableError(ClearpostError):
    """The store does not answer; nothing was decided and nothing was recorded."""

    status = 503
    slug = "store-unavailable"
    title = "The store cannot be reached; no decision was made"
    # Which store it is and why; for the log and the command line, never for a caller.
    fault: str | None = None


class OutcomeUnknownError(StoreUnavailableError):
    """The store was lost at the commit: this may be on record or not.

    Nothing is to be published on it. A check may be asked again; what came with an Idempotency-Key
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


class UnauthenticatedError(ClearpostError):
    """No key, or not one that is known and live."""

    status = 401
    slug = "unauthenticated"
    title = "Missing or invalid API key: Authorization: Bearer clp_…"

    def __init__(self, key_id: str | None = None) -> None:
        """`key_id` is that of the key that was meant, where it is known; only the log tells it."""
        super().__init__()
        self.key_id = key_id


class PersonInactiveError(UnauthenticatedError):
    """The person the key or token acts for is not with the district, or not on file, any more."""

    slug = "person-inactive"
    title = "The person this key acts for is not active"


class ForbiddenError(ClearpostError):
    """The key is known; it lacks the scope."""

    status = 403
    slug = "forbidden"
    title = "This key lacks the scope for that"


class BodyTooLargeError(ClearpostError):
    """The request's body is over the limit: 16 KiB where no key is asked for, else 1 MiB."""

    status = 413
    slug = "body-too-large"
    title = "The request's body is larger than this address takes"


class UploadTooLargeError(BodyTooLargeError):
    """The delivery is larger than this service takes; the setting is in the README."""

    slug = "upload-too-large"
    title = "The delivery is larger than this service takes"


class InvalidRequestError(ClearpostError):
    """The body or a parameter is not as documented; `errors` says where and why.

    A body has 8,000 keys at the most, and as many objects and arrays; one of several posts 60,000.
    """

    status = 422
    slug = "invalid-request"
    title = "The request is invalid"

    def __init__(self, errors: Sequence[Mapping[str, str]], detail: str | None = None) -> None:
        super().__init__(detail)
        self.errors = errors


class UnsupportedMediaTypeError(ClearpostError):
    """The content type is not JSON."""

    status = 415
    slug = "unsupported-media-type"
    title = "The body must be JSON: Content-Type: application/json"


class MultipartRequiredError(UnsupportedMediaTypeError):
    """A delivery is sent as a form with files, `multipart/form-data`."""

    slug = "multipart-required"
    title = "The body must be a form with files: Content-Type: multipart/form-data"


class ConflictError(ClearpostError):
    """The request contradicts what is on file; nothing was changed."""

    status = 409
    slug = "conflict"
    title = "That does not go together with what is on file"


class ImportBusyError(ConflictError):
    """Another import is under way; one goes on at a time."""

    def __init__(self) -> None:
        super().__init__("Another import is under way")


class StaleError(ClearpostError):
    """The record has changed since the caller read it: read it again, then decide again."""

    status = 412
    slug = "stale"
    title = "The record has changed since it was read"


class PreconditionRequiredError(ClearpostError):
    """A record is changed only by someone who says which version was read: `If-Match`."""

    status = 428
    slug = "precondition-required"
    title = "The header If-Match is needed, with the ETag that was read"


class IdempotencyKeyReusedError(ClearpostError):
    """The Idempotency-Key came before, with another request; nothing was done."""

    status = 422
    slug = "idempotency-key-reused"
    title = "This Idempotency-Key belongs to another request"


class PersonRequiredError(ForbiddenError):
    """A person has to answer for this; the key acts for none. A name in the body does not count."""

    slug = "person-required"
    title = "This needs a key that acts for a person"


class BoundKeyRequiredError(PersonRequiredError):
    """The person was only named by the key that asked for the token.

    Whoever acts in an office, or changes records of others, does so with a key made for them.
    """

    slug = "bound-key-required"
    title = "This needs a key made for the person who acts"


class DesignationRequiredError(ForbiddenError):
    """The person the key acts for does not hold, on that day, the office this belongs to."""

    slug = "designation-required"
    title = "This needs a person who holds the office, or is its designee, on that day"


class OwnRequestError(ForbiddenError):
    """No one decides, acknowledges or grants what they themselves ask for; someone else has to."""

    slug = "own-request"
    title = "Nobody decides their own request"


class RequesterRequiredError(ForbiddenError):
    """Only the person who filled in the form changes, submits or withdraws it."""

    slug = "requester-required"
    title = "This is for the person who made the request"


class PrincipalRequiredError(ForbiddenError):
    """The person the key acts for is not the principal of the school the account belongs to."""

    slug = "principal-required"
    title = "This needs the principal of the account's school"


class IllegalTransitionError(ClearpostError):
    """The record's state does not allow this; nothing was changed. `moves` says what it allows."""

    status = 409
    slug = "illegal-transition"
    title = "The record's state does not allow that"


class IncompleteRequestError(InvalidRequestError):
    """The form lacks what has to come first; `errors` lists it, each with a stable code."""

    status = 409
    slug = "incomplete-request"
    title = "Something has to come first"


class ClosedAccountError(ClearpostError):
    """A closed account stays as it is; only a new Social Media Authorization Form reopens it."""

    status = 409
    slug = "closed-account"
    title = "The account is closed"


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


class NotAReviewError(ClearpostError):
    """Only a decision with outcome `review` is resolved, and a yes taken back; never a deny."""

    status = 409
    slug = "not-a-review"
    title = "This decision is not one to be resolved"


class AlreadyResolvedError(ClearpostError):
    """Someone has resolved this decision. A no stays a no until the content or a fact changes."""

    status = 409
    slug = "already-resolved"
    title = "This decision has been resolved"


class ReviewChangedError(ClearpostError):
    """The same was asked about since, or is answered otherwise now: resolve the new answer."""

    status = 409
    slug = "review-changed"
    title = "This is no longer what would be decided; ask again"


class NotShownError(ClearpostError):
    """`shown` is not the digest of this review: read it again, and answer what it shows now."""

    status = 409
    slug = "not-shown"
    title = "This is not what the review shows"


class FactMissingError(ClearpostError):
    """A yes does not stand in for a fact: each finding's `act` and `remedy` name what ends it.

    Someone declares who is pictured, records a statement, attests, says who is meant; then ask
    again. A no can be said all the same.
    """

    status = 409
    slug = "fact-missing"
    title = "A fact is missing, and nobody's yes stands in for it"


class NotIdentifiedError(ClearpostError):
    """A yes would hold for other posts, too: the request does not say which one it is about.

    Ask again as a post that gives the `sha256` of all its media.
    """

    status = 409
    slug = "not-identified"
    title = "The request does not say which post it is about"


class StoreInUseError(ClearpostError):
    """What was erased is gone, but traces may be left in the store's files: others read them.

    `clearpost ledger scrub` overwrites them, when no long read or import runs.
    """

    status = 503
    slug = "store-in-use"
    title = "Others use the store for too long; run clearpost ledger scrub once they have ended"


class BadRequestError(ClearpostError):
    """The request cannot be read as HTTP or as what its headers say."""

    status = 400
    slug = "bad-request"
    title = "The request cannot be read"


class HeadTooLargeError(ClearpostError):
    """The address and the headers of the request are larger than this service reads."""

    status = 431
    slug = "head-too-large"
    title = "The request's address and headers are larger than 64 KiB"


class NoSuchAddressError(ClearpostError):
    """Nothing is served at this path."""

    status = 404
    slug = "no-such-address"
    title = "Not found"


class MethodNotAllowedError(ClearpostError):
    """The address is known; it does not take this method. `Allow` names those it takes."""

    status = 405
    slug = "method-not-allowed"
    title = "This address does not take that method"


class NotReadyError(ClearpostError):
    """The service runs but cannot decide yet, or not now; the detail names the part."""

    status = 503
    slug = "not-ready"
    title = "The service is not ready to answer checks"


class SchemaError(Exception):
    """The database is not one this version can upgrade; nothing in it was changed.

    No answer to a caller: the service does not start on such a database.
    """
