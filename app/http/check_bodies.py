"""Reading the bodies of checks: short ones at once, long ones on a thread of their own.

A text takes half a millisecond a thousand characters, during which the event loop would answer
no one; to hand one to a thread takes a twentieth of that. Several posts are read in parts, between
which the texts of others have their turn.
"""

from collections.abc import Iterator, Sequence
from time import monotonic

from app.checks import request_parser
from app.checks.request_parser import CheckForm, ListedPost, ParsedCheck
from app.errors import InvalidRequestError
from app.http.context import Service
from app.policy.question import Asker

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
    for part in _cut_parts(await texts.run(request_parser.list_posts, body)):
        left = max(0.0, until - monotonic())
        read += await texts.run(request_parser.read_posts, part, asker, seconds=left)
    return read


def _cut_parts(posts: Sequence[ListedPost]) -> Iterator[list[ListedPost]]:
    part: list[ListedPost] = []
    size = 0
    for post in posts:
        added = len(post) if isinstance(post, bytes) else 0
        if part and size + added > PART:
            yield part
            part, size = [], 0
        part.append(post)
        size += added
    yield part
