"""Published posts on the wire: reports, the lists of them, and takedowns."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.policy.words import (
    ClearanceCode,
    PublishedList,
    PublishedMatch,
    PublishedPart,
    PublishedState,
    TakedownState,
)
from app.schemas.base import AccountIn, Moment, Name, PostText, Sha256, Url, Wire, any_of
from app.schemas.base import require_fields as fields
from app.schemas.grants import Reason
from app.schemas.pages import Cursor, Limit, PageWanted

_MAX_MEDIA = 100


class PublicationReport(Wire):
    """A post that is out, as the tool that published it reports it.

    The same post may be reported again, by its `external_id` or `url`: it is one record.
    """

    model_config = ConfigDict(json_schema_extra=any_of(fields("external_id"), fields("url")))

    account: AccountIn
    external_id: Name | None = Field(None, description="The id that its network gave it.")
    url: Url | None = Field(None, description="Its address.")
    published_at: Moment
    text: PostText | None = Field(
        None, description="As it went out; without it nothing is known of its text."
    )
    media: list[Sha256] | None = Field(
        None,
        max_length=_MAX_MEDIA,
        description="Of the bytes of each file; empty where it has none, left out where unknown.",
    )
    clearance: Name | None = Field(
        None, description="The id of the clearance that it went out on, which is `used` by it."
    )
    decision: Name | None = Field(
        None, description="The id of the decision that it went out on, where there is no clearance."
    )


class PublicationMatch(BaseModel):
    """The answer that a published post went out on, and by what it was recognized."""

    decision: str
    by: PublishedMatch


class PublicationReported(BaseModel):
    """A published post on record, without its takedowns: a report does not show who is refused."""

    id: str
    account_id: str
    platform: str
    handle: str
    external_id: str | None
    url: str | None
    published_at: AwareDatetime
    state: PublishedState = Field(
        description="`allowed`, or `not_allowed` (the answer was review or deny, or the clearance "
        "had been revoked), by the last decision about it; `unasked` where there is none."
    )
    match: PublicationMatch | None
    clearance_id: str | None
    differs: ClearanceCode | None = Field(
        description="In what it is not the post of the clearance that was named."
    )
    reported_at: AwareDatetime
    seen_at: AwareDatetime = Field(description="When it was reported last.")


class PublicationOut(PublicationReported):
    """A published post on record."""

    takedown: TakedownState | None = Field(
        description="Of its takedowns the one that asks most: open before contested before "
        "confirmed; null where nobody in it was ever refused."
    )


class PublicationsWanted(PageWanted):
    """The query for published posts; times include their ends."""

    list: PublishedList | None = Field(
        None,
        description="`unasked`: never asked about; `not_allowed`: published though denied or in "
        "review; `refused`: with a takedown that waits.",
    )
    account_id: Name | None = None
    since: Moment | None = None
    until: Moment | None = None


class PublicationsOfPerson(Wire):
    """A search for the published posts of one person, who is pictured or named in them."""

    person_id: Name = Field(description="The person's sourcedId.")
    since: Moment | None = None
    until: Moment | None = None
    limit: Limit = 50
    cursor: Cursor = None


class PublicationOfPerson(PublicationOut):
    """A published post with a person in it."""

    parts: list[PublishedPart] = Field(
        description="`pictured` or `named`; `accepted` where somebody had said yes to the name."
    )


class TakedownsWanted(PageWanted):
    """The query for takedowns."""

    state: TakedownState | None = None
    account_id: Name | None = None
    overdue: bool = Field(False, description="Only those that are open for a school day.")


class TakedownConfirmation(Wire):
    """The confirmation that a post is down."""

    note: Reason | None = None


class TakedownContest(Wire):
    """The reason why a post may stay, as when another person of that name is meant."""

    reason: Reason


class TakedownOut(BaseModel):
    """The work of taking down a published post in which one person is refused."""

    id: str
    published_id: str
    account_id: str
    platform: str
    handle: str
    external_id: str | None
    url: str | None
    published_at: AwareDatetime
    state: TakedownState = Field(
        description="`open`; `confirmed`: the post is down; `contested`: an office says that it "
        "may stay; `lapsed`: the person is not refused any more."
    )
    reason: str = Field(description="The code that is against the post.")
    overdue: bool = Field(description="Open for a school day or longer.")
    opened_at: AwareDatetime
    changed_at: AwareDatetime


class TakedownOfPerson(TakedownOut):
    """A takedown with its person."""

    person: str = Field(description="The person's sourcedId.")


def show_publication(
    row: Mapping[Any, Any], of_post: Sequence[Mapping[Any, Any]]
) -> dict[str, Any]:
    """Return the values of a published post, with the state of its takedowns."""
    match = None
    if row["decision_id"] is not None:
        match = PublicationMatch(decision=row["decision_id"], by=row["matched_by"])
    states = {one["state"] for one in of_post}
    order: tuple[TakedownState, ...] = ("open", "contested", "confirmed", "lapsed")
    takedown = next((state for state in order if state in states), None)
    return {**row, "match": match, "takedown": takedown}


def show_takedown(row: Mapping[Any, Any], due_before: datetime) -> dict[str, Any]:
    """Return the values of a takedown; one that was opened before that time is overdue."""
    overdue = row["state"] == "open" and row["opened_at"] < due_before
    return {**row, "overdue": overdue, "person": row["subject_id"]}
