"""Releases on the wire. They hold names, which travel in bodies only."""

from datetime import date
from typing import Self

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from app.policy.words import Channel
from app.schemas.base import Name, Sha256, Wire
from app.schemas.pages import Cursor, Limit


class WorkNamed(Wire):
    """A work by the bytes of its media or by its title."""

    sha256: Sha256 | None = Field(None, description="Of the media's bytes, in hex.")
    title: Name | None = Field(None, description="Of a work that has no one file.")

    @model_validator(mode="after")
    def _refuse_two_works(self) -> Self:
        if self.sha256 is not None and self.title is not None:
            message = "Give sha256 or title, not both"
            raise ValueError(message)
        return self

    @property
    def work(self) -> str | None:
        """Return the work as releases know it; None where none is named."""
        return self.title if self.sha256 is None else self.sha256.lower()


class ReleaseIn(WorkNamed):
    """Consent of a party pictured or of the owner of a work; days of the district, both inclusive.

    For one piece of media (`sha256`), for a work by its `title`, or, without both, for all.
    """

    name: Name = Field(description="Who consents. Not for students or employees: see consents.")
    channel: Channel = "social"
    effective_from: date
    effective_to: date | None = Field(None, description="The last day; open where left out.")
    evidence: Name | None = Field(None, description="Where the paper is kept.")
    evidence_sha256: Sha256 | None = Field(None, description="Of its scan, in hex.")

    @model_validator(mode="after")
    def _refuse_early_end(self) -> Self:
        if self.effective_to is not None and self.effective_to < self.effective_from:
            message = "effective_to lies before effective_from"
            raise ValueError(message)
        return self


class ReleaseEnd(Wire):
    """The new, earlier end of a release."""

    effective_to: date = Field(
        description="The last day. Before the first day: the release never was one."
    )


class ReleaseSearch(WorkNamed):
    """A search for releases; all of them where nothing is given."""

    name: Name | None = Field(None, description="Case, accents and punctuation do not count.")
    on: date | None = Field(None, description="Only those in force on this day.")
    limit: Limit = 50
    cursor: Cursor = None


class ReleaseOut(BaseModel):
    """One recorded fact. Of those equal in all but the end the last one counts."""

    id: str = Field(description="A post names it as `release_id`; any id it ever had will do.")
    name: str
    work: str | None = Field(description="A SHA-256 in hex, a title, or null for all.")
    channel: Channel
    effective_from: date
    effective_to: date | None
    evidence: str | None
    evidence_sha256: str | None
    recorded_at: AwareDatetime
