"""The index over the ledger's decisions, on both stores."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.checks.request_parser import account_asked
from app.database.session import Store
from app.database.tables import decision_index, decision_subjects
from app.errors import IndexBehindError
from app.store.decisions import index
from app.store.ledger import chain

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
POST = {"account": {"platform": "Facebook", "handle": "@Maple"}, "purpose": "school"}


def decide(
    store: Store,
    *subjects: str,
    outcome: str = "allow",
    caller: str = "k",
    request: dict[str, Any] = POST,
    at: datetime = NOON,
    count: int = 1,
) -> list[str]:
    """Decisions put on the ledger, as the pipeline does."""
    answer = {"check": "post", "outcome": outcome, "findings": []}
    body = {"answer": answer, "request": request, "person": None, "subjects": subjects}
    ids = [chain.make_id() for _ in range(count)]
    with store.writing() as connection:
        chain.append_entries(
            connection, [chain.LedgerEntry(i, "decision", at, caller, body) for i in ids]
        )
    return ids


def other_row(store: Store) -> None:
    with store.writing() as connection:
        chain.append_entries(
            connection, [chain.LedgerEntry(chain.make_id(), "key.made", NOON, None, {})]
        )


def found(store: Store, limit: int = 1_000, **wanted: Any) -> list[str]:
    index.catch_up(store, account_asked)
    with store.reading() as connection:
        rows = index.search_decisions(connection, index.DecisionFilter(**wanted), None, limit)
    return [row["id"] for row in rows]


def erase(store: Store, *ids: str) -> None:
    with store.writing() as connection:
        for decision_id in ids:
            connection.execute(
                text("UPDATE ledger SET salt = NULL, payload = NULL WHERE id = :id"),
                {"id": decision_id},
            )


def sizes(store: Store) -> tuple[int, int]:
    with store.reading() as connection:
        counted = [
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (decision_index, decision_subjects)
        ]
    return counted[0], counted[1]


def test_search_sees_all_that_was_decided_before(store: Store) -> None:
    assert found(store) == []
    (first,) = decide(store, "ana")
    other_row(store)
    assert found(store) == [first]
    (second,) = decide(store, "ben", "ana", "ana")
    assert found(store) == [second, first]
    assert found(store, subject="ana") == [second, first]
    assert found(store, subject="ben") == [second]
    assert found(store, subject="nobody") == []


def test_each_condition_narrows(store: Store) -> None:
    (early,) = decide(store, outcome="deny", caller="k1")
    (late,) = decide(store, at=NOON + timedelta(hours=1), request={"account": {"personal": True}})
    url = {"account": {"url": "https://www.facebook.com/maple"}, "publish_at": "…"}
    (by_url,) = decide(store, request=url, at=NOON + timedelta(hours=2))
    alias = {"account": {"system": "postiz", "external_id": "7"}}
    (by_alias,) = decide(store, request=alias, at=NOON + timedelta(hours=3))
    assert found(store, outcome="deny") == [early]
    assert found(store, caller="k1") == [early]
    assert found(store, check="logo") == []
    assert found(store, account="facebook/maple") == [by_url, early]
    assert found(store, account="postiz:7") == [by_alias]
    since, until = NOON + timedelta(hours=1), NOON + timedelta(hours=3)
    assert found(store, since=since, until=until) == [by_url, late]
    assert found(store, since=until, outcome="deny") == []


def test_more_than_a_slice_is_indexed_and_paged(store: Store) -> None:
    ids = decide(store, "ana", "ben", count=900)
    index.catch_up(store, account_asked)
    seen: list[str] = []
    before = None
    while True:
        with store.reading() as connection:
            page = index.search_decisions(
                connection, index.DecisionFilter(subject="ben"), before, 250
            )
        if not page:
            break
        seen += [row["id"] for row in page]
        before = page[-1]["ledger_seq"]
        decide(store, "ben")  # newer ones shift nothing
    assert seen == ids[::-1]


def test_what_was_broken_off_goes_on(store: Store) -> None:
    ids = decide(store, "ana", count=500)
    with pytest.raises(IndexBehindError):
        index.catch_up(store, account_asked, patience=0)
    with store.reading() as connection:
        part = index._read_slice(connection, 0, 500, account_asked)
    with store.writing() as connection:
        index._write_slice(connection, part)
    assert 0 < sizes(store)[0] < 500
    assert found(store) == ids[::-1]


def test_lost_race_harms_nothing(store: Store) -> None:
    ids = decide(store, "ana", count=50)
    with store.reading() as connection:
        late = index._read_slice(connection, 0, 50, account_asked)
    assert found(store) == ids[::-1]
    with store.writing() as connection:
        index._write_slice(connection, late)
    assert found(store) == ids[::-1]
    assert sizes(store) == (50, 50)


def test_searchers_race_with_deciders(store: Store) -> None:
    with ThreadPoolExecutor(6) as pool:
        deciding = [pool.submit(decide, store, "ana", count=30) for _ in range(12)]
        searching = [pool.submit(found, store, subject="ana") for _ in range(12)]
        ids = {i for job in deciding for i in job.result()}
        assert all(set(job.result()) <= ids for job in searching)
    everything = found(store, subject="ana")
    assert len(everything) == len(set(everything)) == 360
    assert set(everything) == ids


def test_erased_decisions_leave_no_trace(store: Store) -> None:
    ids = decide(store, "ana", count=4)
    erase(store, ids[0])  # before it was ever indexed
    with store.reading() as connection:
        read = index._read_slice(connection, 0, 4, account_asked)
    erase(store, ids[1])  # between reading and writing
    with store.writing() as connection:
        index._write_slice(connection, read)
    assert found(store) == [ids[3], ids[2]]
    assert sizes(store) == (2, 2)
    erase(store, ids[2])  # and when it had been
    assert found(store) == [ids[3]]
    with store.writing() as connection:
        index.forget_erased(connection)
    assert sizes(store) == (1, 1)
    assert found(store) == [ids[3]]


def test_a_write_can_bring_it_to_the_very_end(store: Store) -> None:
    ids = decide(store, count=450)
    with store.writing() as connection:
        index.finish_index(connection, account_asked)
        assert index.read_position(connection) == 450
    assert found(store) == ids[::-1]
