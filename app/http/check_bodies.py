"""Reading the bodies of checks: short ones at once, long ones on a thread of their own.

A text takes half a millisecond a thousand characters, during which the event loop would answer
no one; to hand one to a thread takes a twentieth of that. Several posts are read in parts, between
which the texts of others have their turn.
"""

from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import TypeVar

from app.checks import request_parser
from app.checks.request_parser import CheckForm, ListedPost, ParsedCheck
from app.errors import InvalidRequestError
from app.http.context import Service
from app.policy.question import Asker

_Item = TypeVar("_Item")
# Bytes that are read on the event loop: about two milliseconds.
SHORT = 4_096
# Bytes of several posts that are read in one turn, unless one post alone has more.
PART = 16_384


async def read_check(service: Service, form: CheckForm, body: bytes, asker: Asker) -> ParsedCheck:
    """Read one check of `asker`; raises InvalidRequestError, OverloadedError."""
    if len(body) <= SHORT:
        return request_parser.read_check(form, body, asker)
    return await service.slots["texts"].run(request_parser.read_check, form, body, asker)


async def read_posts(
    service: Service, body: bytes, asker: Asker
) -> list[ParsedCheck | InvalidRequestError]:
    """Read several posts, each for itself.

    Raises InvalidRequestError where they are no list, OverloadedError where it takes too long.
    """
    if len(body) <= SHORT:
        return request_parser.read_posts(request_parser.list_posts(body), asker)
    texts = service.slots["texts"]
    until = monotonic() + service.settings.deadline_seconds
    read: list[ParsedCheck | InvalidRequestError] = []
    for part in cut_parts(await texts.run(request_parser.list_posts, body), _measure_post):
        left = max(0.0, until - monotonic())
        read += await texts.run(request_parser.read_posts, part, asker, seconds=left)
    return read


def cut_parts(items: Sequence[_Item], measure: Callable[[_Item], int]) -> Iterator[list[_Item]]:
    """Yield items in parts, between which the texts of others have their turn."""
    part: list[_Item] = []
    size = 0
    for one in items:
        added = measure(one)
        if part and size + added > PART:
            yield part
            part, size = [], 0
        part.append(one)
        size += added
    yield part


def _measure_post(post: ListedPost) -> int:
    return len(post) if isinstance(post, bytes) else 0
