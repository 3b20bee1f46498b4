"""The short way of a check: from its bytes to the bytes of its answer, by callbacks alone.

A task, the layers of the application, a request and a response cost as much as the decision. What
is plainly one short check of a caller who was known a moment ago is read at once, and answered in
the callback that ends its batch. Everything else goes the ordinary way, and so does every failure
on the short one: the application answers it.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from time import perf_counter
from typing import Any

from starlette.middleware import Middleware
from starlette.types import Scope

from app.auth.authenticator import Caller
from app.checks import request_parser
from app.checks.queue import Inquiry, Result
from app.checks.request_parser import CheckForm
from app.http.authorization import LATE_SECONDS
from app.http.check_answers import CHECK_SCOPE, FORMS, PREFIX, finish_answer, make_inquiry
from app.http.check_bodies import SHORT
from app.http.context import Service
from app.http.cors import RegisteredOrigins
from app.http.middleware import (
    LEFT,
    NO_STORE,
    POLICY,
    SECURITY,
    TOLD,
    BodyLimit,
    Envelope,
    Told,
    choose_id,
)
from app.log import log_uncaught

_OK = 200
_CONTENT_TYPE = (b"content-type", b"application/json")
# What tells of a body that comes otherwise, of a browser's page or of another protocol.
_UNUSUAL = (b"origin", b"transfer-encoding", b"upgrade")
_LENGTH_DIGITS = 4
# The layers of the application that do nothing for a short check that is not done here.
_REPLACED: frozenset[Any] = frozenset({RegisteredOrigins, Envelope, BodyLimit})
_Headers = list[tuple[bytes, bytes]]


class ShortCheck:
    """One check on the short way. The pipeline treats it as a future, and sets its result.

    `write` is called once there is an answer.
    """

    __slots__ = (
        "_caller",
        "_door",
        "_form",
        "_inquiry",
        "_known",
        "_route",
        "began",
        "told",
        "write",
    )

    def __init__(
        self, door: "CheckDoor", route: str, caller: Caller, known: Mapping[bytes, bytes]
    ) -> None:
        self._door, self._route, self._caller = door, route, caller
        self._form, self._known = door.forms[route], known
        self._inquiry: Inquiry
        self.began = perf_counter()
        self.told: bytes | Exception | None = None
        self.write: Callable[[], None] = _write_nothing

    def ask(self, body: bytes) -> None:
        """Read the check and put it into the queue."""
        service = self._door.service
        try:
            read = request_parser.read_check(self._form, body, self._caller.asker)
            self._inquiry = make_inquiry(service, read, self._caller)
            service.pipeline.submit([self._inquiry], self)
        except Exception as error:  # noqa: BLE001 - the application answers it, whatever it is
            self.set_exception(error)

    def is_late(self) -> bool:
        """Return whether its body took so long that its key may have ended meanwhile."""
        return perf_counter() - self.began > LATE_SECONDS

    def done(self) -> bool:
        """Return whether there is an answer, or a failure."""
        return self.told is not None

    def set_result(self, results: list[Result]) -> None:
        """Take the decision, and have it written."""
        try:
            self.told = finish_answer(self._door.service, self._inquiry, results[0])
        except Exception as error:  # noqa: BLE001 - the application answers it, whatever it is
            self.told = error
        self._door.note_answer(self)

    def set_exception(self, error: Exception) -> None:
        """Take a failure, and have it answered."""
        self.told = error
        self._door.note_answer(self)

    def make_head(self, default: _Headers, length: int) -> bytes:
        """Return the head of an answer of so many bytes; `default` are the server's headers."""
        ident = choose_id(self._known.get(b"x-request-id", b"")).encode()
        return b"%bcontent-length: %d\r\n%bx-request-id: %b\r\n%b" % (
            self._door.write_start(default), length, _BEFORE_ID, ident, _AFTER_ID,
        )  # fmt: skip

    def leave_to(self, scope: Scope) -> None:
        """Let the application give the answer of this check to the request of `scope`."""
        if self.told is not None:
            scope[TOLD] = Told(self.began, self.told)

    def count(self, *, has_left: bool) -> None:
        """Count the request, once it has been answered, or its client has left."""
        seconds = perf_counter() - self.began
        status = LEFT if has_left else _OK
        self._door.service.metrics.request("POST", self._route, status, seconds)


class CheckDoor:
    """The door of the short way, for the connections of one service; it belongs to its loop."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.forms: Mapping[str, CheckForm] = {PREFIX + path: form for path, form in FORMS.items()}
        self._answered: list[ShortCheck] = []
        self._default: _Headers | None = None
        self._start = b""

    def admit(self, scope: Scope) -> ShortCheck | None:
        """Return the request of `scope` as a short check; None: it has to go the ordinary way."""
        route: str = scope["path"]
        if route not in self.forms or scope["method"] != "POST" or scope["query_string"]:
            return None
        headers: _Headers = scope["headers"]
        known = dict(headers)
        if len(known) != len(headers) or known.get(b"content-type") != _CONTENT_TYPE[1]:
            return None
        if any(name in known for name in _UNUSUAL) or not _is_short(known):
            return None
        credential = known.get(b"authorization", b"").decode("latin-1")
        caller = self.service.authenticator.find_known(credential)
        if caller is None or CHECK_SCOPE not in caller.scopes:
            return None
        return ShortCheck(self, route, caller, known)

    def note_answer(self, one: ShortCheck) -> None:
        """Have an answer written, in one callback with others that are ready now."""
        if not self._answered:
            # Not at once: the next batch is begun first.
            asyncio.get_running_loop().call_soon(self._write_answers)
        self._answered.append(one)

    def write_start(self, default: _Headers) -> bytes:
        """Return the first lines of an answer's head; the server's headers change once a second."""
        if default is not self._default:
            self._default, self._start = default, b"HTTP/1.1 200 OK\r\n" + _write_lines(default)
        return self._start

    def _write_answers(self) -> None:
        answered, self._answered = self._answered, []
        for one in answered:
            try:
                one.write()
            except Exception as error:  # noqa: BLE001 - the others are answered all the same
                log_uncaught(error)
            # Else it led to its request and back, with all that was asked, until a collection.
            one.write = _write_nothing


def can_pass(layers: Iterable[Middleware]) -> bool:
    """Return whether a check may go past these layers of the application; a new one has its say."""
    return all(one.cls in _REPLACED for one in layers)


def _is_short(known: Mapping[bytes, bytes]) -> bool:
    """Return whether a body is announced that is read on the event loop."""
    length = known.get(b"content-length", b"")
    if not length.isdigit() or len(length) > _LENGTH_DIGITS:
        return False
    return 0 < int(length) <= SHORT


def _write_lines(headers: _Headers) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)


def _write_nothing() -> None:
    """Nobody is there to be answered."""


_BEFORE_ID = _write_lines([_CONTENT_TYPE, POLICY])
_AFTER_ID = _write_lines([*SECURITY, NO_STORE]) + b"\r\n"
