"""`clearpost import watch`: whole deliveries once each, in order, through restarts and SIGTERM."""

import signal
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.imports import drops
from app.store import imports, tables
from app.store.session import Store
from tests.cli.conftest import COMMAND, Run
from tests.cli.test_import_doors import PEOPLE, deliver
from tests.waiting import until


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    made = tmp_path / "drop"
    made.mkdir()
    return made


@pytest.fixture
def watching(
    environment: dict[str, str], drop: Path, migrated: Run
) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `clearpost import watch` as a process."""
    begun: list[subprocess.Popen[str]] = []

    def start(*options: str) -> subprocess.Popen[str]:
        command = [str(COMMAND), "import", "watch", str(drop), *options]
        begun.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def places(drop: Path) -> dict[str, list[str]]:
    """What lies where, without times and reports."""
    return {
        place: sorted(p.name[19:] for p in (drop / place).glob("*") if p.suffix != ".txt")
        for place in ("done", "held", "failed", ".importing")
        if (drop / place).exists() and list((drop / place).iterdir())
    }


def test_each_goes_where_it_belongs_with_its_report(
    migrated: Run, drop: Path, tmp_path: Path
) -> None:
    good = Path(deliver(tmp_path / "d", 30))
    with zipfile.ZipFile(drop / "roster.zip", "w") as archive:
        for file in good.iterdir():
            archive.write(file, file.name)
    assert migrated("import", "watch", str(drop), "--once", "--settle", "0").returncode == 0
    deliver(drop / "less", 12)
    (drop / "people.csv").write_text(f"{PEOPLE}s-1,wizard,Bo,Secret,hill\n")
    (drop / "notes.md").write_text("not a delivery")
    arguments = ("import", "watch", str(drop), "--once", "--settle", "0", "--complete")
    assert migrated(*arguments).returncode == 0
    assert places(drop) == {"done": ["roster.zip"], "held": ["less"], "failed": ["files"]}
    (failed,) = (drop / "failed").glob("*.report.txt")
    assert "people.csv, line 2, kind: " in failed.read_text()
    assert "Secret" not in failed.read_text()
    (held,) = (drop / "held").glob("*.report.txt")
    assert "missing from the feed" in held.read_text()
    (done,) = (drop / "done").glob("*.report.txt")
    assert "people.csv\t31\t31\t0\t0\t0" in done.read_text()
    assert done.stat().st_mode & 0o077 == 0
    assert {path.name for path in drop.iterdir() if path.is_file()} == {"notes.md", ".watched"}


def test_only_what_is_marked_and_its_mark_goes(migrated: Run, drop: Path) -> None:
    deliver(drop / "one", 3)
    arguments = ("import", "watch", str(drop), "--once", "--marked")
    migrated(*arguments)
    assert places(drop) == {}
    (drop / "one.done").touch()
    deliver(drop / "two", 3)
    (drop / "two" / ".done").touch()
    migrated(*arguments)
    assert places(drop) == {"done": ["one", "two"]}
    assert not (drop / "one.done").exists()


def test_nothing_is_taken_while_it_grows(drop: Path) -> None:
    waiting, settle, now = drops.Waiting(), 60.0, 0.0
    (drop / "orgs.csv").write_text("sourced_id,name,kind\nhill,Hill School,school\n")
    people = drop / "people.csv"
    people.write_text(PEOPLE)
    for number in range(8):
        assert waiting.next(drop, now, settle) is None
        with people.open("a") as growing:
            growing.write(f"s-{number},student,A,B,hill\n")
        now += settle - 1
    assert waiting.next(drop, now, settle) is None
    assert waiting.next(drop, now + settle - 1, settle) is None
    taken = waiting.next(drop, now + settle, settle)
    assert taken
    assert taken.name == "files"
    assert {path.name for path in taken.paths} == {"orgs.csv", "people.csv"}


def test_what_has_settled_is_taken_and_sigterm_ends_it(
    watching: Callable[..., subprocess.Popen[str]], drop: Path, store: Store
) -> None:
    deliver(drop / "one", 8)
    process = watching("--settle", "0.2")
    until(lambda: places(drop).get("done") == ["one"] and ".importing" not in places(drop))
    with store.reading() as connection:
        students = select(func.count()).where(tables.people.c.kind == "student")
        assert connection.scalar(students) == 8
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


def _under_way(store: Store) -> bool:
    with store.reading() as connection:
        return bool(imports.in_states(connection, "staging", "applying"))


def test_killed_in_the_midst_it_goes_on(
    watching: Callable[..., subprocess.Popen[str]], drop: Path, migrated: Run, store: Store,
    tmp_path: Path,
) -> None:  # fmt: skip
    migrated("generate", str(tmp_path / "big"), "--students", "3000")
    (tmp_path / "big").rename(drop / "big")
    (drop / "big.done").touch()
    process = watching()
    until(lambda: _under_way(store))
    process.kill()
    process.wait()
    assert places(drop) == {".importing": ["big"]}
    again = watching()
    until(lambda: "done" in places(drop) and ".importing" not in places(drop))
    assert places(drop) == {"done": ["big"]}
    second = watching("--once")
    assert second.wait() == 1
    again.send_signal(signal.SIGTERM)
    assert again.wait() == 0
    assert migrated("import", "status").stdout.count("\tapplied\t") == 1


def test_links_are_left_alone(migrated: Run, drop: Path, tmp_path: Path) -> None:
    deliver(tmp_path / "elsewhere", 3)
    (drop / "link").symlink_to(tmp_path / "elsewhere")
    (drop / "link.done").touch()
    migrated("import", "watch", str(drop), "--once", "--settle", "0")
    assert places(drop) == {}
