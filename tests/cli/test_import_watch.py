"""`clearpost import watch`: whole deliveries once each, in order, through restarts and SIGTERM."""

import os
import signal
import stat
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from app.database import tables
from app.database.session import Store
from app.imports import drop_folder
from app.store.service import import_records
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
    waiting, settle, now = drop_folder.DropWatch(), 60.0, 0.0
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
        return bool(import_records.list_in_states(connection, "staging", "applying"))


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


FORGED = "x\n2026-11-26T00:00:00Z-roster.zip: done. Import 1: applied.zip"


@pytest.mark.parametrize(
    "name",
    [
        FORGED.encode(),
        b"tab\tescape\x1b[2J\x07.zip",
        b"\xff\xfe not UTF-8 \xe9.zip",
        "\u202ereversed.zip".encode(),
        b"n" * 251 + b".zip",
        "\U00020000".encode() * 60 + b".zip",
        b"files",
        b"new\nline",
    ],
    ids=["forged", "controls", "bytes", "turned", "long", "wide", "files", "folder"],
)
@pytest.mark.few(4)
def test_no_name_stops_the_watch_or_forges_a_line(
    migrated: Run, drop: Path, tmp_path: Path, name: bytes
) -> None:
    there = Path(os.fsdecode(os.fsencode(drop) + b"/" + name))
    if name.endswith(b".zip"):
        packed(there, Path(deliver(tmp_path / "one", 3)))
    else:
        deliver(there, 3)
    (drop / "people.csv").write_text(f"{PEOPLE}s-1,wizard,Bo,Secret,hill\n")
    said = migrated("import", "watch", str(drop), "--once", "--settle", "0")
    assert said.returncode == 0
    assert "Traceback" not in said.stderr
    watching, *told = said.stderr.splitlines()
    assert watching.startswith("Watching ")
    assert len(told) == 2
    assert all(line.isprintable() for line in told)
    assert any("(people.csv): failed. Import " in line for line in told)
    taken = {place: len(names) for place, names in places(drop).items()}
    assert taken == {"done": 1, "failed": 1}


@pytest.mark.parametrize("kind", ["fifo", "socket", "link", "loop", "unknown"])
def test_what_is_no_delivery_is_told_once_and_left(
    migrated: Run, drop: Path, tmp_path: Path, kind: str
) -> None:
    strange = drop / "strange.csv"
    if kind == "fifo":
        os.mkfifo(strange)
    elif kind == "socket":
        os.mknod(strange, stat.S_IFSOCK | 0o600)
    elif kind == "link":
        strange.symlink_to(tmp_path / "elsewhere.csv")
    elif kind == "loop":
        strange.symlink_to(strange)
    else:
        (drop / "roster.xyz\nforged").write_text("?")
    deliver(drop / "good", 3)
    said = migrated("import", "watch", str(drop), "--once", "--settle", "0")
    assert said.returncode == 0
    assert places(drop) == {"done": ["good"]}
    _, told, done = said.stderr.splitlines()
    assert told.endswith(": is no delivery, and is left alone")
    assert "good: done." in done


def test_strange_names_within_a_delivery_are_refused_by_a_plain_name(
    migrated: Run, drop: Path, tmp_path: Path
) -> None:
    one = Path(deliver(drop / "one", 3))
    (one / os.fsdecode(b"people\n.csv")).write_text(PEOPLE)
    (one / os.fsdecode(b"caf\xe9.csv")).write_text(PEOPLE)
    os.mkfifo(one / "enrollments.csv")
    packed(drop / "two.zip", one, fold=lambda name: f"{name}\x1b[2J")
    deliver(drop / "three", 3)
    said = migrated("import", "watch", str(drop), "--once", "--settle", "0")
    assert said.returncode == 0
    assert all(line.isprintable() for line in said.stderr.splitlines())
    found = places(drop)
    assert found["failed"] == ["one", "two.zip"]
    assert found["done"] == ["three"]
    for report in (drop / "failed").glob("*.report.txt"):
        assert all(line.isprintable() for line in report.read_text().replace("\t", "").splitlines())


def test_delivery_that_fails_whatever_is_done_lets_others_pass(
    migrated: Run, drop: Path, store: Store
) -> None:
    """As where the store refuses what is read: three times, and it is put away."""
    deliver(drop / "bad", 3)
    os.utime(drop / "bad" / "people.csv", (1, 1))
    deliver(drop / "good", 3)
    refuses = "BEGIN SELECT RAISE(ABORT, 'Given1 Family1 of this row'); END"
    with store.writing() as connection:
        connection.execute(
            text(f"CREATE TRIGGER no BEFORE INSERT ON people WHEN NEW.id = 's-2' {refuses}")
        )
    (drop / "good" / "people.csv").write_text(f"{PEOPLE}s-1,student,Bo,Roe,hill\n")
    said = migrated("import", "watch", str(drop), "--once", "--settle", "0")
    assert said.returncode == 0
    assert places(drop) == {"done": ["good"], "failed": ["bad"]}
    assert "Given1" not in said.stderr
    (report,) = (drop / "failed").glob("*.report.txt")
    assert "failed 3 times: " in report.read_text()
    assert "Given1" not in report.read_text()


def packed(archive: Path, folder: Path, fold: Callable[[str], str] = str) -> None:
    with zipfile.ZipFile(archive, "w") as file:
        for one in folder.iterdir():
            if one.is_file():
                name = fold(os.fsencode(one.name).decode(errors="replace"))
                file.write(one, name)
