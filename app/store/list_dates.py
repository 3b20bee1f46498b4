"""When a list was last known to be whole, which is what its freshness is counted from."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, insert, select

from app.store import ledger
from app.store.session import Store
from app.store.tables import list_dates

ListKind = Literal["consents", "rosters", "attestation"]
_LATEST = select(list_dates.c.kind, func.max(list_dates.c.at).label("at")).group_by(
    list_dates.c.kind
)


def date_list(connection: Connection, kind: ListKind, at: datetime) -> None:
    """Say that the list `kind` was whole at `at`; call it inside `Store.writing()`."""
    connection.execute(insert(list_dates), [{"kind": kind, "at": at}])


def list_dates_on_file(connection: Connection) -> tuple[datetime | None, datetime | None]:
    """When the consent list was last complete or attested, and the rosters delivered."""
    at = {row.kind: row.at for row in connection.execute(_LATEST)}
    lists = [at[kind] for kind in ("consents", "attestation") if kind in at]
    return max(lists, default=None), at.get("rosters")


def attest_list(store: Store, at: datetime, by: str | None) -> None:
    """Record the office's word, given at `at`, that the consent list on file is whole.

    `by` is the sourcedId of who said so, None for the machine's operator. The ledger gets a row.
    Raises `StoreUnavailableError` when the store cannot be reached; then nothing is recorded.
    """
    with store.writing() as connection:
        date_list(connection, "attestation", at)
        entry = ledger.Entry(ledger.new_id(), "list.attested", at, by, {"list": "consents"})
        ledger.append(connection, [entry])
