"""Reviews that end, on the wire."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from app.policy.words import CheckKind
from app.schemas.answers import ClauseCited, SubjectOut
from app.schemas.checks import AccountIn, Moment, PostText, Wire
from app.schemas.pages import Cursor, Limit

Resolver = Literal["director_communications", "superintendent", "content_owner"]


class ResolutionIn(Wire):
    """What a person says to the review findings of a decision."""

    outcome: Literal["allow", "deny"]
    reason: str = Field(
        min_length=1, max_length=2_000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$",
        description="Kept on the ledger only.",
    )  # fmt: skip
    text: PostText | None = Field(
        None,
        description="The post's text, of which only a digest was kept. Needed where a finding is "
        "about a name in it.",
    )


class FindingResolved(BaseModel):
    """One finding that was answered."""

    code: str
    at: str


class ResolutionOut(BaseModel):
    """The answer: it holds for the same content as long as no fact about it changes."""

    id: str
    decision_id: str
    outcome: Literal["allow", "deny"]
    resolved_at: AwareDatetime
    findings: list[FindingResolved]


class ReviewSearch(Wire):
    """Which open reviews; all that is given must hold."""

    resolvable_by: Resolver | None = Field(
        None, description="Who can resolve all of it alone; without it, also what nobody can."
    )
    account: AccountIn | None = None
    since: Moment | None = Field(None, alias="from")
    until: Moment | None = Field(None, alias="to", description="Just before.")
    limit: Limit = 50
    cursor: Cursor = None


class Doubt(BaseModel):
    """A finding that waits for a person."""

    code: str
    at: str
    clause: ClauseCited
    message: str
    remedy: str | None
    resolvable_by: list[str]
    subject: SubjectOut | None


class ReviewOut(BaseModel):
    """A decision that waits for a person: the last one about its content."""

    decision_id: str
    check: CheckKind
    decided_at: AwareDatetime
    publish_at: AwareDatetime
    caller: str | None
    account: str | None
    findings: list[Doubt]
