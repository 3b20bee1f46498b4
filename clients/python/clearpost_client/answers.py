"""The service's answers. What cannot be read is `CouldNotAsk`; an unknown outcome is no allow."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from clearpost_client.bodies import Json
from clearpost_client.failures import CouldNotAsk

T = TypeVar("T")

_GRAVITY = ("deny", "review", "allow")


def read_object(content: bytes) -> Json:
    """Return the JSON object that `content` is."""
    try:
        said = json.loads(content, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError):
        raise CouldNotAsk("The answer is not JSON.") from None
    if not isinstance(said, dict):
        raise CouldNotAsk("The answer is not a JSON object.")
    return said


def _without_repeats(pairs: list[tuple[str, Any]]) -> Json:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name comes twice")
    return read


def _take_field(said: Json, name: str, kind: type[T]) -> T:
    found = said.get(name)
    if not isinstance(found, kind):
        raise CouldNotAsk(f"The answer has no readable `{name}`.")
    return found


def _take_text(said: Json, name: str) -> str | None:
    return None if said.get(name) is None else _take_field(said, name, str)


def _take_objects(said: Json, name: str) -> list[Json]:
    listed = _take_field(said, name, list)
    if not all(isinstance(one, dict) for one in listed):
        raise CouldNotAsk(f"The answer has no readable `{name}`.")
    return listed


@dataclass(frozen=True)
class Finding:
    """One rule's result; `at` points into the request, `clause` is the policy's number for it."""

    code: str
    outcome: str
    message: str
    remedy: str | None
    at: str
    clause: int | None
    act: str | None
    raw: Json

    @classmethod
    def read(cls, said: Json) -> Self:
        """Read one of an answer's findings."""
        clause = said.get("clause")
        return cls(
            code=_take_field(said, "code", str),
            outcome=_take_field(said, "outcome", str),
            message=_take_field(said, "message", str),
            remedy=_take_text(said, "remedy"),
            at=_take_field(said, "at", str),
            clause=clause.get("number") if isinstance(clause, dict) else None,
            act=_take_text(said, "act"),
            raw=said,
        )


@dataclass(frozen=True)
class Clearance:
    """An allow that lasts; `receipt` is its signed form. Verify it right before publishing."""

    id: str
    not_before: str
    not_after: str
    receipt: str | None

    @classmethod
    def read(cls, said: Json) -> Self:
        """Read the clearance of a decision."""
        return cls(
            _take_field(said, "id", str),
            _take_field(said, "not_before", str),
            _take_field(said, "not_after", str),
            _take_text(said, "receipt"),
        )


@dataclass(frozen=True)
class Decision:
    """The answer to a check. Only `allowed` means go ahead; `raw` is all of it."""

    id: str
    outcome: str
    findings: Sequence[Finding]
    clearance: Clearance | None
    raw: Json

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Read the answer to a check of a post."""
        said = read_object(content)
        if said.get("check") != "post":
            raise CouldNotAsk("The answer is not about a post.")
        given = None if said.get("clearance") is None else _take_field(said, "clearance", dict)
        decision = cls(
            id=_take_field(said, "id", str),
            outcome=_take_field(said, "outcome", str),
            findings=tuple(Finding.read(one) for one in _take_objects(said, "findings")),
            clearance=None if given is None else Clearance.read(given),
            raw=said,
        )
        if decision.allowed and decision.objections:
            raise CouldNotAsk("The answer allows what one of its findings does not.")
        return decision

    @property
    def allowed(self) -> bool:
        """Tell whether the post may be published."""
        return self.outcome == "allow"

    @property
    def objections(self) -> Sequence[Finding]:
        """Return the findings that do not allow it, the gravest first."""
        against = [one for one in self.findings if one.outcome != "allow"]
        return tuple(sorted(against, key=_weigh_finding))


def _weigh_finding(finding: Finding) -> int:
    return _GRAVITY.index(finding.outcome) if finding.outcome in _GRAVITY else 0


@dataclass(frozen=True)
class Verified:
    """A clearance's state for what is about to go out; `code` says why."""

    live: bool
    code: str
    message: str

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Read the answer to a verification."""
        said = read_object(content)
        found = cls(
            *(
                _take_field(said, "live", bool),
                _take_field(said, "code", str),
                _take_field(said, "message", str),
            )
        )
        if found.live != (found.code == "live"):
            raise CouldNotAsk("The answer says both live and not.")
        return found


@dataclass(frozen=True)
class Declared:
    """A declaration on file; `code` can be read out or put into a scheduler's note."""

    id: str
    code: str
    version: int
    raw: Json

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Read a declaration as it was recorded."""
        said = read_object(content)
        return cls(
            _take_field(said, "id", str),
            _take_field(said, "code", str),
            _take_field(said, "version", int),
            said,
        )


@dataclass(frozen=True)
class PublishedPost:
    """A published post on file; `state` is `allowed`, `not_allowed` or `unasked`."""

    id: str
    account_id: str | None
    state: str
    match: Json | None
    raw: Json

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Read a published post as it was recorded."""
        said = read_object(content)
        match = None if said.get("match") is None else _take_field(said, "match", dict)
        return cls(
            _take_field(said, "id", str),
            _take_text(said, "account_id"),
            _take_field(said, "state", str),
            match,
            said,
        )


@dataclass(frozen=True)
class Event:
    """Something has changed. To go on after it, ask for the events after `cursor`.

    The last event of a page has the page's cursor, those before it the one before: whoever stops
    in between hears some of them again, and misses none.
    """

    id: str
    kind: str
    at: str
    data: Json
    cursor: str | None = None

    @classmethod
    def read(cls, said: Json, cursor: str | None = None) -> Self:
        """Read one event."""
        return cls(
            _take_field(said, "id", str),
            _take_field(said, "kind", str),
            _take_field(said, "at", str),
            _take_field(said, "data", dict),
            cursor,
        )


@dataclass(frozen=True)
class EventPage:
    """Events in their order, and where the next page begins."""

    items: Sequence[Event]
    next_cursor: str | None

    @classmethod
    def read(cls, content: bytes, after: str | None) -> Self:
        """Read the page that was asked for by `after`."""
        said = read_object(content)
        ends = _take_text(said, "next_cursor") or after
        listed = _take_objects(said, "items")
        last = len(listed) - 1
        items = (Event.read(one, ends if n == last else after) for n, one in enumerate(listed))
        return cls(tuple(items), ends)
