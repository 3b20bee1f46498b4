"""Rows of reads: a child erased before them, and an import that looks for what came since."""

from datetime import UTC, datetime

import orjson
from sqlalchemy import select

from app.database import tables as t
from app.database.session import Store
from app.erasure.person_erasure import erase_person
from app.store.ledger import chain
from app.store.ledger.changes import Actor
from app.store.ledger.record_reads import RecordsRead, append_reads, find_students, names_student
from app.store.service import import_records
from tests.district import found
from tests.imports.conftest import district
from tests.store.house import House

NOW = datetime(2026, 11, 3, 15, tzinfo=UTC)


def test_students_are_told_from_others(store: Store) -> None:
    with store.writing() as connection:
        found(connection)
    with store.reading() as connection:
        assert find_students(connection, ["ana", "tess", "nobody"]) == {"ana"}


def test_who_is_erased_before_the_row_is_counted_and_cannot_be_told(store: Store) -> None:
    with store.writing() as connection:
        found(connection)
    read = RecordsRead("search", "key-1", None, NOW, frozenset({"ana", "ben"}))
    erase_person(store, "ana", lambda: Actor("key-1", "dora", NOW))
    with store.writing() as connection:
        append_reads(connection, [read])
    with store.reading() as connection:
        row = t.ledger.c
        last = connection.scalar(select(row.payload).order_by(row.seq.desc()).limit(1))
    assert last is not None
    body = orjson.loads(last)
    assert body["count"] == 2
    assert [names_student(body, one) for one in ("ana", "ben")] == [False, True]


def test_a_delivery_is_the_last_word_though_somebody_has_read(house: House) -> None:
    assert house.deliver(district()).applied
    with house.store.writing() as connection:
        last = import_records.read_last_import(connection)
        assert last is not None
        read = RecordsRead("search", "key-1", None, house.store.now(), frozenset({"s-2"}))
        append_reads(connection, [read])
        for kind in ("clearance.used", "published.reported", "takedown.opened"):
            entry = chain.LedgerEntry(chain.make_id(), kind, read.at, "key-1", {})
            chain.append_entries(connection, [entry])
        assert import_records.is_last_word(connection, last)
        chain.append_entries(
            connection, [chain.LedgerEntry(chain.make_id(), "x", read.at, "key-1", {})]
        )
        assert not import_records.is_last_word(connection, last)
