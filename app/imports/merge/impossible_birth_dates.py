"""Birth dates in a delivery that cannot be right."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, func, select

from app.database import tables
from app.imports.staging import staged_tables
from app.imports.staging.staged_tables import Staged
from app.policy.credible_births import fits_grade
from app.store.service.plan_parts import Delivered


def count_doubtful_births(
    connection: Connection, delivered: Mapping[Staged, Delivered], today: date
) -> int:
    """Count the delivered students with a birth date that their grade makes impossible."""
    people = delivered.get(staged_tables.people)
    if people is None:
        return 0
    new, old = staged_tables.people.c, tables.people.c
    born, grade, status = (
        old[name] if name in people.absent else new[name]
        for name in ("birth_date", "grade", "status")
    )
    source = staged_tables.people.table.outerjoin(tables.people, old.id == new.id)
    wanted = new.kind == "student", born.is_not(None), func.coalesce(status, "active") == "active"
    rows = select(born, grade, func.count()).select_from(source).where(*wanted)
    found = connection.execute(rows.group_by(born, grade))
    return sum(count for day, of_grade, count in found if not fits_grade(day, of_grade, today))
