"""Requests from a file or standard input: students' names and ids are never in the arguments.

Every user of the machine can see what a command was started with.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.cli.terminal import USAGE, hint, stop
from app.errors import InvalidRequestError

MAX_BYTES = 1024 * 1024

Request = Annotated[
    str,
    typer.Option(
        "--file", metavar="FILE", help="The request as JSON, as the API takes it; - is stdin."
    ),
]


def read_bytes(file: str) -> bytes:
    """Return the bytes of `file` or of standard input; stop where the API would refuse the size."""
    if file == "-":
        body = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        with Path(file).open("rb") as opened:
            body = opened.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        stop("the request is larger than 1 MiB", USAGE)
    return body


@contextmanager
def told_by_field() -> Iterator[None]:
    """Stop where the request is not as documented, with a line for each field at fault."""
    try:
        yield
    except InvalidRequestError as error:
        for one in error.errors:
            hint(f"clearpost: the request{one['at'] and ' at '}{one['at']}: {one['message']}")
        raise typer.Exit(USAGE) from None
