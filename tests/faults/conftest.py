"""What goes wrong is tried on both stores: `store` is a small district in a fresh database."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from tests.conftest import MakeKey
from tests.district import found
from tests.forks import Fork, Place, run_command
from tests.service import serving
from tests.store.conftest import backend, postgres, postgres_template, store_url

__all__ = ["backend", "postgres", "postgres_template", "store_url"]

COMMAND = Path(sys.executable).with_name("clearpost")
# Takes a store's lock for each URL on its input, until the next line.
HOLD = """
import sys
from app.database.session import Store
while url := sys.stdin.readline().strip():
    store = Store(url, busy_timeout_seconds=60)
    try:
        with store.writing():
            print("held", flush=True)
            sys.stdin.readline()
        print("let go", flush=True)
    except Exception as error:
        print(repr(error), flush=True)
    store.close()
"""
Headers = dict[str, str]
Serve = Callable[..., contextlib.AbstractContextManager[str]]
Hold = Callable[[], contextlib.AbstractContextManager[None]]
Start = Callable[..., "Service"]


class Service:
    """`clearpost serve` as its own process: to be asked, signalled and killed."""

    def __init__(self, folder: Path, **settings: str) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CLEARPOST_")}
        given = {f"CLEARPOST_{name.upper()}": value for name, value in settings.items()}
        self._log = folder / f"service-{time.monotonic_ns()}.log"
        self._log.touch()
        place = Place(folder, {**kept, **given}, self._log)
        self.process = Fork(place, run_command, "serve", "--port", "0")
        self.url = self._address()
        self._wait_until_ready()

    def log(self) -> str:
        return self._log.read_text()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def _address(self) -> str:
        while self.process.poll() is None:
            if said := re.search(r"listens on (http://\S+)\n", self.log()):
                return said[1]
            time.sleep(0.02)
        pytest.fail(f"the service did not start: {self.log()}")

    def _wait_until_ready(self) -> None:
        # The socket listens before anything else is begun, so this waits for the first answer.
        answer = httpx.get(f"{self.url}/readyz", timeout=60, trust_env=False)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store(store_url)
    with opened.writing() as connection:
        found(connection)
    yield opened
    opened.close()


@pytest.fixture
def settings(store_url: str) -> Settings:
    return Settings(database_url=store_url, busy_timeout_seconds=60, deadline_seconds=60)


@pytest.fixture
def serve(settings: Settings) -> Serve:
    """Serves the store with some settings changed."""
    return lambda **changed: serving(create_app(settings.model_copy(update=changed)))


@pytest.fixture
def headers(make_key: MakeKey) -> Headers:
    return {"Authorization": f"Bearer {make_key().secret}"}


@pytest.fixture(scope="session")
def holder() -> Iterator[subprocess.Popen[str]]:
    """Another process, which holds the lock of one store after the other."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()
        assert process.wait(timeout=60) == 0


@pytest.fixture
def hold(store_url: str, holder: subprocess.Popen[str]) -> Hold:
    """Holds the store's write lock from another process for as long as the block runs."""

    def tell(line: str) -> str:
        assert holder.stdin
        assert holder.stdout
        print(line, file=holder.stdin, flush=True)
        return holder.stdout.readline().strip()

    @contextlib.contextmanager
    def held() -> Iterator[None]:
        assert tell(store_url) == "held"
        try:
            yield
        finally:
            said = tell("")
        assert said == "let go"

    return held


@pytest.fixture
def start(store_url: str, tmp_path: Path) -> Iterator[Start]:
    """Starts `clearpost serve` on the store; what is left of it at the end is killed."""
    services: list[Service] = []

    def started(**settings: str) -> Service:
        services.append(Service(tmp_path, **{"database_url": store_url, **settings}))
        return services[-1]

    yield started
    for service in services:
        service.kill()
