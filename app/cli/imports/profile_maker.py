"""`clearpost import profiles make FILE`: a mapping profile, made by asking about the file.

The polarity comes first, since a wrong one publishes a child who must not be published. What is
left out stays unlisted, and an unlisted value is a doubt about the child, never a yes. Answers may
also come from a pipe, one a line; where they end early, nothing is written.
"""

import re
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import tomli_w
import typer

from app.cli.terminal import hint, say, stop
from app.imports.reading.profiles import Profile, ProfileError
from app.imports.reading.profiles.loader import parse_profile, read_shipped_profiles
from app.imports.reading.profiles.model import NAME_PATTERN, check_month_day
from app.imports.reading.profiles.samples import (
    Sample,
    SampledColumn,
    SampleError,
    read_sample,
)
from app.imports.report import format_count
from app.policy.words import Channel

_WHERE: Mapping[str, Channel] = {
    "every way of showing a picture": "all",
    "social media": "social",
    "websites": "website",
    "the yearbook": "yearbook",
    "the school's newspaper": "newspaper",
    "the press": "press",
    "video": "video",
    "the directory": "directory",
}
_CAPTURE = "being photographed at all"
_ABOUT = ["nothing about pictures", *_WHERE, _CAPTURE]
_MEANINGS = {
    "yes": "grant",
    "no": "refuse",
    "not answered": "unanswered",
    "no objection was made": "not_refused",
    "nothing: it is about something else": "nothing",
}

Written = Annotated[
    Path | None, typer.Option("--output", help="The file to write; NAME.toml, where it is absent.")
]


def make_profile(
    file: Annotated[Path, typer.Argument(help="A file with consent columns, CSV or Excel.")],
    name: Annotated[str, typer.Option(help="The profile's name; it stays the statements' source.")],
    output: Written = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that is there.")] = False,
) -> None:
    """Make a mapping profile by asking about the columns and values of a file."""
    path = output or Path(f"{name}.toml")
    _check_name(name, path, force=force)
    try:
        sample = read_sample(file)
    except SampleError as error:
        stop(f"{file.name}: {error}")
    hint(f"{sample.file}: {sample.rows:,} rows, {len(sample.columns)} columns.")
    content = tomli_w.dumps(_ask_profile(name, sample)).encode()
    try:
        profile = parse_profile(path.name, content)
    except ProfileError as error:
        stop("; ".join(error.reasons))
    _confirm_profile(profile, path)
    path.write_bytes(content)
    hint(f"Written to {path}. To try it: clearpost import {file} --profile {path} --plan")


def _check_name(name: str, path: Path, *, force: bool) -> None:
    if not re.fullmatch(NAME_PATTERN, name):
        stop("--name: takes a-z, 0-9, _ and -, at most 40, and begins with a-z or 0-9")
    if name in {profile.name for profile in read_shipped_profiles()}:
        stop("--name: is a profile's that comes with Clearpost; take another")
    if path.exists() and not force:
        stop(f"{path} is there already; --force replaces it, --output names another")


def _ask_profile(name: str, sample: Sample) -> dict[str, Any]:
    lists = _ask_lists(sample)
    columns = [column.header for column in sample.columns]
    key = columns[_choose_one("Which column names the child?", columns)]
    by_number = _choose_one(f"{key} holds", ["the sourcedId of the SIS", "the student number"])
    flags: dict[str, Any] = {
        "file": sample.file,
        "key": key,
        "matches": ("sourced_id", "student_number")[by_number],
        **lists,
    }
    if expires := _ask_end():
        flags["expires"] = expires
    others = [column for column in sample.columns if column.header != key]
    of_refusers = lists["lists"] == "refusers"
    asked = [
        _ask_column(column, of_refusers=of_refusers)
        for column in others
        if column.values is not None
    ]
    skipped = [column.header for column in others if column.values is None]
    if skipped:
        hint(f"Passed over, since they hold identities or too many values: {', '.join(skipped)}.")
    flags["columns"] = [column for column in asked if column]
    if not flags["columns"]:
        stop("no column is about pictures, so there is nothing to write")
    return {"name": name, "title": f"Made from {sample.file}", "flags": [flags]}


def _ask_lists(sample: Sample) -> dict[str, Any]:
    """Ask for the polarity of the file, and for whether it is complete."""
    refusers = _choose_one(
        f"Which children stand in {sample.file}?",
        ["everybody, each with the answer given", "only those who said no"],
    )
    changes = _choose_one(
        "Is such a file the whole list each time?",
        ["yes, the whole list", "no, only what changed since the last one"],
    )
    lists = {"lists": ("everybody", "refusers")[refusers], "complete": not changes}
    if refusers and not changes:
        every = _choose_one(
            "Whose list is it?",
            ["that of the schools whose students stand in it", "that of every school"],
        )
        lists["schools"] = ("listed", "all")[every]
    return lists


