"""kill -9 under load: every answer is on the ledger, and the service starts again by itself."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app.database.session import Store
from tests.faults.asking import ANA, POST, on_ledger, until
from tests.faults.conftest import Headers, Service, Start

CLIENTS = 6
CHECKS = (("photo-consent", ANA), ("posts", {"posts": [POST] * 3}), ("post", POST))


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_answered_decisions_outlive_the_process(
    start: Start, store: Store, headers: Headers, rounds: int
) -> None:
    told: set[str] = set()
    for _ in range(rounds):
        # Nothing is repaired in between; it is ready or this fails.
        service = start()
        before = len(told)
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(_ask_until_it_dies, service, headers, told)
                       for _ in range(CLIENTS)]  # fmt: skip
            until(lambda: len(told) > before + 60)  # noqa: B023 - used in this round only
            time.sleep(random.uniform(0, 0.05))  # noqa: S311 - any moment will do
            service.kill()
            for client in clients:
                client.result()
        assert told <= on_ledger(store)
        store.close()


def _ask_until_it_dies(service: Service, headers: Headers, told: set[str]) -> None:
    with httpx.Client(base_url=service.url, headers=headers, timeout=30, trust_env=False) as client:
        while True:
            for check, body in CHECKS:
                try:
                    answer = client.post(f"/v1/checks/{check}", json=body)
                except httpx.TransportError:
                    return
                assert answer.status_code == 200, answer.text
                said = answer.json()
                told.update(one["id"] for one in said.get("items", [said]))
