"""The rules that hold a plan for what it takes from a school."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.store.service.import_plans import RecordedPlan

# One child, or two, are no percentage: children leave every other night.
_FEW = 2


@dataclass(frozen=True, slots=True)
class LossLimits:
    """The limits, in percent of a school's, of ended enrollments and ties and lifted refusals.

    `lifted` are so many students of a school, at any percentage.
    """

    ended_percent: float = 10
    lifted: int = 2
    lifted_percent: float = 2


def find_loss_reasons(plan: RecordedPlan, limits: LossLimits) -> Iterator[str]:
    """Yield the reasons why what ends waits, in sentences."""
    losses = plan.losses
    for ending, what in ((losses.enrollments, "enrollments"), (losses.ties, "ties of guardians")):
        for school, (count, of, people) in sorted(ending.items()):
            if people > _FEW and count * 100 > of * limits.ended_percent:
                yield (
                    f"{count:,} of {of:,} {what} on file would end in {_name_school(school)} "
                    f"(more than {limits.ended_percent:g}% waits)"
                )
    for school, (count, of, _) in sorted(losses.refusals.items()):
        if count > limits.lifted or (count > 1 and count * 100 > of * limits.lifted_percent):
            yield (
                f"refusals of {count:,} of {of:,} students of {_name_school(school)} would be "
                f"lifted (more than {limits.lifted:,}, or than {limits.lifted_percent:g}%, waits). "
                "They stay refused until it is approved. For one child ask the family, and lift "
                "the refusal by its id: clearpost consent show, clearpost consent lift"
            )


def _name_school(school: str) -> str:
    return f"school {school}" if school else "no school"
