"""The policy in force. Public: it holds nothing about anybody."""

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
from app.schemas.policy import ClauseOut, PolicyOut

router = APIRouter(prefix="/v1/policy", tags=["policy"])


@router.get("")
async def read_policy() -> PolicyOut:
    """The policy's clauses in short, and which rule enforces each."""
    return PolicyOut.model_validate(
        {
            "id": POLICY_ID,
            "title": POLICY_TITLE,
            "approved": POLICY_APPROVED,
            "revision": POLICY_REVISION,
            "clauses": [
                ClauseOut(
                    **asdict(clause),
                    rules=[rule.name for rule in RULES if clause.number in rule.clauses],
                )
                for clause in CLAUSES
            ],
        }
    )
