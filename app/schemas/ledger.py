"""The ledger on the wire: rows with all that verifies them without the service."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.schemas.base import Moment, Name
from app.schemas.pages import Cursor, Limit

_HEX = r"^[0-9a-f]*$"


class LedgerQuery(BaseModel):
    """The query for rows of the ledger."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Name | None = Field(None, description="Such as `decision`.")
    caller: Name | None = Field(None, description="A key's id, or an operator's name.")
    since: Moment | None = Field(None, alias="from")
    until: Moment | None = Field(None, alias="to", description="Just before.")
    limit: Limit = 50
    cursor: Cursor = None


class LedgerRow(BaseModel):
    """One row, in both formats.

    `commitment` is SHA-256 over the bytes of `salt` (16) and then of `payload`. The heading is the
    canonical JSON (RFC 8785) of the object of `at`, `caller`, `id` and `kind` as they stand here.
    `hash` is SHA-256 over the ASCII bytes `clearpost-ledger-2`, `prev`, `seq` as eight bytes (the
    highest first), SHA-256 of the heading, and `commitment`. The `prev` of row 1 is 32 zero bytes.
    """

    seq: int = Field(description="Counts from 1 without a gap.")
    id: str
    kind: str = Field(examples=["decision", "designation.recorded"])
    at: str = Field(
        description="UTC, with six digits of a second.",
        examples=["2026-03-04T05:06:07.000089+00:00"],
        json_schema_extra={"format": "date-time"},
    )
    caller: str | None = Field(description="The key's id, or the operator at the command line.")
    erased: bool
    prev: str = Field(pattern=_HEX, description="The hash of the row before; hex, as below.")
    hash: str = Field(pattern=_HEX)
    commitment: str = Field(pattern=_HEX)
    salt: str | None = Field(description="Null once erased.")
    payload: str | None = Field(
        description="What the row says, as canonical JSON (RFC 8785) in a text, byte for byte as "
        "it was committed to. Null once erased."
    )


class LedgerHead(BaseModel):
    """The length of the ledger, and the hash that stands for all of it."""

    rows: int
    hash: str = Field(pattern=_HEX, description="Of the last row; of none, 32 zero bytes in hex.")
    id: str | None = Field(description="Of the last row.")
    at: AwareDatetime | None = Field(description="When the last row was written.")
