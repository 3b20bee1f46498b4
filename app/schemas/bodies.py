"""Bodies in JSON, in which no object has one key twice.

Parsers choose differently which of two values counts: the value judged here might not be the one
that the sender, or a party in between, reads.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeVar

import jiter
from pydantic import BaseModel, ValidationError

from app.errors import InvalidRequestError
from app.schemas.faults import MAX_FAULTS, describe_excess, list_once, make_invalid_error
from app.schemas.known_fields import locate_known

Body = TypeVar("Body", bound=BaseModel)
Place = tuple[int | str, ...]
# More keys, and more objects and arrays, than one check of as many people as it takes can need.
MAX_PARTS = 8_000
# The same of several posts: as many as find room in a megabyte, with ids of some length.
MAX_LISTED_PARTS = 60_000
# What stands in texts is counted along, but no text has thousands.
_KEY = re.compile(rb'"\s*:')


class _Members(list[tuple[str, Any]]):
    """The members of one object as they came."""


def read_body(model: type[Body], body: bytes) -> Body:
    """Return `body` as `model`; raises InvalidRequestError."""
    parse_distinct(body, model)
    return validate_body(model, body)


def validate_body(model: type[Body], body: bytes) -> Body:
    """Return `body`, a JSON text without repeated keys, as `model`.

    Raises InvalidRequestError.
    """
    try:
        read: Body = model.__pydantic_validator__.validate_json(body)
    except ValidationError as error:
        raise make_invalid_error(error, model) from None
    return read


def parse_distinct(body: bytes, model: type[BaseModel], most: int = MAX_PARTS) -> Any:
    """Return the value of `body` as JSON; raises InvalidRequestError where a key is repeated.

    Or where it has more keys, objects or arrays than `most`. `model` is the one the body is meant
    for; the errors use the names of its fields.
    """
    refuse_crowded(body, most)
    try:
        return jiter.from_json(body, catch_duplicate_keys=True)
    except ValueError:
        places = find_repeats(body)
    raise refuse_repeats(places, model) if places else refuse_unread(body, model)


def refuse_crowded(body: bytes, most: int = MAX_PARTS) -> None:
    """Raise InvalidRequestError for a body of so many parts that others wait while it is read.

    The parsers hold Python's lock for all that time, on any thread.
    """
    if len(body) <= most:  # nearly always
        return
    if body.count(b"[") + body.count(b"{") > most or _has_more_keys(body, most):
        raise tell_crowded()


def _has_more_keys(body: bytes, most: int) -> bool:
    if body.count(b":") <= most:
        return False
    return next(islice(_KEY.finditer(body), most, None), None) is not None


def tell_crowded() -> InvalidRequestError:
    """Return the problem with a body of too many parts."""
    message = "Has too many keys, objects or arrays"
    return InvalidRequestError([{"at": "", "code": "too_many_parts", "message": message}])


def refuse_unread(body: bytes, model: type[BaseModel]) -> InvalidRequestError:
    """Return the problem with a `body` that is no JSON; raises it where `model` tells more."""
    validate_body(model, body)
    return InvalidRequestError([{"at": "", "code": "json_invalid", "message": "Is not valid JSON"}])


def refuse_repeats(places: list[Place], model: type[BaseModel]) -> InvalidRequestError:
    """Return the problem with a body in which the keys at `places` come more than once."""
    faults = [_tell_repeat(place, model) for place in places[:MAX_FAULTS]]
    return InvalidRequestError(list_once(faults), describe_excess(len(places)))


def find_repeats(body: bytes) -> list[Place]:
    """Return the places of all keys that come more than once, each place once.

    No places where `body` cannot be read. Slow: only for bodies that are refused.
    """
    try:
        said = json.loads(body.decode(), object_pairs_hook=_Members, parse_int=str, parse_float=str)
        return list(dict.fromkeys(_walk_repeats(said, ())))
    except (ValueError, RecursionError):
        return []


def _walk_repeats(said: Any, place: Place) -> Iterator[Place]:
    if isinstance(said, _Members):
        seen: set[str] = set()
        for key, value in said:
            if key in seen:
                yield (*place, key)
            seen.add(key)
            yield from _walk_repeats(value, (*place, key))
    elif isinstance(said, list):
        for number, value in enumerate(said):
            yield from _walk_repeats(value, (*place, number))


def _tell_repeat(place: Place, model: type[BaseModel]) -> dict[str, str]:
    known = locate_known(model, place)
    message = "Must come once" if known.is_whole else "Has a key more than once"
    return {"at": known.pointer, "code": "repeated", "message": message}
