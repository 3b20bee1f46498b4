"""Tests that on PostgreSQL only repeat what others try there: `python -m tests.repeats` lists them.

What differs between the stores are the statements and what they come to. A test tries pairs of
both: a statement as it is sent, and whether it finds nothing, rows or an error. Of the tests of
`FOLDERS` as few are chosen that each of the others would try next to nothing new for its time; of
each file one is among them. The others are in `repeats.txt`: `make test` runs them on SQLite,
`make test-all` on both. A new test is in no list and runs on both; tests of races and of what is no
statement are never in it.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine, event

LIST = Path(__file__).with_name("repeats.txt")
FOLDERS = ("tests/store", "tests/rest")
# What they try on PostgreSQL is more than statements.
_NEVER = (
    "race", "test_databases", "test_guards", "test_import_after_kills", "test_import_area",
    "test_import_jams", "test_migrations", "test_session",
)  # fmt: skip
_ROOT = Path(__file__).parent.parent
_OURS = (f"{_ROOT}/tests/", f"{_ROOT}/app/", f"{_ROOT}/migrations/")
# New pairs a second that make a test worth its time: one alone is most often a statement that
# others send, too, with a condition more or less.
_NEW_A_SECOND = 5
# What sets a test up is paid for each of them, and not counted in its time.
_BEGUN_SECONDS = 0.05
# Where it is set the tests write what they try into this folder, and none of them is left out.
_RECORD = "CLEARPOST_TESTS_RECORD"
_VALUES = re.compile(r"%\(\w+\)s(::\w+)?(, %\(\w+\)s(::\w+)?)*")
_OWN_NAME = re.compile(r"clearpost_[0-9a-f]{32}")
# Of a row that is written, which of its columns are named is the same to a store.
_WRITTEN = re.compile(
    r"(?s)(?<=^INSERT INTO )(\S+) \([^)]*\)|(?<=^UPDATE )(\S+) SET .*?(?= WHERE |$)"
)


class Tried(NamedTuple):
    """What a test has tried on PostgreSQL, from how many threads, in how much processor time."""

    name: str
    pairs: frozenset[str]
    threads: int
    seconds: float


@cache
def read_list() -> frozenset[str]:
    """The tests that repeat, by file and name; none while they are recorded."""
    return frozenset() if _RECORD in os.environ else frozenset(LIST.read_text().splitlines())


class Recorder:
    """Writes down what each test tries."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._pairs: set[str] = set()
        self._threads: set[int] = set()
        event.listen(Engine, "after_cursor_execute", self._on_done)
        event.listen(Engine, "handle_error", self._on_error)

    def _on_done(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if connection.dialect.name == "postgresql":
            self._note(statement, "rows" if cursor.rowcount else "nothing")

    def _on_error(self, context: Any) -> None:
        if context.dialect.name == "postgresql":
            self._note(context.statement or "", type(context.original_exception).__name__)

    def _note(self, statement: str, outcome: str) -> None:
        if _is_asked_by_test():
            return
        text = _WRITTEN.sub(r"\1\2", _OWN_NAME.sub("", _VALUES.sub("?", statement)))
        self._pairs.add(f"{outcome}: {text}")
        self._threads.add(threading.get_ident())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Write what this one tries."""
        self._pairs, self._threads = set(), set()
        began = time.process_time()
        done = yield
        if self._pairs:
            name, took = item.nodeid.partition("[")[0], time.process_time() - began
            said = Tried(name, frozenset(self._pairs), len(self._threads), took)
            with self._file.open("a", encoding="utf-8") as out:
                out.write(json.dumps([name, sorted(said.pairs), *said[2:]]) + "\n")
        return done


def _is_asked_by_test() -> bool:
    """Whether a test sends the statement itself, to see what the service has done."""
    frame = sys._getframe(3)
    while frame.f_back and not frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    return frame.f_code.co_filename.startswith(_OURS[0])


def pytest_configure(config: pytest.Config) -> None:
    """Record, in each process that runs tests."""
    folder = os.environ.get(_RECORD)
    if folder:
        config.pluginmanager.register(Recorder(Path(folder) / f"{os.getpid()}.jsonl"))


def choose_repeats(tried: Sequence[Tried]) -> list[str]:
    """Those that try next to nothing which the others do not try; of each file one is kept."""
    able, kept = [], set[str]()
    for one in tried:
        if one.threads > 1 or any(word in one.name for word in _NEVER):
            kept |= one.pairs
        else:
            able.append(one)
    left = {one.name: one for one in able}
    while left:
        worth = {
            one.name: len(one.pairs - kept) / (one.seconds + _BEGUN_SECONDS)
            for one in left.values()
        }
        best = max(worth, key=lambda name: worth[name])
        if worth[best] < _NEW_A_SECOND:
            break
        kept |= left.pop(best).pairs
    for same in _group_by_file(left.values()):
        if len(same) == sum(one.name.startswith(_file(same[0])) for one in tried):
            del left[min(same, key=lambda one: one.seconds).name]
    return sorted(left)


def _file(one: Tried) -> str:
    return one.name.partition("::")[0] + "::"


def _group_by_file(tried: Iterable[Tried]) -> list[list[Tried]]:
    return [list(same) for _, same in groupby(sorted(tried), key=_file)]


def main(options: list[str]) -> None:
    """Run the tests of `FOLDERS` on PostgreSQL, and write the list."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.repeats", *FOLDERS]
        chosen = [*command, "-k", "postgresql", *options]
        subprocess.run(chosen, env={**os.environ, _RECORD: folder}, check=True)
        lines = [line for file in Path(folder).iterdir() for line in file.read_text().splitlines()]
    tried = [Tried(name, frozenset(pairs), *rest) for name, pairs, *rest in map(json.loads, lines)]
    LIST.write_text("".join(f"{name}\n" for name in choose_repeats(tried)))


if __name__ == "__main__":
    main(sys.argv[1:])
