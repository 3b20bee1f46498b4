"""A small intranet for the demo: a page on another origin, and the calls its server makes.

What a district's own server does is `token`: whoever is signed in there gets a widget's token.
Here everyone is, as one teacher of the demo district.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import jinja2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

# What the widgets need, and what the intranet's key needs to give it to them.
SCOPES = ("check", "people:read", "accounts:write")
KEY_SCOPES = (*SCOPES, "widgets:issue")
# A teacher at Lakeview, who fills in the form.
TEACHER = "e-000011"
_FOLDER = Path(__file__).parent
_TYPES = {"intranet.css": "text/css", "intranet.js": "text/javascript"}


def intranet(service: str, key: str, origin: str) -> Starlette:
    """The intranet at `origin` that asks Clearpost at `service` with the API key `key`."""
    page = jinja2.Template((_FOLDER / "page.html").read_text("utf-8"), autoescape=True)
    headers = {"Content-Security-Policy": _make_policy(service), "Referrer-Policy": "same-origin"}

    async def ask(**more: Any) -> httpx.Response:
        asked = {"origin": origin, "scopes": SCOPES, **more}
        bearer = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.post(f"{service}/v1/widget-tokens", json=asked, headers=bearer)

    async def show(_request: Request) -> Response:
        body = page.render(service=service, teacher=TEACHER)
        return Response(body, media_type="text/html", headers=headers)

    async def file(request: Request) -> Response:
        name = request.url.path.lstrip("/")
        return Response((_FOLDER / name).read_bytes(), media_type=_TYPES[name])

    async def token(request: Request) -> Response:
        # Another site's page can neither set this header nor read the answer.
        if request.headers.get("x-clearpost") != "token":
            return JSONResponse({"detail": "Only this page's widgets may ask"}, 403)
        for_whom = {"person_id": TEACHER} if request.path_params.get("who") else {}
        answer = await ask(**for_whom)
        return Response(answer.content, answer.status_code, media_type="application/json")

    async def frame(request: Request) -> Response:
        return _redirect_to_frame(service, request.path_params["widget"], await ask(embedded=True))

    return Starlette(
        routes=[
            Route("/", show),
            *(Route(f"/{name}", file) for name in _TYPES),
            Route("/token", token, methods=["POST"]),
            Route("/token/{who:str}", token, methods=["POST"]),
            Route("/frame/{widget:str}", frame),
        ]
    )


def _redirect_to_frame(service: str, widget: str, answer: httpx.Response) -> Response:
    """To Clearpost's own page with the widget, its token behind the `#`, which is never sent."""
    said: Mapping[str, Any] = answer.json()
    if answer.is_error:
        return JSONResponse(said, answer.status_code)
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(f"{service}/embed/v1/{widget}#token={said['token']}", 303, headers)


def _make_policy(service: str) -> str:
    return (
        f"default-src 'none'; script-src 'self' {service}; style-src 'self'; "
        f"connect-src 'self' {service}; frame-src 'self' {service}; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
