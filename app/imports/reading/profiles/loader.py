"""Profiles from files: those that come with Clearpost, and a district's own."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from app.imports.reading.profiles.model import Profile

MAX_BYTES = 1 << 20


class ProfileError(Exception):
    """A profile that cannot be used: `reasons`, each with the place in the file it is about."""

    def __init__(self, profile: str, reasons: list[str]) -> None:
        super().__init__(f"{profile}: {'; '.join(reasons)}")
        self.profile = profile
        self.reasons = reasons


def read_shipped_profiles() -> Iterator[Profile]:
    """Yield the profiles that come with Clearpost, by name."""
    for file in sorted(files(__package__).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            yield parse_profile(file.name, file.read_bytes())


def read_profile(name: str) -> Profile:
    """Return the profile of this name that comes with Clearpost, else the file at this path.

    Raises `ProfileError`.
    """
    known = {profile.name: profile for profile in read_shipped_profiles()}
    if name in known:
        return known[name]
    path = Path(name)
    try:
        if not path.is_file():
            reason = f"is neither a file nor one of {', '.join(known)}"
            raise ProfileError(name, [reason])
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError):
        raise ProfileError(path.name, ["cannot be read"]) from None
    return parse_profile(path.name, content)


def parse_profile(name: str, content: bytes) -> Profile:
    """Return a profile from its text. Raises `ProfileError` with every reason."""
    if len(content) > MAX_BYTES:
        raise ProfileError(name, [f"is larger than {MAX_BYTES >> 20} MiB"])
    try:
        said = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ProfileError(name, ["is not UTF-8 text"]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileError(name, [f"is not TOML: {error}"]) from None
    try:
        return Profile.model_validate(said)
    except ValidationError as error:
        raise ProfileError(name, list(_list_reasons(error))) from None


def _list_reasons(error: ValidationError) -> Iterator[str]:
    for found in error.errors(include_url=False, include_input=False):
        place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in found["loc"])
        reason = found["msg"].removeprefix("Value error, ")
        yield f"{place}: {reason}" if place else reason
