"""Query parameters: a route refuses those it does not know, and never ignores one in silence.

A misspelt `?statsu=closed` would else list everything.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from inspect import isclass
from typing import Any, get_args, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel

from app.errors import InvalidRequestError


def refuse_unknown_parameters(request: Request) -> None:
    """Raise `InvalidRequestError` where `request` has a query parameter its route does not take.

    Or where a parameter that is no list is repeated. The error lists those the route takes, and
    does not repeat what was sent.
    """
    if not request.scope["query_string"]:
        return
    kinds = _find_kinds(request.scope["route"])
    known = frozenset(kinds)
    if not known.issuperset(request.query_params):
        taken = f"; it takes {', '.join(sorted(known))}" if known else "; it takes none"
        message = f"The address takes no such query parameter{taken}"
        raise InvalidRequestError(
            [{"parameter": "", "code": "extra_forbidden", "message": message}]
        )
    _refuse_repeated(request, kinds)


def _refuse_repeated(request: Request, kinds: Mapping[str, Any]) -> None:
    """Raise `InvalidRequestError` where a parameter with a single value is repeated."""
    given = Counter(name for name, _ in request.query_params.multi_items())
    faults = [
        {"parameter": name, "code": "repeated", "message": "Must come once"}
        for name, times in given.items()
        if times > 1 and not _takes_several(kinds[name])
    ]
    if faults:
        raise InvalidRequestError(faults)


def _takes_several(kind: Any) -> bool:
    return list in {get_origin(one) for one in (kind, *get_args(kind))}


def find_parameters(request: Request) -> frozenset[str]:
    """Return the names of all that the route takes beside a body: query, path and headers."""
    return frozenset(
        name
        for dependant in _find_dependants(request.scope.get("route"))
        for name in (
            *dict(_find_fields(dependant)),
            *(field.alias for field in dependant.path_params + dependant.header_params),
        )
    )


def find_body(request: Request) -> Any:
    """Return the model of a body that FastAPI reads; one without fields where it reads none."""
    bodies = [
        field.field_info.annotation
        for dependant in _find_dependants(request.scope.get("route"))
        for field in dependant.body_params
    ]
    return bodies[0] if len(bodies) == 1 else BaseModel


def _find_kinds(route: Any) -> dict[str, Any]:
    """Return the kind of value of each query parameter of the route."""
    return {name: kind for one in _find_dependants(route) for name, kind in _find_fields(one)}


def _find_dependants(route: Any) -> Iterator[Dependant]:
    """Yield the dependencies of the route, at any depth."""
    waiting: list[Dependant | None] = [getattr(route, "dependant", None)]
    while waiting:
        if dependant := waiting.pop():
            yield dependant
            waiting += dependant.dependencies


def _find_fields(dependant: Dependant) -> Iterator[tuple[str, Any]]:
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isclass(model) and issubclass(model, BaseModel):
            for name, one in model.model_fields.items():
                yield one.alias or name, one.annotation
        else:
            yield field.alias, model
