"""The command line on real files: as a process, or (many times quicker) its `main` in this one."""

import io
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.cli import main
from app.database.session import Store

COMMAND = Path(sys.executable).with_name("clearpost")
Said = subprocess.CompletedProcess[str]
Run = Callable[..., Said]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Nothing of the settings of whoever runs the tests; a store in the test's own folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLEARPOST_")}
    return {**kept, "CLEARPOST_DATABASE_URL": f"sqlite:///{tmp_path}/store.db"}


@pytest.fixture
def process(environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs `clearpost ARGUMENTS` as a process, in pipes; `settings` are further variables."""

    def run(*arguments: str, stdin: str = "", **settings: str) -> Said:
        return subprocess.run(
            [COMMAND, *arguments],
            check=False, input=stdin, capture_output=True, text=True, cwd=tmp_path, timeout=120,
            env={**environment, **settings},
        )  # fmt: skip

    return run


@pytest.fixture
def clearpost(
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Run]:
    """Runs `clearpost ARGUMENTS` to its end, as `process` does, but in this process."""
    monkeypatch.chdir(tmp_path)
    umask = os.umask(0o022)

    def run(*arguments: str, stdin: str = "", **settings: str) -> Said:
        with monkeypatch.context() as patch:
            for name in set(os.environ) - set(environment):
                patch.delenv(name)
            for name, value in {**environment, **settings}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["clearpost", *arguments])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
            # A command that logs would go on doing so, to a stream that is closed by then.
            patch.setattr(logging.root, "handlers", list(logging.root.handlers))
            patch.setattr(logging.root, "level", logging.root.level)
            with pytest.raises(SystemExit) as ended:
                main()
        said = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code or 0, said.out, said.err)

    yield run
    os.umask(umask)


@pytest.fixture
def store(environment: dict[str, str], tmp_path: Path, sqlite_template: Path) -> Iterator[Store]:
    """The store of `migrated`, for what a test puts there itself."""
    shutil.copyfile(sqlite_template, tmp_path / "store.db")
    opened = Store(environment["CLEARPOST_DATABASE_URL"])
    yield opened
    opened.close()


@pytest.fixture
def migrated(store: Store, clearpost: Run) -> Run:
    """`clearpost` on a store at the newest schema."""
    return clearpost


def one_line(text: str) -> str:
    """The only line of `text`, which an expected failure must be."""
    (line,) = text.splitlines()
    return line
