"""The demo's intranet: another site beside the service, in the same process."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from socket import socket

import uvicorn
from starlette.applications import Starlette

from app.cli.terminal import name_operator
from app.database.session import Store
from app.store.ledger.changes import Actor
from app.store.service.origins import add_origin


class _Beside(uvicorn.Server):
    """A server that leaves signals to the one it runs beside."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def register_intranet(store: Store, listener: socket) -> str:
    """The origin at which the intranet will be; registered, so that its pages get answers.

    Its host is called otherwise than the service's, for a browser to see two sites.
    """
    origin = f"http://localhost:{listener.getsockname()[1]}"
    with store.writing() as connection:
        add_origin(connection, Actor(name_operator(), None, store.now()), origin)
    return origin


@asynccontextmanager
async def serve_beside(site: Starlette, listener: socket) -> AsyncIterator[None]:
    """Serve `site` while the block runs."""
    config = uvicorn.Config(
        site, lifespan="off", access_log=False, log_config=None, server_header=False,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = _Beside(config)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
