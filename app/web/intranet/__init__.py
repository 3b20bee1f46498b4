"""A small intranet for the demo: a page on another origin, and the one call its server makes.

What a district's own server does is `token`: whoever is signed in there gets a widget's token.
Here everybody is.
"""

from pathlib import Path

import httpx
import jinja2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SCOPES = ("check", "people:read", "accounts:write")
_FOLDER = Path(__file__).parent
_TYPES = {"intranet.css": "text/css", "intranet.js": "text/javascript"}


def intranet(service: str, key: str, origin: str) -> Starlette:
    """The intranet at `origin` that asks Clearpost at `service` with the API key `key`."""
    page = jinja2.Template((_FOLDER / "page.html").read_text("utf-8"), autoescape=True)
    policy = (
        f"default-src 'none'; script-src 'self' {service}; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' {service}; frame-src {service}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "same-origin"}

    async def show(_request: Request) -> Response:
        body = page.render(service=service)
        return Response(body, media_type="text/html", headers=headers)

    async def file(request: Request) -> Response:
        name = request.url.path.lstrip("/")
        return Response((_FOLDER / name).read_bytes(), media_type=_TYPES[name])

    async def token(request: Request) -> Response:
        # Another site's page can neither set this header nor read the answer.
        if request.headers.get("x-clearpost") != "token":
            return JSONResponse({"detail": "Only this page's widgets may ask"}, 403)
        asked = {"origin": origin, "scopes": SCOPES}
        bearer = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{service}/v1/widget-tokens", json=asked, headers=bearer)
        return Response(answer.content, answer.status_code, media_type="application/json")

    files = [Route(f"/{name}", file) for name in _TYPES]
    return Starlette(routes=[Route("/", show), *files, Route("/token", token, methods=["POST"])])
