"""Erasing a person, on the wire."""

from pydantic import AwareDatetime, BaseModel, Field

from app.schemas.base import Name, Wire


class ErasureIn(Wire):
    """The person to erase."""

    person_id: Name = Field(description="The sourcedId.")


class ErasureOut(BaseModel):
    """The records erased. It names no one, nor does the row on the ledger."""

    id: str = Field(description="The erasure's; it stands on the ledger.")
    erased_at: AwareDatetime
    ledger_rows: int = Field(description="Rows of the ledger that lost their contents.")
    statements: int = Field(description="Statements of consent.")
    replies: int = Field(description="Stored answers to requests with an Idempotency-Key.")
    releases: int = Field(description="Releases given in that name.")
    overwritten: bool = Field(
        description="Whether the store's files were written anew. Else traces may be left in them: "
        "run `clearpost ledger scrub`."
    )
