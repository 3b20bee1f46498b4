"""Names of files with a day or a number in them: `users-20250901.csv` is `users.csv` of a day."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from app.imports.reading.archive import Member
from app.imports.reading.profiles.model import Profile

_DAY = (
    r"(?:(?:19|20)\d{2}[-_.]?\d{2}[-_.]?\d{2}|\d{2}[-_.]?\d{2}[-_.]?(?:19|20)\d{2})"
    r"(?:[-_.T ]?\d{2}[-_.]?\d{2}(?:[-_.]?\d{2})?)?Z?"
)
_NUMBER = r"(?:\(\d{1,6}\)|[-_. ]\d{1,6})"
_BEHIND = re.compile(rf"[-_. ]*(?:{_DAY}|{_NUMBER})$", re.IGNORECASE)
_BEFORE = re.compile(rf"^(?:{_DAY}|\d{{1,6}}[-_. ])[-_. ]*", re.IGNORECASE)


def undate_names(
    members: Sequence[Member], known: Collection[str], profile: Profile | None
) -> list[Member]:
    """Return the files under the names that are looked for, where these lack a day or a number.

    `known` are the names of the standards, in lower case. A file keeps its name where that is one
    of them, where the profile means it by it alone, or where two would have one.
    """
    names = [_find_known_name(member.name, known, profile) for member in members]
    taken = Counter(name.casefold() for name in names)
    return [
        replace(member, name=name) if taken[name.casefold()] == 1 else member
        for member, name in zip(members, names, strict=True)
    ]


def undate_name(name: str) -> str:
    """Return a file's name without the days and numbers before and behind what it is called.

    >>> undate_name("users-20250901.csv"), undate_name("2025-09-01_0200 users (2).csv")
    ('users.csv', 'users.csv')
    """
    stem, dot, kind = name.rpartition(".")
    if not dot:
        return name
    before = None
    while stem != before:
        before = stem
        stem = _BEFORE.sub("", _BEHIND.sub("", stem)) or stem
    return f"{stem}.{kind}"


def _find_known_name(name: str, known: Collection[str], profile: Profile | None) -> str:
    bare = undate_name(name)
    if name.casefold() in known or bare == name:
        return name
    if profile and _is_meant(profile, name) and not _is_meant(profile, bare):
        return name
    return bare if bare.casefold() in known or (profile and _is_meant(profile, bare)) else name


def _is_meant(profile: Profile, name: str) -> bool:
    return find_pattern(profile, name) is not None


def find_pattern(profile: Profile, file: str) -> str | None:
    """Return the name by which a profile means a file, in which `*` stands for anything."""
    flags = profile.flags_of(file)
    return flags.file if flags else next((f.file for f in profile.files if f.names(file)), None)
