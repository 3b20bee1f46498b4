"""`/readyz` tells whether the store's disk takes a write: tried on disks that take none."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest

from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from tests.faults.asking import until
from tests.faults.conftest import Hold, Serve
from tests.postgres import UNPRIVILEGED, Postgres
from tests.service import serving


def readiness(url: str) -> str:
    """`ok`, or why the service is not ready."""
    answer = httpx.get(f"{url}/readyz", timeout=20, trust_env=False)
    said = answer.json()
    assert answer.status_code == (200 if "detail" not in said else 503)
    assert answer.status_code == 200 or answer.headers["Retry-After"] == "1"
    return str(said.get("detail", said["status"]))


def test_a_store_that_is_merely_busy_is_ready(serve: Serve, hold: Hold) -> None:
    with serve() as url, hold():
        for _ in range(3):
            begun = time.monotonic()
            assert readiness(url) == "ok"
            assert time.monotonic() - begun < 5
            time.sleep(0.2)  # it is looked up anew


def test_a_probe_leaves_nothing(serve: Serve, store: Store) -> None:
    file = store.file
    with serve() as url:
        assert readiness(url) == "ok"
        if file is None:
            return
        before = {one.name: one.stat().st_size for one in file.parent.iterdir()}
        time.sleep(0.2)
        assert readiness(url) == "ok"
        assert {one.name: one.stat().st_size for one in file.parent.iterdir()} == before


class TestSqliteDisk:
    """A disk of its own, small enough to be filled."""

    @pytest.fixture
    def backend(self) -> str:
        return "sqlite"

    @pytest.fixture
    def disk(self, tmp_path: Path) -> Iterator[Path]:
        place = tmp_path / "disk"
        place.mkdir()
        if os.geteuid() or not mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)):
            pytest.skip("only a user who may mount can make a small disk")
        yield place
        subprocess.run(["umount", "-l", place], check=True)

    @pytest.fixture
    def service(self, disk: Path, sqlite_template: Path) -> Iterator[str]:
        shutil.copy(sqlite_template, disk / "store.db")
        with serving(create_app(Settings(database_url=f"sqlite:///{disk}/store.db"))) as url:
            yield url

    def test_full(self, service: str, disk: Path) -> None:
        assert readiness(service) == "ok"
        left = shutil.disk_usage(disk).free
        (disk / "other").write_bytes(bytes(left))
        time.sleep(0.15)  # a yes is not kept for longer
        assert readiness(service) == "disk: it is full"
        (disk / "other").unlink()
        assert readiness(service) == "ok"

    def test_read_only(self, service: str, disk: Path) -> None:
        assert readiness(service) == "ok"
        # Where files are open for writing, as those of the service are, none is made read-only.
        assert mount("--bind", str(disk), str(disk))
        assert mount("-o", "remount,bind,ro", str(disk))
        try:
            until(lambda: readiness(service) == "disk: it takes no write", 0.2)
        finally:
            subprocess.run(["umount", "-l", disk], check=True)
        assert readiness(service) == "ok"

    def test_read_only_file(self, service: str, disk: Path) -> None:
        assert readiness(service) == "ok"
        assert mount("--bind", str(disk / "store.db"), str(disk / "store.db"))
        assert mount("-o", "remount,bind,ro", str(disk / "store.db"))
        try:
            until(lambda: readiness(service) == "disk: it takes no write", 0.2)
        finally:
            subprocess.run(["umount", "-l", disk / "store.db"], check=True)


def mount(*arguments: str) -> bool:
    return not subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode


class TestPostgresServer:
    """A server that takes no write, or is gone."""

    @pytest.fixture
    def backend(self) -> str:
        return "postgresql"

    @pytest.fixture
    def admin(self, postgres: Postgres) -> Iterator[psycopg.Connection]:
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            yield connection

    def test_read_only(self, serve: Serve, store: Store, admin: psycopg.Connection) -> None:
        name = store.url.database
        admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        with serve() as url:
            assert readiness(url) == "disk: it takes no write"

    @pytest.fixture
    def room(self) -> Iterator[Path]:
        """A small disk that the server may use, too."""
        # Below the system's own folder: the tests' one is closed to the server's user.
        place = Path(tempfile.mkdtemp(dir="/var/tmp"))
        if os.geteuid() or not mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)):
            pytest.skip("only a user who may mount can make a small disk")
        shutil.chown(place, UNPRIVILEGED)
        place.chmod(0o700)
        yield place
        subprocess.run(["umount", "-l", place], check=True)

    def test_full(self, serve: Serve, store: Store, admin: psycopg.Connection, room: Path) -> None:
        name = store.url.database
        place = f"room_{name}"
        admin.execute(f"CREATE TABLESPACE {place} LOCATION '{room}'")
        admin.execute(f"ALTER DATABASE {name} SET temp_tablespaces = {place}")
        try:
            with serve() as url:
                assert readiness(url) == "ok"
                (room / "other").write_bytes(bytes(shutil.disk_usage(room).free))
                until(lambda: readiness(url) == "disk: it is full", 0.2)
                (room / "other").unlink()
                assert readiness(url) == "ok"
        finally:
            (room / "other").unlink(missing_ok=True)
            admin.execute(f"DROP TABLESPACE {place}")

    def test_gone(
        self,
        serve: Serve,
        store: Store,
        admin: psycopg.Connection,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        name = store.url.database
        with serve() as url, ThreadPoolExecutor(8) as pool:
            assert readiness(url) == "ok"
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                (name,),
            )
            until(lambda: readiness(url) == "store: it does not answer", 0.2)
            assert set(pool.map(readiness, [url] * 8)) == {"store: it does not answer"}
            # The answer is for anybody; which store it is, and why, is for the log.
            told = {one.getMessage() for one in caplog.records if one.name == "clearpost.store"}
            assert any(
                line.startswith("the store cannot be used: PostgreSQL at ")
                and line.endswith(f'database "{name}" is not currently accepting connections')
                for line in told
            ), told
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            assert readiness(url) == "ok"
