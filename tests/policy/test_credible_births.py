"""Which birth dates can be those of students in a grade."""

from datetime import date

import pytest

from app.policy.credible_births import fits_grade

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("grade", "youngest", "oldest"),
    [("pk", 0, 9), ("k", 1, 10), ("1", 2, 11), ("9", 10, 19), ("12", 13, 22), ("13", 0, 110)],
)
def test_a_grade_has_an_oldest_and_a_youngest(grade: str, youngest: int, oldest: int) -> None:
    def fits(age: int) -> bool:
        return fits_grade(date(TODAY.year - age, 11, 26), grade, TODAY)

    assert fits(youngest)
    assert fits(oldest)
    assert not fits(oldest + 1)
    assert youngest == 0 or not fits(youngest - 1)


@pytest.mark.parametrize("grade", [None, "ungraded", "other", "99", "\u0663"])
def test_without_a_year_of_school_the_age_of_students_counts(grade: str | None) -> None:
    assert fits_grade(date(2025, 1, 1), grade, TODAY)
    assert fits_grade(date(2004, 1, 1), grade, TODAY)
    assert not fits_grade(date(2003, 11, 26), grade, TODAY)
    assert not fits_grade(date(2026, 11, 27), grade, TODAY)


def test_a_birthday_tomorrow_is_no_birthday_yet() -> None:
    assert fits_grade(date(2003, 11, 27), "12", TODAY)
    assert not fits_grade(date(2003, 11, 26), "12", TODAY)
    assert fits_grade(date(2008, 2, 29), "12", date(2026, 2, 28))
