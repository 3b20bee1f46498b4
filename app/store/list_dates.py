"""When a list was last known to be whole, which is what its freshness is counted from."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert

from app.store import ledger
from app.store.session import Store
from app.store.tables import list_dates

ListKind = Literal["consents", "rosters", "attestation"]


def date_list(connection: Connection, kind: ListKind, at: datetime) -> None:
    """Say that the list `kind` was whole at `at`; call it inside `Store.writing()`."""
    connection.execute(insert(list_dates), [{"kind": kind, "at": at}])


def attest_list(store: Store, at: datetime, by: str | None) -> None:
    """Record the office's word, given at `at`, that the consent list on file is whole.

    `by` is the sourcedId of who said so, None for the machine's operator. The ledger gets a row.
    Raises `StoreUnavailableError` when the store cannot be reached; then nothing is recorded.
    """
    with store.writing() as connection:
        date_list(connection, "attestation", at)
        entry = ledger.Entry(ledger.new_id(), "list.attested", at, by, {"list": "consents"})
        ledger.append(connection, [entry])
