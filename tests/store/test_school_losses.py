"""What a delivery takes from one school waits: enrollments, refusals, guardians; on both stores."""

from datetime import UTC, datetime

import pytest

from app.database.tables import enrollments
from app.imports.approval import ImportDecision, approve_import
from app.imports.report import Report
from app.store.ledger.changes import Actor
from tests.imports.conftest import Files, row
from tests.store.house import House

SCHOOLS = {"hill": range(60), "lake": range(100, 500)}


def school_files() -> Files:
    students = [
        row("people", f"s-{n},student,Kid{n},Fam{n},,03,{at},,,")
        for at, ids in SCHOOLS.items()
        for n in ids
    ]
    return {
        "orgs": [row("orgs", f"{at},{at} school,school,") for at in SCHOOLS],
        "people": students,
        "classes": [row("classes", f"c-{at},Class,{at}") for at in SCHOOLS],
        "enrollments": [
            row("enrollments", f"c-{at},s-{n},student") for at, ids in SCHOOLS.items() for n in ids
        ],
        "guardians": [row("guardians", f"s-{n},g-{n},Guard {n},mother") for n in SCHOOLS["hill"]],
    }


def cut(house: House, name: str, lost: int, school: str) -> Report:
    """Deliver all again without the first so many of a school's rows of this file."""
    assert house.deliver(school_files(), complete=True).applied
    files = school_files()
    gone = {f"s-{n}" for n in SCHOOLS[school][:lost]}
    files[name] = [one for one in files[name] if gone.isdisjoint(one.values())]
    if name == "enrollments":  # the plain format's are of the classes that are in it
        files[name] = files[name] or school_files()[name]
    return house.deliver(files, complete=True)


@pytest.mark.parametrize(
    ("lost", "school", "state"),
    [(7, "hill", "held"), (6, "hill", "applied"), (40, "lake", "applied"), (41, "lake", "held")],
)
def test_a_tenth_of_a_schools_enrollments_waits(
    house: House, lost: int, school: str, state: str
) -> None:
    report = cut(house, "enrollments", lost, school)
    assert report.state == state
    if state == "held":
        of = len(SCHOOLS[school])
        said = f"{lost} of {of} enrollments on file would end in school {school}"
        assert said in str(report.reason)
        assert len(house.rows(enrollments)) == 460
        done = approve_import(
            house.store, house.settings, actor(), ImportDecision(str(report.import_id))
        )
        assert (done.state, len(house.rows(enrollments))) == ("applied", 460 - lost)


@pytest.mark.parametrize(("lost", "state"), [(7, "held"), (6, "applied")])
def test_a_tenth_of_a_schools_ties_waits(house: House, lost: int, state: str) -> None:
    assert cut(house, "guardians", lost, "hill").state == state


def actor() -> Actor:
    return Actor("k-1", "s-0", datetime.now(UTC))


def said(decision: str, ids: range, day: str, begins: str = "") -> Files:
    rows = [
        f"s-{n},{decision},publish,all,image_with_name,Mum,guardian,{day},{begins}," for n in ids
    ]
    return {"consents": [row("consents", one) for one in rows]}


@pytest.mark.parametrize(
    ("begins", "school", "count", "state"),
    [
        ("", "hill", 1, "applied"),  # of one child a percentage says nothing
        ("", "hill", 2, "held"),  # 3.3%
        ("", "lake", 2, "applied"),  # 0.5%
        ("", "lake", 3, "held"),
        ("2099-01-01", "lake", 3, "held"),  # later is lifted all the same
    ],
)
@pytest.mark.parametrize("decision", ["grant", "lift"])
def test_refusals_of_more_than_two_children_or_two_percent_wait(
    house: House, decision: str, begins: str, school: str, count: int, state: str
) -> None:
    house.deliver(school_files(), complete=True)
    ids = SCHOOLS[school]
    refused = said("refuse", ids, "2026-02-01")
    assert house.deliver(refused).applied
    lifted = said(decision, ids[:count], "2026-03-01", begins)
    report = house.deliver(lifted, complete_consents=False)
    assert report.state == state
    if state == "held":
        told = f"refusals of {count} of {len(ids)} students of school {school} would be lifted"
        assert told in str(report.reason)
