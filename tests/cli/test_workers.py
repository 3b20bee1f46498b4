"""Several worker processes of one service: what they limit together, and what each for itself."""

import contextlib
import os
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from pathlib import Path
from time import monotonic

import httpx
import psutil
import pytest

from app.database.session import Store, utc_now
from app.rate_counts import SECONDS
from app.store.service import keys
from tests.cli.test_serving import serving
from tests.databases import Databases
from tests.waiting import until

MOST = 3
# Read by every process of Python's that starts others, and by ours.
MODULES = ("json", "pickle", "multiprocessing", "uuid", "fastapi", "app")
CONNECTIONS = 30
PEOPLE = 10
VERIFY = "/v1/accounts/verify?platform=x&handle=nobody"
REPORT = {"kind": "unofficial_account", "url": "https://x.com/maple_fans", "description": "Ours?"}
_numbers = count(1)


class Workers:
    """A service of two worker processes behind a proxy, which can be stopped one at a time."""

    def __init__(self, pid: int, url: str, store: Store, folder: Path) -> None:
        self._parent = psutil.Process(pid)
        self.url = url
        self.store = store
        self.folder = folder

    @contextlib.contextmanager
    def without(self, worker: psutil.Process) -> Iterator[None]:
        """All that is asked meanwhile is answered by the other worker."""
        worker.suspend()
        until(lambda: worker.status() == psutil.STATUS_STOPPED)
        try:
            yield
        finally:
            worker.resume()

    def find(self) -> list[psutil.Process]:
        """The worker processes, which are all there."""
        return [one for one in self._parent.children() if is_worker(one)]

    def ask(self, path: str, address: str, body: object = None, secret: str | None = None) -> int:
        headers = {"X-Forwarded-For": address}
        if secret is not None:
            headers["Authorization"] = f"Bearer {secret}"
        with httpx.Client(base_url=self.url, trust_env=False, timeout=60) as client:
            if body is None:
                return client.get(path, headers=headers).status_code
            return client.post(path, json=body, headers=headers).status_code

    def ask_by_turns(
        self, path: str, *addresses: str, body: object = None, secret: str | None = None
    ) -> list[int]:
        """Ask from `addresses` in turn; the last time the other worker answers."""
        first, second = self.find()
        with self.without(second):
            said = [self.ask(path, address, body, secret) for address in addresses[:-1]]
        with self.without(first):
            return [*said, self.ask(path, addresses[-1], body, secret)]


def is_worker(process: psutil.Process) -> bool:
    """Whether it is one that lives; another child keeps track of what they share."""
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # a zombie, too
        return False


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[Workers]:
    environment = {name: one for name, one in os.environ.items() if "CLEARPOST_" not in name} | {
        "CLEARPOST_PUBLIC_LOOKUPS_PER_MINUTE": str(MOST),
        "CLEARPOST_PUBLIC_REPORTS_PER_MINUTE": str(MOST),
        "CLEARPOST_REFUSED_CREDENTIALS_PER_MINUTE": str(MOST),
        "CLEARPOST_PEOPLE_PER_DAY": str(PEOPLE),
        "CLEARPOST_ADDRESS_CONNECTIONS": str(CONNECTIONS),
        "CLEARPOST_TRUSTED_PROXIES": "127.0.0.1",
    }
    postgres = databases.postgres
    database = postgres.create()
    environment |= {"CLEARPOST_DATABASE_URL": postgres.url(database)}
    folder = tmp_path_factory.mktemp("workers")
    for name in MODULES:
        (folder / f"{name}.py").write_text('open("imported", "w").close()\n')
    with serving(environment, folder, "--workers", "2") as (process, url):
        store = Store(postgres.url(database))
        ours = Workers(process.pid, url, store, folder)
        wait_for_both(ours)
        yield ours
        store.close()
        process.terminate()
        process.wait(60)
    postgres.drop(database)


def wait_for_both(workers: Workers) -> None:
    """Wait until each of the two answers by itself."""
    until(lambda: len(workers.find()) == 2)
    first, second = workers.find()
    for other in (first, second):
        with workers.without(other):
            assert workers.ask("/healthz", new_address()) == 200


def new_address() -> str:
    """An address from which nothing has been asked."""
    return f"198.51.100.{next(_numbers)}"


def test_no_process_reads_a_module_of_the_folder_it_stands_in(workers: Workers) -> None:
    assert {f"{name}.py" for name in MODULES} <= {one.name for one in workers.folder.iterdir()}
    assert not (workers.folder / "imported").exists()


