"""Exports that networks give an account's owner: Facebook's and Instagram's JSON.

They write UTF-8 as if it were Latin-1 (`Ã±` for `ñ`), and give posts no id: the time and the
text of a post stand in for it. Their media are made anew, so nothing is compared by them.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from app.timelines.posts import Timeline, list_objects, read_moment, read_text


def is_meta_export(said: Any) -> bool:
    """Return whether this is a list of posts of an export of Facebook or Instagram."""
    first = said[0] if isinstance(said, list) and said else None
    return isinstance(first, dict) and _find_time(first) is not None and _has_content(first)


def read_meta_export(said: Any) -> Timeline:
    """Return the posts of an export."""
    found = Timeline(archive=True)
    for at, post in list_objects(said):
        moment = _find_time(post)
        text = _mend_letters(next((one for one in _list_texts(post) if one), ""))
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        found.add(
            at,
            external_id=None if moment is None else f"meta-export:{moment}:{digest}",
            url=None,
            published_at=read_moment(moment),
            text=text,
        )
    return found


def _has_content(post: dict[str, Any]) -> bool:
    return any(isinstance(post.get(name), list) for name in ("data", "attachments", "media"))


def _find_time(post: dict[str, Any]) -> int | None:
    """Return the seconds since 1970 at which it was published: its own, else its first medium's."""
    for one in (post, *(media for _, media in list_objects(post.get("media")))):
        for name in ("timestamp", "creation_timestamp"):
            if isinstance(one.get(name), int) and not isinstance(one[name], bool):
                return int(one[name])
    return None


def _list_texts(post: dict[str, Any]) -> Iterator[str | None]:
    """Yield where a post's text may stand, the likeliest first."""
    for _, data in list_objects(post.get("data")):
        yield read_text(data.get("post"))
    if "media" in post:  # of Instagram; a title of Facebook says what somebody did
        yield read_text(post.get("title"))
    for _, media in list_objects(post.get("media")):
        yield read_text(media.get("title"))


def _mend_letters(text: str) -> str:
    try:
        return text.encode("latin-1").decode()
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text  # it was written right
