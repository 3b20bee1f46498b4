"""The ledger over HTTP, as a page and as an export that verifies itself."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import rfc8785

from app.database.session import Store
from app.store.ledger import chain
from tests.api.test_decisions import erase, record
from tests.conftest import MakeKey
from tests.district import District

NDJSON = {"Accept": "application/x-ndjson"}
# Later than the rows that the test's own keys leave: no row is dated before the one it follows.
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=2)


def append(store: Store, *rows: tuple[str, str, datetime], size: int = 0) -> None:
    """Rows of `(kind, caller, at)`."""
    with store.writing() as connection:
        entries = [
            chain.LedgerEntry(chain.make_id(), k, at, c, {"x": "y" * size}) for k, c, at in rows
        ]
        chain.append_entries(connection, entries)


def pages(client: httpx.Client, **params: Any) -> Iterator[list[dict[str, Any]]]:
    while True:
        answer = client.get("/v1/ledger", params=params)
        assert answer.status_code == 200, answer.text
        yield answer.json()["items"]
        if (cursor := answer.json()["next_cursor"]) is None:
            return
        params["cursor"] = cursor


def listed(client: httpx.Client, **params: Any) -> list[int]:
    return [row["seq"] for page in pages(client, **params) for row in page]


def exported(client: httpx.Client, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/ledger", params=params, headers=NDJSON)
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def assert_verifies(rows: list[dict[str, Any]]) -> str:
    """Hold the chain as its description says, with nothing of ours; the last hash."""
    previous = "00" * 32
    for number, row in enumerate(rows, 1):
        assert (row["seq"], row["prev"]) == (number, previous)
        if not row["erased"]:
            said = bytes.fromhex(row["salt"]) + row["payload"].encode()
            assert hashlib.sha256(said).hexdigest() == row["commitment"]
        heading = rfc8785.dumps({name: row[name] for name in ("id", "kind", "at", "caller")})
        link = bytes.fromhex(previous) + number.to_bytes(8, "big")
        link += hashlib.sha256(heading).digest() + bytes.fromhex(row["commitment"])
        previous = hashlib.sha256(b"clearpost-ledger-2" + link).hexdigest()
        assert row["hash"] == previous
    return previous


def test_export_verifies_by_itself_with_an_erased_row_in_it(
    client: httpx.Client, store: Store
) -> None:
    ids = [record(store, "k") for _ in range(5)]
    erase(store, ids[2])
    rows = exported(client)
    last = assert_verifies(rows)
    gone = next(row for row in rows if row["id"] == ids[2])
    assert (gone["erased"], gone["payload"], gone["salt"]) == (True, None, None)
    head = client.get("/v1/ledger/head").json()
    assert (head["rows"], head["hash"], head["id"]) == (len(rows), last, ids[-1])


def test_export_goes_on_where_it_broke_off(client: httpx.Client, store: Store) -> None:
    append(store, *[("decision", "k", NOON)] * 5)
    first = client.get("/v1/ledger", params={"limit": 2}).json()
    rest = exported(client, cursor=first["next_cursor"])
    assert_verifies(first["items"] + rest)


def test_pages_miss_nothing_and_repeat_nothing(client: httpx.Client, store: Store) -> None:
    append(store, *[("decision", "k", NOON)] * 7)
    assert listed(client, limit=3) == list(range(1, 9))


def test_kind_caller_and_time_narrow_it(client: httpx.Client, store: Store) -> None:
    late = NOON + timedelta(days=1)
    append(store, ("a", "k1", NOON), ("b", "k1", NOON), ("a", "k2", late), ("a", "k1", late))
    assert listed(client, kind="a", limit=1) == [2, 4, 5]
    assert listed(client, kind="a", caller="k1") == [2, 5]
    assert listed(client, **{"from": late.isoformat(), "kind": "a"}) == [4, 5]
    assert listed(client, to=late.isoformat(), caller="k1") == [2, 3]
    assert listed(client, kind="none") == []
    assert [row["seq"] for row in exported(client, kind="b")] == [3]


def test_clock_that_was_set_back_hides_no_row(client: httpx.Client, store: Store) -> None:
    steps = [0, 1, 2, -40, 3, 4, 130, 131, 100, 132, 260, 261]
    # A clock is set back only by somebody's word.
    kinds = [chain.CLOCK_CONFIRMED if m in {-40, 100} else "a" for m in steps]
    rows = zip(kinds, steps, strict=True)
    append(store, *[(kind, "k", NOON + timedelta(minutes=m)) for kind, m in rows])
    for since in (-50, 0, 2, 100, 131):
        for until in (1, 4, 131, 300):
            limits = {
                "from": (NOON + timedelta(minutes=since)).isoformat(),
                "to": (NOON + timedelta(minutes=until)).isoformat(),
            }
            wanted = [n for n, m in enumerate(steps, 2) if since <= m < until]
            assert listed(client, **limits) == wanted


def test_large_rows_make_short_pages(client: httpx.Client, store: Store) -> None:
    append(store, *[("large", "k", NOON)] * 5, size=1_500_000)
    assert [len(page) for page in pages(client, kind="large")] == [3, 2]


def test_search_for_the_rare_is_many_small_pages(client: httpx.Client, store: Store) -> None:
    append(store, *[("a", "k", NOON)] * 12_000, ("a", "rare", NOON))
    found = list(pages(client, caller="rare"))
    assert [len(page) for page in found] == [0, 0, 1]


def test_key_limited_to_schools_is_refused(
    client: httpx.Client, service: str, store: Store, make_key: MakeKey
) -> None:
    with store.writing() as connection:
        District(connection).org("maple")
    key = make_key(schools=["maple"])
    for path in ("/v1/ledger", "/v1/ledger/head"):
        answer = client.get(path, headers={"Authorization": f"Bearer {key.secret}", **NDJSON})
        assert answer.status_code == 403


@pytest.mark.parametrize(
    "params", [{"from": "yesterday"}, {"to": "2026-03-04T05:06:07"}, {"limit": 0}]
)
def test_parameters_that_are_none(client: httpx.Client, params: dict[str, Any]) -> None:
    answer = client.get("/v1/ledger", params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == next(iter(params))
