"""Providers of OneRoster over REST, from the TOML file that names them."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import httpx
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from app.imports.reading.profiles import Profile, ProfileError, read_profile
from app.setting_values import is_this_machine

MAX_BYTES, _MAX_SECRET = 1 << 20, 10_000
# Files that a pull can bring a profile's consent columns in.
CARRIERS = ("users.csv", "demographics.csv")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_SCOPES = ("roster-core.readonly", "roster-demographics.readonly")


class ProviderError(Exception):
    """A provider that cannot be used as it is written down; the values stay unsaid."""


def _check_address(text: str) -> str:
    """Return an address to which secrets may be sent; `ValueError` for any other."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()
    if not url.host or url.scheme not in ("https", "http") or url.userinfo or url.fragment:
        reason = "must be an address such as https://sis.example/ims/oneroster/v1p1"
        raise ValueError(reason)
    if url.scheme == "http" and not is_this_machine(url.host):
        reason = "must begin with https://"
        raise ValueError(reason)
    return text


def _strip_slash(text: str) -> str:
    if httpx.URL(text).query:
        reason = "must not have a query"
        raise ValueError(reason)
    return text.rstrip("/")


Address = Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_check_address)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class RestProvider(BaseModel):
    """One provider: where it is, how we sign in, and what it is known to do.

    `base_url` is what stands before `/users`. `ordered`: it can put records in order. `deltas`: it
    can tell what changed (`dateLastModified`), and is asked for everything only every
    `whole_every_days`. `ca_file` holds the certificate authorities to trust in the place of the
    usual ones.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal["1.1", "1.2"]
    base_url: Annotated[Address, AfterValidator(_strip_slash)]
    auth: Literal["oauth1", "oauth2"]
    client_id: Word
    secret_file: Path
    token_url: Address | None = None
    token_auth: Literal["basic", "body"] = "basic"  # noqa: S105 - where the secret goes
    scopes: tuple[Word, ...] = ()
    signature: Literal["HMAC-SHA256", "HMAC-SHA1"] = "HMAC-SHA256"
    ca_file: Path | None = None
    profile: Word | None = None
    demographics: bool = True
    ordered: bool = True
    page_size: Annotated[int, Field(ge=2, le=50_000)] = 1_000
    deltas: bool = False
    whole_every_days: Annotated[int, Field(ge=1, le=30)] = 6

    @model_validator(mode="after")
    def _check_version(self) -> Self:
        if self.auth == "oauth1" and self.version != "1.1":
            reason = "auth: OneRoster 1.2 knows OAuth 2 only"
            raise ValueError(reason)
        if (self.token_url is None) != (self.auth == "oauth1"):
            reason = "token_url: belongs to auth oauth2, and must stand there with it"
            raise ValueError(reason)
        return self

    @property
    def wanted_scopes(self) -> tuple[str, ...]:
        """The scopes to ask for: those that are written down, else the standard's for reading."""
        version = "v" + self.version.replace(".", "p")
        usual = _SCOPES if self.demographics else _SCOPES[:1]
        return self.scopes or tuple(
            f"https://purl.imsglobal.org/spec/or/{version}/scope/{name}" for name in usual
        )


def find_provider(path: Path | None, name: str) -> RestProvider:
    """Return the provider of this name from the file at `path`, its paths beside that file.

    Raises `ProviderError` with every reason.
    """
    if path is None:
        reason = "CLEARPOST_IMPORT_PROVIDERS names no file with the providers"
        raise ProviderError(reason)
    said = _read_toml(path)
    if not all(map(_NAME.fullmatch, said)):
        reason = f"{path.name}: a provider's name must be of a-z, 0-9, _ and -, 40 at the most"
        raise ProviderError(reason)
    if not isinstance(said.get(name), dict):
        known = ", ".join(sorted(said)) or "none"
        reason = f"{path.name}: there is no provider of this name; there are: {known}"
        raise ProviderError(reason)
    try:
        found = RestProvider.model_validate(said[name])
    except ValidationError as error:
        raise ProviderError(f"{path.name}: {'; '.join(_list_reasons(name, error))}") from None
    return found.model_copy(update=dict(_resolve_paths(found, path.parent)))


def read_secret(provider: RestProvider) -> str:
    """Return the client's secret, which is all that its file holds. Raises `ProviderError`."""
    try:
        with provider.secret_file.open("rb") as file:
            secret = file.read(_MAX_SECRET + 1).decode().strip()
    except (OSError, ValueError):
        reason = "secret_file: cannot be read"
        raise ProviderError(reason) from None
    if not secret or len(secret) > _MAX_SECRET:
        reason = "secret_file: must hold the secret and nothing else"
        raise ProviderError(reason)
    return secret


def load_profile(provider: RestProvider) -> Profile | None:
    """Return the profile of the provider's consent columns, if it has one.

    Raises `ProviderError` where it is about files that do not come over REST.
    """
    if provider.profile is None:
        return None
    try:
        profile = read_profile(provider.profile)
    except ProfileError as error:
        raise ProviderError(str(error)) from None
    carriers = CARRIERS if provider.demographics else CARRIERS[:1]
    if profile.files or not all(any(map(flags.names, carriers)) for flags in profile.flags):
        reason = f"profile: may be about {' and '.join(carriers)} only; no other file comes"
        raise ProviderError(reason)
    if profile.text.delimiter not in (None, "comma") or profile.text.encoding not in (
        None,
        "utf-8",
    ):
        reason = "profile: must not say a delimiter or an encoding; what comes is no file"
        raise ProviderError(reason)
    return profile


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            reason = f"{path.name}: is larger than {MAX_BYTES >> 20} MiB"
            raise ProviderError(reason)
        return tomllib.loads(content.decode("utf-8-sig"))
    except OSError:
        reason = "CLEARPOST_IMPORT_PROVIDERS: its file cannot be read"
        raise ProviderError(reason) from None
    except (ValueError, RecursionError):
        reason = f"{path.name}: is not TOML in UTF-8"
        raise ProviderError(reason) from None


def _list_reasons(name: str, error: ValidationError) -> Iterator[str]:
    for found in error.errors(include_url=False, include_input=False):
        place = ".".join([name, *(str(part) for part in found["loc"])])
        yield f"{place}: {found['msg'].removeprefix('Value error, ')}"


def _resolve_paths(provider: RestProvider, folder: Path) -> Iterator[tuple[str, Any]]:
    """Yield the paths that are not absolute as they lie beside the providers' file."""
    yield "secret_file", folder / provider.secret_file
    if provider.ca_file:
        yield "ca_file", folder / provider.ca_file
    if provider.profile and (folder / provider.profile).is_file():
        yield "profile", str(folder / provider.profile)
