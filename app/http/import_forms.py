"""The form in which a delivery is sent: its fields, and what is wrong with them."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from app.errors import InvalidRequestError
from app.http.multipart import Expected, ReceivedForm
from app.imports import spool
from app.imports.reading.profiles import ProfileError, read_shipped_profiles
from app.imports.reading.profiles.loader import MAX_BYTES, parse_profile
from app.schemas.delivery_options import FEED_NAME, FEED_WORDS
from app.schemas.imports import ImportSent

_YES_NO = {"true": True, "false": False}
# What `complete` says is whole: the people, the consents.
_COMPLETE = {
    "false": (False, False),
    "true": (True, False),
    "people": (True, False),
    "consents": (False, True),
    "people,consents": (True, True),
}
_OPTIONS: dict[str, tuple[Collection[str], str, str]] = {
    "complete": (_COMPLETE, "complete", f"Must be one of {', '.join(map(repr, _COMPLETE))}"),
    "accept_empty_consents": (_YES_NO, "boolean", "Must be true or false"),
}
FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "title": "Delivery",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "One zip, or the files of one delivery.",
                        },
                        "profile": {
                            "type": "string",
                            "description": "The name of a mapping profile that comes with "
                            "Clearpost; or, as a file, a profile of your own (TOML).",
                        },
                        "complete": {
                            "type": "string",
                            "enum": list(_COMPLETE),
                            "default": "false",
                            "description": "What is all there is: `people` (or `true`), "
                            "`consents`, or both.",
                        },
                        "accept_empty_consents": {
                            "type": "boolean",
                            "default": False,
                            "description": "A consent list without rows is meant.",
                        },
                        "feed": {
                            "type": "string",
                            "pattern": FEED_NAME,
                            "description": "Of which feed it is, where several bring people: "
                            "missing is who is in none that still comes.",
                        },
                    },
                }
            }
        },
    }
}


def describe_form(folder: Path, room: int, room_for_all: int) -> Expected:
    """Return what a delivery's form may hold, of at most `room` bytes, received into this folder.

    `room_for_all` is how many bytes all deliveries beside it may have together.
    """
    return Expected(
        texts=frozenset({"profile", "feed", *_OPTIONS}),
        files="file",
        folder=spool.find_files(folder),
        singles={"profile": folder / spool.PROFILE},
        room=room,
        small=MAX_BYTES,
        look_around=lambda: spool.refuse_full(folder.parent, room_for_all),
    )


def sent_of(form: ReceivedForm, folder: Path) -> ImportSent:
    """Return what was sent, checked as far as can be without reading the delivery's files.

    Raises `InvalidRequestError`.
    """
    own = folder / spool.PROFILE
    faults = [*_file_faults(form), *_option_faults(form), *_profile_faults(form, own)]
    if faults:
        raise InvalidRequestError(faults)
    people, consents = _COMPLETE[form.texts.get("complete", "false")]
    return ImportSent(
        files=dict(sorted(form.files.items())),
        profile=form.texts.get("profile"),
        profile_sha256=form.singles.get("profile"),
        complete=people,
        complete_consents=consents,
        accept_empty_consents=_YES_NO[form.texts.get("accept_empty_consents", "false")],
        feed=form.texts.get("feed"),
    )


def _file_faults(form: ReceivedForm) -> Iterator[dict[str, str]]:
    if not form.files:
        yield _make_fault("file", "missing", "At least one file is needed")
    if len(form.files) > 1 and any(name.lower().endswith(".zip") for name in form.files):
        yield _make_fault("file", "zip_alone", "A zip is a delivery of its own: send it alone")


def _option_faults(form: ReceivedForm) -> Iterator[dict[str, str]]:
    for name, (known, code, message) in _OPTIONS.items():
        if form.texts.get(name, "false") not in known:
            yield _make_fault(name, code, message)
    feed = form.texts.get("feed")
    if feed is not None and not re.fullmatch(FEED_NAME, feed):
        yield _make_fault("feed", "feed", f"Must be {FEED_WORDS}")


def _profile_faults(form: ReceivedForm, own: Path) -> Iterator[dict[str, str]]:
    name = form.texts.get("profile")
    if name is not None and own.exists():
        yield _make_fault("profile", "repeated", "Must come once")
    elif name is not None and name not in {profile.name for profile in read_shipped_profiles()}:
        yield _make_fault(
            "profile", "unknown", "Is not the name of a profile that comes with Clearpost"
        )
    elif own.exists():
        try:
            with spool.tell_failing_disk():
                content = own.read_bytes()
            parse_profile(own.name, content)
        except ProfileError:
            message = "Cannot be used; clearpost import profiles check tells why"
            yield _make_fault("profile", "profile", message)


def _make_fault(place: str, code: str, message: str) -> dict[str, str]:
    return {"at": f"/{place}", "code": code, "message": message}
