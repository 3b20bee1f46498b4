"""Doubts of deliveries on the wire: the row, the people it may mean, and the ways to end it."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from app.schemas.base import Name, Wire
from app.schemas.grants import Reason


class DoubtSettle(Wire):
    """Why a doubt is none any more; for one of the people meant, or for all."""

    reason: Reason
    person_id: Name | None = None


class DoubtOut(BaseModel):
    """A row about a child that could not be read, or not be kept."""

    id: str
    import_id: str = Field(description="The import that brought the row last.")
    file: str
    line: int
    column: str | None
    reason: str = Field(description="Why the row could not be read or kept; never a value.")
    matches: Literal["sourced_id", "student_number"]
    key: str = Field(description="The child's key as it was delivered.")
    refuses: bool = Field(description="The row can be read as a no; a blank does not end it then.")
    people: list[str] = Field(description="Everybody whom it still may mean, by sourcedId.")
    ends_by: str = Field(description="What row ends it, if no person settles it.")
    since: AwareDatetime
    ended_at: AwareDatetime | None
