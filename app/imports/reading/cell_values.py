"""Readers of cells: from the text of one cell to a value as it is staged, or a refusal.

A reader takes the stripped text of a cell, `""` where it is empty or its column is missing, and
gives a value or raises `CellError`, whose reason never repeats the text.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from functools import lru_cache
from json import dumps, loads
from typing import Any, NamedTuple, get_args
from zoneinfo import ZoneInfo

from app.database.tables.base import format_utc
from app.policy.names import grade_key

Read = Callable[[str], Any]

FIRST_YEAR, LAST_YEAR = 1900, 2999
MAX_ID = 255
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)+")
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_GAPS = re.compile(r"[\s-]+")
_PARTING = re.compile(r"[,;]")


class CellError(Exception):
    """A cell that cannot be read, or that does not go with another; `column` is its name."""

    def __init__(self, reason: str, column: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column


class SigningTime(NamedTuple):
    """A time of signing: the instant as staged, and its day in the district."""

    at: str
    day: str
    day_only: bool


def parse_text(cell: str) -> str | None:
    """Return any text; None for an empty cell."""
    return cell or None


def require_cell(read: Read) -> Read:
    """Return `read` for a cell that must not be empty."""

    def read_cell(cell: str) -> Any:
        if not cell:
            reason = "must not be empty"
            raise CellError(reason)
        return read(cell)

    return read_cell


needed_text = require_cell(parse_text)


def _read_short_text(cell: str) -> str:
    if len(cell) > MAX_ID:
        reason = f"is longer than {MAX_ID} characters"
        raise CellError(reason)
    return cell


# The id of a record or a person: two of them fit into one key of every store.
identifier = require_cell(_read_short_text)


def make_choice_reader(
    words: Any, default: str | None = None, also: Iterable[tuple[str, str]] = ()
) -> Read:
    """Read one of the words of a `Literal`, in any case; `also` are other spellings of one.

    Blanks and hyphens stand for the underscore. An empty cell is `default`.
    """
    known: dict[str, str | None] = {word: word for word in get_args(words)} | dict(also)
    reason = f"must be one of: {', '.join(get_args(words))}"
    known[""] = default

    def read_cell(cell: str) -> str | None:
        word = cell if cell in known else _GAPS.sub("_", cell.lower())
        if word not in known:
            raise CellError(reason)
        return known[word]

    return read_cell


@lru_cache(maxsize=16_384)
def day(cell: str) -> str | None:
    """Return a day of the calendar, `YYYY-MM-DD`, as that text."""
    if not cell:
        return None
    if not _DAY.fullmatch(cell):
        reason = "must be a date, YYYY-MM-DD"
        raise CellError(reason)
    _parse_calendar_day(cell)
    return cell


class UnreadCell:
    """The value of a cell that cannot be read and is not needed."""


UNREAD = UnreadCell()


def tolerate_unread(read: Read) -> Read:
    """Return `read`, but with `UNREAD` for an unreadable cell; a stage counts and drops it."""

    def read_cell(cell: str) -> Any:
        try:
            return read(cell)
        except CellError:
            return UNREAD

    return read_cell


def parse_flag(cell: str) -> bool | None:
    """Return true or false, in any case, or as yes and no, 1 and 0."""
    word = cell.lower()
    if word not in _FLAGS:
        reason = "must be true or false"
        raise CellError(reason)
    return _FLAGS[word]


_FLAGS = {
    "": None, "true": True, "false": False, "yes": True, "no": False, "y": True, "n": False,
    "1": True, "0": False, "t": True, "f": False,
}  # fmt: skip


def make_time_reader(zone: ZoneInfo) -> Read:
    """Return a reader of a date, the start of that day in `zone`, or a time with its offset."""

    @lru_cache(maxsize=16_384)
    def read_cell(cell: str) -> SigningTime | None:
        if not cell:
            return None
        if _DAY.fullmatch(cell):
            start = datetime.combine(_parse_calendar_day(cell), time(), zone)
            return SigningTime(format_utc(start), cell, day_only=True)
        at = _parse_instant(cell)
        return SigningTime(format_utc(at), at.astimezone(zone).date().isoformat(), day_only=False)

    return read_cell


def parse_ids(cell: str) -> tuple[str, ...]:
    """Return all ids of a cell, parted by commas or semicolons or as JSON, each once."""
    listed = _parse_id_list(cell) if cell[:1] in ("[", "{") else None
    parts = _PARTING.split(cell) if listed is None else listed
    return tuple(dict.fromkeys(one.strip() for one in parts if one.strip()))


def _parse_id_list(cell: str) -> list[str] | None:
    """Return the ids of a JSON array, of texts or of references as in OneRoster's REST."""
    try:
        said = loads(cell)
    except (ValueError, RecursionError):
        return None
    found = said if isinstance(said, list) else [said]
    named = [_read_reference(one) if isinstance(one, dict) else one for one in found]
    return [one for one in named if isinstance(one, str)]


def _read_reference(reference: dict[str, Any]) -> Any:
    return reference.get("sourcedId", reference.get("sourceId"))


def split_first(lists: Iterable[tuple[str, ...] | None]) -> tuple[list[Any], list[Any]]:
    """Part lists of ids into the first of each, and the others as the JSON array that is staged."""
    firsts, others = [], []
    for one in lists:
        firsts.append(one[0] if one else None)
        others.append(dumps(one[1:]) if one and len(one) > 1 else None)
    return firsts, others


def parse_grade(cell: str) -> str | UnreadCell | None:
    """Return a grade in the form in which grades are compared; `UNREAD` for one with a sign."""
    key = grade_key(cell)
    return UNREAD if key and not key[0].isalnum() else key or None


def parse_email(cell: str) -> str | None:
    """Return an e-mail address."""
    if cell and not _EMAIL.fullmatch(cell):
        reason = "must be an e-mail address"
        raise CellError(reason)
    return cell or None


def parse_work(cell: str) -> str | None:
    """Return a SHA-256 in hex, in lower case, or the title of a work."""
    return (cell.lower() if _SHA256.fullmatch(cell) else cell) or None


def _parse_calendar_day(cell: str) -> date:
    try:
        value = date.fromisoformat(cell)
    except ValueError:
        reason = "is not a day of the calendar"
        raise CellError(reason) from None
    return _check_range(value)


def _parse_instant(cell: str) -> datetime:
    form = _TIME.fullmatch(cell)
    if form is None:
        reason = "must be a date, YYYY-MM-DD, or a time with its offset, YYYY-MM-DDThh:mm:ss-07:00"
        raise CellError(reason)
    if form["offset"] is None:
        reason = "must carry its offset from UTC, such as Z or -07:00"
        raise CellError(reason)
    try:
        value = datetime.fromisoformat(cell.upper())
    except ValueError:
        reason = "is not a time of the calendar"
        raise CellError(reason) from None
    _check_range(value.date())
    return value


def _check_range(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        reason = f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}; no end is an empty cell"
        raise CellError(reason)
    return value
