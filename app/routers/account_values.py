"""Input of the account routes for the store: names resolved, days as times."""

from typing import Any
from zoneinfo import ZoneInfo

from app.errors import InvalidRequestError
from app.networks.account_names import AccountNameError, resolve_account
from app.schemas.accounts import AccountNew
from app.store.accounts.validation import find_day_end


def read_new_account(body: AccountNew) -> dict[str, Any]:
    """Return the columns of a new account; raises `InvalidRequestError` for no name of one."""
    try:
        name = resolve_account(body.platform, body.handle, body.url)
    except AccountNameError as error:
        raise _refuse_unnamed(error) from None
    if name.platform is None or name.handle_key is None:
        field = "platform" if name.platform is None else "handle"
        raise _refuse_unnamed(
            AccountNameError(field, "is needed, since no known host explains the url")
        )
    told = {
        "platform": name.platform,
        "handle": body.handle or name.handle_key,
        "handle_key": name.handle_key,
        "url_alias": name.alias and name.alias[1],
    }
    return {**body.model_dump(), **told}


def with_existing_time(zone: ZoneInfo, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with the time by which an account existed, where its day is given."""
    if "existed_on" not in values:
        return values
    day = values["existed_on"]
    return {**values, "existed_at": day and find_day_end(day, zone)}


def read_url_alias(platform: str, handle_key: str, url: str | None) -> str | None:
    """Return the alias that the new address of an account gives it."""
    try:
        name = url and resolve_account(platform, handle_key, url)
    except AccountNameError as error:
        raise _refuse_unnamed(error) from None
    return name.alias[1] if name and name.alias else None


def _refuse_unnamed(error: AccountNameError) -> InvalidRequestError:
    fault = {"at": f"/{error.field}", "code": "account_name", "message": str(error)}
    return InvalidRequestError([fault])
