"""Retention, on both stores: old contents go in short slices, and the chain still verifies."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.database import tables as t
from app.database.session import Store
from app.erasure.person_erasure import erase_contents
from app.erasure.retention import PurgeCounts, count_due, purge_contents
from app.erasure.vacuum import rewrite_store
from app.store.decisions import index
from app.store.ledger import chain
from app.store.ledger.blanked_rows import KIND as BLANKED
from app.store.ledger.chain import LedgerEntry, make_id
from app.store.ledger.changes import Actor
from app.store.service.idempotency import RepeatableRequest, StoredReply, keep_answer
from tests.store.raw_files import traces

NOW = datetime(2026, 11, 3, 15, tzinfo=UTC)
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
OLD = YEAR - timedelta(days=200)


def by() -> Actor:
    return Actor("cli:op", None, NOW)


def fill(store: Store, old: int, new: int, filler: str = "") -> None:
    answer = {"check": "photo-consent", "outcome": "deny", "findings": []}
    for count, at, who in ((old, OLD, "Zebulon"), (new, NOW, "Quincy")):
        body = {
            "answer": answer, "request": {"who": who, "x": filler}, "person": None,
            "subjects": [who],
        }  # fmt: skip
        with store.writing() as connection:
            chain.append_entries(
                connection,
                [LedgerEntry(make_id(), "decision", at, "k", body) for _ in range(count)],
            )
            keep_answer(
                connection, RepeatableRequest("k", who, "d"), StoredReply(201, {}, f'"{who}"'), at
            )
    index.catch_up(store, lambda *_: None)


def kept(store: Store) -> list[int]:
    with store.reading() as connection:
        rows = select(t.ledger.c.seq).where(t.ledger.c.payload.is_not(None))
        return list(connection.scalars(rows.order_by(t.ledger.c.seq)))


def test_years_contents_go_from_the_files_and_the_rest_stays(store: Store) -> None:
    fill(store, 300, 40)
    assert traces(store, "Zebulon", "Quincy") == ["Zebulon", "Quincy"]
    done = purge_contents(store, YEAR, by)
    assert rewrite_store(store) == []
    assert done.rows == 300
    assert traces(store, "Zebulon", "Quincy") == ["Quincy"]
    with store.reading() as connection:
        row = t.ledger.c
        accounting = list(connection.scalars(select(row.seq).where(row.kind == BLANKED)))
    assert kept(store) == [*range(301, 341), 341, *accounting, accounting[-1] + 1]
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None
        kinds = connection.scalars(select(t.ledger.c.kind).where(t.ledger.c.seq > 340)).all()
        indexed = connection.scalar(select(func.count()).select_from(t.decision_index))
        subjects = set(connection.scalars(select(t.decision_subjects.c.person_id)))
    assert list(dict.fromkeys(kinds)) == ["ledger.purge_begun", BLANKED, "ledger.purged"]
    assert (indexed, subjects) == (40, {"Quincy"})


def test_second_run_does_nothing(store: Store) -> None:
    fill(store, 3, 2)
    purge_contents(store, YEAR, by)
    rows = kept(store)
    assert purge_contents(store, YEAR, by) == PurgeCounts(0, 0, 0.0)
    assert kept(store) == rows


def test_empty_ledger_has_nothing_to_purge(store: Store) -> None:
    assert purge_contents(store, YEAR, by).rows == 0
    with store.reading() as connection:
        assert chain.read_head(connection)[0] == 0
        assert count_due(connection, YEAR) == 0


def test_what_was_broken_off_is_gone_on_with(store: Store) -> None:
    fill(store, 100, 1)
    with pytest.raises(KeyboardInterrupt):
        purge_contents(store, YEAR, _stopping_after(1))
    with store.reading() as connection:
        left = count_due(connection, YEAR)
        assert chain.verify_chain(connection).bad is None
    assert left == 100  # broken off in the first slice: nothing of it was done
    with store.writing() as connection:
        erase_contents(connection, range(1, 31), by())
    assert purge_contents(store, YEAR, by).rows == 70


def _stopping_after(calls: int) -> Callable[[], Actor]:
    def stop() -> Actor:
        nonlocal calls
        calls -= 1
        if calls <= 0:
            raise KeyboardInterrupt
        return by()

    return stop


def test_slices_are_many_and_bounded_by_what_they_hold(store: Store) -> None:
    """Forty rows of 300,000 characters are more than a slice takes."""
    fill(store, 40, 0, "x" * 300_000)
    done = purge_contents(store, YEAR, by)
    assert (done.rows, done.slices >= 6) == (40, True)


def test_rows_after_one_that_a_clock_dated_late_keep_their_contents(store: Store) -> None:
    """No row is of an earlier time than the one before it, until somebody confirms the clock."""
    kinds = ("test", "test", "test", chain.CLOCK_CONFIRMED, "test")
    with store.writing() as connection:
        for kind, minutes in zip(kinds, (-30, 20, -10, -5, 40), strict=True):
            at = YEAR + timedelta(minutes=minutes)
            chain.append_entries(
                connection, [LedgerEntry(make_id(), kind, at, None, {"n": minutes})]
            )
    assert purge_contents(store, YEAR, by).rows == 2
    assert kept(store)[:3] == [2, 3, 5]


def test_day_counts_as_told_beforehand(store: Store) -> None:
    fill(store, 7, 5)
    with store.reading() as connection:
        assert count_due(connection, YEAR) == 7
        assert count_due(connection, NOW + timedelta(days=1)) == 12


def test_a_later_purge_leaves_what_accounts_for_an_earlier_one(store: Store) -> None:
    fill(store, 30, 5)
    purge_contents(store, YEAR, by)
    purge_contents(store, NOW + timedelta(days=1), by)
    with store.reading() as connection:
        found = chain.verify_chain(connection)
    assert (found.bad, found.erased >= 35) == (None, True)
