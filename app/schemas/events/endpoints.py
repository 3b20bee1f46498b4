"""Endpoints of events on the wire: registered, listed, and their secrets, shown once."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from app.policy.words import EventKind
from app.schemas.base import NAME_PATTERN, Wire
from app.store.events.endpoints import EndpointState

MAX_OVERLAP_HOURS = 7 * 24


class EndpointIn(Wire):
    """An address that is to receive events."""

    url: Annotated[str, StringConstraints(max_length=2_000, pattern=NAME_PATTERN)] = Field(
        description="Its address: https, and public unless `CLEARPOST_WEBHOOK_NETWORKS` lists it.",
        examples=["https://hooks.example.org/clearpost"],
    )
    kinds: list[EventKind] | None = Field(
        None, min_length=1, max_length=20, description="Of which events; of all where left out."
    )


class SecretRotation(Wire):
    """A new secret for an endpoint."""

    overlap_hours: int = Field(
        24,
        ge=0,
        le=MAX_OVERLAP_HOURS,
        description="For so long the former secret signs beside the new one.",
    )


class EndpointOut(BaseModel):
    """An endpoint as it stands."""

    id: str
    url: str = Field(description="The address that is called.")
    kinds: list[EventKind] | None = Field(description="Of which events; null for all.")
    state: EndpointState = Field(
        description="`on`, or `off`: nothing is sent until somebody switches it on again."
    )
    fault: str | None = Field(
        description="Why the last try failed, or it was switched off; null where it did not."
    )
    failing_since: AwareDatetime | None = Field(
        description="Since when no event was taken; after three days it is switched off."
    )
    next_at: AwareDatetime | None = Field(
        description="When the next try is due; null where nothing stands in the way of one."
    )
    delivered_at: AwareDatetime | None = Field(description="When it took an event last.")
    waiting: int = Field(description="How many events there are that it has still to be told of.")
    former_secret_until: AwareDatetime | None = Field(
        description="Until when the secret before the last one signs as well; null without one."
    )
    created_at: AwareDatetime


class EndpointWithSecret(EndpointOut):
    """An endpoint with its newest secret, which is shown this once."""

    secret: str = Field(description="The key of its signatures, `whsec_…`. Keep it safe.")


class Endpoints(BaseModel):
    """All endpoints."""

    items: list[EndpointOut] = Field(description="The endpoints, the oldest first.")
