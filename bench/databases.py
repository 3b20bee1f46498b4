"""Populated stores to measure on: each service gets a copy of its own.

SQLite files are populated once and kept; a PostgreSQL server of our own lives as long as the run,
with fsync and synchronous commits on, since a decision on the ledger is to survive a power cut.
"""

import contextlib
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

import migrations
from app.database.session import Store
from app.store.consents.list_dates import date_list
from app.store.service import keys
from bench import population
from bench.population import District
from migrations.upgrade import upgrade
from tests.postgres import Postgres, running

_DURABLE = ("fsync", "synchronous_commit")


@dataclass(frozen=True, slots=True)
class Database:
    """A populated store with a fresh consent list and one API key."""

    url: str
    students: int
    key: str


class Databases:
    """Makes databases; `folder` keeps the populated SQLite files from one run to the next."""

    def __init__(self, folder: Path, scratch: Path, postgres: Postgres) -> None:
        self._folder = folder
        self._scratch = scratch
        self._postgres = postgres
        self._templates: dict[int, str] = {}
        self._names: list[str] = []
        self._copies = 0

    def sqlite(self, students: int) -> Database:
        """A copy of the kept file for `students`, which is made where it is missing."""
        self._copies += 1
        copy = self._scratch / f"{self._copies}.db"
        shutil.copyfile(self._kept(students), copy)
        return _opened(f"sqlite:///{copy}", students)

    def postgres(self, students: int) -> Database:
        """A copy of this run's template for `students`."""
        if students not in self._templates:
            self._templates[students] = self._template(students)
        return _opened(self._create(self._templates[students]), students)

    def drop(self) -> None:
        """Leave nothing behind on a server that outlives the run."""
        for name in self._names:
            self._postgres.drop(name)

    def _kept(self, students: int) -> Path:
        path = self._folder / f"students-{students}-{version_of(Path(population.__file__))}.db"
        if not path.exists():
            for stale in self._folder.glob(f"students-{students}-*"):
                stale.unlink()
            unfinished = path.with_suffix(".unfinished")
            _populate(f"sqlite:///{unfinished}", students)
            unfinished.rename(path)
        return path

    def _template(self, students: int) -> str:
        url = self._create("template0")
        _populate(url, students)
        with psycopg.connect(url, autocommit=True) as connection:
            # What autovacuum would do within minutes, and then in the middle of a measurement.
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")
        return self._names[-1]

    def _create(self, template: str) -> str:
        self._names.append(self._postgres.create(template))
        return self._postgres.url(self._names[-1])


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Databases]:
    """Databases for one run; only the populated SQLite files in `folder` outlive it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=folder) as scratch,
        running(fsync="on", synchronous_commit="on") as postgres,
    ):
        _refuse_forgetful(postgres)
        made = Databases(folder, Path(scratch), postgres)
        try:
            yield made
        finally:
            made.drop()


def _refuse_forgetful(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url("postgres")) as connection:
        for setting in _DURABLE:
            row = connection.execute(f"SHOW {setting}").fetchone()
            if row != ("on",):
                sys.exit(f"bench: {setting} must be on: durability is part of what is measured")


def _populate(url: str, students: int) -> None:
    print(f"  populating {url.partition(':')[0]} with {students:,} students", file=sys.stderr)
    store = Store(url)
    upgrade(store)
    population.populate(store, District(students))
    store.close()


def _opened(url: str, students: int) -> Database:
    """The copy at `url`, with what must be of today."""
    store = Store(url)
    now = datetime.now(UTC)
    with store.writing() as connection:
        date_list(connection, "consents", now)
        key = keys.create_key(connection, name="bench", scopes=["check"], now=now)
    store.close()
    return Database(url, students, key.secret)


def version_of(*filled_by: Path) -> str:
    """Changes with the schema and with what is filled in by these sources."""
    sources = [*filled_by, *Path(migrations.__file__).parent.rglob("*.py")]
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]
