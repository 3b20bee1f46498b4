"""One request and its repeats, as steps that a transport carries out: nothing here waits or sends.

A flow yields a `Call` or a `Pause` and is sent back what came of it, so that the client for threads
and the one for asyncio do the same and share all that decides.
"""

import random
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from clearpost_client.answers import read_object
from clearpost_client.failures import CouldNotAsk, RequestRefused

# Nothing was decided or recorded, or the same may be sent again under its Idempotency-Key.
_BUSY = frozenset({429, 502, 503, 504})
_OK = frozenset({200, 201})
_REFUSED = range(400, 500)

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """Limits of time and number for one question.

    `deadline` is for the whole of a question with its repeats, `attempt` for one try, in seconds.
    Between tries there is a pause that doubles, from `pause` up to `longest_pause`, half of it left
    to chance; where the service says how long, it is that long at least.
    """

    deadline: float = 20.0
    attempt: float = 10.0
    attempts: int = 3
    pause: float = 0.5
    longest_pause: float = 8.0


@dataclass(frozen=True)
class Call:
    """A request to be sent within so many seconds."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class Pause:
    """So many seconds in which nothing happens."""

    seconds: float


@dataclass(frozen=True)
class Reply:
    """An answer as it came back; header names are in small letters."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True)
class Lost:
    """No answer, or not all of it, and why."""

    reason: str


Step = Call | Pause
Came = Reply | Lost | None
Flow = Generator[Step, Came, T]


def ask(call: Call, limits: Limits) -> Flow[Reply]:
    """Send `call`, again where that is safe and may help; return the answer if it is a success.

    Every call here may be repeated: it reads, decides anew, or has an Idempotency-Key. Raises
    `RequestRefused` for a problem that stays, `CouldNotAsk` for all else.
    """
    ends = time.monotonic() + limits.deadline
    for tried in range(1, limits.attempts + 1):
        left = ends - time.monotonic()
        came = yield _limit_call(call, min(limits.attempt, left))
        if time.monotonic() > ends:
            raise CouldNotAsk("There was no answer in time.")
        if isinstance(came, Reply) and came.status not in _BUSY:
            return _read_reply(came)
        told = read_retry_after(came) if isinstance(came, Reply) else None
        pause = choose_pause(limits, tried, told)
        if tried == limits.attempts or time.monotonic() + pause >= ends:
            break
        yield Pause(pause)
    raise CouldNotAsk(_describe_failure(came), told)


def _limit_call(call: Call, seconds: float) -> Call:
    return Call(call.method, call.path, call.body, call.headers, call.params, seconds)


def _read_reply(reply: Reply) -> Reply:
    if reply.status in _OK:
        return reply
    if reply.status in _REFUSED:
        raise _read_problem(reply)
    raise CouldNotAsk(_describe_failure(reply))


def _read_problem(reply: Reply) -> RequestRefused:
    try:
        said = read_object(reply.content)
    except CouldNotAsk:
        said = {}
    listed = said.get("errors")
    faults = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    kind = str(said.get("type") or "unknown").rsplit("/", 1)[-1]
    return RequestRefused(
        reply.status,
        kind,
        str(said.get("title") or "The service refuses the request"),
        [f"{one.get('at') or one.get('parameter') or '?'}: {one.get('message')}" for one in faults],
    )


def _describe_failure(came: Came) -> str:
    if isinstance(came, Reply):
        return f"The service answered {came.status}."
    return came.reason if isinstance(came, Lost) else "There was no answer in time."


def choose_pause(limits: Limits, tried: int, told: float | None) -> float:
    """Return how long to wait after so many tries; never shorter than the service said."""
    longest = min(limits.longest_pause, limits.pause * float(2 ** min(tried - 1, 30)))
    chosen = longest / 2 + random.uniform(0, longest / 2)  # noqa: S311 - no secret
    return chosen if told is None else told + chosen / 2


def read_retry_after(reply: Reply) -> float | None:
    """Return the seconds of `Retry-After`, which may be a number or a date (RFC 9110, 10.2.3)."""
    said = reply.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
