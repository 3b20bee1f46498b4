"""Rows of reads, where a child is erased between the read and its row."""

from datetime import UTC, datetime

import orjson
from sqlalchemy import select

from app.store import tables as t
from app.store.changes import Actor
from app.store.erasure import erase
from app.store.record_reads import RecordsRead, append_reads, find_students, names_student
from app.store.session import Store
from tests.district import found

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
    erase(store, "ana", lambda: Actor("key-1", "dora", NOW))
    with store.writing() as connection:
        append_reads(connection, [read])
    with store.reading() as connection:
        row = t.ledger.c
        last = connection.scalar(select(row.payload).order_by(row.seq.desc()).limit(1))
    assert last is not None
    body = orjson.loads(last)
    assert body["count"] == 2
    assert [names_student(body, one) for one in ("ana", "ben")] == [False, True]
