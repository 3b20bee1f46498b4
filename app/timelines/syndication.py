"""RSS and Atom, by feedparser."""

from calendar import timegm
from datetime import UTC, datetime
from typing import Any

import feedparser  # type: ignore[import-untyped] # it has no stubs

from app.timelines.posts import Timeline, TimelineError, read_html


def read_syndication(data: bytes) -> Timeline:
    """Return the posts of an RSS or Atom document; raises `TimelineError` for what is neither."""
    # Nothing is resolved or cleaned: the text is compared, and never shown.
    said = feedparser.parse(data, resolve_relative_uris=False, sanitize_html=False)
    if not said.version:
        message = "is no RSS and no Atom document"
        raise TimelineError(message)
    found = Timeline(account=said.feed.get("link") or None)
    for number, entry in enumerate(said.entries, 1):
        found.add(
            f"item {number}",
            external_id=entry.get("id") or None,
            url=entry.get("link") or None,
            published_at=_read_time(entry.get("published_parsed") or entry.get("updated_parsed")),
            text=_read_entry_text(entry),
        )
    return found


def _read_time(parsed: Any) -> datetime | None:
    return None if parsed is None else datetime.fromtimestamp(timegm(parsed), UTC)


def _read_entry_text(entry: Any) -> str | None:
    """Return the whole text where there is one, else the summary, else the title."""
    for content in entry.get("content") or ():
        if text := read_html(content.get("value")):
            return text
    return read_html(entry.get("summary")) or read_html(entry.get("title"))
