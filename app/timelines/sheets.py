"""Sheets of posts: YouTube's videos of a Google Takeout, and what an archive's vendor exports."""

import csv
import io
import tomllib
from collections.abc import Mapping
from typing import Any

from app.timelines.posts import Timeline, TimelineError, read_moment

_VIDEO = "https://www.youtube.com/watch?v="
_CHANNEL = "https://www.youtube.com/channel/"
# A profile names the column of each of these.
COLUMNS = ("published_at", "text", "url", "external_id", "account")
_NEEDED = "published_at"


def read_columns(profile: bytes) -> dict[str, str]:
    """Return which column holds what, by a profile in TOML; raises `TimelineError`.

    Its table `columns` names them: `published_at`, and one of `url` and `external_id`, beside them
    `text` and `account`.
    """
    try:
        said: Any = tomllib.loads(profile.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = "the profile is no TOML"
        raise TimelineError(message) from error
    columns = said.get("columns") if isinstance(said, dict) else None
    if not isinstance(columns, dict) or not all(isinstance(one, str) for one in columns.values()):
        message = "the profile has no table [columns] of texts"
        raise TimelineError(message)
    if unknown := sorted(set(columns) - set(COLUMNS)):
        message = f"the profile's [columns] takes {', '.join(COLUMNS)}; {len(unknown)} are none"
        raise TimelineError(message)
    if _NEEDED not in columns or not {"url", "external_id"} & columns.keys():
        message = "the profile's [columns] needs published_at, and url or external_id"
        raise TimelineError(message)
    return columns


def read_sheet(data: bytes, columns: Mapping[str, str] | None) -> Timeline:
    """Return the posts of a CSV file: by `columns`, or YouTube's own; raises `TimelineError`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = "is neither JSON, nor RSS or Atom, nor a CSV file in UTF-8"
        raise TimelineError(message) from error
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    found = Timeline(archive=True)
    try:
        titles = {(one or "").strip().lower(): one for one in rows.fieldnames or ()}
        chosen = _choose_columns(titles, columns)
        for row in rows:
            _add_row(found, f"line {rows.line_num}", row, chosen, is_youtube=columns is None)
    except csv.Error as error:
        message = f"line {rows.line_num} is no CSV"
        raise TimelineError(message) from error
    return found


def _choose_columns(titles: Mapping[str, str], columns: Mapping[str, str] | None) -> dict[str, str]:
    if columns is not None:
        missing = [one for one in columns.values() if one.strip().lower() not in titles]
        if missing:
            message = f"lacks {len(missing)} of the columns that the profile names"
            raise TimelineError(message)
        return {name: titles[one.strip().lower()] for name, one in columns.items()}
    if "video id" not in titles:
        message = "is no timeline that is known here; a CSV file needs --profile"
        raise TimelineError(message)
    wanted = {
        "external_id": ("video id",), "account": ("channel id",),
        "text": ("video description (original)",), "title": ("video title (original)",),
        "published_at": ("video publish timestamp", "video create timestamp"),
        "privacy": ("privacy",),
    }  # fmt: skip
    return {
        name: next(titles[one] for one in names if one in titles)
        for name, names in wanted.items()
        if any(one in titles for one in names)
    }


def _add_row(
    found: Timeline,
    at: str,
    row: Mapping[str, Any],
    columns: Mapping[str, str],
    *,
    is_youtube: bool,
) -> None:
    said = {name: (row.get(column) or "").strip() or None for name, column in columns.items()}
    if is_youtube:
        if (said.pop("privacy", None) or "").lower() == "private":
            return  # nobody sees it
        title, channel = said.pop("title", None), said.get("account")
        said["text"] = "\n".join(one for one in (title, said.get("text")) if one)
        said["url"] = f"{_VIDEO}{said['external_id']}" if said.get("external_id") else None
        said["account"] = f"{_CHANNEL}{channel}" if channel else None
    moment = read_moment(said.pop("published_at", None))
    rest = {name: said.get(name) for name in ("external_id", "url", "text", "account")}
    found.add(at, published_at=moment, **rest)
