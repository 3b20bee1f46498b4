"""The papers say what the code does: the API's reference, the README, the links between them."""

import json
import re
import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from app.cli.demonstration import EXAMPLES as POSTS
from app.cli.entry_point import app
from docs import examples, openapi, options

ROOT = Path(__file__).parent.parent.parent
PAPERS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands(text: str) -> Iterator[list[str]]:
    """Every command of a block or in single quotes of code, as its words."""
    quoted = re.findall(r"`((?:clearpost|make|\.venv/bin/\w+) [^`]+)`", text)
    shown = "\n".join(blocks(text, "sh")).replace("\\\n", " ").splitlines()
    for line in [*quoted, *shown]:
        words = shlex.split(line, comments=True)
        if words:
            yield words[: words.index(">")] if ">" in words else words


def test_reference_is_what_the_schema_says() -> None:
    written = openapi.write_reference()
    assert {*openapi.PAGES.glob("*.md"), openapi.ENTRY} == set(written), "run: make docs"
    for file, text in written.items():
        assert file.read_text(encoding="utf-8") == text, "run: make docs"


def test_settings_in_the_readme_are_the_settings() -> None:
    assert options.refreshed(README) == README, "run: make docs"


def test_example_answers_are_what_the_service_answers() -> None:
    with examples.open_demo() as demo:
        asked = examples.ask(demo)
    said, recorded = (
        [examples.without_varying(one) for one in found] for found in (asked, examples.recorded())
    )
    assert said == recorded, "run: make docs"


def test_examples_are_of_the_stated_day() -> None:
    times = re.findall(r'"decided_at": "([^"]+)"', json.dumps(examples.recorded()))
    assert {datetime.fromisoformat(time) for time in times} == {examples.AT}


def test_answer_in_the_readme_is_written_by_make_docs() -> None:
    assert examples.shown(README, examples.recorded()) == README, "run: make docs"


def test_json_in_the_readme_was_really_sent_or_answered() -> None:
    recorded = examples.recorded()
    real = [one[part] for one in recorded for part in ("request", "answer")]
    shown = blocks(README, "json")
    assert shown
    for block in shown:
        assert json.loads(block) in real


def test_json_in_openapi_md_was_really_answered() -> None:
    recorded = [one["answer"] for one in examples.recorded()]
    real = [*recorded, *(item for one in recorded if one for item in one.get("items", ()))]
    shown = blocks(openapi.ENTRY.read_text(encoding="utf-8"), "json")
    assert shown
    for block in shown:
        assert json.loads(block) in real


def test_the_scheduler_of_openapi_md_publishes_only_what_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = blocks(openapi.ENTRY.read_text(encoding="utf-8"), "python")
    (tmp_path / "var").mkdir()
    monkeypatch.chdir(tmp_path)
    said: dict[str, Any] = {}
    with examples.demo_service() as client:
        key = client.headers["Authorization"].removeprefix("Bearer ")
        (tmp_path / "var" / "demo.key").write_text(f"{key}\n", encoding="ascii")
        exec(code.replace("http://127.0.0.1:8000", str(client.base_url)), said)  # noqa: S102
        answers = [said["may_publish"](post) for _, post in POSTS]
        answers.append(said["may_publish"]({"purpose": "school"}))
    # Now the service is gone.
    waits: list[int] = []
    monkeypatch.setattr("time.sleep", waits.append)
    answers.append(said["may_publish"](POSTS[0][1]))
    said["client"].close()
    assert (answers, waits) == ([True, False, False, False, False], [1, 1, 1])


def test_what_the_readme_asks_by_curl_gets_the_answer_below_it() -> None:
    (asked,) = (words for words in commands(README) if words[0] == "curl")
    body = json.loads(asked[asked.index("-d") + 1])
    path = asked[1].removeprefix("http://127.0.0.1:8000")
    (example,) = (
        one
        for one in examples.recorded()
        if one["operation"] == f"POST {path}" and one["request"] == body
    )
    assert json.loads(blocks(README, "json")[0]) == example["answer"]


def test_outcomes_in_the_readme_are_the_recorded_ones() -> None:
    rows = re.findall(r"^\| `(\[.*?\])` \| `(\w+)` \| `([\w.]+)`", README, re.MULTILINE)
    assert len(rows) == 3
    for students, outcome, code in rows:
        asked = {"students": json.loads(students)}
        (answer,) = (one["answer"] for one in examples.recorded() if one["request"] == asked)
        assert answer["outcome"] == outcome
        assert code in [finding["code"] for finding in answer["findings"]]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_in_the_papers_exist(paper: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for words in commands(paper.read_text(encoding="utf-8")):
        if words[0] == "make":
            assert words[1] in targets
        if words[0] == "clearpost":
            _exists(words[1:])


def _exists(words: list[str]) -> None:
    """That `words` are a command with options it has; arguments may be missing in prose."""
    command = typer.main.get_command(app)
    context = typer.Context(command)
    while words and hasattr(command, "commands") and not words[0].startswith("--"):
        # What is no command of `clearpost import` is what it imports.
        named = command.get_command(context, words[0]) or command.get_command(context, "run")
        words, command = words[1:], named
    known = {option for param in command.get_params(context) for option in param.opts}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_in_the_papers_lead_somewhere(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, fragment = target.partition("#")
        if name.startswith(("http:", "https:")):
            continue
        linked = paper.parent / name if name else paper
        assert linked.exists(), target
        if fragment:
            assert fragment in _anchors(linked.read_text(encoding="utf-8")), target


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
