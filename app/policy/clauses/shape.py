"""The record of one clause, with the words for its force and handling."""

from dataclasses import dataclass
from typing import Literal

Force = Literal[
    "obligation", "prohibition", "permission", "expectation", "recommendation",
    "power", "consequence", "notice", "scope",
]  # fmt: skip
Handling = Literal["decide", "assist", "remind"]
Where = Literal["check", "registry", "reminder"]


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered obligation of the policy.

    `section` and `item` give the place in the policy, `wording` states it in our own words, `binds`
    names the people it concerns and `force` how strongly. `handling` is what software can do about
    it: decide, assist a person, or remind; `where` is the place that does so: a check, the registry
    of accounts and people, or a reminder.
    """

    number: int
    section: str
    item: str
    wording: str
    binds: str
    force: Force
    handling: Handling
    where: Where
