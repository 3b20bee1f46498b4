"""The layers around every request: its id, its last resort, its headers, its size.

Pure ASGI: a `BaseHTTPMiddleware` would cost more than a whole check.
"""

import logging
import re
from collections.abc import Callable, Collection
from time import perf_counter
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import BodyTooLargeError, ClearpostError
from app.http.problems import make_response
from app.log import describe_traceback, request_id
from app.metrics import Metrics
from app.store.ledger.chain import make_id

MAX_BODY_BYTES = 1024 * 1024
MAX_PUBLIC_BODY_BYTES = 16 * 1024
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
# Nothing that an answer holds is to run or load, or to be framed, unless its route says otherwise.
POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
# The headers of every answer, as far as its route sets none of them.
GUARDS = (*SECURITY, POLICY)
NO_STORE = (b"cache-control", b"no-store")
_SERVER_ERROR = 500
# Counted as the status of requests whose client left before the whole answer was on its way: no
# status was received, and nothing is wrong on our side. The number is nginx's.
LEFT = 499
# The addresses of the Authorization API.
ACCESS = "/access/"
# The extension of the ASGI scope by which our server tells of the client, and what it tells.
CLIENT, HAS_LEFT = "clearpost.client", "has_left"
# The key of a scope with what a check is to be answered that was asked before (`Told`).
TOLD = "clearpost.told"
_LENGTH_DIGITS = 18
_log = logging.getLogger("clearpost.http")


class Told(NamedTuple):
    """The answer to a request that has been worked on since `began` (`perf_counter`)."""

    began: float
    answer: bytes | Exception


class Envelope:
    """Gives each request an id, each answer its headers, and each unforeseen failure a problem.

    It stands inside any CORS layer, so that a failure's answer carries CORS headers too.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told: Told | None = scope.get(TOLD)
        started = perf_counter() if told is None else told.began
        answering = _Answering(scope, send)
        cause = None
        try:
            await self._app(scope, receive, answering.send)
            answering.end()
        except ClientDisconnect:
            answering.status = LEFT
        except Exception as error:  # noqa: BLE001 - the last resort: nothing may pass unanswered
            cause = describe_traceback(error)
        # Once an answer has begun it can only be broken off; the server does that on return.
        if cause and not answering.status:
            await make_response(ClearpostError())(scope, receive, answering.send)
        status, route = answering.status, _find_route(scope)
        if cause or status >= _SERVER_ERROR:
            _log.error("%s %s answered %d %s", scope["method"], route, status, cause or "")
        self._metrics.request(scope["method"], route, status, perf_counter() - started)


def find_has_left(scope: Scope) -> Callable[[], bool]:
    """Return what says whether the client has left: never, where the server does not tell."""
    client = scope.get("extensions", {}).get(CLIENT, {})
    has_left: Callable[[], bool] = client.get(HAS_LEFT, bool)
    return has_left


class _Answering:
    """One answer on its way: its headers, its status, and whether anyone still waits for it."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.status = 0
        self._send = send
        self._has_left = find_has_left(scope)
        asked = read_header(scope, b"x-request-id")
        ident = choose_id(asked)
        request_id.set(ident)
        # AuthZEN's is any text, and comes back as it is; the log has one of ours where it must.
        echoed = asked if asked and scope["path"].startswith(ACCESS) else ident.encode()
        self._headers = [(b"x-request-id", echoed), *SECURITY]
        if scope["path"].startswith(("/v1/", ACCESS)):
            self._headers.append(NO_STORE)

    async def send(self, message: Message) -> None:
        """Send a message of the answer, the first with our headers.

        Raises ClientDisconnect once the client has left.
        """
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*_add_headers(message["headers"]), *self._headers]
        await self._send(message)
        if message.get("more_body") and self._has_left():
            raise ClientDisconnect  # else the rest would be made for nobody

    def end(self) -> None:
        """Note who has not waited for the answer; a failure of ours stays one all the same."""
        if self.status < _SERVER_ERROR and self._has_left():
            self.status = LEFT


class BodyLimit:
    """Refuses a body over 1 MiB, announced or chunked, with one and the same problem.

    Over 16 KiB where no key is asked for: at the addresses that are `public`, and with methods that
    have no use for a body. A POST to `elsewhere` has a limit of its own.
    """

    def __init__(self, app: ASGIApp, elsewhere: str, public: Collection[str] = ()) -> None:
        self._app = app
        self._elsewhere = elsewhere
        self._public = frozenset(public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, as far as its body goes."""
        uploads = scope["type"] == "http" and scope["path"] == self._elsewhere
        if scope["type"] != "http" or (uploads and scope["method"] == "POST"):
            await self._app(scope, receive, send)
            return
        most = self._find_limit(scope)
        if _read_length(scope) > most:
            await make_response(BodyTooLargeError())(scope, receive, send)
            return
        taken = 0

        async def receive_within() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                # FastAPI turns any other class into a 400 while it reads a body.
                raise HTTPException(BodyTooLargeError.status)
            return message

        await self._app(scope, receive_within, send)

    def _find_limit(self, scope: Scope) -> int:
        public = scope["method"] in _BODILESS or scope["path"] in self._public
        return MAX_PUBLIC_BODY_BYTES if public else MAX_BODY_BYTES


def _add_headers(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """`headers` of an answer with a policy for whoever shows it: its route's own, else ours."""
    has_own = any(name == POLICY[0] for name, _ in headers)
    return headers if has_own else [*headers, POLICY]


def read_header(scope: Scope, name: bytes) -> bytes:
    """Return the first header of this name (in small letters); empty where there is none."""
    return next((value for key, value in scope["headers"] if key == name), b"")


def choose_id(asked: bytes) -> str:
    """Return the request's id: the one that was asked for, where it can be one, else a new one."""
    return asked.decode() if _REQUEST_ID.fullmatch(asked) else make_id()


def _read_length(scope: Scope) -> int:
    value = read_header(scope, b"content-length")
    if len(value) > _LENGTH_DIGITS:
        return MAX_BODY_BYTES + 1
    return int(value) if value.isdigit() else 0


def _find_route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path_format", "unmatched")
