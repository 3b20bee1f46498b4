"""The doubts about children in an undo: those that an import ended, and those that it began."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    false,
    func,
    literal,
    select,
    tuple_,
    update,
)

from app.database.tables import doubted_people, import_befores, import_doubts
from app.imports.doubts.doubt_records import BY_ROW, BY_UNDO, REOPENED, close_doubts
from app.imports.doubts.doubt_sums import watch_doubts
from app.imports.merge.previous_records import COLUMNS
from app.imports.merge.records import make_insert
from app.store.service import import_records
from app.store.service.import_records import ImportRecord

_doubts, _links = import_doubts.c, doubted_people.c
_said = import_befores.c
_KIND = "reopened_doubts"
_CHUNK = 500


def count_ended(connection: Connection, undone: ImportRecord) -> int:
    """Count the doubts about children that the end of an import, or of an undo, has ended."""
    rows = select(func.count()).select_from(doubted_people).where(*_match_ended(_links, undone))
    return connection.scalar(rows) or 0


def count_begun(connection: Connection, undone: ImportRecord) -> int:
    """Count the rows in doubt that came with an import, and were in no other delivery."""
    rows = select(func.count()).select_from(import_doubts).where(_is_begun(connection, undone))
    return connection.scalar(rows) or 0


def reopen_doubts(connection: Connection, undone: ImportRecord, number: int) -> None:
    """Reopen the doubts that the import, or the undo, has ended, by its undo of the `number`.

    They are noted, so that the undo of this undo ends them again.
    """
    pairs = select(_links.person_id, _links.doubt_id).where(*_match_ended(_links, undone))
    found = [tuple(row) for row in connection.execute(pairs)]
    ids = {doubt for _, doubt in found}
    ids |= set(connection.scalars(select(_doubts.id).where(*_match_ended(_doubts, undone))))
    open_ = {"ended_at": None, "ended_by": None}
    pair = tuple_(_links.person_id, _links.doubt_id)
    _note_reopened(connection, number, found)
    with watch_doubts(connection, ids):
        for start in range(0, len(found), _CHUNK):
            some = pair.in_(found[start : start + _CHUNK])
            connection.execute(update(doubted_people).where(some).values(open_))
        for some_ids in _split_chunks(sorted(ids)):
            mine = _doubts.id.in_(some_ids)
            connection.execute(update(import_doubts).where(mine).values(open_))


def end_doubts(connection: Connection, undone: ImportRecord, at: datetime) -> None:
    """End the doubts that came with an import; the same row in a later delivery is in doubt anew.

    What was in doubt before, or is by a later delivery, stays so; but of an undo that is undone,
    what it has reopened ends again.
    """
    _end_reopened(connection, undone, at)
    ids = list(connection.scalars(select(_doubts.id).where(_is_begun(connection, undone))))
    ended = {"ended_at": at, "ended_by": BY_UNDO}
    for some in _split_chunks(sorted(ids)):
        links = _links.doubt_id.in_(some), _links.ended_at.is_(None)
        with watch_doubts(connection, some):
            connection.execute(update(doubted_people).where(*links).values(ended))
            connection.execute(update(import_doubts).where(_doubts.id.in_(some)).values(ended))


def _note_reopened(connection: Connection, number: int, pairs: Sequence[tuple[Any, ...]]) -> None:
    """Note the children in doubt again, with the delivery that the doubt is of by now."""
    brought = dict[str, int]()
    for some in _split_chunks(sorted({doubt for _, doubt in pairs})):
        rows = select(_doubts.id, _doubts.import_number).where(_doubts.id.in_(some))
        brought.update({row.id: row.import_number for row in connection.execute(rows)})
    for person, doubt in pairs:
        key, row = orjson.dumps([person, doubt]).decode(), str(brought[doubt])
        values: Any = select(*map(literal, (number, _KIND, key, person, row, number)))
        connection.execute(make_insert(connection, import_befores, COLUMNS, values))


def _end_reopened(connection: Connection, undone: ImportRecord, at: datetime) -> None:
    """End the doubts that an undo has reopened, unless another delivery has them by now, too."""
    noted = select(_said.key, _said.row).where(
        _said.import_number == undone.number, _said.kind == _KIND
    )
    for key, row in connection.execute(noted).all():
        person, doubt = orjson.loads(key)
        same = select(_doubts.id).where(_doubts.id == doubt, _doubts.import_number == int(row))
        mine = _links.person_id == person, _links.doubt_id == doubt, _links.ended_at.is_(None)
        ended = {"ended_at": at, "ended_by": BY_ROW}
        if connection.execute(same).first() is not None:
            with watch_doubts(connection, [doubt]):
                connection.execute(update(doubted_people).where(*mine).values(ended))
    close_doubts(connection, at, BY_ROW)


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
