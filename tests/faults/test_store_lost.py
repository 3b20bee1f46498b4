"""A store that goes away: its file removed, replaced or full; its server gone for a while."""

import contextlib
import resource
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import insert, select

from app.database.session import Store
from app.database.tables import api_keys
from app.errors import StoreUnavailableError
from app.main import create_app
from app.settings import Settings
from tests.district import found
from tests.faults.asking import ANA, POST, ask, asking, on_ledger, refused, students, until, waiting
from tests.faults.conftest import Headers, Hold, Serve, Start
from tests.postgres import Postgres
from tests.service import serving


def files_of(store: Store) -> list[Path]:
    """The database's file and those SQLite keeps beside it."""
    path = Path(store.url.database or "")
    return [path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")]


class TestSqliteFile:
    """A file that is not the store any more takes no decision; the store's return needs nothing."""

    @pytest.fixture
    def backend(self) -> str:
        return "sqlite"

    @pytest.fixture
    def aside(self, store: Store, tmp_path: Path) -> Callable[[], Callable[[], None]]:
        """Moves the database's files away; what it gives moves them back."""

        def move() -> Callable[[], None]:
            store.close()
            there = [file for file in files_of(store) if file.exists()]
            away = [file.rename(tmp_path / f"away{file.name.removeprefix('store')}")
                    for file in there]  # fmt: skip

            def back() -> None:
                for file in files_of(store):
                    file.unlink(missing_ok=True)
                for file, home in zip(away, there, strict=True):
                    file.rename(home)

            return back

        return move

    def test_removed(
        self, serve: Serve, store: Store, headers: Headers, aside: Callable[[], Callable[[], None]]
    ) -> None:
        with serve() as url:
            told = {ask(url, headers, ANA).json()["id"]}
            back = aside()
            for _ in range(3):
                assert refused(ask(url, headers, ANA), "store-unavailable")
            assert httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
            assert httpx.get(f"{url}/readyz", trust_env=False).status_code == 503
            # Nothing was put in its place.
            assert not files_of(store)[0].exists()
            back()
            told.add(ask(url, headers, ANA).json()["id"])
            assert httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
        assert on_ledger(store) == told

    def test_replaced_by_another_store(
        self, serve: Serve, store: Store, headers: Headers, aside: Callable[[], Callable[[], None]],
        sqlite_template: Path,
    ) -> None:  # fmt: skip
        copy = sqlite_template.with_name("copy.db")
        with serve() as url:
            assert ask(url, headers, students("ben")).json()["outcome"] == "deny"
            with store.reading() as connection:
                rows = connection.execute(select(api_keys)).all()
            aside()
            shutil.copy(sqlite_template, copy)
            other = Store(f"sqlite:///{copy}")
            with other.writing() as connection:
                found(connection).consent("ana", "refuse")
                connection.execute(insert(api_keys), [row._asdict() for row in rows])
            other.close()
            copy.rename(files_of(store)[0])
            answer = ask(url, headers, ANA)
        assert answer.json()["outcome"] == "deny"
        assert on_ledger(store) == {answer.json()["id"]}

    @pytest.mark.parametrize("content", [b"no database " * 1_000, b""])
    def test_replaced_by_what_is_no_store(
        self, serve: Serve, store: Store, headers: Headers, aside: Callable[[], Callable[[], None]],
        content: bytes,
    ) -> None:  # fmt: skip
        with serve() as url:
            assert ask(url, headers, ANA).status_code == 200
            back = aside()
            files_of(store)[0].write_bytes(content)
            assert refused(ask(url, headers, ANA), "store-unavailable")
            assert httpx.get(f"{url}/readyz", trust_env=False).status_code == 503
            back()
            assert ask(url, headers, ANA).status_code == 200
        assert len(on_ledger(store)) == 2

    def test_full_disk(self, settings: Settings, store: Store, headers: Headers) -> None:
        body = {"posts": [POST] * 50}
        with serving(create_app(settings, store=store)) as url:
            told = ids(ask(url, headers, body, "posts"))
            limit_pages(store, 1)  # SQLite makes that as few as there are
            answers = [ask(url, headers, body, "posts")]
            while answers[-1].status_code == 200 and len(answers) < 20:
                answers.append(ask(url, headers, body, "posts"))
            assert refused(answers.pop(), "store-unavailable")
            told |= {one for answer in answers for one in ids(answer)}
            assert told == on_ledger(store)
            limit_pages(store, 1_000_000)
            told |= ids(ask(url, headers, body, "posts"))
        assert told == on_ledger(store)

    def test_disk_that_takes_no_more_of_a_commit(
        self, start: Start, store: Store, headers: Headers
    ) -> None:
        service = start()
        limit = files_of(store)[0].stat().st_size + 400_000
        resource.prlimit(
            service.process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY)
        )
        body = {"posts": [POST] * 50}
        answers: list[httpx.Response] = []
        while not answers or answers[-1].status_code == 200:
            answers.append(ask(service.url, headers, body, "posts"))
        # SQLite says no more than "I/O error".
        assert refused(answers[-1], "outcome-unknown")
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, unlimited)
        answers.append(ask(service.url, headers, body, "posts"))
        told = {item["id"] for one in answers if one.status_code == 200
                for item in one.json()["items"]}  # fmt: skip
        assert answers[-1].status_code == 200
        assert told == on_ledger(store)


