"""Keys and tokens that are refused: logged, counted and slowed, and nobody else is."""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import httpx
import pytest

from app.auth import refused_credentials
from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from app.store.service import keys
from tests.conftest import MakeKey
from tests.district import found, set_status
from tests.service import serving

CHECK = {"students": [{"id": "nobody"}]}
MOST = 3


@pytest.fixture
def url(store: Store) -> Iterator[str]:
    settings = Settings(
        database_url=store.url.render_as_string(), refused_credentials_per_minute=MOST
    )
    with serving(create_app(settings, store=store), proxies=["127.0.0.1"]) as address:
        yield address


def ask(url: str, secret: str | None, address: str = "198.51.100.1") -> httpx.Response:
    headers = {"X-Forwarded-For": address}
    if secret is not None:
        headers["Authorization"] = f"Bearer {secret}"
    with httpx.Client(trust_env=False) as client:
        return client.post(f"{url}/v1/checks/photo-consent", json=CHECK, headers=headers)


def garbage() -> str:
    """A well-formed key that nobody made."""
    return keys._make_secret()


def test_refused_keys_are_counted_logged_and_slowed(
    url: str, make_key: MakeKey, caplog: pytest.LogCaptureFixture
) -> None:
    key = make_key()
    with caplog.at_level(logging.WARNING, "clearpost.credentials"):
        answers = [ask(url, garbage()) for _ in range(MOST + 2)]
    assert [answer.status_code for answer in answers] == [401] * MOST + [429] * 2
    last = answers[-1]
    assert last.json()["type"] == "/problems/too-many-refusals"
    assert 1 <= int(last.headers["Retry-After"]) <= 60
    assert last.elapsed >= timedelta(seconds=refused_credentials.SLOW_SECONDS)
    told = [record.getMessage() for record in caplog.records]
    assert told == ["a credential was refused (unauthenticated) from 198.51.100.1"] * MOST
    counted = httpx.get(f"{url}/metrics", trust_env=False).text
    assert f"clearpost_refused_credentials_total {MOST + 2}.0" in counted
    # A school's computers share an address: its live keys are heard as before, at once.
    begun = time.monotonic()
    assert ask(url, key.secret).status_code == 200
    assert time.monotonic() - begun < refused_credentials.SLOW_SECONDS
    assert ask(url, garbage(), "198.51.100.2").status_code == 401


def test_without_a_key_nothing_is_refused(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "clearpost.credentials"):
        assert [ask(url, None).status_code for _ in range(MOST + 2)] == [401] * (MOST + 2)
    assert caplog.records == []


@pytest.mark.parametrize("how", ["revoked", "expired", "inactive"])
def test_a_key_that_ended_is_slowed_from_wherever_it_comes(
    url: str, store: Store, make_key: MakeKey, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    with store.writing() as connection:
        found(connection)
    key = make_key(person_id="tess" if how == "inactive" else None)
    end(store, key, how)
    numbers = count(1)
    with caplog.at_level(logging.WARNING, "clearpost.credentials"):
        answers = [ask(url, key.secret, f"198.51.100.{next(numbers)}") for _ in range(MOST + 1)]
    assert [answer.status_code for answer in answers] == [401] * MOST + [429]
    reason = "person-inactive" if how == "inactive" else "unauthenticated"
    assert caplog.records[0].getMessage() == (
        f"a credential was refused ({reason}) from 198.51.100.1, of the key {key.id}"
    )
    assert not any(key.secret in record.getMessage() for record in caplog.records)
    assert ask(url, make_key().secret, "198.51.100.1").status_code == 200


def end(store: Store, key: keys.NewKey, how: str) -> None:
    with store.writing() as connection:
        if how == "inactive":
            set_status(connection, "tess", "inactive")
        elif how == "revoked":
            keys.revoke_key(connection, key.id, store.now())
        else:
            keys._update_key(connection, key.id, expires_at=store.now() - timedelta(minutes=1))


@pytest.mark.parametrize("token", ["x" * 200, "a.b.c" * 40, "eyJhbGciOiJub25lIn0." + "a" * 200])
def test_a_token_that_is_none_is_refused_alike(url: str, token: str) -> None:
    assert [ask(url, token).status_code for _ in range(MOST + 1)] == [401] * MOST + [429]


def test_a_flood_of_wrong_keys_holds_up_no_live_one(url: str, make_key: MakeKey) -> None:
    key = make_key()
    with ThreadPoolExecutor(60) as pool:
        flood = [pool.submit(ask, url, garbage()) for _ in range(300)]
        heard = [ask(url, key.secret, address) for address in ("198.51.100.1", "203.0.113.5") * 3]
        refused = {done.result().status_code for done in flood}
    assert [answer.status_code for answer in heard] == [200] * 6
    assert refused == {401, 429}
