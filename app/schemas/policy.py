"""The wire form of the policy: its clauses, and which rule enforces each."""

from datetime import date

from pydantic import BaseModel, Field

from app.policy.clauses.shape import Force, Handling, Where


class PolicyClause(BaseModel):
    """One numbered obligation of the policy."""

    number: int = Field(description="The number findings and reminders cite.", examples=[44])
    section: str = Field(description="The section of the policy.")
    item: str = Field(description="The item in that section.")
    wording: str = Field(description="What it asks, in our own short words; the policy binds.")
    binds: str = Field(description="Whom it concerns.")
    force: Force = Field(description="How strongly it binds.")
    handling: Handling = Field(
        description="What the service does about it: decides, assists a person, or reminds."
    )
    where: Where = Field(description="Where it does so: a check, the registry, or a reminder.")
    rules: list[str] = Field(description="The rules that enforce it in checks.")


class Policy(BaseModel):
    """The policy in force here."""

    id: str = Field(examples=["provo-5255"])
    title: str
    approved: date = Field(description="The day the district approved it.")
    revision: int = Field(description="Raised whenever a rule, a code or its meaning changes.")
    clauses: list[PolicyClause]
