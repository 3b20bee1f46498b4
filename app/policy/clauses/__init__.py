"""The clauses of the policy: their obligations, whom they bind, and the service's part.

The wordings are ours, one plain sentence a clause; the policy's own text is what binds.
"""

from app.policy.clauses.accounts import ACCOUNTS
from app.policy.clauses.personal import PERSONAL
from app.policy.clauses.posting import POSTING
from app.policy.clauses.shape import Clause

CLAUSES: tuple[Clause, ...] = (*ACCOUNTS, *PERSONAL, *POSTING)
_BY_NUMBER = {clause.number: clause for clause in CLAUSES}

__all__ = ["CLAUSES", "Clause", "clause"]


def clause(number: int) -> Clause:
    """The clause with that number; `KeyError` where the policy has none."""
    return _BY_NUMBER[number]
