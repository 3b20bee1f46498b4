"""Faults found by pydantic, reported without anything that was in the request."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from app.errors import InvalidRequestError
from app.schemas.known_fields import locate_known

MAX_FAULTS = 50
UNKNOWN = "extra_forbidden"
# pydantic's own sentence would repeat what was sent (or what Python said about it).
_OWN_WORDS: Mapping[str, str] = {
    "assertion_error": "Is not valid here",
    "bytes_invalid_encoding": "Is not validly encoded",
    "datetime_object_invalid": "Is not a time that can be represented",
    "get_attribute_error": "Is not valid here",
    "iteration_error": "Must be an array",
    "mapping_type": "Must be an object",
    "no_such_attribute": "Is not a known field",
    "timezone_offset": "Has another offset from UTC than the one asked for",
    "union_tag_invalid": "Is none of the kinds known here",
    "url_parsing": "Must be a valid URL",
    "url_syntax_violation": "Must be a valid URL",
    "uuid_parsing": "Must be a UUID",
}


def make_invalid_error(error: ValidationError, model: type[Any]) -> InvalidRequestError:
    """Return the problem with a body that `model` was given whole."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    faults = [locate_fault(model, e["type"], e["loc"], e["msg"]) for e in found[:MAX_FAULTS]]
    return InvalidRequestError(list_once(faults), describe_excess(len(found)))


def locate_fault(
    model: type[Any], code: str, place: Sequence[int | str], message: str
) -> dict[str, str]:
    """Return one fault of a body, at the JSON Pointer of the known part of its place in `model`.

    A field that `model` does not have is reported as its object's fault: its name was made up.
    """
    known = locate_known(model, () if code == "json_invalid" else place)
    if code == UNKNOWN:
        taken = f"; it takes {', '.join(known.fields)}" if known.fields else ""
        message = f"Has a field that is not known here{taken}"
    return {"at": known.pointer, **told(code, message)}


def told(code: str, message: str) -> dict[str, str]:
    """Return the fault's stable code and a sentence that repeats nothing of the request."""
    return {
        "code": code,
        "message": _OWN_WORDS.get(code) or message.removeprefix("Value error, "),
    }


def list_once(faults: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Return `faults` without duplicates: an object may have many unknown fields."""
    return list({tuple(one.items()): one for one in faults}.values())


def describe_excess(count: int) -> str | None:
    """Return the sentence for more faults than are reported; None where all are."""
    return None if count <= MAX_FAULTS else f"The first {MAX_FAULTS} of {count} errors"