def require_limit(ask: Callable[[], list[int]], passed: int, *, refused: int = 1) -> None:
    """Require that `MOST` of what `ask` asks pass, and no more.

    `ask` asks from addresses of its own. One time in some thousands another test's is in the bucket
    of one of them, and has used up its limit (`app.rates`): then it asks from others.
    """
    wanted = [passed] * MOST + [429] * refused
    said = ask()
    if said != wanted:
        said = ask()
    assert said == wanted


def test_public_lookups_are_counted_together(workers: Workers) -> None:
    require_limit(lambda: workers.ask_by_turns(VERIFY, *[new_address()] * (MOST + 1)), 200)
    assert 200 in {workers.ask(VERIFY, new_address()) for _ in range(2)}


def test_public_reports_are_counted_together(workers: Workers) -> None:
    def ask() -> list[int]:
        return workers.ask_by_turns("/v1/reports", *[new_address()] * (MOST + 1), body=REPORT)

    require_limit(ask, 201)


def test_refused_keys_of_an_address_are_counted_together(workers: Workers) -> None:
    def ask() -> list[int]:
        addresses, secret = [new_address()] * (MOST + 1), keys._make_secret()
        return workers.ask_by_turns("/v1/accounts", *addresses, secret=secret)

    require_limit(ask, 401)


def test_refusals_of_one_key_are_counted_together(workers: Workers) -> None:
    def ask() -> list[int]:
        addresses, now = [new_address() for _ in range(MOST + 1)], utc_now()
        made = now - timedelta(days=1)
        with workers.store.writing() as connection:
            key = keys.create_key(connection, name="k", scopes=["check"], now=made)
            keys.revoke_key(connection, key.id, now)
        return workers.ask_by_turns("/v1/accounts", *addresses, secret=key.secret)

    require_limit(ask, 401)


def test_those_who_ask_both_at_once_are_counted_exactly(workers: Workers) -> None:
    def ask() -> list[int]:
        address = new_address()
        with ThreadPoolExecutor(8) as pool:
            return sorted(pool.map(lambda _: workers.ask(VERIFY, address), range(40)))

    require_limit(ask, 200, refused=40 - MOST)


def test_whom_a_key_asks_about_is_counted_together(workers: Workers) -> None:
    with workers.store.writing() as connection:
        key = keys.create_key(connection, name="k", scopes=["check"], now=utc_now())

    def ask(number: int) -> int:
        body = {"students": [{"id": f"s{number}"}]}
        path = "/v1/checks/photo-consent"
        return workers.ask(path, new_address(), body, secret=key.secret)

    with ThreadPoolExecutor(8) as pool:
        said = Counter(pool.map(ask, range(60)))
    assert said == {200: PEOPLE, 429: 60 - PEOPLE}


def test_connections_are_counted_by_each_worker_for_itself(workers: Workers) -> None:
    port = int(workers.url.rpartition(":")[2])
    with contextlib.ExitStack() as stack:
        for stopped in workers.find():
            with workers.without(stopped):
                more = [stack.enter_context(connect(port)) for _ in range(CONNECTIONS + 3)]
                assert sum(map(is_answered, more)) == CONNECTIONS


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def is_answered(connection: socket.socket) -> bool:
    with contextlib.suppress(ConnectionError):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        return connection.recv(65_536).startswith(b"HTTP/1.1 200")
    return False


def test_a_worker_that_dies_takes_no_counts_along(workers: Workers) -> None:
    said = is_in_time = None
    while not is_in_time:
        began = monotonic()
        said = ask_after_a_death(workers)
        # Of a worker that dies while it is asked whether it lives, uvicorn waits a minute for the
        # answer. By then nothing is counted any more, and the question is asked anew.
        is_in_time = monotonic() - began < SECONDS - 1
    assert said == [429, 200]


def ask_after_a_death(workers: Workers) -> list[int]:
    """What a worker answers two clients, one of whom used up the limit at the one before."""
    address, (first, second) = new_address(), workers.find()
    with workers.without(second):
        assert [workers.ask(VERIFY, address) for _ in range(MOST)] == [200] * MOST
    first.kill()
    until(lambda: len(workers.find()) == 2 and first not in workers.find())
    with workers.without(second):  # only the one that was started in its place
        return [workers.ask(VERIFY, one) for one in (address, new_address())]
