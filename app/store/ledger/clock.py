"""The machine's clock against the times on the ledger."""

from datetime import datetime

from app.database.session import Store
from app.store.ledger import chain


def confirm_clock(store: Store, at: datetime, by: str | None) -> None:
    """Record a person's statement that it is `at` now, even where the ledger has later times.

    From then on checks trust the clock again. `by` is the person. Raises `StoreUnavailableError`
    when the store cannot be reached; then nothing is recorded.
    """
    with store.writing() as connection:
        before = chain.read_last_time(connection)
        body = {"before": before and chain.format_time(before)}
        entry = chain.LedgerEntry(chain.make_id(), chain.CLOCK_CONFIRMED, at, by, body)
        chain.append_entries(connection, [entry])
