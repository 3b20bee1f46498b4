"""The Social Media Authorization Form on the wire."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.policy.authorization_form import Before
from app.policy.words import AccountKind, AccountStatus, FormMove, FormState, Likeness
from app.schemas.base import Email, Name, Wire
from app.schemas.grants import Reason
from app.schemas.named_accounts import AccountNamed
from app.schemas.pages import PageWanted

MAX_MANAGERS = 50
FormText = Annotated[
    str, StringConstraints(max_length=5_000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")
]


class AuthorizationForm(AccountNamed):
    """The form as it is filled in; a draft may leave out what it is submitted with."""

    kind: AccountKind
    org_id: Name | None = Field(None, description="The school or office it belongs to.")
    owner_id: Name | None = Field(None, description="The content owner's sourcedId.")
    managers: list[Name] = Field(
        [], max_length=MAX_MANAGERS, description="The content managers' sourcedIds."
    )
    contact_email: Email | None = None
    purpose: FormText | None = Field(
        None, description="What it is for; in a classroom, the educational goal. Name no student."
    )


class AuthorizationRequestIn(AuthorizationForm):
    """A new form."""

    submit: bool = Field(False, description="Submit it at once; else it is a draft.")


class FamilyNotice(Wire):
    """The notice to families of the educational purpose and value (clause 16)."""

    text: FormText = Field(description="The notice, or where it can be read. Name no student.")
    day: date = Field(description="When it went out, or will.")


class FormDecision(Wire):
    """A decision of Communications; `return` asks for more. All but `approve` need a reason."""

    decision: Literal["approve", "deny", "return"]
    reason: Reason | None = None

    @model_validator(mode="after")
    def _require_reason(self) -> Self:
        if self.reason is None and self.decision != "approve":
            message = "A reason is needed for all but approve"
            raise ValueError(message)
        return self


class FormsWanted(PageWanted):
    """The query for a list of forms."""

    state: FormState | None = None
    org_id: Name | None = None
    requester: Name | None = Field(None, description="The sourcedId of who made it.")


class AuthorizationRequestOut(BaseModel):
    """A form as it stands. Its `version` is the ETag."""

    id: str
    version: int
    state: FormState
    platform: str
    handle: str
    url: str | None
    kind: AccountKind
    org_id: str | None
    owner_id: str | None
    managers: list[str]
    contact_email: str | None
    purpose: str | None
    requested_by: str
    principal_id: str | None = Field(description="Who acknowledged it as the building principal.")
    principal_at: AwareDatetime | None
    notice: str | None = Field(description="The notice to families.")
    notice_on: date | None
    communications_admin_at: AwareDatetime | None = Field(
        description="When Communications was attested to be an administrator, by this form."
    )
    decided_by: str | None
    decided_at: AwareDatetime | None
    reason: str | None
    account_id: str | None = Field(description="The account that the approval authorized.")
    created_at: AwareDatetime
    updated_at: AwareDatetime


class FormNeed(BaseModel):
    """Something the form lacks."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(description="Stable.")
    clause: int
    message: str
    before: Before = Field(
        description="What it stands before: `submit`, `approve`, `authorized` (until then checks "
        "of the account say `review`), or `nothing`: the policy recommends it."
    )


class SimilarAccount(BaseModel):
    """The account itself, as it is registered already."""

    id: str
    platform: str
    handle: str
    kind: AccountKind
    org_id: str | None
    status: AccountStatus


class SimilarRequest(BaseModel):
    """Another open form for the same account."""

    id: str
    state: FormState
    requested_by: str
    created_at: AwareDatetime


class SimilarName(BaseModel):
    """A registered account with a name that this one could be taken for."""

    model_config = ConfigDict(from_attributes=True)

    account_id: str
    platform: str
    handle: str
    status: AccountStatus
    likeness: Likeness


class SimilarOut(BaseModel):
    """Doubles and lookalikes, for the person who decides (clause 26)."""

    accounts: list[SimilarAccount]
    requests: list[SimilarRequest]
    lookalikes: list[SimilarName]


class HistoryItem(BaseModel):
    """One thing that was done."""

    action: str
    note: str | None
    caller: str = Field(description="The key's id, or the operator's name.")
    person_id: str | None
    at: AwareDatetime


class AuthorizationRequestDetail(AuthorizationRequestOut):
    """A form with all that helps to continue it."""

    missing: list[FormNeed]
    moves: list[FormMove] = Field(description="What its state allows, whoever does it.")
    similar: SimilarOut
    history: list[HistoryItem]
