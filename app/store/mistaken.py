"""What cannot be right in a delivery: ids that become somebody else's, impossible birth dates."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, and_, func, literal, or_, select

from app.policy.ages import fits_grade
from app.store import staging, tables
from app.store.merging import PENDING
from app.store.planning import Delivered
from app.store.staging import Staged


def became_others(connection: Connection, delivered: Mapping[Staged, Delivered]) -> int:
    """How many people on file would be somebody else by the plan that was just made.

    Given and family name differ, and with them the date of birth; or the person had left the feed
    and comes back under another name. A name or a date alone is taken for a correction.
    """
    people = delivered.get(staging.people)
    if people is None:
        return 0
    new, old, todo = staging.people.c, tables.people.c, PENDING[staging.people]
    renamed = [new[name] != old[name] for name in ("given_name", "family_name")]
    born = and_(literal("birth_date" not in people.absent), new.birth_date != old.birth_date)
    source = todo.join(staging.people.table, new.id == todo.c.id).join(
        tables.people, old.id == todo.c.id
    )
    rows = select(func.count()).select_from(source)
    wanted = and_(todo.c.op == "changed", *renamed, or_(born, old.status != "active"))
    return connection.scalar(rows.where(wanted)) or 0


def doubtful_births(
    connection: Connection, delivered: Mapping[Staged, Delivered], today: date
) -> int:
    """How many delivered students will have a birth date that their grade makes impossible."""
    people = delivered.get(staging.people)
    if people is None:
        return 0
    new, old = staging.people.c, tables.people.c
    born, grade, status = (
        old[name] if name in people.absent else new[name]
        for name in ("birth_date", "grade", "status")
    )
    source = staging.people.table.outerjoin(tables.people, old.id == new.id)
    wanted = new.kind == "student", born.is_not(None), func.coalesce(status, "active") == "active"
    rows = select(born, grade, func.count()).select_from(source).where(*wanted)
    found = connection.execute(rows.group_by(born, grade))
    return sum(count for day, of_grade, count in found if not fits_grade(day, of_grade, today))
