"""Rights of a new key: the person it may act for, and its schools."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from app.database.tables import orgs, people


def refuse_bad_person(connection: Connection, person_id: str | None) -> None:
    """Raise `ValueError` where a key cannot act for this person."""
    if person_id is None:
        return
    found = connection.execute(
        select(people.c.kind, people.c.status).where(people.c.id == person_id)
    ).one_or_none()
    if found is None:
        message = "person: no person has this sourced id"
        raise ValueError(message)
    if found.kind == "student":
        message = "person: a key cannot act for a student"
        raise ValueError(message)
    if found.status != "active":
        message = "person: is not with the district"
        raise ValueError(message)


def refuse_bad_schools(connection: Connection, schools: Collection[str] | None) -> None:
    """Raise `ValueError` where a key cannot be limited to these schools."""
    if schools is None:
        return
    known = connection.scalars(
        select(orgs.c.id).where(orgs.c.id.in_(schools), orgs.c.kind == "school")
    )
    if not schools or set(schools) != set(known):
        message = "school: every one must be the sourced id of a school"
        raise ValueError(message)
