"""Query parameters: what a route does not know is refused, and never passed over in silence.

A misspelt `?statsu=closed` would else list everything.
"""

from collections.abc import Iterator
from inspect import isclass
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel

from app.errors import InvalidRequestError


def refuse_unknown_parameters(request: Request) -> None:
    """Raise `InvalidRequestError` where `request` has a query parameter its route does not take.

    The error lists those the route takes, and does not repeat what was sent.
    """
    if not request.scope["query_string"]:
        return
    known = _find_known(request.scope["route"])
    if not known.issuperset(request.query_params):
        taken = f"; it takes {', '.join(sorted(known))}" if known else "; it takes none"
        message = f"The address takes no such query parameter{taken}"
        raise InvalidRequestError(
            [{"parameter": "", "code": "extra_forbidden", "message": message}]
        )


def find_parameters(request: Request) -> frozenset[str]:
    """Return the names of all that the route takes beside a body: query, path and headers."""
    return frozenset(
        name
        for dependant in _find_dependants(request.scope.get("route"))
        for name in (
            *_find_names(dependant),
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


def _find_known(route: Any) -> frozenset[str]:
    return frozenset(name for one in _find_dependants(route) for name in _find_names(one))


def _find_dependants(route: Any) -> Iterator[Dependant]:
    """Return what the route depends on, at any depth."""
    waiting: list[Dependant | None] = [getattr(route, "dependant", None)]
    while waiting:
        if dependant := waiting.pop():
            yield dependant
            waiting += dependant.dependencies


def _find_names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isclass(model) and issubclass(model, BaseModel):
            yield from (one.alias or name for name, one in model.model_fields.items())
        else:
            yield field.alias
