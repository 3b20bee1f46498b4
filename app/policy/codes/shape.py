"""The shape of a code, and short ways to define one.

Every `review` ends in one of two ways, and its code says in which. One that lacks a *fact* ends
when the fact is given: its `act` names how, `resolvable_by` by whom, and no one's yes ends it
(`lacking`). One that needs a person's *judgement* ends by a yes or a no of someone whom
`resolvable_by` names, about one post whose media are told by their digests (`judgement`). In
doubt a code is `lacking`: a yes is for what no record can say, such as what a text means.
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
    """The meaning of a code. `act` and `resolvable_by` are given for `review`, and only there."""

    rule: str
    clause: int
    outcome: Outcome
    message: str
    remedy: str | None = None
    resolvable_by: tuple[Party, ...] = ()
    act: Act | None = None


def allow(rule: str, clause: int, message: str) -> Code:
    """Return what speaks for the post."""
    return Code(rule, clause, "allow", message)


def judgement(rule: str, clause: int, message: str, remedy: str, *by: Party) -> Code:
    """Return a review that a person judges: `by` names them, Communications by default."""
    return Code(rule, clause, "review", message, remedy, by or (COMMUNICATIONS,), "judge")


def lacking(rule: str, clause: int, act: Act, message: str, remedy: str, *by: Party) -> Code:
    """Return a review that lacks a fact: `by` gives it by `act`, the caller by default."""
    return Code(rule, clause, "review", message, remedy, by or (ASKER,), act)


def deny(rule: str, clause: int, message: str, remedy: str) -> Code:
    """Return what forbids the post."""
    return Code(rule, clause, "deny", message, remedy)


NAME_THEM = "Give the id, or add the school and the grade to the name."
LEAVE_OUT = "Leave this person out of the picture, or use another picture."
