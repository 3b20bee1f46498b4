"""Public JSON of networks: Mastodon's statuses and Bluesky's author feeds."""

from typing import Any

from app.timelines.posts import Timeline, list_objects, read_html, read_id, read_moment, read_text

_BLUESKY = "https://bsky.app/profile"


def is_mastodon(said: Any) -> bool:
    """Return whether this is a list of statuses (`GET /api/v1/accounts/:id/statuses`)."""
    first = said[0] if isinstance(said, list) and said else None
    return isinstance(first, dict) and {"account", "content", "created_at"} <= first.keys()


def read_mastodon(said: Any) -> Timeline:
    """Return the posts of a list of statuses; what others wrote and was shared is left out."""
    found = Timeline(platform="mastodon")
    for at, status in list_objects(said):
        account = status.get("account")
        address = read_text(account.get("url")) if isinstance(account, dict) else None
        found.account = found.account or address
        if status.get("reblog") is not None:
            found.shared += 1
            continue
        found.add(
            at,
            external_id=read_id(status.get("id")),
            url=read_text(status.get("url")),
            published_at=read_moment(status.get("created_at")),
            text=read_html(status.get("content")),
            account=address,
        )
    return found


def is_bluesky(said: Any) -> bool:
    """Return whether this is an author's feed (`app.bsky.feed.getAuthorFeed`)."""
    return isinstance(said, dict) and isinstance(said.get("feed"), list)


def read_bluesky(said: Any) -> Timeline:
    """Return the posts of an author's feed; what others wrote and was shared is left out."""
    found = Timeline(platform="bluesky")
    for at, item in list_objects(said["feed"]):
        if item.get("reason") is not None:
            found.shared += 1
            continue
        post, record, author = (_pick_object(item, *path) for path in _PARTS)
        handle, uri = read_text(author.get("handle")), read_text(post.get("uri"))
        address = f"{_BLUESKY}/{handle}" if handle else None
        found.account = found.account or address
        key = uri.rsplit("/", 1)[-1] if uri else None
        found.add(
            at,
            external_id=uri,
            url=f"{address}/post/{key}" if address and key else None,
            published_at=read_moment(record.get("createdAt")),
            text=read_text(record.get("text")),
            account=address,
        )
    return found


_PARTS = (("post",), ("post", "record"), ("post", "author"))


def _pick_object(said: dict[str, Any], *path: str) -> dict[str, Any]:
    for name in path:
        inner = said.get(name)
        said = inner if isinstance(inner, dict) else {}
    return said
