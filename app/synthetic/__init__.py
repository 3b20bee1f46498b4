"""A believable district of people who do not exist, for the demo, the tests and the bench.

Whatever the seed, these are there (as far as there are that many students):

- `s-000001` nothing on file; `s-000002` refused by a guardian; `s-000003` two guardians who
  disagree; `s-000004` turned 18 forty days ago, with only a guardian's grant; `s-000005` a
  refusal that begins in sixty days; `s-000006` may be shown but not named. All go to Lakeview
  High School (`school-0001`).
- `s-000007` and `s-000008` have one name at two schools; `s-000009` and `s-000010` have one name
  at one school in two grades. Nothing is on file about them.
- `e-000001` Superintendent; `e-000002` Director of Communications; `e-000003` designee of the
  Superintendent; `e-000004` a content manager who agreed to be shown; `e-000005` an employee who
  did not say; `e-000006` designee of the Director; `e-000007` a former designee.
- Accounts: `x/lakeviewhigh` is in order in everything and may use the logo; `instagram/
  lakeviewdrama` is not authorized; `tiktok/lakeviewathletics` has neither owner nor manager;
  `youtube/lakeviewhigh` lacks Communications as administrator; `facebook/examplecountyschools`
  and `youtube/examplecountyschools` are district-general; `facebook/lakeviewhighpta` a PTA's.
- Releases of `Octavia Brightwater` and, for works, of `Percival Thornbury`.

The others are by chance: siblings, same names, preferred names, students who are 18 (some with
statements of their own), about 6% refusals of one kind or another, grants that have run out,
consents withdrawn, holds by the office.
"""

from datetime import date
from pathlib import Path

from app.synthetic.files import Files, open_files
from app.synthetic.known import COMMUNICATIONS, DISTRICT
from app.synthetic.people import Population
from app.synthetic.plan import Plan
from app.synthetic.registry import write_registry


def generate_district(folder: Path, students: int, seed: int, today: date) -> None:
    """Write a district of `students` students into `folder`, as the plain CSV files.

    The same `students`, `seed` and `today` make the same bytes. For another day the same people are
    made with other dates, and so others are 18 and may speak for themselves. Memory does not grow
    with the number. Files of these names in `folder` are overwritten.
    """
    plan = Plan(students, seed, today)
    with open_files(folder) as files:
        _write_schools(plan, files)
        Population(plan, files).write()
        write_registry(plan, files)


def _write_schools(plan: Plan, files: Files) -> None:
    files.write("orgs", DISTRICT, "Example County School District", "district", None)
    files.write("orgs", COMMUNICATIONS, "Communications Department", "communications", DISTRICT)
    for school in plan.schools:
        files.write("orgs", school.id, school.name, "school", DISTRICT)
        for turn, (course, title) in enumerate(plan.classes(school)):
            files.write("classes", course, title, school.id)
            files.write("enrollments", course, plan.teacher(school, turn), "teacher")
