"""The rules that hold a delivered list of consents: it lost rows, or is about strangers."""

from collections.abc import Callable, Iterator, Sequence

from app.store.consents.list_dates import DISTRICT
from app.store.service.import_plans import RecordedPlan

_STATEMENTS = ("grant", "refuse")


def find_list_reasons(
    plan: RecordedPlan, earlier: Sequence[RecordedPlan], percent: float, fewest: int
) -> Iterator[str]:
    """Yield the reasons why the lists of a plan wait, in sentences.

    `earlier` are the plans of imports that were applied, the last one first. A list waits that has
    more than `percent` fewer rows, or answers, than the last one like it, if they are `fewest`.
    """
    yield from _check_shrunk(plan, earlier, percent, fewest)
    for file in plan.strange_lists:
        yield (
            f"nobody on file has a row in {file}, which tells of everybody: until a list comes "
            "that has them, no silence of theirs allows anything"
        )


def list_consent_columns(plan: RecordedPlan) -> set[str]:
    """Return a plan's consent columns without their files, which may have a day in the name."""
    return {told.partition(": ")[2] for told in plan.consent_columns}


def _check_shrunk(
    plan: RecordedPlan, earlier: Sequence[RecordedPlan], percent: float, fewest: int
) -> Iterator[str]:
    """Yield a reason for a list that lost many rows or answers: half of it may be missing."""
    kinds: tuple[tuple[str, str, str, str, Callable[[RecordedPlan], int]], ...] = (
        ("flags", "the consent columns have", "they", "rows", _count_rows("flags")),
        ("flags", "the consent columns have", "they", "answers", _count_answers),
        ("consents", "the list of consents has", "it", "rows", _count_rows("consents")),
    )
    for kind, whose, they, what, count in kinds:
        last = next((one for one in earlier if _is_alike(kind, plan, one)), None)
        had, has = (count(last), count(plan)) if last else (0, 0)
        if had - has >= fewest and (had - has) * 100 > had * percent:
            yield (
                f"{whose} {has:,} {what}, in the last delivery {they} had {had:,} "
                f"(more than {percent:g}% fewer waits)"
            )
            return


def _is_alike(kind: str, plan: RecordedPlan, last: RecordedPlan) -> bool:
    """Return true if both have a complete list of this kind, the last one of no fewer schools."""
    if not all(kind in said.complete for said in (plan, last)):
        return False
    if kind == "consents":
        return True
    then = set(last.list_schools)
    whole = DISTRICT in then or set(plan.list_schools) <= then
    return whole and list_consent_columns(plan) == list_consent_columns(last)


def _count_rows(name: str) -> Callable[[RecordedPlan], int]:
    return lambda plan: plan.delivered[name].rows


def _count_answers(plan: RecordedPlan) -> int:
    return sum(value.rows for value in plan.values if value.means in _STATEMENTS)
