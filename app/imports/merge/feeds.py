"""The feed of a delivery, and what the other feeds still bring.

A record that another named feed brings is not missing from this one. For people and guardians only
feeds that still come count; an enrollment stays also for a feed that comes no more, but in classes
that the delivery itself fills: without it a child would be missing from a check about the class.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, not_, or_, select, true

from app.database import tables
from app.imports.staging import staged_tables
from app.store.service import import_records

ENROLLMENTS, GUARDIANS = "enrollments", "guardians"
_NO_PEOPLE = (ENROLLMENTS, GUARDIANS)
_imports, _deliveries = tables.imports.c, tables.feed_deliveries.c


@dataclass(frozen=True, slots=True)
class Feeds:
    """The import `number`, its feed `own` (None without a name), and the other named feeds.

    `coming` are those of `others` that still come, by kind as in `feed_deliveries`.
    """

    number: int
    own: str | None
    others: tuple[str, ...]
    coming: Mapping[str, tuple[str, ...]]


def read_feeds(connection: Connection, number: int, since: datetime) -> Feeds:
    """Return the feeds as import `number` sees them; those come still that came `since` then."""
    own = connection.scalar(select(_imports.feed).where(_imports.number == number))
    named = select(_imports.feed).where(_imports.feed.is_not(None)).distinct()
    others = tuple(sorted(feed for feed in connection.scalars(named) if feed != own))
    coming: dict[str, tuple[str, ...]] = {}
    for feed, kind in sorted(find_coming(connection, since)):
        if feed != own:
            coming[kind] = (*coming.get(kind, ()), feed)
    return Feeds(number, own, others, coming)


def find_coming(
    connection: Connection, since: datetime, until: datetime | None = None
) -> frozenset[tuple[str, str]]:
    """Return the feeds and kinds of what was delivered `since` then, and not undone."""
    rows = (
        select(_imports.feed, _deliveries.kind)
        .join(tables.imports, _imports.number == _deliveries.import_number)
        .where(*import_records.match_in_store(), _imports.created_at >= since)
        .distinct()
    )
    if until is not None:
        rows = rows.where(_imports.created_at <= until)
    return frozenset((feed, kind) for feed, kind in connection.execute(rows))


def are_fewer(
    connection: Connection, own: str | None, before: datetime, at: datetime, days: timedelta
) -> bool:
    """Return true where another feed that came still at the time `before` does not `at` that time.

    What it brought may be missing then, though nothing else was delivered.
    """
    then = find_coming(connection, before - days, before)
    gone = then - find_coming(connection, at - days)
    return any(feed != own for feed, _ in gone)


def list_people_kinds(connection: Connection, feed: str) -> list[str]:
    """Return the kinds of people that a feed has brought until now."""
    rows = select(_deliveries.kind).join(
        tables.imports, _imports.number == _deliveries.import_number
    )
    people = _imports.feed == feed, _deliveries.kind.not_in(_NO_PEOPLE)
    return list(connection.scalars(rows.where(*people).distinct()))


def lacks_other_people(feeds: Feeds) -> ColumnElement[bool]:
    """Return true for a person on file that no other feed brings that still comes."""
    people, brought = tables.people.c, tables.feed_people.c
    kinds = {kind: some for kind, some in feeds.coming.items() if kind not in _NO_PEOPLE}
    if not kinds:
        return true()
    still = [and_(people.kind == kind, brought.feed.in_(some)) for kind, some in kinds.items()]
    return not_(exists().where(brought.id == people.id, or_(*still)))


def lacks_other_enrollments(feeds: Feeds) -> ColumnElement[bool]:
    """Return true for an enrollment on file that no other feed keeps."""
    if not feeds.others:
        return true()
    on_file, brought = tables.enrollments.c, tables.feed_enrollments.c
    filled = exists().where(staged_tables.enrollments.c.class_id == on_file.class_id)
    same = [brought[name] == on_file[name] for name in ("class_id", "person_id", "role")]
    kept = and_(exists().where(*same, brought.feed.in_(feeds.others)), not_(filled))
    if coming := feeds.coming.get(ENROLLMENTS):
        kept = or_(exists().where(*same, brought.feed.in_(coming)), kept)
    return not_(kept)


def may_end_ties(feeds: Feeds) -> ColumnElement[bool]:
    """Return true for a guardian's tie on file that this feed brought, or no other that comes.

    What this feed knew and has no more ends, though another has it still: a tie lets a yes count.
    """
    coming = feeds.coming.get(GUARDIANS, ())
    if not coming:
        return true()
    on_file, brought = tables.guardians.c, tables.feed_guardians.c
    same = [brought[name] == on_file[name] for name in ("student_id", "guardian_id")]
    theirs = exists().where(*same, brought.feed.in_(coming))
    if feeds.own is None:
        return not_(theirs)
    return or_(not_(theirs), exists().where(*same, brought.feed == feeds.own))


def count_others(connection: Connection, feeds: Feeds) -> int:
    """Count active people of the delivered kinds who are not delivered and of another feed.

    People of feeds that came since this one's last delivery do not count: those feeds bring them
    still.
    """
    people, staged, brought = tables.people.c, staged_tables.people.c, tables.feed_people.c
    delivered = exists().where(staged.id == people.id)
    active = people.status == "active", people.kind.in_(select(staged.kind).distinct())
    since = exists().where(
        brought.id == people.id, brought.feed.in_(_find_feeds_since(connection, feeds))
    )
    others = not_(lacks_other_people(feeds))
    counted = select(func.count()).select_from(tables.people)
    return connection.scalar(counted.where(*active, others, not_(delivered), not_(since))) or 0


def _find_feeds_since(connection: Connection, feeds: Feeds) -> list[str]:
    """Return the feeds delivered since this one's last delivery; none if it had none."""
    done: tuple[Any, ...] = (
        _imports.state.in_(import_records.DONE),
        _imports.number < feeds.number,
    )
    mine = select(func.max(_imports.number)).where(
        *done, _imports.feed.is_not_distinct_from(feeds.own)
    )
    last = connection.scalar(mine)
    if last is None:
        return []
    later = select(_imports.feed).where(*done, _imports.number > last).distinct()
    return [one for one in connection.scalars(later) if one is not None]
