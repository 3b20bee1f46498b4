"""Losses by a delivery, school by school: enrollments, ties of guardians, refusals.

A plan shows them and a hold judges them: a file that was cut loses people unseen.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, and_, func, select

from app.database import tables
from app.imports.merge import departures, guardian_ties
from app.store.service.plan_parts import Loss, Losses


def count_losses(connection: Connection, lifted: Mapping[str, int]) -> Losses:
    """Count what ends in each school; `lifted` counts students with lifted refusals.

    Call it after the notes of what ends.
    """
    return Losses(
        enrollments=_count_enrollments(connection),
        ties=_count_ties(connection),
        refusals=_count_lifted(connection, lifted),
    )


def _count_enrollments(connection: Connection) -> dict[str, Loss]:
    ending, on_file = departures.enrollments, tables.enrollments
    return _compare_counts(
        connection, _count_by_class(ending, people=True), _count_by_class(on_file)
    )


@cache
def _count_by_class(rows: Table, *, people: bool = False) -> Any:
    school = func.coalesce(tables.classes.c.org_id, "")
    joined = rows.join(tables.classes, tables.classes.c.id == rows.c.class_id)
    counts = [func.count(rows.c.person_id.distinct())] if people else []
    return select(school, func.count(), *counts).select_from(joined).group_by(school)


def _count_ties(connection: Connection) -> dict[str, Loss]:
    ending, on_file = guardian_ties.ended, tables.guardians
    return _compare_counts(
        connection, _count_by_student(ending, people=True), _count_by_student(on_file)
    )


@cache
def _count_by_student(rows: Table, *, people: bool = False) -> Any:
    school = func.coalesce(tables.people.c.org_id, "")
    joined = rows.join(tables.people, tables.people.c.id == rows.c.student_id)
    counts = [func.count(rows.c.student_id.distinct())] if people else []
    return select(school, func.count(), *counts).select_from(joined).group_by(school)


def _compare_counts(connection: Connection, ending: Any, on_file: Any) -> dict[str, Loss]:
    found = connection.execute(ending).all()
    if not found:
        return {}
    of: dict[str, int] = dict(connection.execute(on_file).all())
    return {school: Loss(count, of.get(school, count), people) for school, count, people in found}


def _count_lifted(connection: Connection, lifted: Mapping[str, int]) -> dict[str, Loss]:
    people = tables.people.c
    school = func.coalesce(people.org_id, "")
    active = and_(people.kind == "student", people.status == "active")
    rows = select(school, func.count()).where(active, school.in_(sorted(lifted))).group_by(school)
    of: dict[str, int] = dict(connection.execute(rows).all()) if lifted else {}
    return {school: Loss(count, of.get(school, 0), count) for school, count in lifted.items()}
