"""Classes that the latest rosters of a feed did not have: they keep the date of those that did.

A delivery that is not marked as complete is about the classes in it alone. Without these notes a
file with one class would make the rosters of all others fresh.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    null,
    select,
    update,
)

from app.database import tables
from app.imports.staging import staged_tables
from app.store.consents.list_dates import NO_FEED, read_roster_date

_absences = tables.class_absences
_c, _classes, _staged = _absences.c, tables.classes.c, staged_tables.enrollments.c
_placed, _brought = tables.enrollments.c, tables.feed_enrollments.c


def count_absent(connection: Connection, feed: str | None) -> int:
    """Count the classes with students of this feed that are not in the staged rosters."""
    absent = select(func.count()).select_from(tables.classes)
    return connection.scalar(absent.where(_is_absent(_classes.id, feed or NO_FEED))) or 0


def note_absences(connection: Connection, delivered_at: datetime, feed: str | None) -> None:
    """Note which classes the staged rosters of this feed do not have, and which came back.

    Call it before these rosters are dated, inside `Store.writing()`.
    """
    name = feed or NO_FEED
    mine = _c.feed == name
    came_back = mine, _c.back_at.is_(None), _is_staged(_c.class_id)
    connection.execute(update(_absences).where(*came_back).values(back_at=delivered_at))
    left_again = mine, _c.back_at.is_not(None), _is_absent(_c.class_id, name)
    connection.execute(delete(_absences).where(*left_again))
    noted = exists().where(mine, _c.class_id == _classes.id)
    last = literal(read_roster_date(connection, name), _c.at.type)
    rows: Any = select(_classes.id, literal(name), last, null()).where(
        _is_absent(_classes.id, name), not_(noted)
    )
    connection.execute(insert(_absences).from_select(list(_c.keys()), rows))


def _is_staged(class_id: ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(_staged.class_id == class_id)


@lru_cache
def _is_absent(class_id: ColumnElement[str], feed: str) -> ColumnElement[bool]:
    """Return true for a class with students of this feed on file that is not staged."""
    named = [_brought[name] == _placed[name] for name in staged_tables.enrollments.key]
    of_feed = (
        exists().where(*named, _brought.feed == feed) if feed else not_(exists().where(*named))
    )
    student = exists().where(_placed.class_id == class_id, _placed.role == "student", of_feed)
    return and_(not_(_is_staged(class_id)), student)
