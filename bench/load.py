"""wrk: found or installed, run for a few seconds, and what it counted."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from bench.cores import Cores, pinned
from bench.population import OFFICES, District
from bench.posts import POST, Form
from bench.services import Service

_SCRIPT = Path(__file__).with_name("requests.lua")
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Run:
    """What wrk saw of one service during one run, and the processor time the service took.

    Latencies are in milliseconds. `others` is the share of the service's core that somebody else
    used meanwhile; the kernel's work for its sockets is a few hundredths.
    """

    answered: int
    seconds: float
    failed: int
    p50: float
    p99: float
    cpu_seconds: float = 0.0
    others: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds

    @property
    def void(self) -> bool:
        """Whether something else than a 2xx was answered, or nothing at all."""
        return self.failed > 0 or self.answered == 0


def require_wrk() -> None:
    """Stop unless wrk is there; as root on Debian and its kin, install it."""
    if shutil.which("wrk"):
        return
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        subprocess.run([apt, "update", "--quiet"], check=False)
        subprocess.run([apt, "install", "--yes", "--quiet", "wrk"], check=False)
    if not shutil.which("wrk"):
        sys.exit("bench: wrk is needed and is not here: install the package wrk (as root: "
                 "apt-get install wrk)")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: random requests of `form`, over so many connections, for so long."""

    form: Form
    connections: int
    seconds: int


def run(service: Service, load: Load, seed: int, cores: Cores) -> Run:
    """Put `load` on `service`, shared evenly by one wrk for each of its processes."""
    connections = max(load.connections // len(service.urls), 1)
    command = ["wrk", "--threads", "1", "--connections", str(connections),
               "--duration", f"{load.seconds}s", "--timeout", f"{_TIMEOUT_SECONDS}s",
               "--script", str(_SCRIPT)]  # fmt: skip
    before = service.cpu_seconds()
    running = [
        subprocess.Popen(
            pinned([*command, url], cores),
            env={**os.environ, **_told(service, load.form), "BENCH_SEED": str(seed + place)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for place, url in enumerate(service.urls)
    ]
    seen = _together([_counted(process) for process in running])
    return replace(seen, cpu_seconds=service.cpu_seconds() - before)


def _told(service: Service, form: Form) -> dict[str, str]:
    """What the script needs to know, as its environment: arguments would show the key."""
    district = District(service.database.students)
    return {
        "BENCH_FORM": "post" if form is POST else "list",
        "BENCH_PATH": form.path,
        "BENCH_BODY": form.body,
        "BENCH_STUDENT": form.student,
        "BENCH_PICTURED": str(form.students),
        "BENCH_STUDENTS": str(district.students),
        "BENCH_SCHOOLS": str(district.schools),
        "BENCH_FIRST_EMPLOYEE": str(OFFICES),
        "BENCH_LAST_EMPLOYEE": str(district.employees - 1),
        "BENCH_KEY": service.database.key,
    }


def _counted(process: subprocess.Popen[str]) -> Run:
    output, _ = process.communicate()
    line = next((one for one in output.splitlines() if one.startswith("BENCH ")), None)
    if line is None:
        sys.exit(f"bench: wrk did not finish: {output[-500:]}")
    requests, micros, refused, broken, p50, p99 = map(int, line.split()[1:])
    return Run(requests - refused, micros / 1e6, refused + broken, p50 / 1e3, p99 / 1e3)


def _together(runs: list[Run]) -> Run:
    """Runs at the same time as one; of the latencies the worse is told."""
    return Run(
        answered=sum(one.answered for one in runs),
        seconds=max(one.seconds for one in runs),
        failed=sum(one.failed for one in runs),
        p50=max(one.p50 for one in runs),
        p99=max(one.p99 for one in runs),
    )
