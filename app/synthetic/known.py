"""The people of a synthetic district who are the same for every seed; see the package."""

from collections.abc import Iterator
from datetime import date

from app.synthetic.plan import Plan, make_employee_id, make_student_id
from app.synthetic.statements import Scribe, SyntheticStatement

DISTRICT, COMMUNICATIONS, LAKEVIEW = "district", "communications", "school-0001"

# Given name, family name and org of the employees with the lowest numbers.
OFFICE = (
    ("Margaret", "Holloway", DISTRICT),
    ("Dominic", "Prescott", COMMUNICATIONS),
    ("Harriet", "Lindqvist", DISTRICT),
    ("Tobias", "Ferraro", LAKEVIEW),
    ("Winifred", "Okafor", LAKEVIEW),
    ("Calvin", "Ashdown", COMMUNICATIONS),
    ("Rosalind", "Penhallow", DISTRICT),
    ("Ignatius", "Marlowe", DISTRICT),
)

# Given name, family name, grade and place of the school of the students with the lowest numbers.
_STUDENTS = (
    ("Juniper", "Alderwood", 10, 0),
    ("Rowan", "Blackthorn", 10, 0),
    ("Hazel", "Coverdale", 11, 0),
    ("Linden", "Drummond", 12, 0),
    ("Briar", "Eastlake", 9, 0),
    ("Sage", "Fairweather", 9, 0),
    ("Taylor", "Kingsley", 8, 0),
    ("Taylor", "Kingsley", 3, 1),
    ("Jordan", "Merriweather", 7, 0),
    ("Jordan", "Merriweather", 11, 0),
)
COUNT = len(_STUDENTS)
_ADULT = 4


def list_students(plan: Plan) -> Iterator[tuple[str, str, int, int, date]]:
    """Yield name, grade, place of the school and birth date of each."""
    for number, (given, family, grade, school) in enumerate(_STUDENTS, start=1):
        years = 18 if number == _ADULT else grade + 5
        yield given, family, grade, school, plan.birthday(years)


def write_statements(scribe: Scribe, plan: Plan) -> None:
    """Write their statements: each student is alone in a family with two guardians."""
    grant, refuse = "grant publish all image_with_name", "refuse publish all image"
    for number, said in (
        (2, SyntheticStatement(refuse, "g-000002a", ago=90)),
        (3, SyntheticStatement(grant, "g-000003a", ago=60)),
        (3, SyntheticStatement(refuse, "g-000003b", ago=90)),
        (4, SyntheticStatement(grant, "g-000004a", ago=500)),
        (5, SyntheticStatement(refuse, "g-000005a", ago=1, start=plan.ago(-60))),
        (6, SyntheticStatement("grant publish all image", "g-000006a", ago=90)),
        (6, SyntheticStatement("refuse publish all image_with_name", "g-000006a", ago=90)),
    ):
        if number <= plan.students:
            scribe.write(make_student_id(number), said)
    scribe.write(
        make_employee_id(4), SyntheticStatement(grant, "Tobias Ferraro", "employee", ago=200)
    )
