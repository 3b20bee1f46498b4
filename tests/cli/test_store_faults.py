"""A store that cannot be used: the line says which one, where and why, and never its password."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from app.database.session import Store
from migrations.upgrade import upgrade
from tests.cli.conftest import Run, one_line
from tests.databases import Databases
from tests.postgres import own_server

PASSWORD = "hunter2-of-the-office"
# In this order the first that fits counts.
RULES = """
local all all trust
host barred all 127.0.0.1/32 reject
host all all 127.0.0.1/32 scram-sha-256
"""
Said = Callable[[str], str]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A PostgreSQL on a port of its own, with the user `office` and its database."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    with (
        own_server(listen_addresses="127.0.0.1", port=str(free)) as server,
        psycopg.connect(server.url("postgres"), autocommit=True) as admin,
    ):
        admin.execute(f"CREATE ROLE office LOGIN PASSWORD '{PASSWORD}'")
        admin.execute("CREATE DATABASE clearpost OWNER office")
        admin.execute("CREATE DATABASE barred OWNER office")
        found = admin.execute("SHOW hba_file").fetchone()
        assert found
        Path(found[0]).write_text(RULES)
        admin.execute("SELECT pg_reload_conf()")
        yield free


@pytest.fixture
def refusal(clearpost: Run) -> Said:
    """The line with which a command ends on the store at a URL."""

    def said(url: str) -> str:
        ended = clearpost("migrate", CLEARPOST_DATABASE_URL=url)
        assert (ended.returncode, ended.stdout) == (3, "")
        assert PASSWORD not in ended.stderr
        return one_line(ended.stderr)

    return said


@pytest.mark.parametrize(
    ("user", "where", "named", "cause"),
    [
        (f"office:{PASSWORD}", "127.0.0.1:1/clearpost", 'port 1, database "clearpost"',
         "Connection refused"),
        (f"office:{PASSWORD}", "127.0.0.1:{port}/none", 'port {port}, database "none"',
         'database "none" does not exist'),
        (f"office:{PASSWORD}x", "127.0.0.1:{port}/clearpost", 'user "office"',
         'password authentication failed for user "office"'),
        ("office", "127.0.0.1:{port}/clearpost", 'user "office"', "no password supplied"),
        ("who:" + PASSWORD, "127.0.0.1:{port}/clearpost", 'user "who"',
         'password authentication failed for user "who"'),
        (f"office:{PASSWORD}", "127.0.0.1:{port}/barred", 'database "barred"',
         "pg_hba.conf rejects"),
        (f"office:{PASSWORD}", "127.0.0.1:{port}/clearpost?sslmode=require", "port {port}",
         "server does not support SSL, but SSL was required"),
    ],
    ids=["refused", "no database", "wrong password", "no password", "no user", "barred", "no TLS"],
)  # fmt: skip
def test_postgresql_that_lets_nobody_in(
    refusal: Said, port: int, user: str, where: str, named: str, cause: str
) -> None:
    said = refusal(f"postgresql://{user}@{where.format(port=port)}")
    assert said.startswith("clearpost: the store cannot be used: PostgreSQL at 127.0.0.1 port ")
    assert named.format(port=port) in said
    assert cause in said


def test_password_with_an_at_sign_is_not_told(refusal: Said) -> None:
    said = refusal("postgresql://office:hunter2@secret@127.0.0.1:1/clearpost")
    assert "hunter2" not in said
    assert "secret" not in said
    assert "127.0.0.1 port 1" in said
    assert "percent-encoded" in said


def test_postgresql_in_which_the_user_lacks_rights(clearpost: Run, port: int) -> None:
    url = f"postgresql://office:{PASSWORD}@127.0.0.1:{port}/postgres"
    said = clearpost("migrate", CLEARPOST_DATABASE_URL=url)
    assert said.returncode == 3
    assert one_line(said.stderr).endswith(
        "its user lacks a right there; the tables must be that user's own"
    )


def test_postgresql_with_the_right_password(clearpost: Run, port: int) -> None:
    url = f"postgresql://office:{PASSWORD}@127.0.0.1:{port}/clearpost"
    assert clearpost("migrate", CLEARPOST_DATABASE_URL=url).returncode == 0


class TestSqlite:
    def test_no_database(self, refusal: Said, tmp_path: Path) -> None:
        path = tmp_path / "letter.db"
        path.write_text("Dear parents, " * 100)
        said = refusal(f"sqlite:///{path}")
        assert f"SQLite file {path}: " in said
        assert "damaged, or no database" in said

    def test_folder_in_its_place(self, refusal: Said, tmp_path: Path) -> None:
        (tmp_path / "store.db").mkdir()
        said = refusal(f"sqlite:///{tmp_path}/store.db")
        assert said.endswith(f"SQLite file {tmp_path}/store.db: it cannot be opened")

    def test_relative_path_is_told_whole(self, refusal: Said, tmp_path: Path) -> None:
        (tmp_path / "store.db").mkdir()
        assert f"SQLite file {tmp_path}/store.db: " in refusal("sqlite:///store.db")

    def test_busy(self, migrated: Run, store: Store) -> None:
        with store.writing():
            said = migrated(
                "keys", "create", "--name", "k", "--scope", "check",
                CLEARPOST_BUSY_TIMEOUT_SECONDS="0.1",
            )  # fmt: skip
        assert said.returncode == 3
        assert one_line(said.stderr).endswith(
            "another has been writing for longer than CLEARPOST_BUSY_TIMEOUT_SECONDS"
        )

    def test_none_is_made_by_looking(self, clearpost: Run, tmp_path: Path) -> None:
        said = clearpost("keys", "list", CLEARPOST_DATABASE_URL="sqlite:///var/store.db")
        assert said.returncode == 3
        assert one_line(said.stderr) == (
            f"clearpost: there is no store yet: SQLite file {tmp_path}/var/store.db; "
            "run: clearpost migrate"
        )
        assert list(tmp_path.iterdir()) == []


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A store at this version's schema."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/store.db"
        with closing(Store(url)) as store:
            upgrade(store)
        yield url
        return
    databases: Databases = request.getfixturevalue("databases")
    name = databases.postgres.create(databases.template)
    yield databases.postgres.url(name)
    databases.postgres.drop(name)


@pytest.mark.parametrize(
    ("revision", "told", "remedy"),
    [
        ("0028", "the store has schema 0028, this version needs ", "run: clearpost migrate"),
        ("9999", "the store has schema 9999, ", "a newer version of Clearpost made it"),
        (None, "the store has no schema yet: ", "run: clearpost migrate"),
    ],
)
def test_schema_of_another_version(
    clearpost: Run, store_url: str, revision: str | None, told: str, remedy: str
) -> None:
    with closing(Store(store_url)) as store, store.writing() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        if revision:
            connection.execute(text("INSERT INTO alembic_version VALUES (:r)"), {"r": revision})
        database = store.url.database
    said = clearpost("keys", "list", CLEARPOST_DATABASE_URL=store_url)
    assert said.returncode == 3
    line = one_line(said.stderr)
    assert line.startswith(f"clearpost: {told}")
    assert str(database) in line
    assert line.endswith(remedy)


def test_lost_table_is_told(clearpost: Run, databases: Databases) -> None:
    name = databases.postgres.create(databases.template)
    url = databases.postgres.url(name)
    with closing(Store(url)) as store, store.writing() as connection:
        connection.execute(text("DROP TABLE api_keys CASCADE"))
    said = clearpost("keys", "list", CLEARPOST_DATABASE_URL=url)
    databases.postgres.drop(name)
    assert said.returncode == 3
    assert one_line(said.stderr).endswith("a table or a column is missing; run: clearpost migrate")
