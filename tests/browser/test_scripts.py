"""The widgets' scripts as files: how much each loads, and the texts they show."""

import gzip
import re
from pathlib import Path
from typing import get_args

import pytest

from app.policy.words import Party
from app.web.embed import WIDGETS

FOLDER = Path(__file__).parent.parent.parent / "app" / "web" / "widgets" / "v1"
MOST_BYTES = 40 * 1024
MOST_LINES = 420
SCRIPTS = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.js")}
_IMPORT = re.compile(r"""(?:^import [^;]*?from |await import\()["`]([^"`]+)["`]""", re.MULTILINE)


def loaded(name: str) -> set[str]:
    """The script and all that it imports, in turn."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        found.add(one)
        imported = {each.removeprefix("./") for each in _IMPORT.findall(SCRIPTS[one])}
        waiting += [each for each in imported - found if "${" not in each]
    return found


@pytest.mark.parametrize("widget", WIDGETS)
def test_a_widget_is_small_with_all_it_loads(widget: str) -> None:
    files = loaded(f"{widget}.js") | loaded("embed.js")
    assert {"base.js", "strings.js"} <= files
    size = sum(len(gzip.compress(SCRIPTS[name].encode(), 6)) for name in files)
    assert size < MOST_BYTES


def test_every_file_is_short_and_from_here() -> None:
    for name, text in SCRIPTS.items():
        # As the formatter sets them, with an argument a line where a line would be too long.
        assert text.count("\n") <= MOST_LINES, name
        assert all(each.startswith("./") for each in _IMPORT.findall(text)), name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|eval\(|\.style\b", text), name


def test_every_text_is_there_and_used() -> None:
    texts = SCRIPTS["strings.js"]
    there = set(re.findall(r'^  "?([\w.]+)"?:', texts, re.MULTILINE))
    code = "\n".join(text for name, text in SCRIPTS.items() if name != "strings.js")
    named = set(re.findall(r'"((?:\w+\.)+\w*)"', code)) & there
    begun = tuple(re.findall(r"`((?:\w+\.)+)\$\{", code))
    asked = set(re.findall(r"\bt\(\"([\w.]+)\"", code))
    assert asked <= there
    assert {one for one in there - named - asked if not one.startswith(begun)} == set()


def test_whoever_ends_a_review_is_called_by_words() -> None:
    assert all(f'"office.{party}":' in SCRIPTS["strings.js"] for party in get_args(Party))
