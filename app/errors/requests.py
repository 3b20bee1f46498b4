"""Faults of a request itself: its address, headers, body and fields."""

from collections.abc import Mapping, Sequence

from app.errors.base import ClearpostError


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


class InvalidEvaluationError(InvalidRequestError):
    """The request is not one of the Authorization API 1.0; `detail` says where and why.

    Or it asks for a use that is not as documented. The specification has 400 for all of it.
    """

    status = 400
    slug = "invalid-evaluation"
    title = "The evaluation request is invalid"

    @classmethod
    def from_errors(cls, errors: Sequence[Mapping[str, str]]) -> "InvalidEvaluationError":
        """Return the problem with `errors`, and with all of them in one sentence."""
        told = (f"{one.get('at') or one.get('parameter') or '(body)'}: {one['message']}"
                for one in errors)  # fmt: skip
        return cls(errors, "; ".join(told))


class UnsupportedMediaTypeError(ClearpostError):
    """The content type is not JSON."""

    status = 415
    slug = "unsupported-media-type"
    title = "The body must be JSON: Content-Type: application/json"


class MultipartRequiredError(UnsupportedMediaTypeError):
    """A delivery is sent as a form with files, `multipart/form-data`."""

    slug = "multipart-required"
    title = "The body must be a form with files: Content-Type: multipart/form-data"


class PreconditionRequiredError(ClearpostError):
    """A record is changed only by someone who says which version was read: `If-Match`."""

    status = 428
    slug = "precondition-required"
    title = "The header If-Match is needed, with the ETag that was read"


class IncompleteRequestError(InvalidRequestError):
    """The form lacks what has to come first; `errors` lists it, each with a stable code."""

    status = 409
    slug = "incomplete-request"
    title = "Something has to come first"


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
