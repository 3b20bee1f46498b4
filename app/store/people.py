"""People, as those who write records need to know them."""

from sqlalchemy import Connection, select

from app.store.tables import people


def is_active_staff(connection: Connection, person_id: str) -> bool:
    """Whether this is somebody of the district, at present, who is no student and no group."""
    found = select(people.c.id).where(
        people.c.id == person_id,
        people.c.kind.in_(("employee", "affiliate")),
        people.c.status == "active",
    )
    return connection.scalar(found) is not None


def is_on_file(connection: Connection, person_id: str) -> bool:
    """Whether there is such a person, with the district or not any more."""
    return connection.scalar(select(people.c.id).where(people.c.id == person_id)) is not None
