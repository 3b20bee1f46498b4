"""Grants on the wire."""

from datetime import date
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.policy.words import PARTICULARS, Permission, PermissionTo
from app.schemas.base import Name, Wire, one_of
from app.schemas.named_accounts import AccountNamed
from app.schemas.pages import PageWanted

# A reason stands in the history, which nobody erases: it names no student.
Reason = Annotated[
    str,
    StringConstraints(max_length=2_000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$"),
    Field(description="For the history, which is kept: name no student."),
]
ALL_NETWORKS = "all"


class GrantIn(Wire):
    """A permission, to a person, an account (registered or not) or, for e-mail, an org.

    The granting person is the one the key acts for. Days are the district's, both inclusive.
    """

    model_config = ConfigDict(json_schema_extra=one_of("person_id", "account", "org_id"))

    kind: Permission
    person_id: Name | None = Field(None, description="The sourcedId of who may.")
    account: AccountNamed | None = None
    org_id: Name | None = Field(None, description="With `network_email` only: all of its people.")
    network: Name = Field(
        ALL_NETWORKS,
        description="The platform it is for; `all` but for `network_email`, which names one.",
    )
    mark: Name | None = Field(None, description="Which logo; `logo` only.")
    purpose: Name | None = Field(None, description="For what; `logo` only.")
    topic: Name | None = Field(None, description="About what; `spokesperson` only.")
    effective_from: date
    effective_to: date | None = Field(None, description="The last day; open where left out.")

    @model_validator(mode="after")
    def _refuse_misfits(self) -> Self:
        if sum(one is not None for one in (self.person_id, self.account, self.org_id)) != 1:
            message = "Give exactly one of person_id, account and org_id"
            raise ValueError(message)
        if self.org_id is not None and self.kind != "network_email":
            message = "org_id goes with network_email only"
            raise ValueError(message)
        if self.effective_to is not None and self.effective_to < self.effective_from:
            message = "effective_to lies before effective_from"
            raise ValueError(message)
        for name, kind in PARTICULARS.items():
            if getattr(self, name) is not None and self.kind != kind:
                message = f"{name} goes with {kind} only"
                raise ValueError(message)
        return self


class GrantRevocation(Wire):
    """Why a permission is taken back."""

    reason: Reason | None = None


class GrantsWanted(PageWanted):
    """The query for a list of grants."""

    kind: Permission | None = None
    grantee: Name | None = Field(None, description="As in the answer: an id, or platform/handle.")
    network: Name | None = None
    on: date | None = Field(None, description="Only those in force on this day.")


class GrantOut(BaseModel):
    """One recorded fact. Of those equal in all but the end the last one counts."""

    id: str
    kind: Permission
    grantee_kind: PermissionTo
    grantee: str = Field(description="A sourcedId, or an account as `platform/handle`.")
    network: str
    mark: str | None
    purpose: str | None
    topic: str | None
    granted_by: str = Field(description="The sourcedId of who granted it.")
    effective_from: date
    effective_to: date | None
    recorded_at: AwareDatetime
