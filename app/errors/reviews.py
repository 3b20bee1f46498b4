"""Answers to a review that do not end it."""

from app.errors.base import ClearpostError


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
    again. A no can be given all the same.
    """

    status = 409
    slug = "fact-missing"
    title = "A fact is missing, and nobody's yes stands in for it"


class NotIdentifiedError(ClearpostError):
    """The request does not say which post it is about, or whose: a yes could hold for others.

    Ask again as a post that gives the `sha256` of all its media, and the author where the account
    is not registered.
    """

    status = 409
    slug = "not-identified"
    title = "The request does not say which post it is about, or whose"
