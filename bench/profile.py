"""`python -m bench.profile`: where the service's processor time goes, thread by thread.

Runs the real service under load with py-spy sampling it from outside. A thread's time is what the
system says it used; the samples only share it out among functions.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from bench import services, verify
from bench.cores import pin_postgres, pins
from bench.databases import Databases, opened
from bench.load import Load, Run, require_wrk, run
from bench.posts import POST
from bench.services import Service

_STUDENTS = 100_000
_RATE = 250
_WARM_UP_SECONDS = 3
_SHOWN = 14
_WIDTH = 150
_THREADS = {"MainThread": "event loop", "clearpost-pipeline": "pipeline"}


@dataclass(slots=True)
class Thread:
    """Samples of one thread: in all, within each of our functions, and at the top of the stack."""

    name: str
    samples: int = 0
    within: Counter[str] = field(default_factory=Counter)
    own: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Print, for the event loop and the pipeline, the functions that take the most time."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=int, default=15)
    asked = parser.parse_args()
    require_wrk()
    with opened(Path("var/bench")) as databases:
        seconds, got, threads = _profiled(
            databases, asked.store, Load(POST, asked.connections, asked.seconds)
        )
    micros = {tid: 1e6 * used / got.answered for tid, used in seconds.items()}
    print(f"{got.rate:,.0f} checks/s; a check takes {sum(micros.values()):,.0f} us of the process")
    for tid, thread in threads.items():
        if thread.name in _THREADS:
            _print(thread, micros.get(tid, 0.0))


def _profiled(
    databases: Databases, store: str, load: Load
) -> tuple[dict[int, float], Run, dict[int, Thread]]:
    """Seconds each thread used, what was answered meanwhile, and the samples."""
    make = databases.sqlite if store == "sqlite" else databases.postgres
    where = pins(1)
    with (
        services.clearpost(make(_STUDENTS), where.services) as service,
        tempfile.TemporaryDirectory() as folder,
    ):
        pin_postgres(where.postgres)
        verify.refuse_wrong_answers(service, POST)
        run(service, Load(POST, load.connections, _WARM_UP_SECONDS), 1, where.wrk)
        before = _thread_seconds(service)
        stacks = Path(folder, "stacks")
        sampler = subprocess.Popen(
            _sampler(service, load.seconds, stacks),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        got = run(service, load, 2, where.wrk)
        used = {t: s - before.get(t, 0.0) for t, s in _thread_seconds(service).items()}
        said, _ = sampler.communicate()
        if sampler.returncode != 0:
            sys.exit(f"bench: py-spy failed (it may need root): {said.decode()}")
        return used, got, _threads(stacks.read_text().splitlines())


def _sampler(service: Service, seconds: int, stacks: Path) -> list[str]:
    tool = Path(sys.executable).with_name("py-spy")
    options = {"pid": service.pids[0], "duration": seconds, "rate": _RATE, "output": stacks}
    given = [f"--{name}={value}" for name, value in options.items()]
    return [str(tool), "record", "--format=raw", "--threads", "--function", *given]


def _thread_seconds(service: Service) -> dict[int, float]:
    threads = psutil.Process(service.pids[0]).threads()
    return {one.id: one.user_time + one.system_time for one in threads}


def _threads(stacks: list[str]) -> dict[int, Thread]:
    """py-spy's lines: `thread (ID): NAME;outer (file:line);…;inner (file:line) SAMPLES`."""
    threads: dict[int, Thread] = {}
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        head, *frames = stack.split(";")
        ident, _, name = head.removeprefix("thread (").partition("): ")
        thread = threads.setdefault(int(ident), Thread(name))
        thread.samples += int(count)
        thread.own[frames[-1]] += int(count)
        for frame in {f for f in frames if "(app/" in f}:
            thread.within[frame] += int(count)
    return threads


def _print(thread: Thread, micros: float) -> None:
    title = f"{_THREADS[thread.name]}: {micros:,.0f} us a check"
    table = Table("us", "within (with all it calls)", "us", "itself (with C code)", title=title)
    pairs = zip(thread.within.most_common(_SHOWN), thread.own.most_common(_SHOWN), strict=False)
    for (outer, all_in_all), (inner, alone) in pairs:
        each = micros / thread.samples
        table.add_row(f"{all_in_all * each:,.0f}", outer, f"{alone * each:,.0f}", inner)
    # Wide enough for the names of two functions, also where the output is not a terminal.
    console = Console(width=max(Console().width, _WIDTH))
    console.print(table, markup=False)


if __name__ == "__main__":
    main()
