"""The dates of lists in an undo: at once where they become older, at its end where newer.

An undo notes the date that it replaces, among what it keeps (`import_befores`): so the undo of an
undo puts it back, unless the list was dated since.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    ScalarSelect,
    Text,
    cast,
    func,
    insert,
    literal,
    null,
    select,
)

from app.database.tables import import_befores, list_dates
from app.imports.merge.previous_records import COLUMNS
from app.imports.merge.records import make_insert
from app.store.consents.list_dates import NO_FEED
from app.store.ledger.record_sums import watch_added
from app.store.service.import_records import ImportRecord

_dates, _said = list_dates.c, import_befores.c
# The date of a list that never existed: older than any limit.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_KIND = "list_dates"


@dataclass(frozen=True, slots=True)
class _FormerDate:
    """The present row of a list's dates, and the date that it had before."""

    now: RowMapping
    at: datetime
    digest: str | None
    since: datetime | None


def count_dates(connection: Connection, undone: ImportRecord) -> int:
    """Count the lists that get another date when this import, or this undo, is undone."""
    return sum(1 for _ in _find_former(connection, undone))


def is_dated_since(connection: Connection, delivered_at: datetime) -> bool:
    """Return true if a list of consents has a later date than a delivery of that time gave."""
    last = _select_last()
    later = select(_dates.seq).where(
        _dates.kind != "rosters", _dates.at > delivered_at, _dates.seq == last
    )
    return connection.execute(later.limit(1)).first() is not None


def date_back(connection: Connection, undone: ImportRecord, number: int, *, older: bool) -> None:
    """Give lists the dates that they had before an import, by its undo of the `number`.

    Of these the `older` ones, or the others.
    """
    for one in list(_find_former(connection, undone)):
        if (one.at < one.now["at"]) == older:
            _put_date(connection, number, one)


def _find_former(connection: Connection, undone: ImportRecord) -> Iterator[_FormerDate]:
    """Yield the lists that an import or an undo has dated and nothing since."""
    if undone.undoes is None:
        for row in _find_delivered(connection, undone.created_at):
            yield _find_before(connection, row)
        return
    noted = select(_said.row).where(_said.import_number == undone.number, _said.kind == _KIND)
    for kept in connection.scalars(noted):
        said = orjson.loads(kept)
        last = _read_last(connection, said["kind"], said["school"], said.get("feed", NO_FEED))
        if last is not None and last["seq"] == said["seq"]:
            since = said["since"] and datetime.fromisoformat(said["since"])
            yield _FormerDate(last, datetime.fromisoformat(said["at"]), said["digest"], since)


def _find_delivered(connection: Connection, delivered_at: datetime) -> list[RowMapping]:
    """Return the dates that a delivery of that time gave to lists and that are still the last."""
    last = _select_last()
    rows = select(list_dates).where(_dates.at == delivered_at, _dates.seq == last)
    return list(connection.execute(rows.order_by(_dates.seq)).mappings())


def _match_list(kind: str, school: str, feed: str) -> tuple[ColumnElement[bool], ...]:
    return _dates.kind == kind, _dates.school == school, _dates.feed == feed


def _select_last() -> ScalarSelect[int]:
    """Select the number of the last date of a row's list."""
    newer = list_dates.alias("newer").c
    same = newer.kind == _dates.kind, newer.school == _dates.school, newer.feed == _dates.feed
    return select(func.max(newer.seq)).where(*same).scalar_subquery()


def _find_before(connection: Connection, row: RowMapping) -> _FormerDate:
    same = _match_list(row["kind"], row["school"], row["feed"])
    # By an undo of a later import it may have been given the same date once more.
    own = select(func.min(_dates.seq)).where(*same, _dates.at == row["at"])
    before = select(_dates.at, _dates.digest, _dates.since).where(
        *same, _dates.seq < connection.scalar(own)
    )
    found = connection.execute(before.order_by(_dates.seq.desc()).limit(1)).one_or_none()
    return _FormerDate(row, *found) if found else _FormerDate(row, _NEVER, None, None)


def _read_last(connection: Connection, kind: str, school: str, feed: str) -> RowMapping | None:
    rows = select(list_dates).where(*_match_list(kind, school, feed))
    last = connection.execute(rows.order_by(_dates.seq.desc()).limit(1)).mappings()
    return last.one_or_none()


def _put_date(connection: Connection, number: int, one: _FormerDate) -> None:
    """Date a list anew, and note the date that it has until now."""
    which = {name: one.now[name] for name in ("kind", "school", "feed")}
    values = which | {"at": one.at, "digest": one.digest, "since": one.since}
    with watch_added(connection, list_dates):
        connection.execute(insert(list_dates).values(values))
    put: Any = _read_last(connection, **which)
    since = one.now["since"]
    said = which | {
        "seq": put["seq"], "at": one.now["at"].isoformat(),
        "digest": one.now["digest"], "since": since.isoformat() if since else None,
    }  # fmt: skip
    key, kept = orjson.dumps([*which.values()]).decode(), orjson.dumps(said).decode()
    row: Any = select(
        literal(number),
        literal(_KIND),
        literal(key),
        cast(null(), Text),
        literal(kept),
        literal(number),
    )
    connection.execute(make_insert(connection, import_befores, COLUMNS, row))
