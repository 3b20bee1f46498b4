"""The moves of a registered account from one status to another (clauses 4 and 5)."""

from collections.abc import Mapping
from typing import Literal

from app.policy.words import AccountStatus

Refusal = Literal["closed_account", "illegal_transition"]

# By the register's own door. A yes to an account that has none comes from an approved form; only
# a yes that was held back is given again here. Nothing leads back to where an old authorization
# would count again without anybody's word, and nothing out of `closed`.
MOVES: Mapping[AccountStatus, frozenset[AccountStatus]] = {
    "unauthorized_found": frozenset({"requested", "under_review", "suspended", "closed"}),
    "requested": frozenset({"unauthorized_found", "under_review", "suspended", "closed"}),
    "authorized": frozenset({"under_review", "suspended", "closed"}),
    "under_review": frozenset({"authorized", "suspended", "closed"}),
    "suspended": frozenset({"authorized", "closed"}),
    "closed": frozenset(),
}


def find_move_refusal(now: AccountStatus, to: AccountStatus) -> Refusal | None:
    """Return why an account cannot go from `now` to `to`; None where it can.

    A move to `authorized` also takes a person with a live designation of the Director of
    Communications, which is not judged here.
    """
    if now == "closed":
        return "closed_account"
    return None if to in MOVES[now] else "illegal_transition"
