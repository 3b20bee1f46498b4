"""Pages of other sites than ours, each of an origin of its own."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from app.store.ledger.changes import Actor
from app.store.service.origins import add_origin
from tests.browser.conftest import Site
from tests.service import serving


@contextmanager
def elsewhere(
    pages: Callable[[str], Mapping[str, str]], token: Callable[[str], Any] | None = None
) -> Iterator[str]:
    """Serve `pages(origin)`, HTML by path, at an origin that nobody registered; yields it.

    What `token(origin)` gives is the answer to a POST to `/clearpost-token`.
    """
    door = socket.create_server(("127.0.0.1", 0))
    origin = f"http://localhost:{door.getsockname()[1]}"

    def show(html: str) -> Callable[[Request], Response]:
        return lambda _request: HTMLResponse(html)

    def give(_request: Request) -> Response:
        return JSONResponse(token(origin) if token else {})

    routes = [Route(path, show(html)) for path, html in pages(origin).items()]
    own = Route("/clearpost-token", give, methods=["POST"])
    with serving(Starlette(routes=[*routes, own]), door):
        yield origin


def register(site: Site, origin: str) -> str:
    """Make the service answer pages of this origin."""
    with site.store.writing() as connection:
        add_origin(connection, Actor("test", None, datetime.now(UTC)), origin)
    return origin
