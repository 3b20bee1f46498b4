"""The API's description and the page that shows it. Nothing is loaded from another host."""

from collections.abc import Collection
from importlib import resources
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from starlette.responses import Response

from app.auth.authenticator import scope_of
from app.checks.requests import BODIES
from app.errors import (
    BodyTooLargeError,
    ClearpostError,
    ForbiddenError,
    InvalidRequestError,
    StoreUnavailableError,
    TooManyRefusalsError,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
)
from app.http.problems import list_responses
from app.http.record_writes import body_of
from app.schemas.problems import Problem

_REF = "#/components/schemas/{model}"
_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")
_WITH_KEY = list_responses(
    UnauthenticatedError, ForbiddenError, TooManyRefusalsError, StoreUnavailableError
)
_WITH_BODY = list_responses(BodyTooLargeError, UnsupportedMediaTypeError, InvalidRequestError)
_WITH_QUERY = list_responses(InvalidRequestError)
_ALWAYS = list_responses(ClearpostError)
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "clp_…",
    "description": "An API key, made by `clearpost keys create`. Each operation names in "
    "`x-scope` the scope the key must have.",
}
# `style-src` needs no 'unsafe-inline': the page's own styles are set by script, not by markup.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Clearpost API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
# validatorUrl: Swagger UI would otherwise send the schema's address to a validator of its own.
_START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  tryItOutEnabled: true,
  persistAuthorization: false,
  validatorUrl: null
});
"""
_FILES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}

router = APIRouter(prefix="/docs", include_in_schema=False)


@router.get("")
async def page() -> Response:
    """The API's description as a page."""
    return Response(_PAGE, media_type="text/html", headers={"Content-Security-Policy": _POLICY})


@router.get("/start.js")
async def start() -> Response:
    """The script that starts the page; a file of its own, so that the page needs no inline one."""
    return Response(_START, media_type="text/javascript")


def _serve_file(name: str, media_type: str) -> None:
    content = resources.files("fastapi_swagger.resources").joinpath(name).read_bytes()

    @router.get(f"/{name}")
    async def file() -> Response:
        return Response(content, media_type=media_type)


for _name, _media_type in _FILES.items():
    _serve_file(_name, _media_type)


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI of `app`: each operation with its scope and every problem it answers with."""
    schema = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    bodies: set[type[BaseModel]] = set(BODIES)
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
    return schema


def _list_undeclared(bodies: Collection[type[BaseModel]]) -> dict[str, Any]:
    """The models that FastAPI does not see in a signature, by name."""
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Problem, "serialization")]
    models += [(body, "validation") for body in sorted(bodies, key=lambda body: body.__name__)]
    made: dict[str, Any] = models_json_schema(models, ref_template=_REF)[1]["$defs"]
    return made


def _complete_operation(
    operation: dict[str, Any], scope: str | None, body: type[BaseModel] | None
) -> None:
    """Add what holds for every operation of its kind, where the route says nothing itself."""
    responses = operation["responses"]
    if body is not None:
        content = {"application/json": {"schema": {"$ref": _REF.format(model=body.__name__)}}}
        operation["requestBody"] = {"required": True, "content": content}
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    common = dict(_ALWAYS)
    if "requestBody" in operation:
        common |= _WITH_BODY
    if any(one["in"] == "query" for one in operation.get("parameters", ())):
        common |= _WITH_QUERY
    if scope is not None:
        common |= _WITH_KEY
        operation["x-scope"] = scope
        operation["security"] = [{"bearer": []}]
    for status, told in common.items():
        responses.setdefault(str(status), told)
    operation["responses"] = dict(sorted(responses.items()))
