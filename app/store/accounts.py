"""Accounts: the register of the district's presences on social networks (clauses 4 to 9)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from app.policy.lookalikes import resembling
from app.policy.words import AccountStatus, Likeness
from app.store.each import each, texts
from app.store.tables import accounts

KIND = "account"
_NAMES: Select[Any] = select(accounts.c.platform, accounts.c.handle_key)


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A registered account, whatever its status, for which another name could be taken."""

    account_id: str
    platform: str
    handle: str
    handle_key: str
    url: str | None
    status: AccountStatus
    likeness: Likeness


def lookalikes(
    connection: Connection, platform: str, handle_key: str, most: int = 5
) -> list[Lookalike]:
    """The registered accounts that `platform` and `handle_key` could be taken for, nearest first.

    Both in the form of `app.schemas.platforms.resolve_account`; the account itself, registered or
    not, is not among them.
    """
    names = [(row[0], row[1]) for row in connection.execute(_NAMES.order_by(accounts.c.id))]
    found = {
        names[one.place]: one.likeness for one in resembling((platform, handle_key), names)[:most]
    }
    rows = {
        (row.platform, row.handle_key): row
        for row in connection.execute(
            select(accounts).where(
                accounts.c.platform.in_(each("platforms")), accounts.c.handle_key.in_(each("keys"))
            ),
            {"platforms": texts(key[0] for key in found), "keys": texts(key[1] for key in found)},
        )
    }
    return [_lookalike(rows[key], likeness) for key, likeness in found.items()]


def _lookalike(row: Any, likeness: Likeness) -> Lookalike:
    return Lookalike(
        account_id=row.id,
        platform=row.platform,
        handle=row.handle,
        handle_key=row.handle_key,
        url=row.url,
        status=row.status,
        likeness=likeness,
    )
