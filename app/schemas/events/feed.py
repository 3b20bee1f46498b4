"""Events on the wire: asked for behind a cursor, and with a wait for the next."""

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.policy.words import EventKind
from app.schemas.pages import MAX_CURSOR, Limit

MOST_WAIT_SECONDS = 30


class EventsQuery(BaseModel):
    """A list's place to go on from, and the wait for what comes next."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: Annotated[
        str | None,
        Field(
            max_length=MAX_CURSOR,
            description="The `next_cursor` of the last answer; without it, from the oldest kept.",
        ),
    ] = None
    wait: Annotated[
        int,
        Field(
            ge=0,
            le=MOST_WAIT_SECONDS,
            description="Seconds to wait for an event where there is none yet.",
        ),
    ] = 0
    limit: Limit = 100


class EventOut(BaseModel):
    """Something that happened: ids and codes, never a name. Ask for what they stand for."""

    id: str = Field(description="The event's id; one that comes twice is the same event.")
    kind: EventKind = Field(description="What happened.")
    at: AwareDatetime = Field(description="When it happened.")
    data: dict[str, Any] = Field(
        description="Ids of what it is about, by kind: `decision`, `clearance`, `account`, "
        "`import`, `takedown`, `published`; beside them `reason`, `outcome` or `status`."
    )


class EventPage(BaseModel):
    """Events in their order, oldest first."""

    items: list[EventOut] = Field(description="The next events; none where the wait was in vain.")
    next_cursor: str = Field(description="Where to go on: always there, also without any events.")
