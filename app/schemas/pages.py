"""Lists in pages. A cursor names the last item seen: what is inserted meanwhile shifts nothing."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field

from app.errors import InvalidRequestError

Item = TypeVar("Item")
Row = TypeVar("Row", bound=Mapping[Any, Any])
MAX_LIMIT = 500
MAX_CURSOR = 500
_TOO_LARGE = 2**63

# For bodies; `app.http.record_writes` has the same for the query.
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Items a page.")]
Cursor = Annotated[
    str | None,
    Field(max_length=MAX_CURSOR, description="Where the page before ended: its `next_cursor`."),
]


class PageWanted(BaseModel):
    """A list's query; those that filter add to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Limit = 50
    cursor: Cursor = None


class Page(BaseModel, Generic[Item]):
    """A part of a list, and the cursor of the next part."""

    items: list[Item] = Field(description="What is on this page, in the list's order.")
    next_cursor: str | None = Field(description="For the next page; null on the last one.")


def make_page(rows: Sequence[Row], limit: int, key: str, item: Callable[[Row], Item]) -> Page[Item]:
    """Return up to `limit` of `rows`, which hold one more where there is one; `key` orders them."""
    more = next_cursor(rows[limit - 1][key]) if len(rows) > limit else None
    return Page(items=[item(row) for row in rows[:limit]], next_cursor=more)


def next_cursor(*position: str | int) -> str:
    """Return a cursor behind the item at `read_cursor`, the values the list is ordered by."""
    return base64.urlsafe_b64encode(orjson.dumps(position)).decode().rstrip("=")


def read_cursor(
    cursor: str | None, *kinds: type, at: str | None = None, parameter: str = "cursor"
) -> tuple[str | int, ...] | None:
    """Return the values that `next_cursor` was given, checked by `kinds`; None without a cursor.

    `at` is the JSON Pointer of a cursor that came in a body, `parameter` the name of one in the
    query. Raises `InvalidRequestError` for a text that is no cursor of this list.
    """
    if cursor is None:
        return None
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        values = None
    fits = isinstance(values, list) and [type(value) for value in values] == list(kinds)
    if not fits or not all(map(_is_storable, values)):
        where = {"parameter": parameter} if at is None else {"at": at}
        raise InvalidRequestError(
            [{**where, "code": "cursor", "message": "Is not a cursor of this list"}]
        )
    return tuple(values)


def _is_storable(value: str | int) -> bool:
    # PostgreSQL takes no NUL, and no store a number of more than 64 bits.
    return "\0" not in value if isinstance(value, str) else abs(value) < _TOO_LARGE
