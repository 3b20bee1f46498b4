"""Credible birth dates: one that the grade makes impossible counts as none.

A spreadsheet that shows two digits of a year makes a child of fourteen a hundred years old. The
child's own statement would then supersede the parents'.
"""

from datetime import date
from typing import Final

from app.policy.facts import Person
from app.policy.words import PersonStatus

# In full years. Special education goes on to the age of 22; beyond it nobody goes to school, but
# for those in grades after the twelfth.
OLDEST_STUDENT: Final = 22
_OLDEST_ALIVE: Final = 110
# How many years somebody may be older or younger than is usual in the grade.
_YEARS_OFF: Final = 4
_LAST_GRADE: Final = 12
_USUAL_IN_KINDERGARTEN: Final = (5, 6)
_AFTER_SCHOOL = frozenset({"13", "14", "ps", "ae", "adult", "postsecondary"})
_BEFORE_FIRST = {"k": 0, "kg": 0, "tk": 0, "pk": -1, "prek": -1, "pre k": -1, "pr": -2, "it": -4}


def credible_birth_date(
    born: date | None, grade: str | None, status: PersonStatus, first_seen: date, today: date
) -> date | None:
    """Return a student's birth date, or None where there is none or it cannot be right.

    An active student's grade is compared as of `today`. The grade of one who has left stands still,
    so there the age at which the student was first seen counts.
    """
    if born is None or born > today:
        return None
    if status == "active":
        return born if fits_grade(born, grade, today) else None
    return born if _count_years(born, first_seen) <= _find_oldest_age(grade) else None


def with_credible_birth(person: Person, today: date) -> Person:
    """Return `person` without a birth date that cannot be a student's of this grade."""
    if person.birth_date is None or person.kind != "student":
        return person
    first_seen = person.first_seen_at.date()
    born = credible_birth_date(person.birth_date, person.grade, person.status, first_seen, today)
    return person if born else person._replace(birth_date=None)


def fits_grade(born: date, grade: str | None, on: date) -> bool:
    """Return whether a student of this grade can have been born on the day `born`.

    `grade` is in the form of `names.grade_key`; `on` is a day on which the student is in the grade.
    """
    age = _count_years(born, on)
    youngest, _ = _find_usual_ages(grade) or (_YEARS_OFF, 0)
    return born <= on and max(0, youngest - _YEARS_OFF) <= age <= _find_oldest_age(grade)


def find_last_birthday(born: date, grade: str | None) -> date:
    """Return the birthday from which on no one born on the day `born` can be in this grade."""
    age = _find_oldest_age(grade) + 1
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def _find_oldest_age(grade: str | None) -> int:
    if grade in _AFTER_SCHOOL:
        return _OLDEST_ALIVE
    _, oldest = _find_usual_ages(grade) or (0, OLDEST_STUDENT)
    return min(oldest + _YEARS_OFF, OLDEST_STUDENT)


def _find_usual_ages(grade: str | None) -> tuple[int, int] | None:
    """Return the usual ages in a grade; None for one that is no year of school."""
    if grade is None:
        return None
    number = int(grade) if grade.isascii() and grade.isdigit() else _BEFORE_FIRST.get(grade)
    if number is None or number > _LAST_GRADE:
        return None
    youngest, oldest = _USUAL_IN_KINDERGARTEN
    return youngest + number, oldest + number


def _count_years(born: date, on: date) -> int:
    """Return the full years of age."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
