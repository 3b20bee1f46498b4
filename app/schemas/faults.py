"""What pydantic found wrong, told without anything that was in the request."""

import re
from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from app.errors import InvalidRequestError

MAX_FAULTS = 50
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
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


def invalid(error: ValidationError) -> InvalidRequestError:
    """The problem with a body that a model was given whole."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return InvalidRequestError(
        [
            {"at": pointer(e["type"], e["loc"]), **told(e["type"], e["msg"])}
            for e in found[:MAX_FAULTS]
        ],
        cut(len(found)),
    )


def pointer(code: str, place: Sequence[int | str]) -> str:
    """`place` as a JSON Pointer, as far as its parts are plainly names of fields."""
    if code == "json_invalid":
        return ""
    parts = []
    for part in place:
        if not (isinstance(part, int) or _FIELD_NAME.fullmatch(part)):
            break
        parts.append(f"/{part}")
    return "".join(parts)


def told(code: str, message: str) -> dict[str, str]:
    """The fault's stable code and a sentence that repeats nothing of what was sent."""
    return {
        "code": code,
        "message": _OWN_WORDS.get(code) or message.removeprefix("Value error, "),
    }


def cut(count: int) -> str | None:
    """What to say when more was found than is told."""
    return None if count <= MAX_FAULTS else f"The first {MAX_FAULTS} of {count} errors"
