"""The page that shows the API's description. Nothing is loaded from another host."""

from importlib import resources

from fastapi import APIRouter
from starlette.responses import Response

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
