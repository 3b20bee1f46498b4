"""Handles as their networks compare them, each in its own alphabet."""

import re
import string
from collections.abc import Callable

from app.networks.hosts import RESERVED
from app.networks.international_names import make_international_key

# str.lower and str.casefold would make the Kelvin sign a k and the long s an s.
ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

_ALPHABETS = {
    platform: re.compile(pattern, re.ASCII)
    for platform, pattern in {
        "x": r"[a-z0-9_]+",
        "instagram": r"[a-z0-9_.]+",
        "threads": r"[a-z0-9_.]+",
        "tiktok": r"[a-z0-9_.]+",
        "pinterest": r"[a-z0-9_]+",
        "snapchat": r"[a-z0-9_.-]+",
        "vimeo": r"channels/[a-z0-9_-]+|(?!\d+$)[a-z0-9_-]+",
        "flickr": r"(groups/)?[a-z0-9_-][a-z0-9_@-]*",
        "nextdoor": r"((pages|agency|profile)/)?[a-z0-9_-]+",
        "mastodon": r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?@[a-z0-9-]+(\.[a-z0-9-]+)+",
    }.items()
}
CHANNEL = re.compile(r"(?:channel/)?(UC[A-Za-z0-9_-]{22})", re.ASCII)
_YOUTUBE = re.compile(r"(?:(c|user)/)?([^/]+)", re.ASCII | re.IGNORECASE)
_YOUTUBE_MARKS = "_.-\u00b7"
_LINKEDIN = re.compile(
    r"(?:(company|school|showcase|in|groups)/)?([^/.&'-][^/]*)", re.ASCII | re.IGNORECASE
)
_LINKEDIN_MARKS = "_.&'-"
# A page without a name of its own is called by its title and its number.
_FACEBOOK_ID = re.compile(r"(?:id/)?(\d+)|[^/]*-(\d{5,})", re.ASCII)
_FACEBOOK_GROUP = re.compile(r"groups/[a-z0-9._-]+", re.ASCII)
_FACEBOOK = re.compile(r"[a-z0-9.]+(?<!\.php)", re.ASCII)
_BLUESKY = re.compile(r"did:(plc|web):[a-z0-9.-]+|[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII)
_REDDIT = re.compile(r"/?(?:(r|u|user)/)?([a-z0-9_-]+)", re.ASCII)


def read_handle(platform: str, handle: str) -> str | None:
    """Return `handle` in comparable form; None where this platform has no such account."""
    return _READERS.get(platform, _read_by_alphabet)(platform, handle)


def _read_by_alphabet(platform: str, handle: str) -> str | None:
    name = handle.removeprefix("@")
    if alphabet := _ALPHABETS.get(platform):
        name = name.translate(ASCII_LOWER)
        known = alphabet.fullmatch(name) and name not in RESERVED.get(platform, ())
        return name if known else None
    # Elsewhere any text may name an account, if a person can see all of it; case may count.
    name = " ".join(name.split()) if name.isprintable() else ""
    return None if name.startswith("@") else name


def _youtube_key(_platform: str, handle: str) -> str | None:
    # Channel ids differ by case, and a handle may be spelled like one: only its @ tells.
    if channel := CHANNEL.fullmatch(handle):
        return f"channel/{channel[1]}"
    found = _YOUTUBE.fullmatch(handle.removeprefix("@"))
    name = found and make_international_key(found[2], _YOUTUBE_MARKS)
    if found is None or name is None:
        return None
    kind = (found[1] or "").lower()
    if kind and handle.startswith("@"):
        return None
    if (kind == "c" and name in RESERVED["youtube"]) or (kind == "user" and not name.isascii()):
        return None
    return f"{kind}/{name}" if kind else name


def _facebook_key(_platform: str, handle: str) -> str | None:
    name = handle.removeprefix("@").translate(ASCII_LOWER)
    if number := _FACEBOOK_ID.fullmatch(name):
        return f"id/{number[1] or number[2]}"
    if _FACEBOOK_GROUP.fullmatch(name):
        return name
    # Facebook ignores dots in user names; none is a single letter or a number.
    bare = name.replace(".", "") if _FACEBOOK.fullmatch(name) else ""
    known = len(bare) > 1 and not bare.isdecimal() and bare not in RESERVED["facebook"]
    return bare if known else None


def _linkedin_key(_platform: str, handle: str) -> str | None:
    found = _LINKEDIN.fullmatch(handle.removeprefix("@"))
    name = found and make_international_key(found[2], _LINKEDIN_MARKS)
    return found and name and f"{(found[1] or 'company').lower()}/{name}"


def _bluesky_key(_platform: str, handle: str) -> str | None:
    name = handle.removeprefix("@").translate(ASCII_LOWER)
    if not _BLUESKY.fullmatch(name):
        return None
    # A handle is a domain; a single word is short for one of the network's own.
    return name if "." in name or name.startswith("did:") else f"{name}.bsky.social"


def _reddit_key(_platform: str, handle: str) -> str | None:
    name = _REDDIT.fullmatch(handle.translate(ASCII_LOWER))
    if name is None:
        return None
    return f"{'user' if name[1] in {'u', 'user'} else 'r'}/{name[2]}"


_READERS: dict[str, Callable[[str, str], str | None]] = {
    "youtube": _youtube_key,
    "facebook": _facebook_key,
    "linkedin": _linkedin_key,
    "bluesky": _bluesky_key,
    "reddit": _reddit_key,
}
