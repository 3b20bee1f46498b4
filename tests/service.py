"""The application served as users meet it: over HTTP, on a free port of 127.0.0.1."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Sequence

import uvicorn
from starlette.types import ASGIApp

from app.cli.connections import IDLE_SECONDS, Connection


class _Server(uvicorn.Server):
    """A server that ends when it is told to; uvicorn looks ten times a second, then waits as long.

    For connections and requests that there still are it waits as ever.
    """

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        await super().startup(sockets)

    async def main_loop(self) -> None:
        tick = 0
        while not await self.on_tick(tick):
            tick += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), 0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
        else:
            await self.lifespan.shutdown()

    def end(self) -> None:
        """Tell it to end, from another thread."""
        self.should_exit = True
        if self.started:
            self._loop.call_soon_threadsafe(self._told.set)


@contextlib.contextmanager
def serving(
    app: ASGIApp,
    listener: socket.socket | None = None,
    http: type[Connection] = Connection,
    proxies: Sequence[str] = (),
) -> Iterator[str]:
    """Serve `app` from a thread of this process; yields its base URL.

    On `listener`, where the port has to be known before; behind `proxies`.
    """
    listener = listener or socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, http=http, log_config=None, access_log=False, lifespan="on",
        timeout_graceful_shutdown=2, timeout_keep_alive=IDLE_SECONDS,
        proxy_headers=bool(proxies), forwarded_allow_ips=list(proxies),
    )  # fmt: skip
    server = _Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.end()
        thread.join()
        listener.close()
