"""The pace of an import: short slices as soon as somebody else writes."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from app.database.session import Store
from app.imports.merge.slices import SliceSizer
from app.store.ledger import chain


def take_a_slice(store: Store, pace: SliceSizer) -> None:
    with store.writing() as connection:
        pace.begun(connection)
        append(connection, "slice")
        pace.written(connection)


def append(connection: Connection, kind: str) -> None:
    entry = chain.LedgerEntry(chain.make_id(), kind, datetime.now(UTC), None, {})
    chain.append_entries(connection, [entry])


def test_whoever_writes_between_two_slices_is_noticed(store: Store) -> None:
    pace = SliceSizer(lambda connection: chain.read_head(connection)[0])
    for _ in range(3):
        take_a_slice(store, pace)
    assert not pace.others_write
    with store.writing() as connection:
        append(connection, "check")
    assert not pace.others_write
    take_a_slice(store, pace)
    assert pace.others_write
