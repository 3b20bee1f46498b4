"""`clearpost serve`: starts, answers, and ends well."""

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import COMMAND, Run, one_line
from tests.databases import Databases

SLOW = pytest.mark.slow


@contextmanager
def serving(
    environment: dict[str, str], folder: Path, *arguments: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running service on a port of its own, and its URL."""
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0", *arguments],
        stderr=subprocess.PIPE, text=True, cwd=folder, env=environment,
    )  # fmt: skip
    assert process.stderr
    try:
        line = read_start(process)[-1]
        yield process, line.split()[-1]
    finally:
        process.kill()
        process.communicate()


def read_start(process: subprocess.Popen[str]) -> list[str]:
    """What is told up to the line with the address."""
    assert process.stderr
    told: list[str] = []
    for line in process.stderr:
        told.append(line.rstrip("\n"))
        if line.startswith("Clearpost listens on "):
            return told
    pytest.fail("\n".join(told))


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_start_tells_version_store_mode_and_places(
    environment: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest, store: str
) -> None:
    environment |= {"CLEARPOST_CONSENT_MODE": "opt_in", "CLEARPOST_IMPORT_SPOOL": "spool"}
    url, workers = "sqlite:///var/store.db", "1"
    if store == "postgresql":
        url, workers = request.getfixturevalue("database_url"), "2"
        database = url.partition("?")[0].rpartition("/")[2]
        # The server asks for no password; it must not be told all the same.
        url = url.replace("//postgres@", "//postgres:hunter2@")
        assert "hunter2" in url
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0", "--workers", workers],
        stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**environment, "CLEARPOST_DATABASE_URL": url},
    )  # fmt: skip
    try:
        first, *lines, last = read_start(process)
        assert first == f"Clearpost {version('clearpost')}"
        assert last.startswith("Clearpost listens on http://127.0.0.1:")
        told = dict(line.strip().split(":", 1) for line in lines)
        told = {name: text.strip() for name, text in told.items()}
        if store == "sqlite":
            assert told["Store"] == f"SQLite file {tmp_path}/var/store.db"
            assert told["Limits a minute"].startswith("counted in memory;")
        else:
            assert told["Store"].startswith("PostgreSQL at socket in /")
            assert f'port 5432, database "{database}"' in told["Store"]
            assert "memory that 2 worker processes share" in told["Limits a minute"]
        assert told["Consent mode"] == "opt_in: who has not said yes is not shown"
        assert told["Import spool"] == f"{tmp_path}/spool"
        assert told["Signing key"] == f"{tmp_path}/var/signing-key.pem"
        assert told["Settings file"] == f"{tmp_path}/clearpost.env (not there)"
        answered = httpx.get(f"{last.split()[-1]}/readyz", trust_env=False, timeout=60)
        assert answered.status_code == 200
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=60)
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()
    assert "Consent mode" not in rest
    assert "Traceback" not in rest
    assert "hunter2" not in "\n".join([*lines, rest])


# By SIGTERM ends each of the starts above.
@pytest.mark.parametrize("how", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=SLOW)])
def test_serve_migrates_answers_and_ends_well(
    environment: dict[str, str], tmp_path: Path, how: signal.Signals
) -> None:
    with serving(environment, tmp_path) as (process, url):
        assert httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
        process.send_signal(how)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "Traceback" not in errors


def test_port_in_use_is_told_before_anything_else(clearpost: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = clearpost("serve", "--port", str(port))
    assert said.returncode == 1
    told = one_line(said.stderr)
    assert told == f"clearpost: cannot listen on 127.0.0.1 port {port}: Address already in use"
    assert not (tmp_path / "store.db").exists()


def test_sqlite_is_for_one_process(clearpost: Run) -> None:
    said = clearpost("serve", "--workers", "2")
    assert said.returncode == 2
    assert "SQLite" in one_line(said.stderr)


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The URL of a database with nothing in it, on PostgreSQL."""
    name = databases.postgres.create()
    yield databases.postgres.url(name)
    databases.postgres.drop(name)
