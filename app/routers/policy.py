"""The policy in force. Public: it holds nothing about anyone."""

from dataclasses import asdict

from fastapi import APIRouter

from app.policy.clauses import CLAUSES
from app.policy.rulebook import (
    POLICY_APPROVED,
    POLICY_ID,
    POLICY_REVISION,
    POLICY_TITLE,
    RULES,
)
from app.schemas.policy import Policy, PolicyClause

router = APIRouter(prefix="/v1/policy", tags=["policy"])


@router.get("")
async def read_policy() -> Policy:
    """The policy's clauses in short, and which rule enforces each."""
    return Policy.model_validate(
        {
            "id": POLICY_ID,
            "title": POLICY_TITLE,
            "approved": POLICY_APPROVED,
            "revision": POLICY_REVISION,
            "clauses": [
                PolicyClause(
                    **asdict(clause),
                    rules=[rule.name for rule in RULES if clause.number in rule.clauses],
                )
                for clause in CLAUSES
            ],
        }
    )
