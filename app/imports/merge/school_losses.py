"""What a delivery takes away, school by school: enrollments, ties of guardians, refusals.

A plan says it, a hold judges it: whoever is lost with a file that was cut is lost unseen.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, func, select

from app.database import tables
from app.imports.merge import departures, guardian_ties

# By school: how many end, of how many, of how many people.
Losses = dict[str, dict[str, list[int]]]


def count_losses(connection: Connection, lifted: Mapping[str, int]) -> Losses:
    """What ends in which school; `lifted` says whose refusals are lifted, in students.

    Call it when it is noted what ends.
    """
    return {
        "enrollments": _count_enrollments(connection),
        "ties": _count_ties(connection),
        "refusals": _count_lifted(connection, lifted),
    }


def _count_enrollments(connection: Connection) -> dict[str, list[int]]:
    ending, on_file = departures.enrollments, tables.enrollments
    return _compare(
        connection,
        _by_class(ending).add_columns(func.count(ending.c.person_id.distinct())),
        _by_class(on_file),
    )


def _by_class(rows: Any) -> Any:
    school = func.coalesce(tables.classes.c.org_id, "")
    joined = rows.join(tables.classes, tables.classes.c.id == rows.c.class_id)
    return select(school, func.count()).select_from(joined).group_by(school)


def _count_ties(connection: Connection) -> dict[str, list[int]]:
    ending, on_file = guardian_ties.ended, tables.guardians
    return _compare(
        connection,
        _by_student(ending).add_columns(func.count(ending.c.student_id.distinct())),
        _by_student(on_file),
    )


def _by_student(rows: Any) -> Any:
    school = func.coalesce(tables.people.c.org_id, "")
    joined = rows.join(tables.people, tables.people.c.id == rows.c.student_id)
    return select(school, func.count()).select_from(joined).group_by(school)


def _compare(connection: Connection, ending: Any, on_file: Any) -> dict[str, list[int]]:
    found = connection.execute(ending).all()
    if not found:
        return {}
    of: dict[str, int] = dict(connection.execute(on_file).all())
    return {school: [count, of.get(school, count), people] for school, count, people in found}


def _count_lifted(connection: Connection, lifted: Mapping[str, int]) -> dict[str, list[int]]:
    people = tables.people.c
    school = func.coalesce(people.org_id, "")
    active = and_(people.kind == "student", people.status == "active")
    rows = select(school, func.count()).where(active, school.in_(sorted(lifted))).group_by(school)
    of: dict[str, int] = dict(connection.execute(rows).all()) if lifted else {}
    return {school: [count, of.get(school, 0), count] for school, count in lifted.items()}
