"""Reading what a scheduler is sent, strictly: what can be read in two ways is not cleared."""

import json
import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

from clearpost_client.bodies import Json
from clearpost_client.failures import NotCleared

T = TypeVar("T")

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
# Assigned to an object of JavaScript they are no fields.
_NO_NAMES = frozenset({"__proto__", "constructor", "prototype"})
_DEEPEST = 20


def refuse(where: str, why: str) -> NoReturn:
    """Raise `NotCleared` for a field that the gate cannot answer for."""
    raise NotCleared(f"{where or 'The body'}: {why}")


def read_body(content: bytes) -> Json:
    """Return the JSON object that `content` is, in UTF-8, each name once."""
    try:
        said = json.loads(
            content.decode("utf-8"), object_pairs_hook=_read_pairs, parse_constant=_refuse_constant
        )
        # Neither half a pair of surrogates nor a number beyond all is passed on.
        json.dumps(said, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise NotCleared("The body is not JSON in UTF-8 with each name once.") from None
    if not isinstance(said, dict):
        refuse("", "must be an object")
    _require_shallow(said, 0)
    return said


def _read_pairs(pairs: list[tuple[str, Any]]) -> Json:
    read = dict(pairs)
    if len(read) != len(pairs) or not _NO_NAMES.isdisjoint(read):
        raise ValueError("a name comes twice, or is none")
    return read


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("no number of JSON")


def _require_shallow(value: Any, depth: int) -> None:
    if depth > _DEEPEST:
        refuse("", "is nested too deep")
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in parts:
        _require_shallow(one, depth + 1)


def take(said: Json, name: str, kind: type[T], where: str) -> T:
    """Return a field that must be there, of just this type."""
    found = said.get(name)
    if not isinstance(found, kind) or (kind is not bool and isinstance(found, bool)):
        refuse(f"{where}/{name}", "is missing or not as described")
    return found


def take_or(said: Json, name: str, kind: type[T], where: str) -> T | None:
    """Return a field that may be missing or null."""
    return None if said.get(name) is None else take(said, name, kind, where)


def take_objects(said: Json, name: str, where: str) -> list[Json]:
    """Return a list of objects that must be there."""
    listed = take(said, name, list, where)
    if not all(isinstance(one, dict) for one in listed):
        refuse(f"{where}/{name}", "must be a list of objects")
    return listed


def require_known(said: Json, known: Collection[str], where: str) -> None:
    """Refuse an object with a field that the gate does not know: it may be published, too."""
    for number, name in enumerate(said):
        if name not in known:
            refuse(where, f"field {number + 1} is unknown to the gate")


def read_time(text: str, where: str) -> datetime:
    """Return a moment; without an offset it is UTC, as schedulers take it."""
    if not _TIME.fullmatch(text):
        refuse(where, "must be a time such as 2027-01-15T09:00:00Z")
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        refuse(where, "must be a time such as 2027-01-15T09:00:00Z")
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


def write_time(at: datetime) -> str:
    """Write a moment in the one form that everybody reads alike."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
