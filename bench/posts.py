"""The requests that are measured, and what has to be answered to each.

A body is a printf format: Python fills it to verify answers, wrk's script fills the same one to
make the load, so that what is verified is what is measured.
"""

import random
from dataclasses import dataclass

from bench.population import OFFICES, District, refuses

TEXT = (
    "What a night for the Lakeview marching band! Our students played two new pieces before a "
    "full hall, and the brass section brought everybody to their feet. Thank you to all families "
    "who helped with the stage, the lights and the cake. The next concert is on Sunday at noon. "
    "See you!"
)


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of request. `body` takes the `student` items and, for a post, school and employee.

    `codes` are those of the findings of an allowed request, without the students' own.
    """

    path: str
    body: str
    student: str
    students: int
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Expectation:
    """A request's body and the numbers, in it, of the students who refuse."""

    body: str
    students: int
    refusing: frozenset[int]


POST = Form(
    "/v1/checks/post",
    '{"account":{"platform":"x","handle":"school%05d"},"purpose":"school","text":"' + TEXT + '",'
    '"media":[{"kind":"photo","rights":"own"}],"pictured":{"employees":[{"id":"e-%06d"}],'
    '"students":[%s]},"uses_logo":true}',
    '{"id":"s-%07d"}',
    3,
    frozenset(
        {
            "account.admin_named",
            "account.authorized",
            "account.responsible",
            "coworker.granted",
            "list.fresh",
            "logo.granted",
            "purpose.school",
            "rights.own",
        }
    ),
)
LIST = Form(
    "/v1/checks/photo-consent",
    '{"students":[%s]}',
    '{"id":"s-%07d"}',
    1_000,
    frozenset({"list.fresh", "purpose.school"}),
)


def draw(form: Form, district: District, dice: random.Random) -> Expectation:
    """A random request of this form."""
    drawn = [dice.randrange(district.students) for _ in range(form.students)]
    students = ",".join(form.student % number for number in drawn)
    parties = (dice.randrange(district.schools), dice.randrange(OFFICES, district.employees))
    body = form.body % ((*parties, students) if form is POST else (students,))
    refusing = frozenset(place for place, number in enumerate(drawn) if refuses(number))
    return Expectation(body, form.students, refusing)
