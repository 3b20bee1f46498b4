"""The clock that a check is decided by, and signs that it is wrong."""

from collections.abc import Iterator

from app.policy.case import Case
from app.policy.codes import finding
from app.policy.lists import is_ahead
from app.policy.verdict import Finding


def clock(case: Case) -> Iterator[Finding]:
    """Clause 1: no day, age or end is judged by a clock that was set back.

    The ledger then holds a row with a time in the future.
    """
    recorded_at = case.facts.recorded_at
    if recorded_at is not None and is_ahead(case.facts, recorded_at):
        yield finding("clock.behind", "")
