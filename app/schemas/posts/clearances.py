"""Clearances on the wire: how they are verified, read and listed."""

from pydantic import AwareDatetime, BaseModel, Field

from app.policy.words import ClearanceCode, ClearanceState
from app.schemas.base import AccountIn, AltText, Moment, PostText, Sha256, Wire, none_or_up_to
from app.schemas.pages import Cursor, Limit

_MAX_MEDIA = 100


class ClearanceVerification(Wire):
    """A post as it is about to go out, to be held against its clearance."""

    account: AccountIn
    text: PostText = Field("", description="The text that is published; without it, none is.")
    alt_texts: list[AltText] = none_or_up_to(_MAX_MEDIA)
    media: list[Sha256] = none_or_up_to(_MAX_MEDIA)
    at: Moment | None = Field(None, description="When it goes out; now, where it is left out.")


class ClearanceVerified(BaseModel):
    """The answer whether the post may go out on its clearance."""

    live: bool
    code: ClearanceCode
    message: str


class ClearanceOut(BaseModel):
    """A clearance as it stands. One that is `live` has to be verified before publishing."""

    id: str
    decision_id: str
    state: ClearanceState
    reason: str | None = Field(
        description="Of a revoked one, the codes that were against it; null for the others."
    )
    account_id: str
    text_sha256: str = Field(description="Of the text in one form (NFC), in hex.")
    media: list[str] = Field(description="The SHA-256 of its media, in hex and in order.")
    not_before: AwareDatetime
    not_after: AwareDatetime
    made_at: AwareDatetime
    ended_at: AwareDatetime | None


class ClearanceSearch(Wire):
    """A search for clearances that have ended, in the order of their ends.

    Ask again from the last cursor to hear of those that were revoked meanwhile.
    """

    limit: Limit = 50
    cursor: Cursor = None


class KeySet(BaseModel):
    """The public keys that receipts are signed with, as a JSON Web Key Set (RFC 7517)."""

    keys: list[dict[str, str]] = Field(description="The newest, which signs, first.")
