"""Accounts and authorization forms held against the ledger, with managers and aliases.

It finds what was slipped in, deleted or changed past the service, such as the status of an account,
who answers for it, or another name by which it is found.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from app.database.tables import account_aliases, accounts, authorization_requests
from app.networks.account_names import AccountNameError, parse_address, write_plain_address
from app.store.accounts.listing import add_lists
from app.store.ledger.evidence import CHUNK, STREAMED, Mismatch, read_list
from app.store.ledger.replays import find_replay_faults


def find_account_faults(connection: Connection) -> Iterator[Mismatch]:
    """Yield accounts that are not as the ledger has them, that it has not, or that are gone."""
    yield from find_replay_faults(connection, "account", accounts.name, _read_accounts(connection))
    yield from _find_address_faults(connection)


def find_form_faults(connection: Connection) -> Iterator[Mismatch]:
    """Yield authorization forms that are not as the ledger has them, or that are gone."""
    rows = connection.execute(select(authorization_requests), execution_options=STREAMED)
    forms = ({**row, "managers": read_list(row["managers"])} for row in rows.mappings())
    table = authorization_requests.name
    yield from find_replay_faults(connection, "authorization_request", table, forms)


def _read_accounts(connection: Connection) -> Iterator[dict[str, Any]]:
    rows = connection.execute(select(accounts), execution_options=STREAMED).mappings()
    for some in rows.partitions(CHUNK):
        yield from add_lists(
            connection, [{str(name): value for name, value in row.items()} for row in some]
        )


def _find_address_faults(connection: Connection) -> Iterator[Mismatch]:
    """Yield aliases `url` that are not the address of their account.

    The ledger has the address alone, and the alias follows from it.
    """
    named = select(account_aliases.c.account_id, account_aliases.c.value, accounts.c.url)
    named = named.join(accounts, accounts.c.id == account_aliases.c.account_id)
    rows = named.where(account_aliases.c.system == "url")
    for row in connection.execute(rows, execution_options=STREAMED):
        if row.url is None or _make_plain(row.url) != row.value:
            yield Mismatch(account_aliases.name, row.account_id, "is not the account's address")


def _make_plain(address: str) -> str | None:
    try:
        url, _ = parse_address(address)
        return write_plain_address(url, url.hostname.removesuffix("."))
    except AccountNameError:
        return None
