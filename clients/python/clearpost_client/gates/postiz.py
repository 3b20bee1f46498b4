"""Postiz: from the body of `POST /public/v1/posts` to checks, and to the body that is passed on.

What is passed on is written anew from what was read, so that Postiz reads what the gate has read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from clearpost_client.bodies import Json, Post
from clearpost_client.gates.accounts import GateRules
from clearpost_client.gates.markup import read_text
from clearpost_client.gates.media import File, choose_kind, describe_media
from clearpost_client.gates.reading import (
    read_body,
    read_time,
    refuse,
    require_known,
    take,
    take_objects,
    take_or,
    write_time,
)

# Postiz takes any other word, and none, for `schedule`.
TYPES = frozenset({"draft", "schedule", "now", "update"})
_BODY = frozenset(
    {"type", "order", "shortLink", "inter", "republish", "date", "tags", "posts", "creationMethod"}
)
_POST = frozenset({"integration", "value", "group", "settings", "type"})
_VALUE = frozenset({"content", "id", "delay", "image"})
_MOST_DAYS, _MOST_MINUTES = 3660, 366 * 24 * 60
_MOST_TEXT = 65_536
# The words of settings that take one of a list: they choose, and are shown to nobody.
_CHOICES = frozenset(
    {
        "DIRECT_POST", "EVENT", "FOLLOWER_OF_CREATOR", "MANUAL", "MUTUAL_FOLLOW_FRIENDS",
        "OFFER", "PUBLIC_TO_EVERYONE", "SELF_ONLY", "SS_PERFORMANCE", "STANDARD", "UPLOAD",
        "announcement", "article", "draft", "everyone", "following", "group",
        "mentionedUsers", "message", "no", "pending", "post", "primary", "private",
        "public", "publish", "published", "story", "subscribers", "timeline", "unlisted",
        "verified", "yes",
    }
)  # fmt: skip


@dataclass(frozen=True)
class PostizPost:
    """One of a body's posts: its thread on one channel, with what its settings publish."""

    integration: str
    text: str
    files: tuple[File, ...]
    minutes: float
    replaces: bool
    comments: tuple[str, ...]
    passed_on: Json

    def list_checks(
        self, begins: datetime, rules: GateRules, digests: Mapping[str, str]
    ) -> list[Post]:
        """Return the questions whether it may go out: at its time, and with its last comment."""
        described = [(file, choose_kind(file.path, file.where)) for file in self.files]
        media = describe_media(described, digests)
        ends = begins + timedelta(minutes=self.minutes)
        return [
            rules.make_post(self.integration, self.text, media, write_time(at))
            for at in dict.fromkeys((begins, ends))
        ]


@dataclass(frozen=True)
class PostizBody:
    """A whole body; `passed_on` is what Postiz is sent in its place."""

    kind: str
    date: datetime
    days: int | None
    posts: tuple[PostizPost, ...]
    passed_on: Json

    @property
    def publishes(self) -> bool:
        """Tell whether it may lead to something being published.

        A draft does not, unless it puts itself in the place of what may be scheduled already.
        """
        return self.kind != "draft" or any(one.replaces for one in self.posts)

    @property
    def paths(self) -> frozenset[str]:
        """Return where the media are."""
        return frozenset(file.path for post in self.posts for file in post.files)

    def list_checks(
        self, rules: GateRules, digests: Mapping[str, str], now: datetime
    ) -> list[list[Post]]:
        """Return the questions for each post, given the SHA-256 of the media by their paths.

        Of what is repeated these are about the first time.
        """
        begins = now if self.kind == "now" else max(self.date, now)
        return [one.list_checks(begins, rules, digests) for one in self.posts]


def read_post_body(content: bytes) -> PostizBody:
    """Read the body of a new post. Raises `NotCleared` for what is not as Postiz describes it."""
    said = read_body(content)
    require_known(said, _BODY, "")
    kind = take(said, "type", str, "")
    if kind not in TYPES:
        refuse("/type", "must be draft, schedule, now or update")
    date = read_time(take(said, "date", str, ""), "/date")
    days = _read_days(said)
    posts = tuple(
        _read_post(one, f"/posts/{n}") for n, one in enumerate(take_objects(said, "posts", ""))
    )
    if not posts:
        refuse("/posts", "must not be empty")
    passed_on = {
        **{name: said[name] for name in _BODY & said.keys() if said[name] is not None},
        "date": write_time(date),
        "posts": [one.passed_on for one in posts],
        "tags": _read_tags(said),
        "shortLink": take_or(said, "shortLink", bool, "") or False,
    }
    return PostizBody(kind, date, days, posts, passed_on)


def _read_days(said: Json) -> int | None:
    """Return after how many days it is repeated, without end; Postiz takes 0 for never."""
    if said.get("inter") is None:
        return None
    days = take(said, "inter", int, "")
    if not 0 <= days <= _MOST_DAYS:
        refuse("/inter", "must be a number of days")
    return days or None


