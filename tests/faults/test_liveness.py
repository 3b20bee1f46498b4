"""`/healthz` and others' checks stay quick whatever else is asked: tried with a real server."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date
from functools import partial
from pathlib import Path

import httpx
import pytest

from app.database.session import Store
from app.synthetic import generate_district
from tests.district import District
from tests.faults.asking import POST
from tests.faults.conftest import COMMAND, Headers, Hold, Start

QUICK_SECONDS = 0.1
PROBES = 40
PROBE = """
import http.client, sys, time
server = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=60)
for _ in range(int(sys.argv[2])):
    begun = time.perf_counter()
    server.request("GET", "/healthz")
    answer = server.getresponse()
    assert answer.read() and answer.status == 200
    print(time.perf_counter() - begun)
    time.sleep(0.02)
"""
WORDS = "The students of Maple went with Ana Lopez to the museum, call 801-555-0100. "
LONG = (WORDS * 140)[:10_300]
Loads = Callable[[str, str], AbstractContextManager[None]]


@contextmanager
def repeating(*works: Callable[[], object]) -> Iterator[None]:
    """Do each of `works` again and again, each on a thread, until the block ends."""
    ended, begun = threading.Event(), threading.Semaphore(0)

    def repeat(work: Callable[[], object]) -> None:
        try:
            while not ended.is_set():
                work()
                begun.release()
        finally:
            begun.release()

    with ThreadPoolExecutor(len(works)) as pool:
        there = [pool.submit(repeat, work) for work in works]
        try:
            begun.acquire()  # something of it has been done, so it does work
            yield
        finally:
            ended.set()
        for one in there:
            one.result()


def time_probes(url: str) -> list[float]:
    """How long each of some probes took, in seconds; from a process that does nothing else."""
    asked = subprocess.run(
        [sys.executable, "-c", PROBE, url.rpartition(":")[2], str(PROBES)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return sorted(map(float, asked.stdout.split()))


def fill_class(store: Store) -> None:
    with store.writing() as connection:
        district = District(connection)
        for number in range(2_000):
            district.person(f"p{number}", f"Pupil Number{number}", birth_date=date(2015, 1, 1))
        district.school_class("big", [f"p{number}" for number in range(2_000)])


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def plain() -> Iterator[httpx.Client]:
    limits = httpx.Limits(max_connections=None)
    with httpx.Client(timeout=90, trust_env=False, limits=limits) as client:
        yield client


def post(
    client: httpx.Client, headers: Headers, path: str, body: object, allowed: set[int]
) -> None:
    answer = client.post(path, json=body, headers=headers)
    assert answer.status_code in allowed, answer.text


def crowds(client: httpx.Client, headers: Headers, url: str) -> AbstractContextManager[None]:
    """Bodies of very many keys and objects, each refused, or one post of it."""
    keys = ",".join(f'"{number:x}":1' for number in range(95_000))
    fewer = ",".join(f'"{number:x}":1' for number in range(15_000))
    sent = [
        ("/v1/grants", f"{{{keys}}}"),
        ("/v1/checks/post", f'{{"account":{{{keys}}}}}'),
        ("/v1/checks/posts", f'{{"posts":[{",".join([f"{{{fewer}}}"] * 3)}]}}'),
        ("/v1/people/search", f'{{"ids":[{",".join(["{}"] * 300_000)}]}}'),
    ]
    kind = {"Content-Type": "application/json"}

    def ask(path: str, body: str) -> None:
        answer = client.post(f"{url}{path}", content=body, headers=headers | kind)
        assert answer.status_code in {200, 422, 503}, answer.text
        assert len(answer.content) < 2_000

    return repeating(*[partial(ask, *one) for one in sent])


@pytest.fixture
def loads(
    store: Store, headers: Headers, hold: Hold, tmp_path: Path, store_url: str, plain: httpx.Client
) -> Loads:
    """Keeps the service at a URL busy with one kind of work, or with all of them."""

    def texts(url: str) -> AbstractContextManager[None]:
        body = {"posts": [{**POST, "text": LONG}] * 95}
        return repeating(
            *[lambda: post(plain, headers, f"{url}/v1/checks/posts", body, {200, 503})] * 2
        )

    def classes(url: str) -> AbstractContextManager[None]:
        fill_class(store)
        search = {"query": "pupil", "class_id": "big", "limit": 100}
        return repeating(
            lambda: post(
                plain, headers, f"{url}/v1/checks/photo-consent", {"class_id": "big"}, {200, 503}
            ),
            lambda: post(plain, headers, f"{url}/v1/people/search", search, {200, 503}),
            lambda: post(plain, headers, f"{url}/v1/people/search", search, {200, 503}),
        )

    @contextmanager
    def writers(url: str) -> Iterator[None]:
        body = {"kind": "duplicate_account", "url": "https://x.com/a", "description": "A"}
        with (
            hold(),
            repeating(
                *[lambda: post(plain, {}, f"{url}/v1/reports", body, {201, 503})] * 40,
                lambda: plain.get(f"{url}/v1/orgs", headers=headers),
            ),
        ):
            yield

    @contextmanager
    def importing(url: str) -> Iterator[None]:
        generate_district(tmp_path / "delivery", 1_000, 1, date(2026, 3, 1))
        command = [COMMAND, "import", str(tmp_path / "delivery")]
        environment = {"CLEARPOST_DATABASE_URL": store_url, "PATH": "/usr/bin:/bin"}
        with repeating(
            lambda: subprocess.run(command, env=environment, capture_output=True, check=False)
        ):
            yield

    # The last ends first: an import under way waits for the lock that `writers` holds.
    made = {"texts": texts, "classes": classes, "importing": importing, "writers": writers}
    made["crowds"] = partial(crowds, plain, headers)

    @contextmanager
    def loaded(url: str, kind: str) -> Iterator[None]:
        with ExitStack() as stack:
            for name in made if kind == "all" else [kind]:
                stack.enter_context(made[name](url))
            yield

    return loaded


@pytest.mark.parametrize(
    "kind",
    [
        "texts",
        "classes",
        "crowds",
        "writers",
        "importing",
        pytest.param("all", marks=pytest.mark.slow),
    ],
)
def test_health_is_told_at_once_under(kind: str, start: Start, loads: Loads) -> None:
    service = start(public_reports_per_minute="10000", people_per_day="1000000")
    with loads(service.url, kind):
        taken = time_probes(service.url)
    # One in ten may have met a busy machine.
    assert taken[PROBES * 9 // 10 - 1] < QUICK_SECONDS
