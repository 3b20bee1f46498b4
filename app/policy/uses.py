"""A use in words: the picture and its place, for findings, explanations and printed lists."""

from collections.abc import Mapping
from functools import cache

from app.policy.words import Activity, Channel

CHANNEL_WORDS: Mapping[Channel, str] = {
    "all": "anywhere but in the directory",
    "social": "on social media",
    "website": "on the website",
    "yearbook": "in the yearbook",
    "newspaper": "in the school newspaper",
    "press": "in the press",
    "video": "in videos",
    "directory": "in the directory",
}


@cache
def describe_use(activity: Activity, channel: Channel, *, video: bool) -> str:
    """Return the use that is asked for, as a noun.

    >>> describe_use("publish", "website", video=True)
    'a video on the website'
    """
    shown = "a video" if video else "a picture"
    if activity == "capture":
        return f"taking {shown}"
    # Who asks about `video` as a channel says nothing of where it will be shown.
    return shown if channel == "video" else f"{shown} {CHANNEL_WORDS[channel]}"
