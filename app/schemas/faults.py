"""Faults found by pydantic, reported without anything that was in the request."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from app.errors import InvalidRequestError
from app.schemas.fault_sentences import write_sentence
from app.schemas.known_fields import locate_known

MAX_FAULTS = 50
UNKNOWN = "extra_forbidden"
_NO_OBJECT = frozenset({"model_type", "model_attributes_type"})


def make_invalid_error(error: ValidationError, model: type[Any]) -> InvalidRequestError:
    """Return the problem with a body that `model` was given whole."""
    found = error.errors(include_url=False, include_input=False)
    faults = [locate_fault(model, e["loc"], e) for e in found[:MAX_FAULTS]]
    return InvalidRequestError(list_once(faults), describe_excess(len(found)))


def locate_fault(
    model: type[Any], place: Sequence[int | str], found: Mapping[str, Any]
) -> dict[str, str]:
    """Return one fault of a body, at the JSON Pointer of the known part of its place in `model`.

    A field that `model` does not have is reported as its object's fault: its name was made up.
    """
    code = found["type"]
    known = locate_known(model, () if code == "json_invalid" else place)
    told = tell_fault(found)
    taken = f"; it takes {', '.join(known.fields)}" if known.fields else ""
    if code == UNKNOWN:
        told["message"] = f"Has a field that is not known here{taken}"
    elif code in _NO_OBJECT:
        told["message"] += taken
    return {"at": known.pointer, **told}


def tell_fault(found: Mapping[str, Any]) -> dict[str, str]:
    """Return the stable code and our sentence for one of the errors that pydantic lists."""
    code = found["type"]
    return {"code": code, "message": write_sentence(code, found["msg"], found.get("ctx"))}


def list_once(faults: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Return `faults` without duplicates: an object may have many unknown fields."""
    return list({tuple(one.items()): one for one in faults}.values())


def describe_excess(count: int) -> str | None:
    """Return the sentence for more faults than are reported; None where all are."""
    return None if count <= MAX_FAULTS else f"The first {MAX_FAULTS} of {count} errors"
