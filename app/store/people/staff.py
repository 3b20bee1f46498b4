"""People, as those who write records need to know them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, or_, select

from app.database.json_lists import as_json, json_list
from app.database.tables import people
from app.store.people.memberships import belongs_to
from app.store.people.references import Schools


def is_active_staff(
    connection: Connection,
    person_id: str,
    schools: Schools = None,
    named_at: datetime | None = None,
) -> bool:
    """Return whether the person is at present with the district, and no student and no group.

    Outside `schools`, where those are given, no one is. Where the id was named at an earlier time,
    it must be the same person's since.
    """
    found = select(people.c.id).where(
        people.c.id == person_id,
        people.c.kind.in_(("employee", "affiliate")),
        people.c.status == "active",
    )
    if schools is not None:
        found = found.where(belongs_to(sorted(schools)))
    if named_at is not None:
        since = people.c.bearer_since
        found = found.where(or_(since.is_(None), since <= named_at))
    return connection.scalar(found) is not None


def is_active(connection: Connection, person_id: str) -> bool:
    """Return whether the person is at present with the district, and no student."""
    found = select(people.c.kind).where(people.c.id == person_id, people.c.status == "active")
    return connection.scalar(found) not in {None, "student"}


def make_display_name(given: str, preferred: str | None, family: str) -> str | None:
    """Return the name as people use it, or None for a person who has been erased."""
    return f"{preferred or given} {family}".strip() or None


def find_names(connection: Connection, ids: Iterable[str]) -> dict[str, str | None]:
    """Return the names of those of `ids` who are on file, by id; None of one erased."""
    columns = (people.c.id, people.c.given_name, people.c.preferred_name, people.c.family_name)
    rows = select(*columns).where(people.c.id.in_(json_list("ids")))
    return {
        row.id: make_display_name(*row[1:])
        for row in connection.execute(rows, {"ids": as_json(ids)})
    }
