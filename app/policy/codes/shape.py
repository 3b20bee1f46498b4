"""The record of one code, and short ways to write one.

Every `review` ends in one of two ways, and its code names which. One that lacks a *fact* ends when
the fact is given: its `act` names how, `resolvable_by` by which party, and no yes ends it
(`missing_fact_code`). One that needs a person's *judgement* ends by a yes or a no of a party named
in `resolvable_by`, about one post, identified by the digests of its media (`judgement_code`). In
doubt a code is `missing_fact_code`: a yes is for what no record can tell, such as what a text
means.
"""

from dataclasses import dataclass
from typing import Final

from app.policy.words import Act, Outcome, Party

COMMUNICATIONS: Final = "director_communications"
SUPERINTENDENT: Final = "superintendent"
CONTENT_OWNER: Final = "content_owner"
ASKER: Final = "asker"
OFFICE: Final = "office"


@dataclass(frozen=True, slots=True)
class Code:
    """The meaning of a code. `act` and `resolvable_by` are given for `review` alone."""

    rule: str
    clause: int
    outcome: Outcome
    message: str
    remedy: str | None = None
    resolvable_by: tuple[Party, ...] = ()
    act: Act | None = None


def allow_code(rule: str, clause: int, message: str) -> Code:
    """Make the code of a fact in favour of the post."""
    return Code(rule, clause, "allow", message)


def judgement_code(rule: str, clause: int, message: str, remedy: str, *by: Party) -> Code:
    """Make a `review` code that a person's judgement ends: that of `by`, else Communications."""
    return Code(rule, clause, "review", message, remedy, by or (COMMUNICATIONS,), "judge")


def missing_fact_code(
    rule: str, clause: int, act: Act, message: str, remedy: str, *by: Party
) -> Code:
    """Make a `review` code that a fact ends: `by` gives it by `act`, else the asker does."""
    return Code(rule, clause, "review", message, remedy, by or (ASKER,), act)


def deny_code(rule: str, clause: int, message: str, remedy: str) -> Code:
    """Make the code of a fact that forbids the post."""
    return Code(rule, clause, "deny", message, remedy)


NAME_THEM = "Choose the person from the list, or give the id, or the name with school and grade."
LEAVE_OUT = "Leave this person out of the picture, or use another picture."
