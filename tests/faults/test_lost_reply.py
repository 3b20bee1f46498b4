"""A commit whose reply is lost: nobody is told that nothing was recorded, for it may have been."""

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import func, select

from app.database.session import Store
from app.database.tables import reports
from app.errors import OutcomeUnknownError, StoreUnavailableError
from tests.faults.asking import ANA, POST, ask, on_ledger, refused
from tests.faults.conftest import Headers, Serve
from tests.faults.lossy import LossyWire, losing

REPORT = {"kind": "inappropriate_post", "platform": "x", "handle": "y", "description": "d"}


@pytest.fixture
def backend() -> str:
    return "postgresql"


@pytest.fixture
def wire(store_url: str) -> Iterator[LossyWire]:
    made = LossyWire(store_url)
    yield made
    made.close()


def test_check_is_told_as_not_known_and_may_be_asked_again(
    serve: Serve, store: Store, headers: Headers, wire: LossyWire
) -> None:
    with serve(database_url=wire.url) as url:
        assert ask(url, headers, ANA).status_code == 200
        with losing(wire):
            answer = ask(url, headers, ANA)
        assert refused(answer, "outcome-unknown")
        assert "no decision" not in answer.text
        assert wire.lost == 1
        assert len(on_ledger(store)) == 2  # the one that is not known is there
        again = ask(url, headers, ANA)
        assert again.status_code == 200
        assert again.json()["id"] in on_ledger(store)


def test_every_post_of_a_request_is_told_as_not_known(
    serve: Serve, store: Store, headers: Headers, wire: LossyWire
) -> None:
    with serve(database_url=wire.url) as url:
        with losing(wire):
            answer = ask(url, headers, {"posts": [POST] * 3}, "posts")
        assert refused(answer, "outcome-unknown")
        assert len(on_ledger(store)) == 3


def test_post_repeated_with_its_key_makes_one_record(
    serve: Serve, store: Store, wire: LossyWire
) -> None:
    keyed = {"Idempotency-Key": "k-1"}
    with serve(database_url=wire.url) as url, httpx.Client(base_url=url, headers=keyed) as client:
        with losing(wire):
            assert refused(client.post("/v1/reports", json=REPORT), "outcome-unknown")
        assert wire.lost == 1
        assert client.post("/v1/reports", json=REPORT).status_code == 201
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(reports)) == 1


def test_failure_before_the_commit_is_known(store: Store, wire: LossyWire) -> None:
    through = Store(wire.url)
    with (
        losing(wire),
        pytest.raises(StoreUnavailableError) as told,
        through.writing() as connection,
    ):
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
    through.close()
    assert not isinstance(told.value, OutcomeUnknownError)
