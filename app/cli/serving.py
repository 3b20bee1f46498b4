"""`clearpost serve`: the service on one address, until a signal ends it."""

import contextlib
import gc
import os
import resource
import socket
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from app.cli.connections import IDLE_SECONDS, Connection
from app.cli.context import load_settings, migrate_store, read_url
from app.cli.signals import end_well_on_sigterm
from app.cli.startup import describe_start
from app.cli.terminal import USAGE, hint, stop
from app.database.session import find_sqlite, has_wal_reset_bug
from app.log import configure_log, log_uncaught
from app.main import create_app
from app.rate_counts import RateCounts, sharing_counts
from app.settings import Settings

# How long answers under way may take once the service is told to stop.
GRACE_SECONDS = 10
MOST_DESCRIPTORS = 65_536
# A worker that starts on a busy machine is not one that hangs.
WORKER_SECONDS = 60
# Objects made and not yet freed that set off a collection; Python's own 700 is less than a check.
_COLLECT_AFTER = 50_000

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes; more than one on PostgreSQL only.")
    ] = 1,
) -> None:
    """Upgrade the store, then serve until Ctrl-C or SIGTERM."""
    settings = load_settings()
    configure_log(settings.log_level)
    if read_url(settings).get_backend_name() == "sqlite":
        if workers > 1:
            stop("--workers: SQLite is for one process; use PostgreSQL for more", USAGE)
        warn_of_old_sqlite()
    raise_descriptor_limit()
    with open_listener(host, port) as listener:
        hint(describe_start(settings, workers))
        migrate_store(settings)
        hint(f"Clearpost listens on {find_address(listener)}")
        end_well_on_sigterm()
        with contextlib.suppress(KeyboardInterrupt):
            if workers == 1:
                app = create_app(settings)
                settle_memory()
                uvicorn.Server(make_server_config(app, settings)).run([listener])
            else:
                serve_by_workers(settings, workers, listener)


def raise_descriptor_limit() -> None:
    """Take as many descriptors as may be had; the usual 1,024 are those of two addresses."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if resource.RLIM_INFINITY != soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # a system may have a limit of its own
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def warn_of_old_sqlite() -> None:
    """Say so where only a SQLite is at hand that can damage its file."""
    if has_wal_reset_bug(find_sqlite().sqlite_version_info):
        hint(
            "Warning: this SQLite can damage a store that another process uses at the same time; "
            "install the pysqlite3 wheel, or let nothing else open the store while it serves"
        )


def serve_by_workers(settings: Settings, workers: int, listener: socket.socket) -> None:
    """Serve by processes that share their limits, and start another where one has died.

    None of them reads modules from the folder that the service stands in.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    with sharing_counts() as counts:
        several = make_server_config(partial(make_application, counts), settings, workers)
        Multiprocess(several, sockets=[listener]).run()


def make_application(counts: RateCounts) -> FastAPI:
    """The application of one of several processes, each of which reads the settings itself."""
    settings = Settings.load()
    configure_log(settings.log_level)
    try:
        app = create_app(settings, counts=counts)
    except Exception as error:  # noqa: BLE001 - a process of Python's own prints what it ends with
        log_uncaught(error)
        sys.exit(1)
    settle_memory()
    return app


def settle_memory() -> None:
    """Take what is loaded for good out of the garbage collector's rounds.

    Collections that walk all the code and its tables again and again took a quarter of a check's
    time; what a check itself leaves behind is freed at once by counting references.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)


def make_server_config(
    app: FastAPI | Callable[[], FastAPI], settings: Settings, workers: int = 1
) -> uvicorn.Config:
    """Return how uvicorn runs `app`. No access log: it would write addresses and cost a tenth.

    What uvicorn's own `FORWARDED_ALLOW_IPS` says counts for nothing: anyone could take another's
    address who comes from an address that it names, as all do who come by a tunnel.
    """
    return uvicorn.Config(
        app,
        factory=not isinstance(app, FastAPI),
        workers=workers,
        http=Connection,
        timeout_keep_alive=IDLE_SECONDS,
        access_log=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_worker_healthcheck=WORKER_SECONDS,
    )


@contextlib.contextmanager
def open_listener(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that has the port, before anything else is begun; stops when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        reason = (error.strerror or "not possible").partition(" (while")[0]
        stop(f"cannot listen on {host} port {port}: {reason}")
    with listener:
        yield listener


def find_address(listener: socket.socket) -> str:
    """The URL at which `listener` is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
