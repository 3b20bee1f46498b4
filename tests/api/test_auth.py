import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from app.auth.authenticator import Authenticator
from app.auth.widget_tokens import Signer
from app.database.session import Store
from app.errors import StoreUnavailableError, UnauthenticatedError
from app.slots import SlotLimits, ThreadSlots
from app.store.service import keys
from tests.conftest import MakeKey

URL = f"/v1/decisions/{uuid4()}"
NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)


def authenticating(store: Store, clock: Callable[[], datetime]) -> Authenticator:
    slots = ThreadSlots("keys", SlotLimits(4, 256), 60)
    return Authenticator(store, Signer(Path("never-read"), clock), clock, slots)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def garbage() -> str:
    """A well-formed key that nobody made."""
    return keys._make_secret()


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Authorization", "")],
        [("Authorization", "Bearer")],
        [("Authorization", f"Bearer {garbage()}")],
        [("Authorization", "Bearer clp_" + "a" * 49)],
        [("Authorization", "Bearer clp_" + "a" * 40_000)],
        [("Authorization", "Bearer \xff\xfe")],
        [("Authorization", f"Bearer {garbage()} {garbage()}")],
    ],
)
def test_without_a_live_key_the_answer_is_401(service: str, headers: list[tuple[str, str]]) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    answer = httpx.get(service + URL, headers=raw)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["type"] == "/problems/unauthenticated"


def test_another_scheme_or_two_headers_do_not_pass_even_with_a_live_key(
    service: str, make_key: MakeKey
) -> None:
    secret = make_key().secret
    assert httpx.get(service + URL, headers=bearer(secret)).status_code == 404
    assert (
        httpx.get(service + URL, headers={"authorization": f"bearer {secret}"}).status_code == 404
    )
    twice = [("Authorization", f"Bearer {secret}"), ("Authorization", f"Bearer {secret}")]
    assert httpx.get(service + URL, headers=twice).status_code == 401
    for scheme in ("Basic", "Token", "Bearer:"):
        headers = {"Authorization": f"{scheme} {secret}"}
        assert httpx.get(service + URL, headers=headers).status_code == 401
    assert httpx.get(service + URL, params={"access_token": secret}).status_code == 401


def test_a_key_without_the_scope_is_told_which_one_it_lacks(
    service: str, make_key: MakeKey
) -> None:
    others = [scope for scope in keys.SCOPES if scope != "decisions:read"]
    answer = httpx.get(service + URL, headers=bearer(make_key(scopes=others).secret))
    assert answer.status_code == 403
    assert "decisions:read" in answer.json()["detail"]


def test_a_revoked_key_is_refused_within_a_second(
    service: str, store: Store, make_key: MakeKey
) -> None:
    key = make_key()
    with httpx.Client(base_url=service, headers=bearer(key.secret)) as client:
        assert client.get(URL).status_code == 404
        with store.writing() as connection:
            keys.revoke_key(connection, key.id, datetime.now(UTC))
        time.sleep(1.0)
        assert client.get(URL).status_code == 401


def test_a_key_that_expires_between_two_uses_is_refused_at_once(
    store: Store, make_key: MakeKey
) -> None:
    secret = make_key(now=NOW, expires_at=NOW + timedelta(hours=1)).secret
    times = [NOW, NOW, NOW + timedelta(hours=1)]
    authenticator = authenticating(store, lambda: times.pop(0))

    async def use_twice() -> None:
        assert (await authenticator.caller(f"Bearer {secret}")).name == "test"
        with pytest.raises(UnauthenticatedError):
            await authenticator.caller(f"Bearer {secret}")

    asyncio.run(use_twice())


def test_a_caller_is_what_its_key_says(store: Store, make_key: MakeKey) -> None:
    key = make_key(scopes=["check", "admin"])
    authenticator = authenticating(store, lambda: datetime.now(UTC))
    caller = asyncio.run(authenticator.caller(f"Bearer {key.secret}"))
    assert (caller.key_id, caller.scopes) == (key.id, {"check", "admin"})
    assert (caller.person_id, caller.schools) == (None, None)


def test_when_the_store_is_gone_nobody_passes(store: Store, make_key: MakeKey) -> None:
    secret = make_key().secret
    with store.connecting() as connection, connection.begin():
        connection.execute(text("DROP TABLE api_keys"))
    authenticator = authenticating(store, lambda: datetime.now(UTC))
    with pytest.raises(StoreUnavailableError):
        asyncio.run(authenticator.caller(f"Bearer {secret}"))


def test_what_is_kept_is_bounded_and_wrong_keys_are_not_kept(
    store: Store, make_key: MakeKey
) -> None:
    authenticator = authenticating(store, lambda: datetime.now(UTC))
    right = make_key().secret

    async def guess(secret: str) -> None:
        with pytest.raises(UnauthenticatedError):
            await authenticator.caller(f"Bearer {secret}")

    async def guess_often() -> None:
        await asyncio.gather(*(guess(garbage()) for _ in range(50)))
        assert (len(authenticator._kept), len(authenticator._running)) == (0, 0)
        await asyncio.gather(*(authenticator.caller(f"Bearer {right}") for _ in range(50)))
        assert (len(authenticator._kept), len(authenticator._running)) == (1, 0)

    asyncio.run(guess_often())


def test_a_caller_who_gives_up_takes_the_look_up_from_nobody(
    store: Store, make_key: MakeKey
) -> None:
    authenticator = authenticating(store, lambda: datetime.now(UTC))
    secret = make_key().secret

    async def one_gives_up() -> str:
        first = asyncio.create_task(authenticator.caller(f"Bearer {secret}"))
        second = asyncio.create_task(authenticator.caller(f"Bearer {secret}"))
        await asyncio.sleep(0)
        first.cancel()
        return (await second).name

    assert asyncio.run(one_gives_up()) == "test"
