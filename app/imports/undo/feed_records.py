"""The records of feeds in an undo: put back, except where a later delivery says all of it anew."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, exists, false, select, true

from app.database import tables
from app.imports.merge.feeds import ENROLLMENTS, GUARDIANS
from app.store.service import import_records
from app.store.service.import_records import ImportRecord

_imports, _deliveries = tables.imports.c, tables.feed_deliveries.c


@dataclass(frozen=True, slots=True)
class UndoneFeed:
    """The feed of the import that is undone, None without a name.

    `replaced` are the tables of what feeds bring of which a later delivery brought all there is.
    """

    name: str | None = None
    replaced: frozenset[str] = frozenset()


def read_undone_feed(connection: Connection, undone: ImportRecord) -> UndoneFeed:
    """Return the feed of an import; an undo is of the feed of what it undid."""
    first, _ = import_records.read_origin(connection, undone)
    feed = first.plan and first.plan.feed
    if not feed:
        return UndoneFeed(first.feed)
    wholes = _list_whole_since(connection, feed.name, undone.number)
    people = set(feed.kinds) - {ENROLLMENTS, GUARDIANS}
    replaced = {"feed_people"} if people and people <= wholes else set()
    if ENROLLMENTS in wholes:
        replaced.add("feed_enrollments")
    if GUARDIANS in wholes:
        replaced.add("feed_guardians")
    return UndoneFeed(first.feed, frozenset(replaced))


def _list_whole_since(connection: Connection, feed: str, number: int) -> set[str]:
    later = _imports.feed == feed, _imports.number > number
    rows = (
        select(_deliveries.kind)
        .join(tables.imports, _imports.number == _deliveries.import_number)
        .where(*import_records.match_in_store(), *later, _deliveries.whole)
    )
    return set(connection.scalars(rows.distinct()))


def is_brought_too(kind: str, feed: UndoneFeed) -> ColumnElement[bool]:
    """Return true for an enrollment that a feed brings, though an import of `feed` is undone."""
    if kind != ENROLLMENTS:
        return false()
    on_file, brought = tables.enrollments.c, tables.feed_enrollments.c
    same = [brought[name] == on_file[name] for name in ("class_id", "person_id", "role")]
    is_own = feed.name is not None and "feed_enrollments" not in feed.replaced
    others = brought.feed != feed.name if is_own else true()
    return exists().where(*same, others)
