"""The pace of an import: short slices as soon as somebody else writes."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from app.store import ledger
from app.store.session import Store
from app.store.slices import Pace


def take_a_slice(store: Store, pace: Pace) -> None:
    with store.writing() as connection:
        pace.begun(connection)
        append(connection, "slice")
        pace.written(connection)


def append(connection: Connection, kind: str) -> None:
    entry = ledger.Entry(ledger.new_id(), kind, datetime.now(UTC), None, {})
    ledger.append(connection, [entry])


def test_whoever_writes_between_two_slices_is_noticed(store: Store) -> None:
    pace = Pace(lambda connection: ledger.head(connection)[0])
    for _ in range(3):
        take_a_slice(store, pace)
    assert not pace.others_write
    with store.writing() as connection:
        append(connection, "check")
    assert not pace.others_write
    take_a_slice(store, pace)
    assert pace.others_write
