"""Findings about the time that a check is decided by: clause 1."""

from app.policy.codes.shape import OFFICE, Code, missing_fact_code

CLOCK: dict[str, Code] = {
    "clock.behind": missing_fact_code(
        "clock",
        1,
        "attest_list",
        "The clock of this machine is behind what was recorded before: no day can be told.",
        "Set the clock right. If it is right now, say so: clearpost ledger confirm-clock.",
        OFFICE,
    ),
}
