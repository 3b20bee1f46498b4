"""Searching decisions, on the wire."""

from pydantic import AwareDatetime, BaseModel, Field

from app.policy.words import CheckKind, Outcome
from app.schemas.base import AccountIn, Moment, Name, Wire
from app.schemas.pages import Cursor, Limit


class DecisionSearch(Wire):
    """A search for decisions; all that is given must hold."""

    subject: Name | None = Field(
        None, description="The sourcedId of somebody it turned out to be about."
    )
    account: AccountIn | None = Field(
        None, description="As it was asked about: by name, by address or by another system's id."
    )
    caller: Name | None = Field(None, description="A key's id, or an operator's name.")
    check: CheckKind | None = None
    outcome: Outcome | None = None
    since: Moment | None = Field(None, alias="from")
    until: Moment | None = Field(None, alias="to", description="Just before.")
    limit: Limit = 50
    cursor: Cursor = None


class DecisionFound(BaseModel):
    """One decision; `GET /v1/decisions/{id}` has all of it."""

    id: str
    check: CheckKind
    outcome: Outcome
    decided_at: AwareDatetime
    caller: str | None
    account: str | None = Field(
        description="`platform/handle`, or `system:id` where it was asked about by that."
    )
