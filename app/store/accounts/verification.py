"""The public answer about an account: official or not; public facts, and none about a person.

An account is called official only where that is known for sure. Nothing is put on the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import unquote

from sqlalchemy import Connection, select

from app.database.tables import account_aliases, accounts
from app.networks.account_names import AccountName, AccountNameError, resolve_account
from app.networks.addresses import find_address
from app.policy.facts import Setup
from app.policy.lookalikes import fold_letters
from app.policy.question import AccountRef
from app.policy.words import Likeness, Verification
from app.store.accounts.official import judge_accounts
from app.store.accounts.register import find_lookalikes

# Limits: lookalikes that are judged, and official ones of these that are named.
_JUDGED, _NAMED = 50, 3


@dataclass(frozen=True, slots=True)
class Official:
    """An official account: its network, its handle and address there, and its likeness."""

    platform: str
    handle: str
    address: str | None
    likeness: Likeness | None


@dataclass(frozen=True, slots=True)
class NameReading:
    """The possible meanings: `names`, and the name in Latin letters that look alike.

    There are none where nothing can be read; `plain` is None where it is one of `names`.
    `system_id` is another system's id that has to be of the same account.
    """

    names: tuple[AccountName, ...]
    plain: AccountName | None
    system_id: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """The answer. `accounts` is the official account itself, or those it could be taken for."""

    status: Verification
    accounts: tuple[Official, ...] = ()


def read_name(
    platform: str | None,
    handle: str | None,
    url: str | None,
    system_id: tuple[str, str] | None = None,
) -> NameReading:
    """Return the accounts that a platform and a handle, an address, or an id alone may mean."""
    if system_id and platform is None and handle is None and url is None:
        return NameReading((AccountName(None, None, system_id),), None)
    names = [_resolve_name(platform, handle, url)]
    if url is not None and platform is None:
        # Any host may be an instance of Mastodon.
        names.append(_resolve_name("mastodon", None, url))
    plain = _resolve_name(
        platform, handle and fold_letters(handle), url and fold_letters(unquote(url))
    )
    meant = tuple(name for name in names if name is not None)
    return NameReading(meant, None if plain in meant else plain, system_id)


def _resolve_name(platform: str | None, handle: str | None, url: str | None) -> AccountName | None:
    try:
        return resolve_account(platform, handle, url)
    except AccountNameError:
        return None


def verify_account(
    connection: Connection, reading: NameReading, now: datetime, setup: Setup
) -> Verified:
    """Return whether the account is official, or the official ones an unknown one resembles."""
    said = judge_accounts(
        connection, [_make_reference(name, reading) for name in reading.names], now, setup
    )
    judged = list(zip(reading.names, said, strict=True))
    for name, one in judged:
        if one.outcome == "allow":
            return Verified("official", (_find_account(connection, name),))
    for name, one in judged:
        if one.code == "account.ambiguous":
            return Verified("unknown")
        if one.code == "account.mismatched":
            return _verify_mismatch(connection, name, now, setup)
        if one.code != "account.unknown":
            return Verified("not_official")
    near = _find_resembled(connection, reading, now, setup)
    return Verified(_judge_resemblance(near), near)


def _verify_mismatch(
    connection: Connection, name: AccountName, now: datetime, setup: Setup
) -> Verified:
    """Return the answer for a name with another account's id: a lookalike of the official one."""
    ref = AccountRef("", name.platform, name.handle_key, name.alias)
    [named] = judge_accounts(connection, [ref], now, setup)
    if named.outcome != "allow":
        return Verified("unknown")
    return Verified("lookalike", (replace(_find_account(connection, name), likeness="spelling"),))


def _judge_resemblance(near: Sequence[Official]) -> Verification:
    """Return `lookalike`, but `unknown` for the same name on another network alone."""
    return "lookalike" if any(o.likeness != "other_network" for o in near) else "unknown"


def _make_reference(name: AccountName, reading: NameReading) -> AccountRef:
    return AccountRef("", name.platform, name.handle_key, name.alias, system_id=reading.system_id)


def _find_account(connection: Connection, name: AccountName) -> Official:
    rows = select(accounts)
    if name.handle_key is not None:
        rows = rows.where(
            accounts.c.platform == name.platform, accounts.c.handle_key == name.handle_key
        )
    else:
        system, value = name.alias or ("", "")
        rows = rows.join(account_aliases, account_aliases.c.account_id == accounts.c.id).where(
            account_aliases.c.system == system, account_aliases.c.value == value
        )
    row = connection.execute(rows).one()
    return _describe_account(row.platform, row.handle_key, row.url, None)


def _find_resembled(
    connection: Connection, reading: NameReading, now: datetime, setup: Setup
) -> tuple[Official, ...]:
    """Return the official accounts that the name could be taken for, nearest first."""
    found: dict[tuple[str, str], Official] = {}
    plain = reading.plain
    if plain and plain.platform and plain.handle_key:
        itself = (plain.platform, plain.handle_key)
        found[itself] = _describe_account(*itself, None, "spelling")
    for one in (plain, *reading.names):
        if one is None or one.platform is None or one.handle_key is None:
            continue
        for like in find_lookalikes(connection, one.platform, one.handle_key, _JUDGED):
            key = (like.platform, like.handle_key)
            found.setdefault(key, _describe_account(*key, like.url, like.likeness))
    refs = [AccountRef("", *key) for key in found]
    said = judge_accounts(connection, refs, now, setup)
    official = [
        account for account, one in zip(found.values(), said, strict=True) if one.outcome == "allow"
    ]
    return tuple(official[:_NAMED])


def _describe_account(
    platform: str, handle_key: str, url: str | None, likeness: Likeness | None
) -> Official:
    return Official(platform, handle_key, find_address(platform, handle_key, url), likeness)
