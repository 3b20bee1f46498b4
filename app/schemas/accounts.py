"""Accounts on the wire: the register, its changes, and the public answer about one."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints

from app.networks.addresses import find_address
from app.policy.words import AccountFlag, AccountKind, AccountStatus, Likeness, Verification
from app.schemas.base import Email, Name, Url, Wire
from app.store.accounts.validation import MAX_ALIASES

MAX_MANAGERS = 100


def _refuse_url(value: str) -> str:
    if value == "url":
        message = "Must not be url, which the address itself gives"
        raise ValueError(message)
    return value


SystemName = Annotated[Name, AfterValidator(_refuse_url)]
Reason = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\x00]*$"),
    Field(description="The history keeps it: no student may be named in it."),
]


class AccountAlias(Wire):
    """Another system's name for the account, such as a scheduling tool's id for it."""

    system: SystemName = Field(description="Not `url`, which the address itself gives.")
    external_id: Name


class AccountValues(Wire):
    """The values an office keeps of an account."""

    org_id: Name | None = Field(None, description="The sourcedId of the org it belongs to.")
    owner_id: Name | None = Field(None, description="The content owner's sourcedId (clause 9).")
    managers: list[Name] = Field(
        [], max_length=MAX_MANAGERS, description="The content managers' sourcedIds (clause 3)."
    )
    contact_email: Email | None = None
    url: Url | None = Field(None, description="Its address, where platform and handle do not tell.")
    aliases: list[AccountAlias] = Field([], max_length=MAX_ALIASES)
    reviewed_on: date | None = Field(None, description="When somebody last looked it over.")
    last_post_on: date | None = Field(None, description="When it was last posted on.")
    existed_on: date | None = Field(
        None,
        description="The earliest day on which it is known to have existed. Without an "
        "authorization of before it stays marked (clauses 5, 12, 24).",
    )


class AccountNew(AccountValues):
    """An account that was found or asked for; only an approved form authorizes it."""

    platform: Name | None = Field(None, examples=["x"])
    handle: Name | None = Field(None, examples=["@lakeviewhigh"])
    kind: AccountKind
    status: Literal["unauthorized_found", "requested", "under_review"] = "unauthorized_found"


class AccountChange(AccountValues):
    """New values; what is left out stays, and null empties. Lists are replaced as a whole."""

    kind: AccountKind = Field("other", description="Stays where it is left out, as all do.")


class AccountMove(Wire):
    """Another status, and why."""

    status: AccountStatus
    reason: Reason


class AccountOut(BaseModel):
    """A registered account.

    A key that is limited to schools sees the public part of the others' accounts: owner, managers,
    contact and the authorizing person are empty, and so are the flags about them.
    """

    id: str
    version: int = Field(description="The ETag, without its quotes.")
    platform: str
    handle: str
    address: str | None = Field(description="Where anybody can see it, if that is known.")
    url: str | None
    aliases: list[AccountAlias]
    kind: AccountKind
    org_id: str | None
    status: AccountStatus
    flags: list[AccountFlag] = Field(description="What needs somebody's care.")
    care: list[str] = Field(description="The same in words.")
    owner_id: str | None
    managers: list[str]
    contact_email: str | None
    communications_admin_at: AwareDatetime | None = Field(
        description="Since when Communications is known to be an administrator (clause 7)."
    )
    authorized_by: str | None
    requested_by: str | None
    authorized_at: AwareDatetime | None = Field(description="Of the latest authorization.")
    reviewed_on: date | None
    last_post_on: date | None
    existed_on: date | None = Field(
        description="The earliest day on which it is known to have existed."
    )
    created_at: AwareDatetime


class AccountEvent(BaseModel):
    """One thing done to an account; who did it is empty for a key of other schools."""

    action: str = Field(examples=["created", "changed", "authorized", "suspended"])
    at: AwareDatetime
    note: str | None
    caller: str | None
    person_id: str | None


class AccountHistory(BaseModel):
    """All that was done to an account, oldest first."""

    items: list[AccountEvent]


class VerifiedAccount(BaseModel):
    """An official account; `likeness` tells how the one asked about resembles it, if not it."""

    platform: str
    handle: str
    address: str | None
    likeness: Likeness | None


class AccountVerification(BaseModel):
    """The answer whether an account is one of the district's; only `official` means yes.

    `not_official`: the district knows it and has not authorized it, or not any more.
    `lookalike`: the district does not know it, and its name could be taken for an official one's.
    """

    status: Verification
    message: str
    accounts: list[VerifiedAccount] = Field(
        description="The official account itself, or those that it could be taken for."
    )


MESSAGES: dict[Verification, str] = {
    "official": "This is an official account of the district.",
    "not_official": "This is not an official account: the district has not authorized it.",
    "lookalike": "The district does not know this account; its name resembles an official one's.",
    "unknown": "The district does not know this account.",
}
ON_ANOTHER_NETWORK = (
    "The district does not know this account; an official one of this name is on another network."
)


def make_verification(status: Verification, accounts: list[VerifiedAccount]) -> AccountVerification:
    """Return the public answer, with its sentence."""
    elsewhere = status == "unknown" and accounts
    message = ON_ANOTHER_NETWORK if elsewhere else MESSAGES[status]
    return AccountVerification(status=status, message=message, accounts=accounts)


CARE: Mapping[AccountFlag, str] = {
    "no_owner": "No content owner is named.",
    "owner_left": "The content owner has left the district.",
    "no_manager": "No content manager is named.",
    "manager_left": "A content manager has left the district.",
    "no_administrator": "Nobody has attested that Communications is an administrator.",
    "review_due": "Nobody has looked it over for too long.",
    "stale": "It has not been posted on for too long.",
    "existed_before": "It existed before anybody authorized it.",
    "unapproved_email": "It is kept with a district e-mail address, and Communications has not "
    "approved that on this network.",
    "no_moderation_report": "Its content managers have not said for too long what they hid or "
    "removed, or that there was nothing.",
}
_STAFF: Mapping[str, Any] = {
    "owner_id": None, "managers": [], "contact_email": None, "authorized_by": None,
    "requested_by": None,
}  # fmt: skip


def show_account(
    row: Mapping[str, Any], schools: frozenset[str] | None, staff_flags: frozenset[AccountFlag]
) -> AccountOut:
    """Return an account as a key limited to `schools` (None: no limit) sees it."""
    told = dict(row)
    if not is_visible_staff(row, schools):
        flags = [flag for flag in row["flags"] if flag not in staff_flags]
        told.update(_STAFF, flags=flags)
    address = find_address(row["platform"], row["handle_key"], row["url"])
    care = [CARE[flag] for flag in told["flags"]]
    return AccountOut(**told, care=care, address=address)


def is_visible_staff(row: Mapping[str, Any], schools: frozenset[str] | None) -> bool:
    """Return whether the account belongs to a school with staff that the key may know of."""
    return schools is None or row["org_id"] in schools
