"""Authorization: the caller of a request, who has the scope that its route asks for."""

from time import monotonic
from typing import Any, NamedTuple

from fastapi import Request

from app.auth.authenticator import Caller, PageOrigin
from app.errors import (
    BoundKeyRequiredError,
    ForbiddenError,
    TooManyRefusalsError,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
)
from app.http.context import Service, WholeService
from app.http.middleware import read_header
from app.query_parameters import refuse_unknown_parameters
from app.store.service.keys import SCOPES

_UNDECIDING = frozenset({"check", "people:read"})
# What comes or goes for longer than this outlives the look at its key.
LATE_SECONDS = 0.1
# The key of a scope with what its caller was asked for (`_Admission`).
_ADMITTED = "clearpost.admitted"


class _Admission(NamedTuple):
    """What the caller of a request was asked for `at` a time (`monotonic`)."""

    service: Service
    scope: str
    decides: bool
    at: float


def page_of(request: Request) -> PageOrigin:
    """Return the page `request` comes from by its browser; scripts cannot set these headers."""
    origin = request.headers.get("origin")
    ours = request.headers.get("sec-fetch-site") == "same-origin"
    return PageOrigin(origin, ours and (origin is None or origin == _find_own_origin(request)))


def _find_own_origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


async def authorize_request(
    request: Request, service: Service, scope: str, *, decides: bool = False
) -> Caller:
    """Return the caller of `request`, who has `scope`.

    Raises the errors for 401, 403 and 503, and for 422 because of its parameters. A route that
    `decides` is not open to a person who was only named by a key.
    """
    given = [value for name, value in request.scope["headers"] if name == b"authorization"]
    credential = given[0].decode("latin-1") if len(given) == 1 else None
    address = request.client.host if request.client else None
    try:
        caller = await service.authenticator.caller(credential, lambda: page_of(request), address)
    except UnauthenticatedError as error:
        if not given:
            raise
        await service.refused_credentials.refuse(error, address)
    except TooManyRefusalsError:
        service.refused_credentials.note_unheard(address)
        raise
    if scope not in caller.scopes:
        detail = f"It needs the scope {scope}"
        raise ForbiddenError(detail)
    if decides and caller.named:
        raise BoundKeyRequiredError
    refuse_unknown_parameters(request)
    request.scope[_ADMITTED] = _Admission(service, scope, decides, monotonic())
    return caller


async def confirm_caller(request: Request) -> None:
    """Look again whether the caller of `request` still may, where that was asked a while ago.

    A body may come, and an answer be read, long after a key has ended. Raises what
    `authorize_request` raises; nothing where no key was asked for.
    """
    admitted: _Admission | None = request.scope.get(_ADMITTED)
    if admitted is not None and monotonic() - admitted.at > LATE_SECONDS:
        await authorize_request(request, admitted.service, admitted.scope, decides=admitted.decides)


async def json_body(request: Request) -> bytes:
    """Return the body's bytes of a JSON request, if its caller still may ask.

    Raises `UnsupportedMediaTypeError`, and what `confirm_caller` raises.
    """
    media_type = read_header(request.scope, b"content-type").partition(b";")[0]
    if media_type.strip().lower() != b"application/json":
        raise UnsupportedMediaTypeError
    body = await request.body()
    await confirm_caller(request)
    return body


class Requires:
    """A dependency that yields the caller and gives, for the schema, the scope it asks for.

    A route with any scope but for reading and checking `decides`, unless it declares that it does
    not: so a new one is not open by mistake to a person who was only named by a key.
    """

    def __init__(self, scope: str, *, decides: bool | None = None) -> None:
        if scope not in SCOPES:
            message = "there is no such scope"
            raise ValueError(message)
        self.scope = scope
        self.decides = scope not in _UNDECIDING if decides is None else decides

    async def __call__(self, request: Request, service: WholeService) -> Caller:
        """Return the caller, who has the scope."""
        return await authorize_request(request, service, self.scope, decides=self.decides)


def require_scope(scope: str, *, decides: bool | None = None) -> Requires:
    """For ordinary routes: `caller: Annotated[Caller, Depends(require_scope("people:read"))]`."""
    return Requires(scope, decides=decides)


def declare_scope(scope: str) -> dict[str, Any]:
    """Declare the scope of a hot route that authorizes itself: `openapi_extra=declare_scope(…)`."""
    return {"x-scope": Requires(scope).scope}


def scope_of(route: Any) -> str | None:
    """Return the scope a route asks for, None for a public one."""
    declared = (getattr(route, "openapi_extra", None) or {}).get("x-scope")
    if declared is not None:
        return str(declared)
    dependant = getattr(route, "dependant", None)
    calls = [d.call for d in dependant.dependencies] if dependant else []
    return next((call.scope for call in calls if isinstance(call, Requires)), None)
