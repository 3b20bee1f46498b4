"""The application served as users meet it: over HTTP, on a free port of 127.0.0.1."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Sequence

import uvicorn
from starlette.types import ASGIApp

from app.cli.connections import IDLE_SECONDS, Connection


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
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
