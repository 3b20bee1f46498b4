"""The outline of a synthetic district: how many schools, staff and classes a size asks for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from app.synthetic.names import PLACES

STUDENTS_PER_SCHOOL, STUDENTS_PER_EMPLOYEE, STUDENTS_PER_CLASS = 600, 18, 25
OFFICE = 8
TEACHERS_AT_LEAST = 4
GRADES = 13
_ELEMENTARY = ("Homeroom", "Music")
_SECONDARY = ("English", "Mathematics", "Science", "History", "Art", "Physical Education")


@dataclass(frozen=True, slots=True)
class School:
    """A school; `handle` is what its accounts are called."""

    number: int
    id: str
    name: str
    handle: str
    secondary: bool

    @property
    def grades(self) -> range:
        """From kindergarten, which is 0."""
        return range(7, GRADES) if self.secondary else range(7)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Return the subjects in which every pupil has a class."""
        return _SECONDARY if self.secondary else _ELEMENTARY


@dataclass(frozen=True)
class Plan:
    """The district: everything that follows from its size and the day without any chance."""

    students: int
    seed: int
    today: date

    @cached_property
    def schools(self) -> tuple[School, ...]:
        """At least two, the secondary ones at the even places."""
        count = max(2, round(self.students / STUDENTS_PER_SCHOOL))
        return tuple(_make_school(number) for number in range(count))

    def of_grade(self, grade: int) -> tuple[School, ...]:
        """Return the schools that have the grade."""
        return (
            self._secondary_schools if grade in self.schools[0].grades else self._elementary_schools
        )

    @cached_property
    def _secondary_schools(self) -> tuple[School, ...]:
        return self.schools[::2]

    @cached_property
    def _elementary_schools(self) -> tuple[School, ...]:
        return self.schools[1::2]

    @cached_property
    def employees(self) -> int:
        """The offices, a principal per school, and enough teachers."""
        least = OFFICE + len(self.schools) * (1 + TEACHERS_AT_LEAST)
        return max(least, self.students // STUDENTS_PER_EMPLOYEE)

    @cached_property
    def affiliates(self) -> int:
        """Volunteers: at least one per school."""
        return max(len(self.schools), self.students // 300)

    def principal(self, school: School) -> str:
        """Return the sourcedId of a school's principal."""
        return make_employee_id(OFFICE + 1 + school.number)

    def school_of_teacher(self, number: int) -> School:
        """Return the school of employee `number`, a teacher: of no office and no principal."""
        return self.schools[(number - OFFICE - 1) % len(self.schools)]

    def teacher(self, school: School, turn: int) -> str:
        """Return the sourcedId of one of a school's teachers, all in turn."""
        schools = len(self.schools)
        teachers = (self.employees - OFFICE - schools) // schools
        return make_employee_id(OFFICE + 1 + school.number + schools * (1 + turn % teachers))

    def sections(self, grade: int) -> int:
        """Return how many classes of a subject a school has in a grade."""
        pupils = self.students / GRADES / len(self.of_grade(grade))
        return max(1, round(pupils / STUDENTS_PER_CLASS))

    def classes(self, school: School) -> Iterator[tuple[str, str]]:
        """Yield the classes of a school: sourcedId and title."""
        for grade in school.grades:
            for section in range(self.sections(grade)):
                for subject in school.subjects:
                    title = f"{subject}, grade {grade or 'K'}, section {section + 1}"
                    yield make_class_id(school, grade, subject, section), title

    @cached_property
    def school_year(self) -> date:
        """Its first day."""
        begins = self.today.replace(month=9, day=1)
        return begins if begins <= self.today else begins.replace(year=begins.year - 1)

    def ago(self, days: int) -> str:
        """Return the day so many days before today; a negative number lies ahead."""
        return (self.today - timedelta(days=days)).isoformat()

    def birthday(self, years: int) -> date:
        """Return the birth date of a person who turned so many years forty days ago."""
        then = self.today - timedelta(days=40)
        return then.replace(year=then.year - years, day=min(then.day, 28))

    @cached_property
    def adult_since(self) -> date:
        """Return the last birth date of people who are at least 18 today."""
        return self.today.replace(year=self.today.year - 18, day=min(self.today.day, 28))


def _make_school(number: int) -> School:
    place, turn = PLACES[number % len(PLACES)], number // len(PLACES)
    secondary = number % 2 == 0
    kind = "High School" if secondary else "Elementary"
    name = f"{place} {kind}" if turn == 0 else f"{place} {kind} {turn + 1}"
    handle = name.lower().removesuffix(" school").replace(" school", "").replace(" ", "")
    return School(number, f"school-{number + 1:04d}", name, handle, secondary)


def make_student_id(number: int) -> str:
    """Return the sourcedId of a student."""
    return f"s-{number:06d}"


def make_employee_id(number: int) -> str:
    """Return the sourcedId of an employee."""
    return f"e-{number:06d}"


def make_affiliate_id(number: int) -> str:
    """Return the sourcedId of a volunteer."""
    return f"a-{number:06d}"


def make_class_id(school: School, grade: int, subject: str, section: int) -> str:
    """Return the sourcedId of a class."""
    return f"c-{school.number + 1:04d}-{grade:02d}-{subject[:3].lower()}-{section + 1}"