def _read_tags(said: Json) -> list[Json]:
    return [
        {
            "value": take(one, "value", str, f"/tags/{n}"),
            "label": take(one, "label", str, f"/tags/{n}"),
        }
        for n, one in enumerate([] if said.get("tags") is None else take_objects(said, "tags", ""))
    ]


def _read_post(said: Json, where: str) -> PostizPost:
    require_known(said, _POST, where)
    integration = take(take(said, "integration", dict, where), "id", str, f"{where}/integration")
    if not integration:
        refuse(f"{where}/integration/id", "must not be empty")
    group = take_or(said, "group", str, where)
    settings = take_or(said, "settings", dict, where) or {}
    values = [
        _read_value(one, f"{where}/value/{n}")
        for n, one in enumerate(take_objects(said, "value", where))
    ]
    if not values:
        refuse(f"{where}/value", "must not be empty")
    shown = _Shown([], [])
    _read_settings(settings, f"{where}/settings", shown)
    text = "\n\n".join(one for one in [*(one.text for one in values), *shown.texts] if one)
    if len(text) > _MOST_TEXT:
        refuse(where, "has more text than can be checked")
    passed_on: Json = {
        "integration": {"id": integration},
        "value": [one.passed_on for one in values],
        "settings": settings,
    }
    return PostizPost(
        integration=integration,
        text=text,
        files=(*(file for one in values for file in one.files), *shown.files),
        minutes=sum(one.minutes for one in values[1:]),
        comments=tuple(one.passed_on["id"] for one in values[1:] if "id" in one.passed_on),
        replaces=bool(group) or any("id" in one.passed_on for one in values),
        passed_on={**passed_on, "group": group} if group else passed_on,
    )


@dataclass(frozen=True)
class _Value:
    text: str
    files: tuple[File, ...]
    minutes: float
    passed_on: Json


def _read_value(said: Json, where: str) -> _Value:
    require_known(said, _VALUE, where)
    content = take(said, "content", str, where)
    ident = take_or(said, "id", str, where)
    minutes = 0 if said.get("delay") is None else _take_minutes(said, where)
    images = [] if said.get("image") is None else take_objects(said, "image", where)
    files = [_read_file(one, f"{where}/image/{n}") for n, one in enumerate(images)]
    passed_on: Json = {
        "content": content,
        "delay": minutes,
        "image": [one for _, one in files],
        **({"id": ident} if ident else {}),
    }
    found = tuple(file for listed, _ in files for file in listed)
    return _Value(read_text(content, f"{where}/content"), found, minutes, passed_on)


def _take_minutes(said: Json, where: str) -> float:
    minutes = said["delay"]
    if type(minutes) not in {int, float} or not 0 <= minutes <= _MOST_MINUTES:
        refuse(f"{where}/delay", "must be a number of minutes")
    return float(minutes) if isinstance(minutes, float) else int(minutes)


def _read_file(said: Json, where: str) -> tuple[list[File], Json]:
    """Return a medium and its thumbnail, and the medium as it is passed on: nothing else of it."""
    path, alt = take(said, "path", str, where), take_or(said, "alt", str, where)
    thumbnail = take_or(said, "thumbnail", str, where)
    files = [File(path, alt, f"{where}/path")]
    if thumbnail:
        files.append(File(thumbnail, alt, f"{where}/thumbnail"))
    passed_on: Json = {"id": take(said, "id", str, where), "path": path}
    if alt:
        passed_on["alt"] = alt
    if thumbnail:
        passed_on["thumbnail"] = thumbnail
    return files, passed_on


@dataclass(frozen=True)
class _Shown:
    texts: list[str]
    files: list[File]


def _read_settings(said: Any, where: str, shown: _Shown) -> None:
    """Collect what settings publish: every text but a few words, and every file.

    Titles, first comments and captions are settings, each network's under names of its own.
    """
    if isinstance(said, str):
        if said not in _CHOICES:
            shown.texts.append(read_text(said, where))
    elif isinstance(said, list):
        for number, one in enumerate(said):
            _read_settings(one, f"{where}/{number}", shown)
    elif isinstance(said, dict):
        _read_setting_fields(said, where, shown)


def _read_setting_fields(said: Json, where: str, shown: _Shown) -> None:
    if "path" in said:
        files, _ = _read_file({"id": "", **said}, where)
        shown.files.extend(files)
        said = {
            name: one
            for name, one in said.items()
            if name not in {"path", "thumbnail", "alt", "id"}
        }
    for number, (name, one) in enumerate(said.items()):
        if "plug-" in name:
            refuse(where, "lets other channels repeat the post, which are not checked")
        if name != "__type":  # Postiz puts the channel's own in its place
            _read_settings(one, f"{where}/{number}", shown)
