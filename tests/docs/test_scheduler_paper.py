"""The way from a key to a gated post: every block is run, in order, and says what it is said to.

JavaScript is run by Node, where it is there. Where it is not, a test is skipped, and says so.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.test_demonstration import running, url

ROOT = Path(__file__).parent.parent.parent
PAPER = (ROOT / "docs" / "scheduler.md").read_text("utf-8")
COMMANDS = Path(sys.executable).parent
NODE = shutil.which("node")
_BLOCK = re.compile(
    r"^```(?P<language>\w+)\n(?P<text>.*?)^```$"
    r"(?:\n\n```text\n(?P<said>.*?)^```$)?",
    re.DOTALL | re.MULTILINE,
)


class Snippet(NamedTuple):
    """One block, and what it prints."""

    language: str
    text: str
    said: str | None


SNIPPETS = [Snippet(one["language"], one["text"], one["said"]) for one in _BLOCK.finditer(PAPER)]


def test_every_block_is_one_that_is_run() -> None:
    assert {one.language for one in SNIPPETS} == {"sh", "python", "js"}
    assert len(re.findall(r"^```\w+$", PAPER, re.MULTILINE)) == len(SNIPPETS) + sum(
        one.said is not None for one in SNIPPETS
    )
    # Each says what comes of it, or another block after it shows it.
    assert sum(one.said is not None for one in SNIPPETS) >= 9


def write_command(snippet: Snippet) -> list[str]:
    match snippet.language:
        case "sh":
            # What one block exports stands for the next.
            script = f". ./exported\n{snippet.text}\nexport -p > exported"
            return ["bash", "-e", "-o", "pipefail", "-c", script]
        case "python":
            return [str(COMMANDS / "python"), "-W", "error", "-c", snippet.text]
        case _:
            assert NODE
            return [NODE, "--input-type=module", "--eval", snippet.text]


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many blocks were left out; all else has been run, and said what the paper says."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "activate").touch()
    (folder / "exported").touch()
    known = {
        "HOME": str(folder), "LANG": "C.UTF-8", "PATH": f"{COMMANDS}:{os.environ['PATH']}",
        "no_proxy": "*",
    }  # fmt: skip
    run = [one for one in SNIPPETS if one.language != "js" or NODE is not None]
    with running(known, folder) as (_, said):
        base = url(said)
        for snippet in run:
            here = snippet._replace(text=snippet.text.replace("http://127.0.0.1:8000", base))
            done = subprocess.run(
                write_command(here), capture_output=True, text=True, check=False, timeout=120,
                cwd=folder, env=known,
            )  # fmt: skip
            assert done.returncode == 0, (snippet.text, done.stderr)
            if snippet.said is not None:
                assert done.stdout == snippet.said, (snippet.text, done.stderr)
    return len(SNIPPETS) - len(run)


def test_from_a_key_to_a_gated_post(left: int) -> None:
    assert left < len(SNIPPETS)


def test_nothing_was_left_out(left: int) -> None:
    if left:
        pytest.skip("LEFT OUT: node is not there, so the JavaScript is not run")
