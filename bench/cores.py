"""Which core does what, so that nobody's work slows what is measured more than it must."""

import contextlib
import os
import shutil
import sys
from dataclasses import dataclass

import psutil

Cores = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pins:
    """The cores of each service process, of wrk and of PostgreSQL."""

    services: tuple[Cores, ...]
    wrk: Cores
    postgres: Cores

    def __str__(self) -> str:
        services = " and ".join(f"process {n + 1} on {_told(c)}"
                                for n, c in enumerate(self.services))  # fmt: skip
        return f"{services}; wrk on {_told(self.wrk)}; PostgreSQL on {_told(self.postgres)}"


def pins(processes: int) -> Pins:
    """A core for each service process; wrk and PostgreSQL get what is left, or share the last."""
    cores = tuple(sorted(os.sched_getaffinity(0)))
    if len(cores) < 2:
        sys.exit("bench: at least two cores are needed: one for the service, one for wrk")
    services = tuple((core,) for core in cores[:processes])
    left = cores[processes:]
    if not left:
        return Pins(services, cores, cores)
    return Pins(services, left[:1], left[1:] or left)


def pinned(command: list[str], cores: Cores) -> list[str]:
    """`command`, to be started on these cores only."""
    taskset = shutil.which("taskset")
    if taskset is None:
        sys.exit("bench: taskset is needed (Linux, package util-linux)")
    return [taskset, "--cpu-list", ",".join(map(str, cores)), *command]


def pin_postgres(cores: Cores) -> None:
    """Move the server we started, if we did; the connections it opens later inherit this."""
    for child in psutil.Process().children():
        if child.name() == "postgres":
            for process in (child, *child.children()):
                # A worker of the server may end while we look at it.
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.cpu_affinity(list(cores))


def busy_seconds(cores: Cores) -> float:
    """The processor time used on `cores` so far, by whomever."""
    each = psutil.cpu_times(percpu=True)
    return sum(sum(each[core]) - each[core].idle - each[core].iowait for core in cores)


def _told(cores: Cores) -> str:
    return ("cores " if len(cores) > 1 else "core ") + " and ".join(map(str, cores))
