"""The public address of an account: where anyone can look at it."""

from urllib.parse import quote

from ada_url import URL

# By platform and kind of handle, the longest beginning first; `{}` is what follows the beginning.
_ADDRESSES: dict[str, tuple[tuple[str, str], ...]] = {
    "facebook": (
        ("id/", "https://www.facebook.com/profile.php?id={}"),
        ("", "https://www.facebook.com/{}"),
    ),
    "x": (("", "https://x.com/{}"),),
    "instagram": (("", "https://www.instagram.com/{}"),),
    "threads": (("", "https://www.threads.com/@{}"),),
    "tiktok": (("", "https://www.tiktok.com/@{}"),),
    "youtube": (
        *((kind, f"https://www.youtube.com/{kind}{{}}") for kind in ("channel/", "c/", "user/")),
        ("", "https://www.youtube.com/@{}"),
    ),
    "bluesky": (("", "https://bsky.app/profile/{}"),),
    "linkedin": (("", "https://www.linkedin.com/{}"),),
    "pinterest": (("", "https://www.pinterest.com/{}"),),
    "snapchat": (("", "https://www.snapchat.com/add/{}"),),
    "vimeo": (("", "https://vimeo.com/{}"),),
    "reddit": (("", "https://www.reddit.com/{}"),),
    "flickr": (
        ("groups/", "https://www.flickr.com/groups/{}"),
        ("", "https://www.flickr.com/people/{}"),
    ),
}


def make_public_address(platform: str, handle_key: str) -> str | None:
    """Return the public address, from its comparable form; None where the platform is unknown.

    >>> make_public_address("youtube", "provo")
    'https://www.youtube.com/@provo'
    """
    if platform == "mastodon":
        name, _, instance = handle_key.partition("@")
        return f"https://{instance}/@{quote(name)}" if instance else None
    for beginning, address in _ADDRESSES.get(platform, ()):
        if handle_key.startswith(beginning):
            return address.format(quote(handle_key.removeprefix(beginning), safe="/:@"))
    return None


def find_address(platform: str, handle_key: str, url: str | None) -> str | None:
    """Return the public address, or else the registered one, unless that holds credentials."""
    known = make_public_address(platform, handle_key)
    if known is not None or url is None:
        return known
    registered = url if "://" in url else f"https://{url}"
    return None if URL(registered).username else registered
