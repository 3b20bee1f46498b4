"""Wrong keys by the hundred: whoever sends them is told so, and nobody else's key suffers."""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import httpx
import orjson
import pytest

from app.auth.credentials import Credential, Found
from app.auth.refused_credentials import RefusedCredentials
from app.auth.strangers import AT_ONCE, Strangers
from app.errors import StoreUnavailableError, TooManyRefusalsError, UnauthenticatedError
from app.log_limits import LineLimit
from app.rate_counts import RateCounts
from app.slots import SlotLimits, ThreadSlots
from app.store.service import keys
from tests.conftest import MakeKey
from tests.faults.asking import ANA
from tests.faults.conftest import Service, Start
from tests.waiting import until

FLOOD = 400
FLOODER, OTHER = "198.51.100.1", "203.0.113.5"
LIMIT = 20


@pytest.fixture
def service(start: Start) -> Service:
    return start(trusted_proxies="127.0.0.1")


def write_head(secret: str, address: str) -> bytes:
    return (
        f"GET /v1/classes HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {address}\r\n"
        f"Authorization: Bearer {secret}\r\nConnection: close\r\n\r\n"
    ).encode()


@contextmanager
def flooding(service: Service, address: str) -> Iterator[list[socket.socket]]:
    """Hundreds of wrong keys at once, each on a connection of its own."""
    port = int(service.url.rpartition(":")[2])
    opened = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(FLOOD)]
    try:
        for one in opened:
            one.sendall(write_head(keys._make_secret(), address))
        yield opened
    finally:
        for one in opened:
            one.close()


def read_status(connection: socket.socket) -> int:
    answer = b""
    while part := connection.recv(65_536):
        answer += part
    return int(answer.split()[1])


def ask(service: Service, secret: str, address: str) -> int:
    headers = {"Authorization": f"Bearer {secret}", "X-Forwarded-For": address}
    url = f"{service.url}/v1/checks/photo-consent"
    return httpx.post(url, json=ANA, headers=headers, timeout=60, trust_env=False).status_code


def lines(service: Service) -> list[dict[str, str]]:
    written = service.log().splitlines()
    return [orjson.loads(line) for line in written if line.startswith("{")]


@pytest.mark.repeats_on_postgresql
def test_flood_is_refused_and_live_keys_are_heard_from_anywhere(
    service: Service, make_key: MakeKey
) -> None:
    """Keys that were never heard before, also from the address that sends the wrong ones."""
    live = [make_key().secret for _ in range(6)]
    with flooding(service, FLOODER) as flood:
        heard = [ask(service, key, (FLOODER, OTHER)[at % 2]) for at, key in enumerate(live)]
        refused = Counter(map(read_status, flood))
    assert heard == [200] * len(live)
    assert refused == {401: LIMIT, 429: FLOOD - LIMIT}
    assert not [line for line in lines(service) if line["level"] == "error"]
    told = Counter(line["message"] for line in lines(service) if line["level"] == "warning")
    assert told == {f"a credential was refused (unauthenticated) from {FLOODER}": LIMIT}


@pytest.mark.repeats_on_postgresql
def test_what_is_no_http_leaves_few_lines(service: Service) -> None:
    port = int(service.url.rpartition(":")[2])
    for _ in range(60):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(b"no request\r\n\r\n")
            assert read_status(connection) == 400
    told = [line["message"] for line in lines(service) if line["level"] == "warning"]
    assert told == ["Invalid HTTP request received."] * LIMIT


def test_lines_left_out_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("clearpost.tests.limited")
    logger.addFilter(LineLimit(most=2, seconds=0.2))
    for _ in range(5):
        logger.error("answered %d", 503)
    logger.error("answered %d", 500)
    until(lambda: len(caplog.records) == 4)
    told = [record.getMessage() for record in caplog.records]
    assert told == ["answered 503"] * 2 + ["answered 500", "3 more in the last 0.2 s: answered 503"]


def test_refused_ones_beyond_the_limit_are_counted_by_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    refused = RefusedCredentials(1, RateCounts(), lambda: None, log_seconds=0.2)

    async def refuse(address: str) -> None:
        with pytest.raises((UnauthenticatedError, TooManyRefusalsError)):
            await refused.refuse(UnauthenticatedError(), address)

    async def refuse_all() -> None:
        await asyncio.gather(*(refuse(address) for address in (FLOODER, FLOODER, OTHER) * 4))

    asyncio.run(refuse_all())
    until(lambda: len(caplog.records) == 4)
    assert sorted(record.getMessage() for record in caplog.records) == [
        f"3 more in the last 0.2 s: a credential was refused from {OTHER}",
        f"7 more in the last 0.2 s: a credential was refused from {FLOODER}",
        f"a credential was refused (unauthenticated) from {FLOODER}",
        f"a credential was refused (unauthenticated) from {OTHER}",
    ]


class Reading:
    """A look-up that finds nobody, and notes what came in which batch."""

    def __init__(self) -> None:
        self.batches: list[Sequence[Credential]] = []

    def __call__(self, credentials: Sequence[Credential]) -> list[Found]:
        self.batches.append(credentials)
        return [UnauthenticatedError() for _ in credentials]


Crowd = Callable[[Sequence[tuple[str, str]]], list[type[BaseException]]]


@pytest.fixture
def reading() -> Reading:
    return Reading()


@pytest.fixture
def crowd(reading: Reading) -> Crowd:
    """Looks up what comes at once from several addresses, where there are 300 places."""

    def look_up(given: Sequence[tuple[str, str]]) -> list[type[BaseException]]:
        async def look_up_all() -> list[type[BaseException]]:
            slots = ThreadSlots("strangers", SlotLimits(1, 1), 60)
            strangers = Strangers(slots, reading, 60, most=300)
            asked = (strangers.look_up(credential, client) for credential, client in given)
            found = await asyncio.gather(*asked, return_exceptions=True)
            slots.close()
            return [type(one) for one in found]

        return asyncio.run(look_up_all())

    return look_up


def test_whoever_has_most_places_gives_way(crowd: Crowd, reading: Reading) -> None:
    given = [(f"wrong-{n}", FLOODER) for n in range(500)] + [(f"live-{n}", OTHER) for n in range(3)]
    found = crowd(given)
    assert found[500:] == [UnauthenticatedError] * 3
    assert Counter(found) == {UnauthenticatedError: 300, TooManyRefusalsError: 203}
    # Those of the other address were in the first batch, by turns with the flood.
    assert [one for one in reading.batches[0] if one.startswith("live")] == [  # type: ignore[union-attr]
        "live-0", "live-1", "live-2",
    ]  # fmt: skip
    assert len(reading.batches[0]) == AT_ONCE


def test_where_everybody_has_one_place_the_next_is_told_to_come_back(crowd: Crowd) -> None:
    found = crowd([(f"wrong-{n}", f"10.0.{n}") for n in range(301)])
    assert Counter(found) == {UnauthenticatedError: 300, StoreUnavailableError: 1}
