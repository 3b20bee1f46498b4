"""The test suite at other dates, and beside a process that eats a core.

`python -m tests.dates [options of pytest]` runs it once for each; `make test-all` does. The date is
set by libfaketime for the tests, for the services and commands they start, but not for PostgreSQL
and Chromium: no statement and no widget asks what time it is. Monotonic clocks and the times of
files stay true. All processes are shifted by the same time, so that they agree.
"""

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

# UTC, shortly before something happens.
DATES: Mapping[str, datetime] = {
    "29 February, over in UTC but not yet in Denver": datetime(2028, 2, 29, 23, 55, tzinfo=UTC),
    "summer time begins in Denver": datetime(2027, 3, 14, 8, 57, tzinfo=UTC),
    "summer time ends in Denver": datetime(2027, 11, 7, 7, 57, tzinfo=UTC),
    "New Year's Eve in UTC": datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
    "a year on": datetime.now(UTC) + timedelta(days=365),
}
PRELOAD = "LD_PRELOAD"
_EAT = "while True: pass"


def shifted(environment: Mapping[str, str], to: datetime) -> dict[str, str]:
    """`environment` for a process whose date is to be `to`."""
    seconds = round((to - datetime.now(UTC)).total_seconds())
    return {
        **environment,
        PRELOAD: str(_library()),
        "FAKETIME": f"{seconds:+d}s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


def unshifted() -> dict[str, str]:
    """This process's environment for one that is to have the machine's own date."""
    return {name: value for name, value in os.environ.items() if name != PRELOAD}


@contextmanager
def machine_date() -> Iterator[None]:
    """Processes that are started while the block runs have the machine's own date."""
    kept = os.environ.pop(PRELOAD, None)
    try:
        yield
    finally:
        if kept is not None:
            os.environ[PRELOAD] = kept


def _library() -> Path:
    spec = importlib.util.find_spec("libfaketime")
    if spec is None or spec.origin is None:
        sys.exit("libfaketime is not installed (requirements-dates.txt)")
    found = next(Path(spec.origin).parent.rglob("libfaketime.so.1"), None)
    if found is None:
        sys.exit("libfaketime was not built; it takes a C compiler and make")
    return found


def _pytest(options: list[str], environment: Mapping[str, str] | None = None) -> bool:
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, env=environment, check=False)
    print(f"{time.monotonic() - began:.0f} seconds", flush=True)  # noqa: T201
    return done.returncode == 0


def main(options: list[str]) -> int:
    """Run all; 1 where any of it failed."""
    failed = []
    for name, at in DATES.items():
        print(f"\n{name}: {at:%Y-%m-%d %H:%M} UTC", flush=True)  # noqa: T201
        if not _pytest(options, shifted(os.environ, at)):
            failed.append(name)
    print("\nbeside a process that eats a core", flush=True)  # noqa: T201
    with subprocess.Popen([sys.executable, "-c", _EAT]) as eater:
        try:
            if not _pytest(options):
                failed.append("a busy machine")
        finally:
            eater.kill()
    for name in failed:
        print(f"FAILED: {name}", flush=True)  # noqa: T201
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
