"""What an import costs: `python -m bench.imports [--people 100000] [--stores sqlite postgresql]`.

A first load, the same delivery again, and a hundredth of the people changed, each in a process of
its own; beside them what the database's own client (`.import`, `\\copy`) takes for the same files
into tables with the same keys and indexes, in the same run. Then checks, asked one after another,
while nothing else happens and while a delivery is applied. Ratios go to bench/IMPORTS.md.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

import httpx

from app.database.session import Store
from bench import imports_files as files
from bench.imports_peers import load
from migrations.upgrade import upgrade
from tests.postgres import Postgres, running

IMPORT = """
import json, resource, sys, time
from pathlib import Path
from app.imports.run import run_import
from app.settings import Settings
from sqlalchemy import select
from app.database.session import Store
from app.database.tables import imports
url, folder = sys.argv[1:]
settings = Settings(database_url=url, import_hold_flips_percent=100)
start = time.monotonic()
store = Store(url, 60)
report = run_import(store, settings, Path(folder))
seconds = time.monotonic() - start
with store.reading() as connection:
    wanted = select(imports.c.progress).where(imports.c.id == report.import_id)
    progress = connection.scalar(wanted)
print(json.dumps({
    "state": report.state, "seconds": seconds,
    "errors": [str(error) for error in report.errors[:3]],
    "longest": json.loads(progress or "{}").get("longest_slice_ms", 0),
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""
_BESIDES = """\
The client writes the rows and the same keys and indexes on them, in one transaction a file. A first
load also checks every cell and reference, stages and compares (each row is written twice), keeps
each statement on the ledger, indexes the words of all names for search, tests foreign keys, and
does it in transactions of some 30 ms, so that each page of an index is written many times: about
twice the entries in B-trees, and Python between them."""
_ASKED_PER_SECOND = 40
_IDLE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Import:
    """One import: its end, its seconds, its process's memory, its longest slice in milliseconds."""

    state: str
    seconds: float
    megabytes: float
    longest: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One store: seconds of the client, imports, and p50 and p99 of checks in milliseconds."""

    store: str
    client: float
    first: Import
    again: Import
    touched: Import
    delta: Import
    idle: tuple[float, float]
    meanwhile: tuple[float, float]
    busy: Import


def take(url: str, folder: Path) -> Import:
    """Import `folder` in a process of its own."""
    command = [sys.executable, "-c", IMPORT, url, str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    said = json.loads(ran.stdout)
    if said["state"] not in ("applied", "unchanged"):
        sys.exit(f"bench: the import is {said['state']}: {said['errors']}")
    return Import(said["state"], said["seconds"], said["megabytes"], said["longest"])


def measure(store: str, url: str, client: float, made: files.Made) -> Measured:
    """All imports into the empty store at `url`, then checks beside one."""
    _migrate(url)
    first = take(url, made.whole)
    again = take(url, made.whole)
    # Something else was written since: nothing can be concluded from the files' digests alone.
    take(url, made.one)
    touched = take(url, made.whole)
    delta = take(url, made.delta)
    with _served(url) as ask:
        idle = _latencies(ask, lambda: time.sleep(_IDLE_SECONDS))
        done: list[Import] = []
        meanwhile = _latencies(ask, lambda: done.append(take(url, made.changed)))
    return Measured(store, client, first, again, touched, delta, idle, meanwhile, done[0])


def _migrate(url: str) -> None:
    store = Store(url)
    upgrade(store)
    store.close()


@contextlib.contextmanager
def _served(url: str) -> Iterator[httpx.Client]:
    from bench.imports_service import serving  # noqa: PLC0415

    with serving(url) as client:
        yield client


def _latencies(ask: httpx.Client, work: object) -> tuple[float, float]:
    """p50 and p99, in milliseconds, of checks asked at a steady rate while `work` runs."""
    worker = threading.Thread(target=work)  # type: ignore[arg-type]
    worker.start()
    took, due = [], time.monotonic()
    while worker.is_alive():
        due += 1 / _ASKED_PER_SECOND
        start = time.monotonic()
        answer = ask.post("/v1/checks/photo-consent", json={"students": [{"id": "s-0000001"}]})
        took.append((time.monotonic() - start) * 1000)
        answer.raise_for_status()
        time.sleep(max(0.0, due - time.monotonic()))
    worker.join()
    return median(took), quantiles(took, n=100)[98]


@contextlib.contextmanager
def _urls(stores: list[str], scratch: Path) -> Iterator[dict[str, tuple[str, str]]]:
    """For each store the URLs of an empty database for its client and of one for us."""
    with contextlib.ExitStack() as stack:
        found = {}
        if "sqlite" in stores:
            found["sqlite"] = (str(scratch / "client.db"), f"sqlite:///{scratch}/ours.db")
        if "postgresql" in stores:
            flags = {"fsync": "on", "synchronous_commit": "on"}
            server: Postgres = stack.enter_context(running(**flags))
            names = [server.create(), server.create()]
            found["postgresql"] = (server.url(names[0]), server.url(names[1]))
        yield found


def main() -> None:
    """Measure, print and write the report."""
    parser = argparse.ArgumentParser(prog="python -m bench.imports", description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--stores", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--report", type=Path, default=Path("bench/IMPORTS.md"))
    asked = parser.parse_args()
    scratch_root = Path("var/bench").resolve()
    scratch_root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch_root) as folder:
        scratch = Path(folder)
        made = files.make(scratch, asked.people)
        found = []
        with _urls(asked.stores, scratch) as urls:
            for store, (theirs, ours) in urls.items():
                client = load(store, theirs, made.whole)
                print(f"{store}: the client took {client:.1f} s", file=sys.stderr)
                found.append(measure(store, ours, client, made))
        text = report(asked.people, made.rows, found)
    print(text)
    asked.report.write_text(text)


def report(people: int, rows: int, found: list[Measured]) -> str:
    """The figures as Markdown."""
    counted = f"{people:,} people, {people:,} consents and {4 * people:,} enrollments"
    lines = [
        "# What an import costs",
        "",
        (
            f"`make bench-import PEOPLE={people}`: {counted}, {rows:,} rows in all, on "
            f"{datetime.now(UTC):%Y-%m-%d} with {os.cpu_count()} cores. Trust the ratios, which "
            "are of one run."
        ),
        "",
        _BESIDES,
        "",
        "| | " + " | ".join(one.store for one in found) + " | aim |",
        "|---|" + "---|" * (len(found) + 1),
    ]
    aims = {"sqlite": "0.6", "postgresql": "0.4"}

    def row(what: str, aim: str, tell: object) -> None:
        lines.append(f"| {what} | " + " | ".join(tell(one) for one in found) + f" | {aim} |")  # type: ignore[operator]

    row("the client, rows/s", "", lambda m: f"{rows / m.client:,.0f}")
    row("first load, rows/s", "", lambda m: f"{rows / m.first.seconds:,.0f}")
    row(
        "**first load to the client**",
        ", ".join(f"{name} {aim}" for name, aim in aims.items()),
        lambda m: f"**{m.client / m.first.seconds:.2f}**",
    )
    row("memory at most, MB", "300", lambda m: f"{max(m.first.megabytes, m.touched.megabytes):.0f}")
    row("the same again: times as fast", "2", lambda m: f"{m.first.seconds / m.again.seconds:.0f}")
    row(
        "the same after another change: times as fast", "2",
        lambda m: f"{m.first.seconds / m.touched.seconds:.1f}",
    )  # fmt: skip
    row("1% of the people, s", "10", lambda m: f"{m.delta.seconds:.1f}")
    row(
        "longest slice alone / beside checks, ms", "50",
        lambda m: f"{m.first.longest} / {m.busy.longest}",
    )  # fmt: skip
    row("check p50 / p99 idle, ms", "", lambda m: "{:.1f} / {:.1f}".format(*m.idle))
    row("check p50 / p99 meanwhile, ms", "", lambda m: "{:.1f} / {:.1f}".format(*m.meanwhile))
    row("**p99 meanwhile to idle**", "3", lambda m: f"**{m.meanwhile[1] / m.idle[1]:.1f}**")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
