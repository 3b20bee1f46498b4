"""Reviews that end, on the wire."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from app.policy.words import (
    Act,
    CheckKind,
    EndsBy,
    MediaKind,
    Outcome,
    Party,
    Premises,
    Purpose,
    Rights,
)
from app.schemas.base import AccountIn, ClauseCited, Moment, Sha256, SubjectOut, Wire
from app.schemas.pages import Cursor, Limit

MessageKind = Literal["question", "answer"]
Resolver = Literal["director_communications", "superintendent", "content_owner"]


class ResolutionIn(Wire):
    """A person's answer to the review findings of a decision."""

    outcome: Literal["allow", "deny"]
    reason: str = Field(
        min_length=1, max_length=2_000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$",
        description="Kept on the ledger only.",
    )  # fmt: skip
    shown: Sha256 = Field(description="The review's `shown`, as it was read by who answers.")


class FindingResolved(BaseModel):
    """One finding that was answered."""

    code: str
    at: str


class ResolutionOut(BaseModel):
    """The answer: it holds for the same content as long as no fact about it changes.

    A yes holds for posts published by `holds_until`; a no has no end.
    """

    id: str
    decision_id: str
    outcome: Literal["allow", "deny"]
    resolved_at: AwareDatetime
    holds_until: AwareDatetime | None
    findings: list[FindingResolved]


class ReviewSearch(Wire):
    """A search for open reviews; all that is given must hold."""

    resolvable_by: Resolver | None = Field(
        None, description="Who can resolve all of it alone; without it, also what nobody can."
    )
    account: AccountIn | None = None
    since: Moment | None = Field(None, alias="from")
    until: Moment | None = Field(None, alias="to", description="Just before.")
    limit: Limit = 50
    cursor: Cursor = None


class OpenFinding(BaseModel):
    """A finding that waits for a person."""

    code: str
    at: str
    clause: ClauseCited
    message: str
    remedy: str | None
    ends_by: EndsBy | None = None
    act: Act | None = None
    resolvable_by: list[Party]
    subject: SubjectOut | None


class NamedOut(BaseModel):
    """A person: the id from the request or the key, the name on file or as it was sent."""

    id: str | None
    name: str | None


class AskedBy(BaseModel):
    """The asker: the key's name (or the operator's), and the person it acts for."""

    key: str | None
    person: NamedOut | None


class MessageIn(Wire):
    """A question about a review, or the asker's answer to one."""

    text: str = Field(
        min_length=1, max_length=2_000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$",
        description="Kept on the ledger only.",
    )  # fmt: skip


class MessageOut(BaseModel):
    """A message about a review: a question or an answer."""

    id: str
    kind: MessageKind
    by: AskedBy
    at: AwareDatetime
    text: str | None = Field(description="Null once its contents are deleted.")


class Messages(BaseModel):
    """All that was asked about a review and answered, oldest first."""

    items: list[MessageOut]


class FileShown(BaseModel):
    """One piece of the post's media, as it was declared."""

    kind: MediaKind
    name: str | None
    sha256: str | None
    rights: Rights
    premises: Premises


class ReviewOut(BaseModel):
    """A decision that waits for a person: the last one about its content, and what was asked."""

    decision_id: str
    check: CheckKind
    outcome: Outcome
    decided_at: AwareDatetime
    publish_at: AwareDatetime
    asked_by: AskedBy
    account: str | None = Field(
        description="`platform/handle`, or `system:id` where it was asked about by that; "
        "`personal` is an account of the author's own."
    )
    author: NamedOut | None
    purpose: Purpose | None
    text: str | None = Field(
        description="Null where the post has none, and where an earlier release kept none; such a "
        "review takes no answer and has to be asked again."
    )
    media: list[FileShown]
    request: dict[str, Any] = Field(description="All that was asked, as it was sent.")
    findings: list[OpenFinding]
    messages: list[MessageOut]
    shown: str = Field(description="The digest of what is shown here, which an answer states.")
