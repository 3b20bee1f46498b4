"""Gaps of rosters as they were before an import found or closed them, kept for its undo.

A gap that is found once more is noted too: so the undo of an earlier import does not take it for
its own.
"""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Text, cast, literal, null, select, update

from app.database import tables
from app.imports.merge import previous_records
from app.imports.merge.records import make_insert
from app.imports.merge.slices import KeyRange
from app.store.ledger.record_sums import watch
from app.store.service.import_records import ImportRecord

KIND = "roster_gaps"
_classes, _said, _imports = tables.classes.c, tables.import_befores.c, tables.imports.c
_CHUNK = 500


def keep_gaps(
    connection: Connection,
    number: int,
    where: ColumnElement[bool],
    bounds: KeyRange | None = None,
) -> None:
    """Keep the time of the gap, or that there is none, of classes that import `number` marks."""
    rows: Any = select(
        literal(number),
        literal(KIND),
        previous_records.select_key(connection, tables.classes, ("id",)),
        cast(null(), Text),
        previous_records.select_object(connection, tables.classes),
        literal(number),
    ).where(where)
    kept = make_insert(connection, tables.import_befores, previous_records.COLUMNS, rows)
    connection.execute(kept, bounds or {})


def restore_gaps(connection: Connection, undone: ImportRecord, number: int, *, opens: bool) -> None:
    """Put gaps back as they were before an import, by its undo of the `number`.

    Those that were open then, or (not `opens`) those that were not; never where a later import that
    is in force has found or closed the gap, too.
    """
    later = _list_later(connection, undone.number, number)
    times: dict[datetime | None, list[str]] = {}
    kept = select(_said.key, _said.row).where(
        _said.import_number == undone.number, _said.kind == KIND
    )
    for key, row in connection.execute(kept):
        since = previous_records.parse_row(tables.classes, row)["roster_gap_at"]
        if (since is not None) == opens and key not in later:
            times.setdefault(since, []).append(orjson.loads(key)[0])
    for since, ids in times.items():
        for start in range(0, len(ids), _CHUNK):
            mine = _classes.id.in_(ids[start : start + _CHUNK])
            keep_gaps(connection, number, mine)
            with watch(connection, tables.classes, mine):
                connection.execute(update(tables.classes).where(mine).values(roster_gap_at=since))


def _list_later(connection: Connection, after: int, undo: int) -> set[str]:
    """Return the keys of classes whose gaps a later import in force has found or closed.

    An undo and what it undid cancel each other out.
    """
    in_force = _imports.undone_by.is_(None), _imports.undoes.is_(None)
    rows = (
        select(_said.key)
        .join(tables.imports, _imports.number == _said.import_number)
        .where(_said.kind == KIND, _said.import_number > after, _imports.number != undo, *in_force)
    )
    return set(connection.scalars(rows.distinct()))
