"""Whose address counts behind a proxy, and that nobody can choose their own."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from tests.cli.conftest import Run, environment, process
from tests.faults.conftest import Service
from tests.service import serving

__all__ = ["environment", "process"]

VERIFY = "/v1/accounts/verify?platform=x&handle=nobody"
TRUSTED = "CLEARPOST_TRUSTED_PROXIES"
FORWARDED = "X-Forwarded-For"
Behind = Callable[[str], contextlib.AbstractContextManager[str]]


def ask(url: str, *forwarded: str) -> int:
    headers = [(FORWARDED, one) for one in forwarded]
    with httpx.Client(trust_env=False) as client:
        return client.get(url + VERIFY, headers=headers).status_code


@pytest.mark.parametrize(
    "other",
    [
        ("198.51.100.2",),
        ("198.51.100.2:4711",),
        ("203.0.113.9, 198.51.100.2",),
        ("203.0.113.9", "198.51.100.2, 127.0.0.1"),
        ("[2001:db8:1::7]:443",),
        ("2001:db8:1::7",),
    ],
)
def test_the_last_address_before_the_proxies_counts(store: Store, other: tuple[str, ...]) -> None:
    settings = Settings(database_url=store.url.render_as_string(), public_lookups_per_minute=1)
    with serving(create_app(settings, store=store), proxies=["127.0.0.1", "10.0.0.0/8"]) as url:
        assert ask(url, "203.0.113.9, 198.51.100.1, 10.1.2.3") == 200
        assert ask(url, "192.0.2.55, 198.51.100.1") == 429  # whatever stands before it
        assert ask(url, *other) == 200
        assert ask(url, *other) == 429


def test_what_is_no_address_shares_one_limit(store: Store) -> None:
    settings = Settings(database_url=store.url.render_as_string(), public_lookups_per_minute=1)
    with serving(create_app(settings, store=store), proxies=["127.0.0.1"]) as url:
        assert ask(url, "unknown") == 200
        assert ask(url, "198.51.100.1, _hidden") == 429


def test_an_address_in_a_trailer_is_none(store: Store) -> None:
    """A proxy adds its word to the headers; a trailer would stand behind it."""
    settings = Settings(database_url=store.url.render_as_string(), public_lookups_per_minute=1)
    sent = (
        f"GET {VERIFY} HTTP/1.1\r\nHost: x\r\n{FORWARDED}: 198.51.100.1\r\n"
        f"Transfer-Encoding: chunked\r\n\r\n0\r\n{FORWARDED}: 198.51.100.2\r\n\r\n"
    )
    with serving(create_app(settings, store=store), proxies=["127.0.0.1"]) as url:
        assert ask(url, "198.51.100.1") == 200
        address = ("127.0.0.1", int(url.rpartition(":")[2]))
        with socket.create_connection(address, timeout=20) as connection:
            connection.sendall(sent.encode())
            assert connection.recv(65_536).startswith(b"HTTP/1.1 429 ")


@pytest.fixture
def behind(store: Store, tmp_path: Path) -> Behind:
    """Serves the store by a process behind some proxies, with a lookup a minute."""

    @contextlib.contextmanager
    def serves(proxies: str) -> Iterator[str]:
        url = store.url.render_as_string()
        service = Service(
            tmp_path, database_url=url, trusted_proxies=proxies, public_lookups_per_minute="1"
        )
        yield service.url
        service.kill()

    return serves


@pytest.mark.parametrize("proxies", ["", "10.0.0.0/8, 192.0.2.1"])
def test_nobody_else_chooses_an_address(
    behind: Behind, monkeypatch: pytest.MonkeyPatch, proxies: str
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    with behind(proxies) as url:
        assert ask(url, "198.51.100.1") == 200
        assert ask(url, "198.51.100.2") == 429


def test_the_setting_reaches_the_service(behind: Behind) -> None:
    with behind(" 127.0.0.1 , ::1") as url:
        assert [ask(url, f"198.51.100.{n}") for n in (1, 1, 2)] == [200, 429, 200]


@pytest.mark.parametrize("proxies", ["proxy.example", "10.0.0.1/8", "*", "127.0.0.1;10.0.0.1"])
def test_what_is_no_address_of_a_proxy_stops_every_command(process: Run, proxies: str) -> None:
    said = process("settings", **{TRUSTED: proxies})
    assert said.returncode == 2
    assert f"{TRUSTED}: must be addresses or networks" in said.stderr
    assert proxies not in said.stderr
