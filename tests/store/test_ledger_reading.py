"""Reading the ledger in pages, on both stores."""

from datetime import UTC, datetime, timedelta

from app.database.session import Store
from app.store.ledger import chain
from app.store.ledger.pages import LedgerFilter, list_rows, read_last_row, walk_rows

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def append(store: Store, count: int, kind: str = "a", at: datetime = NOON) -> None:
    with store.writing() as connection:
        rows = [chain.LedgerEntry(chain.make_id(), kind, at, "k", {}) for _ in range(count)]
        chain.append_entries(connection, rows)


def test_empty_ledger_has_no_head_and_no_pages(store: Store) -> None:
    with store.reading() as connection:
        assert read_last_row(connection) is None
        found = list_rows(connection, LedgerFilter(since=NOON, until=NOON), 0, 10)
    assert (found.rows, found.next) == ([], None)
    assert [rows for rows in walk_rows(store, LedgerFilter(), 0) if rows] == []


def test_rows_come_in_order_each_with_the_hash_before_it(store: Store) -> None:
    append(store, 450)
    rows = [row for some in walk_rows(store, LedgerFilter(), 0) for row in some]
    assert [row["seq"] for row in rows] == list(range(1, 451))
    assert [row["prev"] for row in rows] == [None, *(row["hash"] for row in rows[:-1])]


def test_walk_ends_with_what_was_there_when_it_began(store: Store) -> None:
    append(store, 250)
    seen = 0
    for some in walk_rows(store, LedgerFilter(), 0):
        seen += len(some)
        append(store, 250)
    assert seen == 250


def test_time_is_exact_to_both_sides(store: Store) -> None:
    for hour in range(12):
        append(store, 3, at=NOON + timedelta(hours=hour))
    with store.reading() as connection:
        wanted = LedgerFilter(since=NOON + timedelta(hours=4), until=NOON + timedelta(hours=6))
        found = list_rows(connection, wanted, 0, 100)
        behind = list_rows(connection, LedgerFilter(since=NOON + timedelta(hours=12)), 0, 100)
    assert [row["seq"] for row in found.rows] == list(range(13, 19))
    assert (behind.rows, behind.next) == ([], None)
