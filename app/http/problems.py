"""Every failure as one RFC 9457 problem, and a page that explains each kind.

Nothing a caller sent comes back in a problem: no value, and no key that is not plainly a name of
a field.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from app.errors import (
    BadRequestError,
    BodyTooLargeError,
    ClearpostError,
    ErasedError,
    ForbiddenError,
    InvalidRequestError,
    MethodNotAllowedError,
    NoSuchAddressError,
    NotFoundError,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
)
from app.log import request_id
from app.query_parameters import find_body, find_parameters
from app.schemas.faults import MAX_FAULTS, describe_excess, list_once, locate_fault, tell_fault
from app.schemas.problems import ProblemKind

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_SECONDS = "1"
_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    503: {"Retry-After": _RETRY_AFTER_SECONDS},
}
_BY_STATUS: Mapping[int, type[ClearpostError]] = {
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NoSuchAddressError,
    405: MethodNotAllowedError,
    410: ErasedError,
    413: BodyTooLargeError,
    415: UnsupportedMediaTypeError,
}
_SERVER_ERROR = 500

router = APIRouter(prefix="/problems", tags=["problems"])


def describe_problem(error: ClearpostError) -> dict[str, Any]:
    """`error` as a problem's members, for an answer of its own or as one item of several."""
    members: dict[str, Any] = {
        "type": f"/problems/{error.slug}",
        "title": error.title,
        "status": error.status,
        "request_id": request_id.get(),
    }
    if error.detail:
        members["detail"] = error.detail
    if isinstance(error, InvalidRequestError):
        members["errors"] = error.errors
    return members


def problem_bytes(error: ClearpostError) -> tuple[int, dict[str, str], bytes]:
    """`error` as status, headers and body, ready to be sent."""
    headers = {"Content-Type": MEDIA_TYPE, **_HEADERS.get(error.status, {}), **error.headers}
    return error.status, headers, orjson.dumps(describe_problem(error))


def _request_problem(request: Request, error: RequestValidationError) -> InvalidRequestError:
    """The same for what FastAPI found: its places start with `body`, `query`, `path`, …"""
    found = error.errors()
    faults = [_request_fault(request, one) for one in found[:MAX_FAULTS]]
    return InvalidRequestError(list_once(faults), describe_excess(len(found)))


def _request_fault(request: Request, found: Mapping[str, Any]) -> dict[str, str]:
    place, *rest = found["loc"]
    if place == "body":
        return locate_fault(find_body(request), rest, found)
    known = rest and rest[0] in find_parameters(request)
    return {"parameter": str(rest[0]) if known else "", **tell_fault(found)}


def _from_http(error: HTTPException) -> ClearpostError:
    if error.status_code >= _SERVER_ERROR:
        return ClearpostError()
    return _BY_STATUS.get(error.status_code, BadRequestError)()


def make_response(error: ClearpostError, extra: Mapping[str, str] | None = None) -> Response:
    """`error` as a response; `extra` headers win over the usual ones."""
    status, headers, body = problem_bytes(error)
    return Response(body, status, {**headers, **(extra or {})})


def _list_methods(request: Request) -> dict[str, str]:
    """`Allow` (RFC 9110, 10.2.1) with every method of the address; the router tells one route's."""
    methods: defaultdict[str, set[str]] = defaultdict(set)
    for route in iter_route_contexts(request.app.routes):
        if route.matches(request.scope)[0] is not Match.NONE:
            methods[route.path_format or ""].update(route.methods or ())
    # `/decisions/search` is an address of its own, though `/decisions/{id}` would take it, too.
    named = min(methods, key=lambda path: path.count("{"))
    return {"Allow": ", ".join(sorted(methods[named]))}


async def _make_answer(request: Request, error: Exception) -> Response:
    match error:
        case ClearpostError():
            return make_response(error)
        case RequestValidationError():
            return make_response(_request_problem(request, error))
        case HTTPException(status_code=MethodNotAllowedError.status):
            return make_response(MethodNotAllowedError(), _list_methods(request))
        case HTTPException():
            return make_response(_from_http(error), error.headers)
    raise error


def handle_problems(app: FastAPI) -> None:
    """Let `app` answer every failure it knows by a problem; the rest is `http.Envelope`'s."""
    for kind in (ClearpostError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _make_answer)


def list_kinds() -> dict[str, type[ClearpostError]]:
    """Every kind of problem by its slug."""
    # A narrower class without a slug of its own is the same problem.
    return {kind.slug: kind for kind in _walk_errors(ClearpostError) if "slug" in vars(kind)}


def _walk_errors(kind: type[ClearpostError]) -> Iterator[type[ClearpostError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _walk_errors(narrower)


def list_responses(*errors: type[ClearpostError]) -> dict[int | str, dict[str, Any]]:
    """The problems a route answers with, for its OpenAPI `responses`."""
    told: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        earlier = told.get(error.status)
        text = f"{earlier['description']}; or: {error.title}" if earlier else error.title
        kinds = earlier["x-problems"] if earlier else {}
        told[error.status] = {
            "description": text,
            "x-problems": {**kinds, error.slug: error.title},
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return told


@router.get("/{slug}", responses=list_responses(NotFoundError))
async def explain_problem(slug: str) -> ProblemKind:
    """Explain a problem's `type`."""
    kind = list_kinds().get(slug)
    if kind is None:
        raise NotFoundError
    meaning = cleandoc(kind.__doc__ or kind.title)
    return ProblemKind(
        type=f"/problems/{slug}", title=kind.title, status=kind.status, meaning=meaning
    )
