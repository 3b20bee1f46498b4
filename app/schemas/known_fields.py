"""The known fields of a request's model, so that an error names a place by our names alone.

A sender who put a name as the key of an object would otherwise read it in the answer.
"""

from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

_UNIONS = (Union, UnionType)
_LISTS = (list, tuple, set, frozenset, Sequence)


class KnownPlace(NamedTuple):
    """The known part of a place: its JSON Pointer, and the names of the fields it may hold."""

    pointer: str
    fields: tuple[str, ...]
    is_whole: bool


def locate_known(model: Any, place: Sequence[int | str]) -> KnownPlace:
    """Return the part of `place` that follows the fields and list items of `model`."""
    pointer, kinds = "", _flatten_kind(model)
    for part in place:
        inside = _step_into(kinds, part)
        if not inside:
            return KnownPlace(pointer, _name_fields(kinds), is_whole=False)
        pointer, kinds = f"{pointer}/{part}", inside
    return KnownPlace(pointer, _name_fields(kinds), is_whole=True)


def _flatten_kind(annotation: Any) -> tuple[Any, ...]:
    """Return the kinds of values that `annotation` takes, without None and wrappings."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _flatten_kind(get_args(annotation)[0])
    if origin in _UNIONS:
        return tuple(kind for one in get_args(annotation) for kind in _flatten_kind(one))
    return () if annotation is type(None) else (annotation,)


def _step_into(kinds: Sequence[Any], part: int | str) -> tuple[Any, ...]:
    steps = _find_items(kinds) if isinstance(part, int) else _find_field(kinds, part)
    return tuple(steps)


def _find_items(kinds: Sequence[Any]) -> Iterator[Any]:
    for kind in kinds:
        if get_origin(kind) in _LISTS:
            yield from _flatten_kind(get_args(kind)[0])


def _find_field(kinds: Sequence[Any], name: str) -> Iterator[Any]:
    for model in _find_models(kinds):
        for own, field in model.model_fields.items():
            if name == (field.alias or own):
                yield from _flatten_kind(field.annotation)


def _name_fields(kinds: Sequence[Any]) -> tuple[str, ...]:
    return tuple(
        field.alias or own
        for model in _find_models(kinds)
        for own, field in model.model_fields.items()
    )


def _find_models(kinds: Sequence[Any]) -> Iterator[type[BaseModel]]:
    return (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel))
