"""Moderation on the wire: contributions hidden or removed on an account (clause 15)."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from app.policy.words import ModerationAction, ModerationGround
from app.schemas.base import Name, Wire
from app.schemas.pages import Cursor, Limit
from app.text_checks.names_in_text import find_name_keys

# How somebody is found again: a handle, an address of a page or of mail, a telephone's number.
_TRACE = re.compile(
    r"@\w|https?:|www\.|\w\.(?:com|org|net|edu)\b|(?:\d[\s().-]{0,2}){9}|\b\d{3}[-. ]\d{4}\b",
    re.IGNORECASE,
)


def refuse_traces(value: str) -> str:
    """Return a reason that identifies no one; raises `ValueError` for a trace of a person.

    Traces are a handle, a link, a number or a name. Words that could be a name are refused, borne
    by a person on file or not, so that the refusal reveals no one who is on file.
    """
    if _TRACE.search(value):
        message = "Must tell of nobody: no handle, no link, no e-mail address, no telephone number"
        raise ValueError(message)
    if not value.islower() and find_name_keys(value, small_letters=False).keys:
        message = "Must name nobody: two words with capitals in a row are taken for a name"
        raise ValueError(message)
    return value


ModerationReason = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$"),
    AfterValidator(refuse_traces),
    Field(description="Why, in words that tell of nobody: no name, handle, link or number."),
]


class ModerationIn(Wire):
    """An action on an account about another person's contribution.

    The author of the contribution is not asked for and must not be given.
    """

    action: ModerationAction = Field(
        description="`nothing_found`: somebody looked through it, and nothing was to be done."
    )
    ground: ModerationGround | None = Field(
        None, description="What it went against. Needed unless nothing was found."
    )
    done_on: date = Field(description="The day on which it was done.")
    reason: ModerationReason | None = None

    @model_validator(mode="after")
    def _require_ground(self) -> Self:
        if (self.action == "nothing_found") != (self.ground is None):
            message = "ground is needed for every action but nothing_found, which has none"
            raise ValueError(message)
        return self


class ModerationOut(BaseModel):
    """A moderation on record. `reason` is empty once its contents are deleted."""

    id: str
    account_id: str
    platform: str
    handle: str
    action: ModerationAction
    ground: ModerationGround | None
    clause: int | None = Field(description="The clause of the policy that it went against.")
    done_on: date
    reason: str | None
    recorded_by: str
    recorded_at: AwareDatetime


class ModerationQuery(BaseModel):
    """The query for moderations; both days are inclusive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account_id: Name | None = None
    since: date | None = None
    until: date | None = None
    limit: Limit = 50
    cursor: Cursor = None


CLAUSE_OF: dict[ModerationGround, int] = {
    "harassment": 56, "threat": 56, "profanity": 55, "illegal": 57, "confidential": 52,
    "site_rules": 14, "spam": 15, "off_topic": 15, "other": 15,
}  # fmt: skip


def show_moderation(row: Mapping[str, Any]) -> ModerationOut:
    """Return a moderation as it is shown, with the clause it cites."""
    clause = CLAUSE_OF[row["ground"]] if row["ground"] else None
    return ModerationOut(**row, clause=clause)
