"""How a provider is written down: what is wrong is named, and no value of it is said again."""

import re
from pathlib import Path

import pytest

from app.imports.rest.providers import ProviderError, find_provider, load_profile, read_secret

GOOD = """
[campus]
version = "1.2"
base_url = "https://sis.example/ims/oneroster/rostering/v1p2/"
auth = "oauth2"
token_url = "https://sis.example/token?app=ours"
client_id = "id"
secret_file = "campus.secret"
"""


def written(folder: Path, text: str) -> Path:
    (folder / "campus.secret").write_text("hush\n")
    path = folder / "providers.toml"
    path.write_text(text)
    return path


def changed(name: str, value: str | None) -> str:
    """`GOOD` with one key that says something else, or does not stand there."""
    lines = [line for line in GOOD.splitlines() if not line.startswith(f"{name} =")]
    return "\n".join([*lines, f"{name} = {value}" if value else "", ""])


def test_paths_are_beside_the_file(tmp_path: Path) -> None:
    found = find_provider(written(tmp_path, GOOD), "campus")
    assert found.secret_file == tmp_path / "campus.secret"
    assert read_secret(found) == "hush"
    assert found.base_url == "https://sis.example/ims/oneroster/rostering/v1p2"
    assert found.wanted_scopes == (
        "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly",
        "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-demographics.readonly",
    )
    assert load_profile(found) is None


def test_scopes_are_the_least(tmp_path: Path) -> None:
    found = find_provider(written(tmp_path, changed("demographics", "false")), "campus")
    assert len(found.wanted_scopes) == 1
    own = find_provider(written(tmp_path, changed("scopes", '["all"]')), "campus")
    assert own.wanted_scopes == ("all",)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("base_url", '"http://sis.Secret/v1p1"', "campus.base_url: must begin with https://"),
        ("base_url", '"http://127.0.0.1.Secret/v1p1"', "campus.base_url: must begin with https"),
        ("base_url", '"ftp://Secret/v1p1"', "campus.base_url: must be an address"),
        ("base_url", '"https://me:Secret@sis.example/"', "campus.base_url: must be an address"),
        ("base_url", '"https://"', "campus.base_url: must be an address"),
        ("base_url", '"https://Secret:port/"', "campus.base_url: must be an address"),
        ("base_url", '"https://sis.example/v1p1?key=Secret"', "campus.base_url: must not have a"),
        ("base_url", None, "campus.base_url: Field required"),
        ("token_url", '"http://sis.Secret/token"', "campus.token_url: must begin with https"),
        ("token_url", None, "campus: token_url: belongs to auth oauth2"),
        ("version", '"Secret"', "campus.version: Input should be '1.1' or '1.2'"),
        ("auth", '"oauth1"', "campus: auth: OneRoster 1.2 knows OAuth 2 only"),
        ("client_secret", '"Secret"', "campus.client_secret: Extra inputs are not permitted"),
        ("page_size", "1", "campus.page_size: Input should be greater than or equal to 2"),
        ("page_size", "1000000", "campus.page_size: Input should be less than or equal to 50000"),
        ("whole_every_days", "90", "campus.whole_every_days: Input should be less than or"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: str | None, reason: str, tmp_path: Path) -> None:
    path = written(tmp_path, changed(name, value))
    with pytest.raises(ProviderError, match=re.escape(reason)) as error:
        find_provider(path, "campus")
    assert "Secret" not in str(error.value)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:81/v", "http://[::1]:81/v", "http://localhost/v"]
)
def test_this_machine_needs_no_certificate(address: str, tmp_path: Path) -> None:
    found = find_provider(written(tmp_path, changed("base_url", f'"{address}"')), "campus")
    assert found.base_url == address


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        (GOOD, "skyward", "there is no provider of this name; there are: campus"),
        ("", "campus", "there are: none"),
        ("[campus", "campus", "providers.toml: is not TOML in UTF-8"),
        ("\xff", "campus", "providers.toml: is not TOML in UTF-8"),
        ('campus = "Secret"', "campus", "there is no provider of this name"),
        ('["../up"]\nversion = "1.1"', "../up", "a provider's name must be of a-z"),
        ("x = 1\n" * (1 << 18), "campus", "is larger than 1 MiB"),
    ],
)
def test_a_file_that_cannot_be_used(text: str, name: str, reason: str, tmp_path: Path) -> None:
    path = written(tmp_path, "")
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ProviderError, match=re.escape(reason)) as error:
        find_provider(path, name)
    assert "Secret" not in str(error.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="CLEARPOST_IMPORT_PROVIDERS names no file"):
        find_provider(None, "campus")
    with pytest.raises(ProviderError, match="CLEARPOST_IMPORT_PROVIDERS: its file cannot be read"):
        find_provider(tmp_path / "none.toml", "campus")


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe", b"x" * 20_000])
def test_a_secret_that_cannot_be_used(content: bytes | None, tmp_path: Path) -> None:
    found = find_provider(written(tmp_path, GOOD), "campus")
    found.secret_file.unlink() if content is None else found.secret_file.write_bytes(content)
    with pytest.raises(ProviderError, match="secret_file: "):
        read_secret(found)
