"""The clauses of the policy: their demands, who they bind, and the service's part in each.

The wordings are ours, one plain sentence a clause; the policy's own text is binding.
"""

from app.policy.clauses.accounts import ACCOUNTS
from app.policy.clauses.personal import PERSONAL
from app.policy.clauses.posting import POSTING
from app.policy.clauses.shape import Clause

CLAUSES: tuple[Clause, ...] = (*ACCOUNTS, *PERSONAL, *POSTING)
_BY_NUMBER = {clause.number: clause for clause in CLAUSES}

__all__ = ["CLAUSES", "Clause", "clause"]


def clause(number: int) -> Clause:
    """Return the clause with that number; `KeyError` where the policy has none."""
    return _BY_NUMBER[number]
