"""Deliveries that repeat the last one: their plan has nothing new."""

from dataclasses import replace

from app.store.service.import_plans import RecordedPlan
from app.store.service.plan_parts import ConsentCounts, IdDoubts, Losses, TieCounts


def make_unchanged_plan(plan: RecordedPlan) -> RecordedPlan:
    """Return the plan of a repeated delivery, made of its first plan: all is on file."""
    return replace(
        plan,
        kinds={name: changes.mark_unchanged() for name, changes in plan.kinds.items()},
        files=tuple(replace(one, changes=one.changes.mark_unchanged()) for one in plan.files),
        walked={},
        names={},
        identities=IdDoubts(),
        missing=0,
        marked=0,
        ended=0,
        ties=TieCounts(),
        consents=ConsentCounts(),
        examples={},
        losses=Losses(),
        schools={},
        values=tuple(replace(value, people=0, said=value.told) for value in plan.values),
    )
