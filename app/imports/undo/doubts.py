"""The doubts about children in an undo: those that an import ended, and those that it began."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, func, select, tuple_, update

from app.database.tables import doubted_people, import_doubts
from app.imports.doubts.doubt_records import BY_UNDO, REOPENED
from app.imports.doubts.doubt_sums import watch_doubts
from app.store.service import import_records
from app.store.service.import_records import ImportRecord

_doubts, _links = import_doubts.c, doubted_people.c
_CHUNK = 500


def count_ended(connection: Connection, undone: ImportRecord) -> int:
    """Count the doubts about children that the end of an import, or of an undo, has ended."""
    rows = select(func.count()).select_from(doubted_people).where(*_match_ended(_links, undone))
    return connection.scalar(rows) or 0


def count_begun(connection: Connection, undone: ImportRecord) -> int:
    """Count the rows in doubt that came with an import, and were in no other delivery."""
    rows = select(func.count()).select_from(import_doubts).where(_is_begun(connection, undone))
    return connection.scalar(rows) or 0


def reopen_doubts(connection: Connection, undone: ImportRecord) -> None:
    """Reopen the doubts that the import, or the undo, has ended."""
    pairs = select(_links.person_id, _links.doubt_id).where(*_match_ended(_links, undone))
    found = [tuple(row) for row in connection.execute(pairs)]
    ids = {doubt for _, doubt in found}
    ids |= set(connection.scalars(select(_doubts.id).where(*_match_ended(_doubts, undone))))
    open_ = {"ended_at": None, "ended_by": None}
    pair = tuple_(_links.person_id, _links.doubt_id)
    with watch_doubts(connection, ids):
        for start in range(0, len(found), _CHUNK):
            some = pair.in_(found[start : start + _CHUNK])
            connection.execute(update(doubted_people).where(some).values(open_))
        for some_ids in _split_chunks(sorted(ids)):
            mine = _doubts.id.in_(some_ids)
            connection.execute(update(import_doubts).where(mine).values(open_))


def end_doubts(connection: Connection, undone: ImportRecord, at: datetime) -> None:
    """End the doubts that came with an import; the same row in a later delivery is in doubt anew.

    What was in doubt before, or is by a later delivery, stays so.
    """
    ids = list(connection.scalars(select(_doubts.id).where(_is_begun(connection, undone))))
    ended = {"ended_at": at, "ended_by": BY_UNDO}
    for some in _split_chunks(sorted(ids)):
        links = _links.doubt_id.in_(some), _links.ended_at.is_(None)
        with watch_doubts(connection, some):
            connection.execute(update(doubted_people).where(*links).values(ended))
            connection.execute(update(import_doubts).where(_doubts.id.in_(some)).values(ended))


def _is_begun(connection: Connection, undone: ImportRecord) -> ColumnElement[bool]:
    """Return true for an open doubt that a delivery began; a later one puts its own number.

    None where an undo is undone that took the delivery back.
    """
    first, in_force = import_records.read_origin(connection, undone)
    begun = _doubts.import_number == first.number, _doubts.since >= first.created_at
    return and_(*begun, _doubts.ended_at.is_(None)) if in_force else false()


def _match_ended(columns: Any, undone: ImportRecord) -> list[Any]:
    return [columns.ended_at == undone.updated_at, columns.ended_by.in_(REOPENED)]


def _split_chunks(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]
