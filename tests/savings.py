"""What makes the tests quick and changes nothing of what they prove."""

import gc
import os
import shutil
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest
from fastapi import routing
from httpx._transports import default
from sqlalchemy import Connection, Engine, event
from sqlalchemy.util import LRUCache

from tests.repeats import read_list

_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder in it has a name that nobody can guess
_ENOUGH_BYTES = 4 * 2**30
# Few tests that take long: begun last, one of them would keep a process busy after all others.
_LONG = (
    "tests/api/test_openapi.py",
    "tests/api/test_imports.py",
    "tests/docs/test_readme.py",
    "tests/docs/test_deployment.py",
    "tests/faults/",
    "tests/browser/",
    "tests/cli/test_demonstration.py",
    "tests/cli/test_serving.py",
    "tests/oracle/",
    "tests/store/",
    "tests/api/",
)


def save_time(config: pytest.Config) -> None:
    """Do all of it, in the process that gives out the tests and in those that run them."""
    wait_for_examples()
    keep_bytecode()
    keep_in_memory(config)
    keep_statements()
    keep_certificates()
    keep_routes()


def wait_for_examples() -> None:
    """Let an example of a property take its time: beside busy neighbours any of them may."""
    hypothesis.settings.register_profile("suite", deadline=None)
    hypothesis.settings.load_profile("suite")


def keep_bytecode() -> None:
    """Let the processes of the tests keep what Python makes of a module, whatever the shell says.

    Hundreds of them load the service, and to compile it is a quarter of that.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def keep_in_memory(config: pytest.Config) -> None:
    """Have the tests' folders in memory where there is plenty: none of them cuts the power.

    They are gone at the end. To look at one afterwards name a place: `--basetemp`.
    """
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES
    if not roomy or config.option.basetemp is not None or hasattr(config, "workerinput"):
        return
    folder = tempfile.TemporaryDirectory(prefix="clearpost-tests-", dir=_MEMORY)
    config.add_cleanup(folder.cleanup)
    config.option.basetemp = Path(folder.name) / "all"
    # Also what the tests, and the processes they start, make without pytest.
    os.environ["TMPDIR"] = tempfile.tempdir = folder.name


class Statements(LRUCache[Any, Any]):
    """Compiled statements by what they say, whichever engine of a kind it was that asked."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_common(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_common(key), value)


def _common(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *statement = key
    return (dialect.name, dialect.server_version_info, *statement)


def keep_statements() -> None:
    """Let all engines of this process share what SQLAlchemy made of a statement.

    It keeps that for as long as an engine lives. A test's store lives for a test, and would have
    the same few hundred statements compiled anew.
    """
    kept = Statements(3_000)

    @event.listens_for(Engine, "engine_connect")
    def _on_connect(connection: Connection) -> None:
        connection.execution_options(compiled_cache=kept)


def keep_certificates() -> None:
    """Read once whom the clients trust: they speak to 127.0.0.1, where nobody shows a certificate.

    Each client of httpx would read 140 certificates, which takes longer than its requests.
    """
    trusted = httpx.create_ssl_context()
    default.create_ssl_context = lambda *_, verify=True, **__: (
        verify if isinstance(verify, ssl.SSLContext) else trusted
    )


def settle_memory() -> None:
    """Take what was collected out of the garbage collector's rounds, and have fewer of them.

    All tests and what they stand on stay to the end; each round would look at them. A service does
    the same with what it starts with.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


def leave_repeats(items: list[pytest.Item]) -> None:
    """Mark as slow what repeats on PostgreSQL what was tried there, or in which it has no part.

    Of a test with several values the first is tried on both stores, all of them on SQLite; of tests
    that send the same statements, to the same end, as few as send them all (`tests/repeats.py`).
    `make test-all` tries everything on both.
    """
    tried = set(read_list())
    for item in items:
        call = getattr(item, "callspec", None)
        if call is None or "postgresql" not in call.params.values():
            continue
        name = item.nodeid.partition("[")[0]
        if name in tried or item.get_closest_marker("repeats_on_postgresql"):
            item.add_marker("slow")
        tried.add(name)


def leave_all_but_few(items: list[pytest.Item]) -> None:
    """Mark as slow all values of a test but as many, evenly, as its mark `few` says."""
    tests: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("few") and not item.get_closest_marker("slow"):
            tests.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for same in tests.values():
        mark = same[0].get_closest_marker("few")
        count = min(mark.args[0], len(same)) if mark else len(same)
        kept = {number * len(same) // count for number in range(count)}
        for number, item in enumerate(same):
            if number not in kept:
                item.add_marker("slow")


def put_long_first(items: list[pytest.Item]) -> None:
    """Order what several processes share by files, those that take long first."""
    items.sort(key=lambda item: next(
        (place for place, path in enumerate(_LONG) if item.nodeid.startswith(path)), len(_LONG)
    ))  # fmt: skip


def keep_routes() -> None:
    """Let the services of this process share what FastAPI made of a route.

    It is made for each application, at its first request: of a hundred routes, in 50 ms. Nothing of
    it is an application's own but whose dependencies it would override; nobody's are.
    """
    # It is FastAPI's own affair: where it has another name, each application makes its own.
    context = getattr(routing, "_EffectiveRouteContext", None)
    if context is None:
        return
    kept: dict[tuple[int, str], Any] = {}
    made = context.from_api_route

    def from_api_route(*, original_route: Any, include_context: Any) -> Any:
        # What is kept holds its route, so that no other can come to have the same id.
        key = (id(original_route), include_context.prefix)
        if key not in kept:
            kept[key] = made(original_route=original_route, include_context=include_context)
        return kept[key]

    context.from_api_route = from_api_route
