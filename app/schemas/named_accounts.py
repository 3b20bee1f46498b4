"""An account that a record names: by platform and handle, by its address, or by both."""

from dataclasses import dataclass

from pydantic import Field

from app.errors import InvalidRequestError
from app.networks.account_names import AccountName, AccountNameError, resolve_account
from app.schemas.base import Name, Url, Wire


class AccountNamed(Wire):
    """An account by platform and handle, or by an address of a known platform."""

    platform: Name | None = Field(None, examples=["x"])
    handle: Name | None = Field(None, examples=["@lakeviewhigh"])
    url: Url | None = Field(None, examples=["https://x.com/lakeviewhigh"])


@dataclass(frozen=True, slots=True)
class Registered:
    """An account as the register keeps it; `alias` is an address that no known host explains."""

    platform: str
    handle: str
    handle_key: str
    url: str | None
    alias: str | None

    @property
    def key(self) -> str:
        """Return `platform/handle_key`, the form in which a grant names an account."""
        return f"{self.platform}/{self.handle_key}"


def resolve_registered(named: AccountNamed, at: str = "") -> Registered:
    """Return the account in the register's form.

    Raises `InvalidRequestError`, pointing below `at`, where nothing, no account or two accounts
    are named, or the address leaves the platform open.
    """
    try:
        name = resolve_account(named.platform, named.handle, named.url)
        return _make_registered(named, name)
    except AccountNameError as error:
        fault = {"at": f"{at}/{error.field}", "code": "account_name", "message": str(error)}
        raise InvalidRequestError([fault]) from None


def _make_registered(named: AccountNamed, name: AccountName) -> Registered:
    if name.platform is None or name.handle_key is None:
        raise AccountNameError("platform", "and handle are needed beside this url")
    handle = (named.handle or name.handle_key).strip()
    alias = None if name.alias is None else name.alias[1]
    return Registered(name.platform, handle, name.handle_key, named.url, alias)
