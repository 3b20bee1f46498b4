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


def _find_known(route: Any) -> frozenset[str]:
    dependant: Dependant | None = getattr(route, "dependant", None)
    return frozenset(_find_names(dependant) if dependant else ())


def _find_names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isclass(model) and issubclass(model, BaseModel):
            yield from (one.alias or name for name, one in model.model_fields.items())
        else:
            yield field.alias
    for one in dependant.dependencies:
        yield from _find_names(one)
