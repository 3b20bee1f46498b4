"""BrightBean Studio: from the body of `POST /api/v1/posts/` to checks, and to what it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from clearpost_client.bodies import Json, Post
from clearpost_client.gates.accounts import GateRules
from clearpost_client.gates.media import File, choose_kind_by_type, describe_media
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

_BODY = frozenset(
    {
        "social_account_id", "caption", "title", "first_comment", "internal_notes",
        "media_asset_ids", "platform_overrides", "action", "scheduled_at", "proposed_publish_at",
        "idempotency_key",
    }
)  # fmt: skip
_OVERRIDE = frozenset({"social_account_id", "title", "caption", "first_comment"})
_SHOWN = ("title", "caption", "first_comment")
# The first comment goes out this long after the post.
_COMMENT_DELAY = timedelta(seconds=120)


@dataclass(frozen=True)
class Asset:
    """A file of the media library, once it has been fetched: its SHA-256, type and description."""

    sha256: str
    mime_type: str
    alt_text: str


@dataclass(frozen=True)
class BrightBeanBody:
    """A whole body; `passed_on` is what the Studio is sent for it."""

    channel: str
    text: str
    media: tuple[str, ...]
    at: datetime
    comments: bool
    passed_on: Json

    def list_checks(
        self, rules: GateRules, assets: Mapping[str, Asset], now: datetime
    ) -> list[Post]:
        """Return the questions whether it may go out, given its files by their ids."""
        files = []
        for number, ident in enumerate(self.media):
            where = f"/media_asset_ids/{number}"
            if (asset := assets.get(ident)) is None:
                refuse(where, "was not fetched")
            kind = choose_kind_by_type(asset.mime_type, where)
            files.append((File(ident, asset.alt_text or None, where), kind))
        media = describe_media(files, {name: one.sha256 for name, one in assets.items()})
        begins = max(self.at, now)
        times = [begins, begins + _COMMENT_DELAY] if self.comments else [begins]
        return [rules.make_post(self.channel, self.text, media, write_time(at)) for at in times]


def read_post_body(content: bytes) -> BrightBeanBody:
    """Read the body of a new post that is to be scheduled.

    Raises `NotCleared` for what is not as the Studio describes it.
    """
    said = read_body(content)
    require_known(said, _BODY, "")
    if said.get("action") != "schedule":
        refuse("/action", "must be schedule: a draft is the Studio's own matter")
    channel = take(said, "social_account_id", str, "")
    at = read_time(take(said, "scheduled_at", str, ""), "/scheduled_at")
    media = take_or(said, "media_asset_ids", list, "") or []
    if not all(isinstance(one, str) and one for one in media):
        refuse("/media_asset_ids", "must be a list of ids")
    overrides = (
        []
        if said.get("platform_overrides") is None
        else take_objects(said, "platform_overrides", "")
    )
    texts = [*_read_texts(said, ""), *_read_overrides(overrides, channel)]
    passed_on: Json = {name: one for name, one in said.items() if one is not None}
    passed_on["scheduled_at"] = write_time(at)
    return BrightBeanBody(
        channel=channel,
        text="\n\n".join(dict.fromkeys(one for one in texts if one)),
        media=tuple(media),
        at=at,
        comments=bool(said.get("first_comment"))
        or any(one.get("first_comment") for one in overrides),
        passed_on=passed_on,
    )


def _read_texts(said: Json, where: str) -> list[str]:
    return [take_or(said, name, str, where) or "" for name in _SHOWN]


def _read_overrides(overrides: list[Json], channel: str) -> list[str]:
    """Return the texts of overrides, beside the body's own: either may be what is shown."""
    texts: list[str] = []
    for number, one in enumerate(overrides):
        where = f"/platform_overrides/{number}"
        require_known(one, _OVERRIDE, where)
        if take(one, "social_account_id", str, where) != channel:
            refuse(f"{where}/social_account_id", "must be the account of the post")
        texts += _read_texts(one, where)
    return texts
