"""Processes of `clearpost` that need not load it: forked from one that has, and did nothing else.

To load the service takes longer than most tests of it. What is forked is a process as any other:
it has its own id, files and signals, and is killed alone; but it ends at once, without putting
its things in order. That the command starts by itself is tried by `tests/cli/test_serving.py` and
by the commands of the documents.
"""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from multiprocessing import get_context, util
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any, NamedTuple

_LOADED = ["app.cli.serving", "app.imports.run"]


class Place(NamedTuple):
    """Where a process stands, all that it has of variables, and the file that it writes to."""

    folder: Path
    environment: Mapping[str, str]
    output: Path


class Fork:
    """A process under the names that `subprocess.Popen` has for what is done to one."""

    def __init__(self, place: Place, work: Callable[..., None], *arguments: Any) -> None:
        self._process = _server().Process(target=_begin, args=(place, work, arguments))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        ended = self._process.exitcode
        assert ended is not None, "it has not ended"
        return ended

    def send_signal(self, number: int) -> None:
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run_command(*arguments: str) -> None:
    """Run `clearpost ARGUMENTS` in this process, which ends with it."""
    sys.argv = ["clearpost", *arguments]
    import_module("app.cli").main()


@cache
def _server() -> ForkServerContext:
    context = get_context("forkserver")
    # Its own folder is removed when Python ends; the tests' folders are gone by then.
    usual, tempfile.tempdir = tempfile.tempdir, "/tmp"  # noqa: S108 - made with a name by chance
    util.get_temp_dir()
    tempfile.tempdir = usual
    context.set_forkserver_preload(_LOADED)
    return context


def _begin(place: Place, work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    os.environ.clear()
    os.environ.update(place.environment)
    time.tzset()
    os.chdir(place.folder)
    output = os.open(place.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    work(*arguments)
