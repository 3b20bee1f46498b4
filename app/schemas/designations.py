"""Designations on the wire."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, Field

from app.policy.words import DesignationCapacity, Office
from app.schemas.checks import Name, Wire


class DesignationIn(Wire):
    """Who holds an office, or acts for it; days of the district, both inclusive."""

    office: Office
    person_id: Name = Field(description="The employee's sourcedId.")
    capacity: DesignationCapacity
    effective_from: date
    effective_to: date | None = Field(None, description="The last day; open where left out.")


class DesignationEnd(Wire):
    """The new end of a designation."""

    effective_to: date = Field(
        description="The last day. Before the first day: the designation never was one."
    )


class DesignationOut(BaseModel):
    """One recorded fact. Of those equal in all but the end the last one counts."""

    id: str
    office: Office
    person_id: str
    capacity: DesignationCapacity
    effective_from: date
    effective_to: date | None
    recorded_at: AwareDatetime
