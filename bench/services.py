"""The services that are measured, each in its own process, or two, on its own port."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from bench.cores import Cores, pinned
from bench.databases import Database

LOG = Path("var/bench/services.log")
_START_SECONDS = 60
_STOP_SECONDS = 20
_UNCAPPED = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Service:
    """A running design: one address a process. `database` tells whom one can ask about."""

    design: str
    urls: tuple[str, ...]
    pids: tuple[int, ...]
    database: Database

    def cpu_seconds(self) -> float:
        """The processor time its processes have used; PostgreSQL's is not in it."""
        times = [psutil.Process(pid).cpu_times() for pid in self.pids]
        return sum(float(one.user + one.system) for one in times)


@contextlib.contextmanager
def clearpost(database: Database, cores: tuple[Cores, ...]) -> Iterator[Service]:
    """The real service, as its users start it, but for the store's address and the cap on people.

    A load asks about more people in a minute than a key may in a day.
    """
    command = [str(Path(sys.executable).with_name("clearpost")), "serve", "--port"]
    environment = {
        "CLEARPOST_DATABASE_URL": database.url,
        "CLEARPOST_PEOPLE_PER_DAY": str(_UNCAPPED),
    }
    with _running("clearpost", command, environment, cores, database) as service:
        yield service


@contextlib.contextmanager
def naive(database: Database, cores: tuple[Cores, ...]) -> Iterator[Service]:
    """The naive design on its own store."""
    environment = {"CLEARPOST_DATABASE_URL": database.url}
    with _running("naive", _uvicorn("bench.naive:app"), environment, cores, database) as service:
        yield service


@contextlib.contextmanager
def plain(database: Database, cores: tuple[Cores, ...]) -> Iterator[Service]:
    """The plain route, which has read all of `database` before it answers and then closed it."""
    command = _uvicorn("bench.plain:create_app", "--factory")
    environment = {
        "CLEARPOST_DATABASE_URL": database.url,
        "BENCH_STUDENTS": str(database.students),
    }
    with _running("plain", command, environment, cores, database) as service:
        yield service


@contextlib.contextmanager
def ready_made(answer: Path, database: Database, cores: tuple[Cores, ...]) -> Iterator[Service]:
    """The route that answers with the content of the file `answer` and opens no store."""
    command, environment = _uvicorn("bench.ready_made:app"), {"BENCH_ANSWER": str(answer)}
    with _running("ready-made", command, environment, cores, database) as service:
        yield service


def _uvicorn(app: str, *more: str) -> list[str]:
    options = [
        *more,
        "--loop",
        "uvloop",
        "--http",
        "httptools",
        "--no-access-log",
        "--no-server-header",
    ]
    return [sys.executable, "-m", "uvicorn", app, *options, "--log-level", "warning", "--port"]


@contextlib.contextmanager
def _running(
    design: str,
    command: list[str],
    environment: Mapping[str, str],
    cores: tuple[Cores, ...],
    database: Database,
) -> Iterator[Service]:
    # The settings of whoever runs this do not count: what is measured is the service as it comes.
    ours = {k: v for k, v in os.environ.items() if not k.startswith("CLEARPOST_")}
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(LOG.open("ab"))
        urls, pids = [], []
        for own in cores:
            port = _free_port()
            process = subprocess.Popen(
                pinned([*command, str(port)], own),
                env={**ours, **environment, "CLEARPOST_ENV_FILE": os.devnull},
                stdout=log,
                stderr=log,
            )
            stack.callback(_stop, process)
            urls.append(f"http://127.0.0.1:{port}")
            pids.append(process.pid)
            _wait(process, urls[-1])
        yield Service(design, tuple(urls), tuple(pids), database)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    """Until anything is answered at `url`, a 404 included."""
    with httpx.Client(base_url=url) as client:
        for _ in range(_START_SECONDS * 20):
            if process.poll() is not None:
                break
            with contextlib.suppress(httpx.TransportError):
                client.get("/healthz")
                return
            time.sleep(0.05)
    sys.exit(f"bench: a service did not start; see {LOG}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
