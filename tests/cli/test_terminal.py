"""What a person at a terminal sees: tables that fit, and otherwise nothing cut off."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

from app.database.session import Store
from tests.cli.conftest import COMMAND, Run


def at_a_terminal(columns: int, environment: dict[str, str], *arguments: str) -> str:
    """What `clearpost ARGUMENTS` writes to a terminal so many columns wide."""
    own, theirs = pty.openpty()
    size = {"COLUMNS": str(columns), "TERM": "dumb"}
    process = subprocess.Popen(
        [COMMAND, *arguments], stdout=theirs, stderr=theirs, env={**environment, **size}
    )
    os.close(theirs)
    said = b""
    # A terminal whose other end is closed says so by an error, not by an empty read.
    while True:
        try:
            said += os.read(own, 65536)
        except OSError:
            break
    os.close(own)
    process.wait(timeout=60)
    return said.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [50, 200])
def test_ids_are_never_cut_off(
    environment: dict[str, str], store: Store, clearpost: Run, columns: int
) -> None:
    clearpost("keys", "create", "--name", "[bold]Scheduler[/]", "--scope", "check")
    key_id = clearpost("keys", "list").stdout.splitlines()[1].split("\t")[0]
    shown = at_a_terminal(columns, environment, "keys", "list")
    assert key_id in shown
    assert "[bold]Scheduler[/]" in shown
    assert max(map(len, shown.splitlines())) <= columns


def test_errors_of_an_import_are_a_table(
    environment: dict[str, str], store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "orgs.csv").write_text("sourced_id,name,kind\no-1,Hill,castle\n")
    shown = at_a_terminal(120, environment, "import", str(folder))
    (row,) = (line for line in shown.splitlines() if "orgs.csv" in line and "│" in line)
    assert [cell.strip() for cell in row.split("│")[1:4]] == ["orgs.csv", "2", "kind"]
    assert "castle" not in shown
    assert "nothing was applied" in shown
