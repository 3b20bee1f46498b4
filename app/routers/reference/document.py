"""The description of the API: OpenAPI with scopes, problems, names, meanings and examples."""

from collections.abc import Collection
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from app.checks.requests import BODIES
from app.errors import (
    BodyTooLargeError,
    ClearpostError,
    ForbiddenError,
    InvalidEvaluationError,
    InvalidRequestError,
    StoreUnavailableError,
    TooManyRefusalsError,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
)
from app.http.authorization import scope_of
from app.http.problems import list_responses
from app.http.record_writes import body_of
from app.routers.reference.examples import add_examples
from app.routers.reference.meanings import describe_fields
from app.routers.reference.names import join_nulls, name_schemas
from app.schemas.access.evaluations import EvaluationRequest, EvaluationsRequest
from app.schemas.imports import KeptOut, RefusedRowOut
from app.schemas.problems import Problem

_REF = "#/components/schemas/{model}"
_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")
# Told line by line, so that no signature shows them.
_ANSWERS: tuple[type[BaseModel], ...] = (Problem, RefusedRowOut, KeptOut)
_SERVERS = [{"url": "/", "description": "The service that this description came from."}]
_WITH_KEY = list_responses(
    UnauthenticatedError, ForbiddenError, TooManyRefusalsError, StoreUnavailableError
)
_WITH_BODY = list_responses(BodyTooLargeError, UnsupportedMediaTypeError, InvalidRequestError)
# The Authorization API has 400 for what is wrong with a body, and says so itself.
_WITH_EVALUATION = list_responses(BodyTooLargeError)
_EVALUATIONS: tuple[type[BaseModel], ...] = (EvaluationRequest, EvaluationsRequest)
_WITH_QUERY = list_responses(InvalidRequestError)
_ALWAYS = list_responses(ClearpostError)
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "clp_…",
    "description": "An API key, made by `clearpost keys create`. Each operation names in "
    "`x-scope` the scope the key must have.",
}


def describe_api(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI of `app`: each operation with its scope and every problem it answers with."""
    schema = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
        servers=_SERVERS,
    )
    bodies: set[type[BaseModel]] = {*BODIES, *_EVALUATIONS}
    for route in iter_route_contexts(app.routes):
        body = body_of(route)
        bodies.update({body} if body else ())
        for method in route.methods or ():
            operation = schema["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None:
                _complete_operation(operation, scope_of(route), body)
    components = schema.setdefault("components", {})
    components["securitySchemes"] = {"bearer": _BEARER}
    schemas = components.setdefault("schemas", {})
    for name in _FASTAPIS_OWN:
        schemas.pop(name, None)
    schemas.update(_list_undeclared(bodies))
    name_schemas(schema)
    describe_fields(schema)
    join_nulls(schema)
    add_examples(schema)
    return schema


def _list_undeclared(bodies: Collection[type[BaseModel]]) -> dict[str, Any]:
    """The models that FastAPI does not see in a signature, by name."""
    models: list[tuple[type[BaseModel], JsonSchemaMode]]
    models = [(answer, "serialization") for answer in _ANSWERS]
    models += [(body, "validation") for body in sorted(bodies, key=lambda body: body.__name__)]
    made: dict[str, Any] = models_json_schema(models, ref_template=_REF)[1]["$defs"]
    return made


def _complete_operation(
    operation: dict[str, Any], scope: str | None, body: type[BaseModel] | None
) -> None:
    """Add what holds for every operation of its kind, where the route says nothing itself."""
    operation["summary"] = operation["summary"].capitalize()
    responses = operation["responses"]
    if body is not None:
        content = {"application/json": {"schema": {"$ref": _REF.format(model=body.__name__)}}}
        operation["requestBody"] = {"required": True, "content": content}
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    common = dict(_ALWAYS)
    if "requestBody" in operation:
        is_evaluation = str(InvalidEvaluationError.status) in responses
        common |= _WITH_EVALUATION if is_evaluation else _WITH_BODY
    if any(one["in"] == "query" for one in operation.get("parameters", ())):
        common |= _WITH_QUERY
    if scope is not None:
        common |= _WITH_KEY
        operation["x-scope"] = scope
        operation["security"] = [{"bearer": []}]
    for status, told in common.items():
        responses[str(status)] = _add_problems(told, responses.get(str(status), told))
    operation["responses"] = dict(sorted(responses.items()))


def _add_problems(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return the route's `own` response with the problems that are `common` to its kind."""
    kinds = {**common["x-problems"], **own["x-problems"]}
    return {**own, "x-problems": kinds, "description": "; or: ".join(kinds.values())}
