"""For which schools a delivery of consent columns speaks: those of the students who stand in it.

An export has a row a student, answered or not. One of a single school says nothing of another.
"""

from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, not_, select, union

from app.store import staging, tables
from app.store.list_dates import DISTRICT

# A staged flag of this decision stands for a row in which nothing is answered.
UNANSWERED = "unanswered"


def take_coverage(connection: Connection) -> frozenset[str]:
    """The schools of all students with staged flags; `DISTRICT` where no school is without.

    Rows in which nothing is answered have no other use, and are dropped.
    """
    flags = staging.flags
    if not staging.count(connection, flags):
        return frozenset()
    listed = set(connection.scalars(_orgs_of_listed()))
    connection.execute(delete(flags.table).where(flags.c.decision == UNANSWERED))
    if listed >= set(connection.scalars(_orgs_of_students())):
        return frozenset({DISTRICT})
    return frozenset(org for org in listed if org is not None)


def _orgs_of_listed() -> Select[Any]:
    """The orgs of those who stand in the columns; a delivered org goes before the one on file."""
    flags, staged, kept = staging.flags, staging.people, tables.people
    source = flags.table.outerjoin(staged.table, staged.c.id == flags.c.person_id)
    source = source.outerjoin(kept, kept.c.id == flags.c.person_id)
    return select(func.coalesce(staged.c.org_id, kept.c.org_id)).select_from(source).distinct()


def _orgs_of_students() -> Any:
    """The orgs of all students, delivered or on file, but for those who have left."""
    staged, kept = staging.people.c, tables.people.c
    named = exists().where(staged.id == kept.id)
    on_file = select(kept.org_id).where(
        kept.kind == "student", kept.status == "active", not_(named)
    )
    delivered = select(func.coalesce(staged.org_id, kept.org_id)).select_from(
        staging.people.table.outerjoin(tables.people, kept.id == staged.id)
    )
    return union(on_file, delivered.where(staged.kind == "student"))
