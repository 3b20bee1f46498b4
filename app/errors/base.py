"""The base of every failure that a caller gets as an answer."""

from collections.abc import Mapping
from typing import ClassVar


class ClearpostError(Exception):
    """Something failed that no one foresaw; no decision was made. The log has the request's id."""

    # The base of all a caller can be told; `slug` makes the stable problem type.
    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.headers: Mapping[str, str] = {}  # beside those that its status always has
