"""Declarations on the wire: what is answered, and how they are found and withdrawn."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from app.policy.words import MediaKind, Premises, Purpose, Rights
from app.schemas.accounts import Reason
from app.schemas.base import Sha256, Wire
from app.schemas.pages import Cursor, Limit

DeclarationAction = Literal["made", "corrected", "withdrawn"]


class DeclarationWithdrawal(Wire):
    """The end of a declaration: posts that rest on it wait for a person."""

    reason: Reason = Field(description="On the ledger alone.")


class DeclarationSearch(Wire):
    """A search for declarations; all that the key may see where nothing is given."""

    sha256: Sha256 | None = Field(None, description="Of a piece of media that they are about.")
    limit: Limit = 50
    cursor: Cursor = None


class DeclaredStudent(BaseModel):
    """A student in the media, and whether the post may name them."""

    id: str
    named: bool


class DeclaredEmployee(BaseModel):
    """An employee in the media."""

    id: str


class DeclaredOther(BaseModel):
    """Somebody else in the media: by release or by name."""

    release_id: str | None
    name: str | None


class PicturedOut(BaseModel):
    """The people in the media, by id."""

    students: list[DeclaredStudent]
    employees: list[DeclaredEmployee]
    others: list[DeclaredOther]
    nobody_identifiable: bool


class DeclaredMediaOut(BaseModel):
    """A piece of media by the digest of its bytes; the bytes are never kept."""

    sha256: str
    kind: MediaKind
    rights: Rights
    premises: Premises
    alt_text: str | None


class DeclarationVersion(BaseModel):
    """A version: what was done, by whom and when."""

    version: int
    action: DeclarationAction
    made_by: str
    made_at: AwareDatetime


class DeclarationOut(BaseModel):
    """A declaration in its latest version."""

    id: str
    code: str = Field(
        description="To read out, or to put into a scheduler's note.", examples=["K7Q4-2MDX"]
    )
    version: int
    action: DeclarationAction = Field(description="A withdrawn one answers for no post.")
    made_by: str = Field(description="The sourcedId of the person who made this version.")
    made_at: AwareDatetime
    purpose: Purpose
    account_id: str | None = Field(description="The account it is for; null for any.")
    media: list[DeclaredMediaOut]
    pictured: PicturedOut
    uses_logo: bool
    speaks_for_district: bool


class DeclarationWithHistory(DeclarationOut):
    """A declaration with all its versions, oldest first."""

    history: list[DeclarationVersion]
