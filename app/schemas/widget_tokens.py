"""Widget tokens on the wire."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from app.schemas.base import Name, Url, Wire

MAX_SECONDS = 600


class WidgetTokenIn(Wire):
    """The rights of a page's widgets, asked for by the intranet's server."""

    origin: Url = Field(
        description="The page's origin, registered with `clearpost origins add`.",
        examples=["https://intranet.example.org"],
    )
    scopes: list[Name] = Field(
        min_length=1, max_length=20, description="Some of the key's own that pages may have."
    )
    schools: Annotated[list[Name], Field(min_length=1, max_length=1_000)] | None = Field(
        None, description="Limit to these schools' sourcedIds, some of the key's own."
    )
    person_id: Name | None = Field(
        None,
        description="The sourcedId of the member of staff whom the intranet has signed in. A key "
        "that acts for a person issues tokens for that person only.",
    )
    embedded: bool = Field(
        False, description="For Clearpost's own pages in a frame, where no script can be used."
    )
    seconds: int = Field(MAX_SECONDS, ge=10, le=MAX_SECONDS, description="How long it lives.")


class WidgetTokenOut(BaseModel):
    """A token for one origin; renew it before it runs out."""

    token: str
    expires_at: AwareDatetime
    scopes: list[str]
