"""What a code is, and the short ways to say one."""

from dataclasses import dataclass
from typing import Final

from app.policy.words import Outcome

COMMUNICATIONS: Final = "director_communications"
SUPERINTENDENT: Final = "superintendent"
CONTENT_OWNER: Final = "content_owner"


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means. `resolvable_by` is given for `review`, and only there."""

    rule: str
    clause: int
    outcome: Outcome
    message: str
    remedy: str | None = None
    resolvable_by: tuple[str, ...] = ()


def allow(rule: str, clause: int, message: str) -> Code:
    """What speaks for the post."""
    return Code(rule, clause, "allow", message)


def review(rule: str, clause: int, message: str, remedy: str, *by: str) -> Code:
    """What a person has to look at: `by` whom, Communications unless said otherwise."""
    return Code(rule, clause, "review", message, remedy, by or (COMMUNICATIONS,))


def deny(rule: str, clause: int, message: str, remedy: str) -> Code:
    """What forbids the post."""
    return Code(rule, clause, "deny", message, remedy)


NAME_THEM = "Give the id, or add the school and the grade to the name."
LEAVE_OUT = "Leave this person out of the picture, or use another picture."
