"""The blocks of commands of a paper: those that are run, and those that are marked as not run."""

import re
from typing import NamedTuple

_MARK = "<!-- not run by the tests: "
_BLOCK = re.compile(
    rf"^(?:{re.escape(_MARK)}(?P<reason>[^\n]*) -->\n)?```(?:sh|bash)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


class Block(NamedTuple):
    """One block of commands, and why it is not run, where it is not."""

    text: str
    reason: str | None


def list_blocks(paper: str) -> list[Block]:
    return [Block(found["text"], found["reason"]) for found in _BLOCK.finditer(paper)]


def list_run(paper: str) -> list[str]:
    return [block.text for block in list_blocks(paper) if block.reason is None]


def list_left(paper: str) -> dict[str, str]:
    """The first line of each block that is not run, and why; a mark stands before a block."""
    left = {one.text.splitlines()[0]: one.reason for one in list_blocks(paper) if one.reason}
    assert paper.count(_MARK) == len(left)
    return left
