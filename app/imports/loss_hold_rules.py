"""The rules that hold a plan for what it takes from a school."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Plan = Mapping[str, Any]
# One child, or two, are no percentage: children leave every other night.
_FEW = 2
_ENDING = {"enrollments": "enrollments", "ties": "ties of guardians"}


@dataclass(frozen=True, slots=True)
class LossLimits:
    """The limits, in percent of a school's, of ended enrollments and ties and lifted refusals.

    `lifted` are so many students of a school, at any percentage.
    """

    ended_percent: float = 10
    lifted: int = 2
    lifted_percent: float = 2


def find_loss_reasons(plan: Plan, limits: LossLimits) -> Iterator[str]:
    """Yield the reasons why what ends waits, in sentences."""
    losses = plan.get("losses", {})
    for kind, what in _ENDING.items():
        for school, (count, of, people) in sorted(losses.get(kind, {}).items()):
            if people > _FEW and count * 100 > of * limits.ended_percent:
                yield (
                    f"{count:,} of {of:,} {what} on file would end in {_name_school(school)} "
                    f"(more than {limits.ended_percent:g}% waits)"
                )
    for school, (count, of, _) in sorted(losses.get("refusals", {}).items()):
        if count > limits.lifted or (count > 1 and count * 100 > of * limits.lifted_percent):
            yield (
                f"refusals of {count:,} of {of:,} students of {_name_school(school)} would be "
                f"lifted (more than {limits.lifted:,}, or than {limits.lifted_percent:g}%, waits). "
                "They stay refused until it is approved. For one child ask the family, and lift "
                "the refusal by its id: clearpost consent show, clearpost consent lift"
            )


def _name_school(school: str) -> str:
    return f"school {school}" if school else "no school"