def _ask_end() -> str | None:
    text = _ask_line(
        "Does a yes end on a day of each year? MM-DD, or Enter for no",
        lambda text: not text or _is_month_day(text),
        "an empty line, or a month and a day, such as 06-30",
    )
    return text or None


def _is_month_day(text: str) -> bool:
    with suppress(ValueError):
        check_month_day(text)
        return True
    return False


def _ask_column(column: SampledColumn, *, of_refusers: bool) -> dict[str, Any] | None:
    """Ask for the meaning of a column; None where it is not about pictures."""
    values = column.values or ()
    say("")
    say(f"Column {column.header}: {', '.join([*values, '(blank)'])}")
    if column.hidden:
        hidden = format_count(column.hidden, "rare value is", "rare values are")
        say(f"  {hidden} not shown; a row with one will be a doubt about the child.")
    about = _choose_some("It is about", _ABOUT)
    if 0 in about:
        return None
    scopes = _list_scopes([_ABOUT[one] for one in about])
    meanings = _ask_meanings(column.header, values, of_refusers=of_refusers)
    if "grant" in meanings and "publish" in {scope["activity"] for scope in scopes}:
        named = _choose_one(
            "A yes is to", ["the picture alone", "the picture with the child's name"]
        )
        extent = ("image", "image_with_name")[named]
    else:
        extent = "image"
    return {
        "column": column.header,
        "meanings": [
            _write_meaning(means, values, scopes, extent) for means, values in meanings.items()
        ],
    }


def _list_scopes(about: Sequence[str]) -> list[dict[str, Any]]:
    channels = [_WHERE[what] for what in about if what in _WHERE]
    scopes: list[dict[str, Any]] = []
    if _CAPTURE in about:
        scopes.append({"activity": "capture", "channel": ["all"]})
    if channels:
        scopes.append({"activity": "publish", "channel": channels})
    return scopes


def _write_meaning(
    means: str, values: list[str], scopes: list[dict[str, Any]], extent: str
) -> dict[str, Any]:
    """Return a meaning as the profile has it. A refusal is of the picture itself."""
    meaning: dict[str, Any] = {"values": values, "means": means}
    if means in ("grant", "refuse"):
        named = extent if means == "grant" else "image"
        meaning["scopes"] = [
            {**scope, "extent": named if scope["activity"] == "publish" else "image"}
            for scope in scopes
        ]
    return meaning


def _ask_meanings(header: str, values: Sequence[str], *, of_refusers: bool) -> dict[str, list[str]]:
    """Ask for the meaning of each value and of a blank cell; return the values by meaning.

    A list of refusers has no yes, and a blank cell is no one's yes. Where no value means yes, an
    import would take "not answered" for no objection: that must be chosen by its name.
    """
    while True:
        meanings: dict[str, list[str]] = {}
        for value in [*values, ""]:
            left_out = {"grant"} if of_refusers or not value else set()
            meanings.setdefault(_ask_meaning(header, value, left_out), []).append(value)
        if "grant" in meanings or "unanswered" not in meanings:
            return meanings
        hint("Where no value means yes, none can mean not answered. Once more:")


def _ask_meaning(header: str, value: str, left_out: Set[str]) -> str:
    offered = [words for words, means in _MEANINGS.items() if means not in left_out]
    chosen = _choose_one(f"{header} = {value or '(blank)'} means", offered)
    return _MEANINGS[offered[chosen]]


def _confirm_profile(profile: Profile, path: Path) -> None:
    say("")
    for line in profile.told():
        say(f"- {line}")
    say("Every other value is a doubt about the child, until somebody settles it.")
    question = f"Write this to {path}? yes or no"
    if _ask_line(question, lambda text: text in ("yes", "no"), "yes or no") == "no":
        stop("nothing was written")


def _choose_one(question: str, choices: Sequence[str]) -> int:
    """Ask for one of the choices by its number; return its place."""
    return _choose_some(question, choices, most=1)[0]


def _choose_some(question: str, choices: Sequence[str], most: int | None = None) -> list[int]:
    """Ask for choices by their numbers, comma-separated; return their places."""
    say(question)
    for number, choice in enumerate(choices, 1):
        say(f"  {number} {choice}")
    known = {str(number) for number in range(1, len(choices) + 1)}

    def is_right(text: str) -> bool:
        parts = [part.strip() for part in text.split(",")]
        return set(parts) <= known and len(parts) <= (most or len(choices))

    several = "" if most == 1 else ", or several, comma-separated"
    text = _ask_line("", is_right, f"a number from 1 to {len(choices)}{several}")
    return sorted({int(part) - 1 for part in text.split(",")})


def _ask_line(question: str, is_right: Callable[[str], bool], expected: str) -> str:
    """Read a line until it is right; stops where the answers end."""
    while True:
        try:
            text = str(typer.prompt(question, default="", show_default=False, prompt_suffix="> "))
        except typer.Abort:
            stop("the answers ended early; nothing was written")
        if is_right(text.strip()):
            return text.strip()
        hint(f"Expected {expected}.")
