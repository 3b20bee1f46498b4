"""People, as those who write records need to know them."""

from sqlalchemy import Connection, select

from app.store.known import Schools
from app.store.tables import people


def is_active_staff(connection: Connection, person_id: str, schools: Schools = None) -> bool:
    """Whether this is somebody of the district, at present, who is no student and no group.

    Outside `schools`, where those are given, nobody is.
    """
    found = select(people.c.id).where(
        people.c.id == person_id,
        people.c.kind.in_(("employee", "affiliate")),
        people.c.status == "active",
    )
    if schools is not None:
        found = found.where(people.c.org_id.in_(sorted(schools)))
    return connection.scalar(found) is not None


def is_on_file(connection: Connection, person_id: str) -> bool:
    """Whether there is such a person, with the district or not any more."""
    return connection.scalar(select(people.c.id).where(people.c.id == person_id)) is not None
