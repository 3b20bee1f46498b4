"""The way from a key to a gated post: every block is run, in order, and says what it is said to.

JavaScript is run by Node, where it is there. A block that `needs` a route is run where the service
has it. What is left out is a test that is skipped, and says what.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.cli.test_demonstration import running, url

ROOT = Path(__file__).parent.parent.parent
PAPER = (ROOT / "docs" / "scheduler.md").read_text("utf-8")
COMMANDS = Path(sys.executable).parent
NODE = shutil.which("node")
_BLOCK = re.compile(
    r"^(?:<!-- needs (?P<needs>[^\n]*) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$"
    r"(?:\n\n```text\n(?P<said>.*?)^```$)?",
    re.DOTALL | re.MULTILINE,
)


class Snippet(NamedTuple):
    """One block, and what it prints."""

    language: str
    text: str
    needs: str | None
    said: str | None


SNIPPETS = [
    Snippet(one["language"], one["text"], one["needs"], one["said"])
    for one in _BLOCK.finditer(PAPER)
]


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


def find_gap(snippet: Snippet, described: dict[str, dict[str, object]]) -> str | None:
    """Why a block is not run here."""
    if snippet.language == "js" and NODE is None:
        return "LEFT OUT: node is not there, so the JavaScript is not run"
    if snippet.needs:
        method, path = snippet.needs.split()
        if method.lower() not in described.get(path, {}):
            return f"LEFT OUT: the service has no {snippet.needs} yet"
    return None


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What was left out; all else has been run, and said what the paper says."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "activate").touch()
    (folder / "exported").touch()
    known = {
        "HOME": str(folder), "LANG": "C.UTF-8", "PATH": f"{COMMANDS}:{os.environ['PATH']}",
        "no_proxy": "*",
    }  # fmt: skip
    gaps: list[str] = []
    with running(known, folder) as (_, said):
        base = url(said)
        described = httpx.get(f"{base}/openapi.json", trust_env=False).json()["paths"]
        for snippet in SNIPPETS:
            if gap := find_gap(snippet, described):
                gaps.append(gap)
                continue
            here = snippet._replace(text=snippet.text.replace("http://127.0.0.1:8000", base))
            done = subprocess.run(
                write_command(here), capture_output=True, text=True, check=False, timeout=120,
                cwd=folder, env=known,
            )  # fmt: skip
            assert done.returncode == 0, (snippet.text, done.stderr)
            if snippet.said is not None:
                assert done.stdout == snippet.said, (snippet.text, done.stderr)
    return gaps


def test_from_a_key_to_a_gated_post(left: list[str]) -> None:
    assert all(one.startswith("LEFT OUT: ") for one in left)


def test_nothing_was_left_out(left: list[str]) -> None:
    if left:
        pytest.skip("; ".join(dict.fromkeys(left)))