def ids(answer: httpx.Response) -> set[str]:
    """The ids of the decisions on several posts."""
    return {item["id"] for item in answer.json()["items"]}


def limit_pages(store: Store, pages: int) -> None:
    """Let the database have no more than `pages`, as on a full disk: SQLite says the same."""
    with store.writing() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


class TestPostgres:
    """A server that goes away and comes back."""

    @pytest.fixture
    def backend(self) -> str:
        return "postgresql"

    @pytest.fixture
    def admin(self, postgres: Postgres) -> Iterator[psycopg.Connection]:
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            yield connection

    def test_lost_connections_are_made_anew(
        self, serve: Serve, store: Store, headers: Headers, admin: psycopg.Connection
    ) -> None:
        with serve() as url:
            told = {ask(url, headers, ANA).json()["id"]}
            cut(admin, store)
            told.add(ask(url, headers, ANA).json()["id"])
        store.close()
        assert on_ledger(store) == told

    def test_gone_in_the_middle_of_a_batch_and_for_a_while(
        self, serve: Serve, store: Store, headers: Headers, admin: psycopg.Connection, hold: Hold
    ) -> None:
        name = store.url.database
        with serve() as url, asking(url, headers) as send:
            assert send().result().status_code == 200
            with contextlib.suppress(AssertionError), hold():  # the holder loses its connection
                sent = [send() for _ in range(3)]
                until(lambda: waiting(url) == 3)
                admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
                cut(admin, store)
                assert all(refused(one.result(), "store-unavailable") for one in sent)
            assert refused(send().result(), "store-unavailable")
            assert httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
            assert httpx.get(f"{url}/readyz", trust_env=False).status_code == 503
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            assert send().result().status_code == 200
        store.close()
        assert len(on_ledger(store)) == 2


def cut(admin: psycopg.Connection, store: Store) -> None:
    """End every connection to the store's database.

    First those that wait for the lock: once its holder had gone, they would go on.
    """
    admin.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM (SELECT pid FROM pg_stat_activity "
        "WHERE datname = %s ORDER BY wait_event_type IS DISTINCT FROM 'Lock', pid) AS theirs",
        (store.url.database,),
    )


def test_server_that_accepts_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        store = Store(f"postgresql://clearpost@127.0.0.1:{port}/x", busy_timeout_seconds=1)
        for way in (store.reading, store.writing):
            with pytest.raises(StoreUnavailableError), way():
                pass
