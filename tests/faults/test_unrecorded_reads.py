"""No answer without a row: where the store takes no writes, records of children are not shown."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app.store.ledger.record_reads import KIND
from tests.faults.conftest import Headers, Hold, Serve

READS = [
    ("/v1/people/search", {"query": "ana lopez"}),
    ("/v1/people/consent-state", {"person_id": "ben"}),
]


@pytest.mark.parametrize(("path", "body"), READS)
def test_read_without_a_row_is_refused_and_shows_nobody(
    serve: Serve, hold: Hold, headers: Headers, path: str, body: dict[str, str]
) -> None:
    with serve(deadline_seconds=1) as url, httpx.Client(base_url=url, timeout=60) as client:
        with hold():
            answer = client.post(path, json=body, headers=headers)
            employees = client.post(
                "/v1/people/search", json={"query": "tess reed"}, headers=headers
            )
        assert answer.status_code == 503
        assert "ana" not in answer.text.lower()
        assert [one["id"] for one in employees.json()["items"]] == ["tess"]
        assert client.post(path, json=body, headers=headers).status_code == 200
        listed = client.get("/v1/ledger", params={"kind": KIND}, headers=headers).json()["items"]
        # The first may have its row after all: it was refused, not forgotten.
        assert len(listed) in {1, 2}


def test_reads_that_wait_for_rows_take_no_reader_from_others(
    serve: Serve, hold: Hold, headers: Headers
) -> None:
    path, body = READS[0]
    with serve(deadline_seconds=3) as url, httpx.Client(base_url=url, timeout=60) as client:
        client.headers.update(headers)
        with hold(), ThreadPoolExecutor(40) as threads:
            waiting = [threads.submit(client.post, path, json=body) for _ in range(40)]
            for _ in range(3):
                assert client.get("/v1/classes", timeout=2).status_code == 200
        assert {one.result().status_code for one in waiting} <= {200, 503}
