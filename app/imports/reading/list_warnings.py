"""Warnings about the lists of consent columns in a delivery."""

from collections.abc import Iterator

from app.imports.reading.delivery import Delivery
from app.imports.report import format_count
from app.imports.staging.list_coverage import NO_ROW
from app.store.service.import_plans import Comparison


def find_list_warnings(delivery: Delivery, plan: Comparison) -> Iterator[str]:
    """Yield warnings where a list's silence does not allow, and where an answer ended."""
    yield from _warn_of_absent(plan)
    yield from _warn_of_endings(plan)
    if count := delivery.coverage.strays:
        who = format_count(count, "student stands", "students stand")
        yield (
            f"{who} in the list of a school that "
            "is not theirs: the list of their own school keeps its date"
        )
    for file in delivery.coverage.placeless:
        yield (
            f"{file} has only students of several schools, so it dates the list of none: let its "
            "profile name the schools"
        )
    for one in delivery.lists:
        if not one.complete or one.rows:
            continue
        if one.everybody:
            yield (
                f"{one.file} has no rows: the consent list keeps its date. Where it names the "
                'refusers alone, let its profile say lists = "refusers"'
            )
        elif delivery.empty is None:
            yield (
                f"{one.file} has no rows: the consent list keeps its date, unless it is accepted "
                "as empty"
            )


def _warn_of_absent(plan: Comparison) -> Iterator[str]:
    for school, count in sorted(plan.list_gaps.absent.items()):
        who = format_count(count, "active student", "active students")
        where = f"school {school}" if school else "no school"
        yield (
            f"{who} of {where} without a row in a list that tells of everybody: their silence "
            "allows nothing until they have one, the family is heard, or the office attests the "
            "list"
        )


def _warn_of_endings(plan: Comparison) -> Iterator[str]:
    """Yield the counts of refusals and grants that have ended."""
    if count := plan.people_by_ending.get(NO_ROW, 0):
        who = format_count(count, "student is", "students are")
        yield f"{who} named by a list of refusers no more: it takes its no back"
    if count := plan.endings_kept:
        who = format_count(count, "student", "students")
        yield (
            f"{who} with a no that the list says no longer and "
            "cannot take back, since an older yes would count again: the office lifts it by its "
            "id, clearpost consent show and clearpost consent lift"
        )
    if count := plan.run_out:
        what = format_count(count, "yes has", "yeses have")
        yield (
            f"{what} run out and stand in the list as before: "
            "nobody was asked anew, so they count no more. A profile may name the column with the "
            "day of the answer (given), or say that it is a standing one"
        )
