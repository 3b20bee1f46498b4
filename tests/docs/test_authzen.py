"""The guide to AuthZEN: its commands as one script, and the answers that stand behind them."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.checks.evaluations.mapping import VOCABULARY
from docs.demo import open_demo
from tests.docs.papers import list_left, list_run

ROOT = Path(__file__).parent.parent.parent
GUIDE = (ROOT / "docs" / "authzen.md").read_text("utf-8")
RUN = list_run(GUIDE)
# What is said behind a command that it answers: decisions and a code, or a status and a place.
_SAID = re.compile(r"^\}'    # (.+)$|^ask .*'    # (.+)$", re.MULTILINE)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What each command printed, in order; the first is the metadata."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "var").mkdir()
    with open_demo() as demo:
        key = demo.client.headers["Authorization"].removeprefix("Bearer ")
        (folder / "var" / "demo.key").write_text(key)
        script = "\n".join(RUN).replace("http://127.0.0.1:8000", str(demo.client.base_url))
        done = subprocess.run(
            ["bash", "-eu"], input=script, check=True, capture_output=True, text=True, cwd=folder,
            timeout=120,
        )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def tell(answer: Any) -> str:
    """An answer in the words of the guide."""
    if "evaluations" in answer:
        return ", ".join(str(one["decision"]).lower() for one in answer["evaluations"])
    if "decision" not in answer:
        return f"{answer['status']}: {answer['detail'].partition(':')[0]}"
    return str(answer["decision"]).lower()


def test_every_command_is_answered_as_it_says(answers: list[Any]) -> None:
    said = [first or second for first, second in _SAID.findall("\n".join(RUN))]
    point, *asked = answers
    assert point["access_evaluation_endpoint"].endswith("/access/v1/evaluation")
    assert len(asked) == len(said) > 8
    for answer, told in zip(asked, said, strict=True):
        if "decision" in answer:
            told, _, code = told.partition(": ")  # noqa: PLW2901
            codes = [one["code"] for one in answer["context"]["reasons"]]
            assert code in codes, answer
        assert tell(answer) == told, answer


def test_answer_that_is_shown_was_given(answers: list[Any]) -> None:
    (shown,) = re.findall(r"^```json\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    assert _ID.sub("", json.dumps(json.loads(shown))) == _ID.sub("", json.dumps(answers[1]))


def test_nothing_is_left_out() -> None:
    assert list_left(GUIDE) == {}


def test_vocabulary_is_told_whole() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (`employee`.*?) \| `(\w+)` \|", GUIDE, re.MULTILINE)
    told = {
        (action, subject, resource)
        for action, subjects, resource in rows
        for subject in re.findall(r"`(\w+)`", subjects)
    }
    assert told == set(VOCABULARY)
