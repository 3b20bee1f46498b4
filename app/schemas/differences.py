"""Differences between the student information system's consents and ours, on the wire."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.schemas.base import Wire
from app.schemas.pages import MAX_LIMIT, Cursor


class DifferencesWanted(Wire):
    """A page of the differences; all are asked for with the `next_cursor` of the page before."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Differences a page.")] = 50
    cursor: Cursor = None


class DifferenceOut(BaseModel):
    """A student of whom the system's consent columns say otherwise than we."""

    person_id: str = Field(description="The student's sourcedId.")
    school: str | None = Field(description="The school's sourcedId.")
    source: str = Field(description="The profile whose columns say so, as `profile:` and its name.")
    says: Literal["yes", "no"] = Field(
        description="What the system says: a `yes` that somebody else refuses here, or a `no` that "
        "no paper of the family supports."
    )
    since: date


class DifferencesFound(BaseModel):
    """A page of differences."""

    items: list[DifferenceOut]
    next_cursor: str | None = Field(
        description="For the next page; null on the last one. A page may be empty and have one."
    )
