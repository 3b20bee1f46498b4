"""Designations on the wire."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.policy.words import DesignationCapacity, Office
from app.schemas.base import Name, Sha256, Wire
from app.schemas.grants import Reason

_REASON = "Why; an administrator who changes the past needs one. Name no student."
_CONFIRM = "The `digest` of the preview, for an administrator who changes the past."


class DesignationIn(Wire):
    """A person's term in an office, or acting for it; days of the district, both inclusive."""

    office: Office
    person_id: Name = Field(description="The employee's sourcedId.")
    capacity: DesignationCapacity
    effective_from: date
    effective_to: date | None = Field(None, description="The last day; open where left out.")
    org_id: Name | None = Field(None, description="The school's sourcedId; `principal` only.")
    reason: Reason | None = Field(None, description=_REASON)
    confirm: Sha256 | None = Field(None, description=_CONFIRM)


class DesignationEnd(Wire):
    """The new end of a designation."""

    effective_to: date = Field(
        description="The last day. Before the first day: the designation never was one."
    )
    reason: Reason | None = Field(None, description=_REASON)
    confirm: Sha256 | None = Field(None, description=_CONFIRM)


class DesignationEffect(BaseModel):
    """The changes a designation, or its end, would make: acts that would count, or no longer."""

    model_config = ConfigDict(from_attributes=True)

    authorizations: int = Field(description="Authorizations of accounts.")
    grants: int = Field(description="Permissions.")
    decisions: int = Field(description="Decisions on file about these accounts and people.")
    digest: str = Field(description="For `confirm`.")


class DesignationOut(BaseModel):
    """One recorded fact. Of those equal in all but the end the last one counts."""

    id: str
    office: Office
    person_id: str
    capacity: DesignationCapacity
    effective_from: date
    effective_to: date | None
    org_id: str | None
    recorded_at: AwareDatetime
