"""Reports on the wire: observations that anyone may send, and the offices' answers to them."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from app.policy.words import ReportKind, ReportOutcome, ReportState
from app.schemas.base import Email, Name, Wire
from app.schemas.pages import Cursor, Limit

# Kept as it was written and never opened; what a page makes a link of must at least be one.
Address = Annotated[
    str, StringConstraints(max_length=2_000, pattern=r"^https?://[^\x00-\x20\x7f<>\"]+$")
]
Told = Annotated[
    str, StringConstraints(min_length=1, max_length=4_000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")
]


class ReportIn(Wire):
    """A report by anyone, about an account or a post, with a description."""

    kind: ReportKind
    url: Address | None = Field(None, description="Of the account or the post.")
    platform: Name | None = None
    handle: Name | None = None
    description: Told = Field(description="Name no child. Nobody's reading of it is automatic.")
    reporter_name: Name | None = Field(None, description="Only for a question back.")
    reporter_email: Email | None = None


class ReportReceived(BaseModel):
    """The receipt of a report; the offices decide about it."""

    id: str
    kind: ReportKind
    state: ReportState
    created_at: AwareDatetime


class ReportQuery(BaseModel):
    """The query for reports."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: ReportState | None = None
    kind: ReportKind | None = None
    assigned_to: Name | None = Field(None, description="An employee's sourcedId.")
    limit: Limit = 50
    cursor: Cursor = None


class ReportAssignment(Wire):
    """The person who looks into a report."""

    assigned_to: Name = Field(description="The sourcedId of somebody of the district.")


class ReportClosing(Wire):
    """The result of a report."""

    outcome: ReportOutcome
    note: Told | None = None


class ReportOut(ReportReceived):
    """A report as the offices see it."""

    platform: str | None
    handle: str | None
    url: str | None
    description: str
    reporter_name: str | None
    reporter_email: str | None
    assigned_to: str | None
    outcome: ReportOutcome | None
    outcome_note: str | None
    updated_at: AwareDatetime
