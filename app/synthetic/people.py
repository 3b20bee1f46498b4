"""The people of a synthetic district, with their classes, guardians and consents."""

from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from app.synthetic import known
from app.synthetic.files import Files
from app.synthetic.names import FAMILY, GIVEN, SHORT
from app.synthetic.plan import (
    GRADES,
    OFFICE,
    Plan,
    School,
    make_affiliate_id,
    make_class_id,
    make_employee_id,
    make_student_id,
)
from app.synthetic.statements import Pupil, Scribe

DOMAIN = "district.example"


class _Child(NamedTuple):
    given: str
    family: str
    grade: int
    school: School
    born: date


class Population:
    """Writes everyone of a plan into its files, in one pass and with one source of chance."""

    def __init__(self, plan: Plan, files: Files) -> None:
        self._plan, self._files = plan, files
        # Not a secret: the same seed must make the same district.
        self._rng = Random(f"{plan.seed}/{plan.students}")  # noqa: S311
        self._scribe = Scribe(plan, files, self._rng)
        self._families = 0
        self._students = 0

    def write(self) -> None:
        """Write employees and volunteers, then students, family by family."""
        for number in range(1, self._plan.employees + 1):
            self._write_employee(number)
        for number in range(1, self._plan.affiliates + 1):
            self._write_affiliate(number)
        for given, family, grade, school, born in known.list_students(self._plan):
            if self._students < self._plan.students:
                child = _Child(given, family, grade, self._plan.schools[school], born)
                self._write_family([child], parents=2, by_chance=False)
        known.write_statements(self._scribe, self._plan)
        while self._students < self._plan.students:
            self._write_family(self._make_children(), parents=self._rng.choices((1, 2), (1, 3))[0])

    def _write_employee(self, number: int) -> None:
        who, rng = make_employee_id(number), self._rng
        if number <= OFFICE:
            given, family, org = known.OFFICE[number - 1]
        else:
            given, family = rng.choice(GIVEN), rng.choice(FAMILY)
            org = self._plan.school_of_teacher(number).id
        email = f"{who}@{DOMAIN}"
        self._files.write(
            "people", who, "employee", given, family, None, None, org, email, None, "active"
        )
        if number > OFFICE:
            self._scribe.employee(who, f"{given} {family}")

    def _write_affiliate(self, number: int) -> None:
        who, rng = make_affiliate_id(number), self._rng
        school = self._plan.schools[(number - 1) % len(self._plan.schools)]
        names = (rng.choice(GIVEN), rng.choice(FAMILY))
        self._files.write(
            "people", who, "affiliate", *names, None, None, school.id, None, None, "active"
        )

    def _make_children(self) -> list[_Child]:
        """Return brothers and sisters; those of one level go to one school."""
        rng = self._rng
        family = rng.choice(FAMILY)
        size = min(rng.choices((1, 2, 3), (55, 33, 12))[0], self._plan.students - self._students)
        schools: dict[bool, School] = {}
        children = []
        for given in rng.sample(GIVEN, size):
            grade = rng.randrange(GRADES)
            school = rng.choice(self._plan.of_grade(grade))
            school = schools.setdefault(school.secondary, school)
            born = self._plan.school_year - timedelta(
                days=round((grade + 5 + rng.random()) * 365.25)
            )
            children.append(_Child(given, family, grade, school, born))
        return children

    def _write_family(
        self, children: list[_Child], *, parents: int, by_chance: bool = True
    ) -> None:
        self._families += 1
        guardians = [f"g-{self._families:06d}{letter}" for letter in "ab"[:parents]]
        names = [f"{self._rng.choice(GIVEN)} {children[0].family}" for _ in guardians]
        for child in children:
            self._students += 1
            who = make_student_id(self._students)
            self._write_student(who, child)
            for guardian, name in zip(guardians, names, strict=True):
                self._files.write("guardians", who, guardian, name, "parent")
            if by_chance:
                adult = child.born <= self._plan.adult_since
                name = f"{child.given} {child.family}"
                self._scribe.pupil(Pupil(who, name, adult, tuple(guardians)))

    def _write_student(self, who: str, child: _Child) -> None:
        rng, school, grade = self._rng, child.school, child.grade
        preferred = None if rng.randrange(3) else SHORT.get(child.given)
        left = self._students > known.COUNT and not rng.randrange(100)
        self._files.write(
            "people", who, "student", child.given, child.family, preferred,
            f"{grade:02d}" if grade else "KG", school.id, None, child.born.isoformat(),
            "inactive" if left else "active",
        )  # fmt: skip
        section = rng.randrange(self._plan.sections(grade))
        for subject in school.subjects:
            course = make_class_id(school, grade, subject, section)
            self._files.write("enrollments", course, who, "student")
