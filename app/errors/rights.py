"""Refusals of a caller: who it is, and by which right it acts."""

from app.errors.base import ClearpostError


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
