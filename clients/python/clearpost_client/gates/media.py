"""Media as a scheduler names them, and what the gate knows of each: kind and digest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from clearpost_client.bodies import Medium
from clearpost_client.gates.reading import refuse

# What can be shown by it; there is no kind here in which nobody could be recognized.
_KINDS: Mapping[str, Literal["photo", "video"]] = {
    "avif": "photo", "bmp": "photo", "gif": "photo", "jpeg": "photo", "jpg": "photo",
    "png": "photo", "tiff": "photo", "webp": "photo", "mov": "video", "mp4": "video",
    "webm": "video",
}  # fmt: skip
_TYPES: Mapping[str, Literal["photo", "video"]] = {"image": "photo", "video": "video"}


@dataclass(frozen=True)
class File:
    """A file of a post: where it is in the scheduler, and its description, if it has one."""

    path: str
    alt_text: str | None
    where: str


def choose_kind(path: str, where: str) -> Literal["photo", "video"]:
    """Return the kind by the name's end."""
    _, dot, end = path.rsplit("/", 1)[-1].rpartition(".")
    kind = _KINDS.get(end.lower()) if dot else None
    if kind is None:
        refuse(where, "is a file of a kind that the gate does not know")
    return kind


def choose_kind_by_type(mime_type: str, where: str) -> Literal["photo", "video"]:
    """Return the kind by the media type."""
    kind = _TYPES.get(mime_type.partition("/")[0].lower())
    if kind is None:
        refuse(where, "is a file of a kind that the gate does not know")
    return kind


def describe_media(
    files: list[tuple[File, Literal["photo", "video"]]], digests: Mapping[str, str]
) -> list[Medium]:
    """Return the files as a check takes them; each must have been fetched and hashed."""
    described: list[Medium] = []
    for file, kind in files:
        if (digest := digests.get(file.path)) is None:
            refuse(file.where, "was not fetched")
        medium: Medium = {"kind": kind, "sha256": digest}
        if file.alt_text:
            medium["alt_text"] = file.alt_text
        described.append(medium)
    return described
