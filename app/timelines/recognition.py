"""Recognition of a timeline by its content: what a file is called says nothing."""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import orjson

from app.timelines.exports import is_meta_export, read_meta_export
from app.timelines.network_json import is_bluesky, is_mastodon, read_bluesky, read_mastodon
from app.timelines.posts import Timeline, TimelineError, TimelineFault
from app.timelines.sheets import read_sheet
from app.timelines.syndication import read_syndication

MOST_BYTES = 64 * 1024 * 1024
# Members of an export that hold posts.
_POSTS = re.compile(r"(?:^|/)(?:your_posts\w*|profile_posts_\d+|posts_\d+)\.json$|/videos\.csv$")
_MARK = b"\xef\xbb\xbf"
_UNKNOWN = "is no timeline that is known here"


def read_timeline(data: bytes, columns: Mapping[str, str] | None = None) -> Timeline:
    """Return the posts of a source; raises `TimelineError` for what is no timeline.

    It may be RSS or Atom, Mastodon's or Bluesky's JSON, an export of Facebook, Instagram or YouTube
    as its file or as the zip that holds it, or a CSV file with `columns` (`sheets.read_columns`).
    """
    if columns is not None:
        return read_sheet(data, columns)
    if data.startswith(b"PK\x03\x04"):
        return _read_export(data)
    plain = data.removeprefix(_MARK).lstrip()
    if plain[:1] in (b"{", b"["):
        return _read_json(plain)
    if plain[:1] == b"<":
        return read_syndication(data)
    return read_sheet(data, None)


def _read_json(data: bytes) -> Timeline:
    try:
        said: Any = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        message = "is no JSON, though it begins like it"
        raise TimelineError(message) from error
    if said == []:
        return Timeline()
    for fits, read in (
        (is_bluesky, read_bluesky), (is_mastodon, read_mastodon),
        (is_meta_export, read_meta_export),
    ):  # fmt: skip
        if fits(said):
            return read(said)
    raise TimelineError(_UNKNOWN)


def _read_export(data: bytes) -> Timeline:
    """Return the posts of all files of an export that hold some."""
    whole = Timeline(archive=True)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as zipped:
            members = [one for one in zipped.infolist() if _POSTS.search(one.filename)]
            for number, member in enumerate(members, 1):
                if member.file_size > MOST_BYTES:
                    message = f"holds a file of more than {MOST_BYTES // 1024**2} MB"
                    raise TimelineError(message)
                _add_member(whole, f"file {number}", zipped.read(member))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        message = "is a zip that cannot be read"
        raise TimelineError(message) from error
    if not members:
        message = "is a zip without posts of Facebook, Instagram or YouTube"
        raise TimelineError(message)
    return whole


def _add_member(whole: Timeline, name: str, data: bytes) -> None:
    try:
        part = _read_json(data) if data.lstrip()[:1] in (b"{", b"[") else read_sheet(data, None)
    except TimelineError as error:
        whole.faults.append(TimelineFault(name, str(error)))
        return
    whole.posts += [one._replace(at=f"{name}, {one.at}") for one in part.posts]
    whole.faults += [one._replace(at=f"{name}, {one.at}") for one in part.faults]
