"""Posts of a timeline from any source, and the parts that could not be read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any, NamedTuple


class TimelineError(ValueError):
    """A source that is no timeline; its text says why and repeats nothing of it."""


class TimelinePost(NamedTuple):
    """One post; `at` is its place in the source, such as `item 3` or `line 12`.

    `account` is its account's address or name, where the source tells it of each post.
    """

    at: str
    external_id: str | None
    url: str | None
    published_at: datetime
    text: str | None
    account: str | None = None


class TimelineFault(NamedTuple):
    """A post that could not be read: its place and why, never a value."""

    at: str
    message: str


@dataclass(slots=True)
class Timeline:
    """The posts of a source. `account` is the address it says it is of; None where it says none.

    `platform` is the network that it is from, where that is known.

    An `archive` tells what was there when it was made, and not what is there now.
    """

    account: str | None = None
    platform: str | None = None
    archive: bool = False
    posts: list[TimelinePost] = field(default_factory=list)
    faults: list[TimelineFault] = field(default_factory=list)
    shared: int = 0

    def add(self, at: str, **said: Any) -> None:
        """Add a post, or the fault that it has no id, no address or no time."""
        if said.get("published_at") is None:
            self.faults.append(TimelineFault(at, "has no time that can be read"))
        elif not said.get("external_id") and not said.get("url"):
            self.faults.append(TimelineFault(at, "has neither an id nor an address"))
        else:
            self.posts.append(TimelinePost(at, **said))


def read_moment(value: Any) -> datetime | None:
    """Return a time from ISO 8601 (without an offset UTC) or seconds since 1970, or None."""
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str) and value.strip():
            at = datetime.fromisoformat(value.strip().replace(" UTC", "+00:00"))
            return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def list_objects(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of a list with their places; what is no object has none of their fields."""
    items: Iterable[Any] = value if isinstance(value, list) else ()
    for number, one in enumerate(items, 1):
        yield f"item {number}", one if isinstance(one, dict) else {}


def read_text(value: Any) -> str | None:
    """Return a text, or None for anything else."""
    return value if isinstance(value, str) else None


def read_id(value: Any) -> str | None:
    """Return an id as text: networks write theirs as text or as numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


class _Plain(HTMLParser):
    """Gathers what a reader sees, with line ends where lines end."""

    _LINES = frozenset({"br", "li", "tr"})
    _PARAGRAPHS = frozenset({"p", "div", "blockquote", "h1", "h2", "h3", "h4", "ul", "ol"})
    _HIDDEN = frozenset({"script", "style"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        self._hidden += tag in self._HIDDEN
        if tag in self._LINES:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in self._HIDDEN and self._hidden > 0
        if tag in self._PARAGRAPHS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def read_html(value: Any) -> str | None:
    """Return HTML as the plain text that a reader sees, with its line ends."""
    if not isinstance(value, str):
        return None
    plain = _Plain()
    plain.feed(value)
    plain.close()
    return "".join(plain.parts).strip()
