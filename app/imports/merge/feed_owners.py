"""The feed that owns a record: that of the import which put it there or changed it last.

A delivery says nothing about people that another feed brings. Records that are older than the names
of feeds, or that a delivery without one brought, belong to every feed.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, exists, func, not_, or_, select, true

from app.database import tables
from app.imports.staging import staged_tables
from app.store.service import import_records

_imports = tables.imports


def find_feed(connection: Connection, number: int) -> str | None:
    """Return the feed of an import."""
    return connection.scalar(select(_imports.c.feed).where(_imports.c.number == number))


def match_feed(connection: Connection, table: Table, feed: str | None) -> ColumnElement[bool]:
    """Return the condition that a record on file belongs to this feed or to none."""
    named = select(_imports.c.number).where(_imports.c.feed.is_not(None)).limit(1)
    if connection.execute(named).first() is None:
        return true()
    owner = _find_owner(table)
    own: list[Any] = [owner.is_(None)]
    return or_(*own, owner == feed) if feed else own[0]


def _find_owner(table: Table) -> Any:
    whose = _imports.c.number == table.c.import_number
    return select(_imports.c.feed).where(whose).scalar_subquery()


def _find_feeds_since(connection: Connection, number: int, feed: str | None) -> list[str]:
    """Return the feeds delivered since this one's last delivery; none if it had none."""
    done = _imports.c.state.in_(import_records.DONE), _imports.c.number < number
    mine = select(func.max(_imports.c.number)).where(*done, _imports.c.feed == feed)
    if feed is None:
        mine = select(func.max(_imports.c.number)).where(*done, _imports.c.feed.is_(None))
    last = connection.scalar(mine)
    if last is None:
        return []
    later = select(_imports.c.feed).where(*done, _imports.c.number > last)
    return [one for one in connection.scalars(later.distinct()) if one is not None]


def count_others(connection: Connection, number: int, feed: str | None) -> int:
    """Count active people of the delivered kinds who are not delivered and of another feed.

    People of feeds that came since this one's last delivery do not count: those feeds bring them
    still. The import has the `number`.
    """
    people, staged = tables.people, staged_tables.people
    others = not_(match_feed(connection, people, feed))
    delivered = exists().where(staged.c.id == people.c.id)
    kinds = select(staged.c.kind).distinct()
    active = people.c.status == "active", people.c.kind.in_(kinds)
    silent = _find_owner(people).not_in(_find_feeds_since(connection, number, feed))
    counted = select(func.count()).select_from(people)
    counted = counted.where(*active, others, not_(delivered), silent)
    return connection.scalar(counted) or 0
