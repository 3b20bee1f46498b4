"""An import killed at any moment: delivered again, the store ends up as if nothing had happened."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from app.database.session import Store
from app.synthetic import generate_district
from migrations.upgrade import upgrade
from tests.faults.killing import Import, canonical_dump
from tests.postgres import Postgres

STUDENTS = 300
Fresh = Callable[[], str]
# What the same delivery adds to though it was done before it was killed.
_AGAIN = ("imports", "ledger", "list_dates")


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A district, and the same half a year later: people came, left and changed their minds."""
    first, second = (tmp_path_factory.mktemp(name) for name in ("first", "second"))
    generate_district(first, STUDENTS, 1, date(2026, 3, 1))
    shutil.copytree(first, second, dirs_exist_ok=True)
    _edit(second / "people.csv", lambda n, line: None if n % 29 == 28 and "student" in line else
          line.replace(",active", ",inactive") if n % 7 == 0 else line)  # fmt: skip
    gone = _ids(first / "people.csv") - _ids(second / "people.csv")
    for path in second.glob("*.csv"):
        _edit(path, lambda _, line: None if gone & set(line.strip().split(",")) else line)
    _edit(second / "enrollments.csv", lambda n, line: None if n % 11 == 10 else line)
    with (second / "consents.csv").open("a", newline="") as consents:
        for n, person in enumerate(sorted(_ids(second / "people.csv"))):
            if person.startswith("s-"):
                said = ("refuse", "withdraw", "grant")[n % 3]
                consents.write(_statement(second / "consents.csv", person, said))
    return first, second


def _statement(path: Path, person: str, decision: str) -> str:
    with path.open() as file:
        columns = file.readline().strip().split(",")
    cells = {
        "person_sourced_id": person, "decision": decision, "activity": "publish",
        "channel": "website", "extent": "image", "given_by": "Whoever", "capacity": "guardian",
        "signed_at": "2026-08-01",
    }  # fmt: skip
    return ",".join(cells.get(column, "") for column in columns) + "\r\n"


def _edit(path: Path, change: Callable[[int, str], str | None]) -> None:
    with path.open(newline="") as file:
        head, *lines = file.readlines()
    kept = [changed for n, line in enumerate(lines) if (changed := change(n, line)) is not None]
    path.write_text("".join([head, *kept]), newline="")


def _ids(path: Path) -> set[str]:
    return {line.split(",")[0] for line in path.read_text().splitlines()[1:]}


@pytest.fixture
def fresh(
    backend: str, deliveries: tuple[Path, Path], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Fresh]:
    """Makes a copy of a store that holds the first delivery; its URL."""
    template, made = tmp_path / "template.db", []
    if backend == "sqlite":
        _first(f"sqlite:///{template}", deliveries[0])

        def copy() -> str:
            made.append(shutil.copyfile(template, tmp_path / f"{len(made)}.db"))
            return f"sqlite:///{made[-1]}"

        yield copy
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.create()
    _first(postgres.url(name), deliveries[0])

    def clone() -> str:
        made.append(postgres.create(name))
        return postgres.url(made[-1])

    yield clone
    for one in (*made, name):
        postgres.drop(one)


def _first(url: str, folder: Path) -> None:
    store = Store(url)
    upgrade(store)
    store.close()
    assert Import(url, folder).state()[0] == "applied"


def _dump(url: str) -> str:
    store = Store(url)
    said = canonical_dump(store)
    store.close()
    return said


def _kill_and_go_on(fresh: Fresh, folder: Path, kills: int) -> None:
    undisturbed = fresh()
    state, seconds = Import(undisturbed, folder).state()
    assert state == "applied"
    wanted = _dump(undisturbed)
    for kill in range(kills):
        url = fresh()
        Import(url, folder).kill_after(seconds * (kill + 0.5) / kills)
        state, _ = Import(url, folder).state()
        assert state in ("applied", "unchanged")
        again = () if state == "applied" else _AGAIN
        assert _without(_dump(url), again) == _without(wanted, again), f"kill {kill + 1} of {kills}"


def _without(dump: str, tables: tuple[str, ...]) -> list[str]:
    return [line for line in dump.splitlines() if line.split(" ")[0] not in tables]


def test_an_import_killed_now_and_then(fresh: Fresh, deliveries: tuple[Path, Path]) -> None:
    _kill_and_go_on(fresh, deliveries[1], 2)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_an_import_killed_thirty_times(fresh: Fresh, deliveries: tuple[Path, Path]) -> None:
    _kill_and_go_on(fresh, deliveries[1], 30)
