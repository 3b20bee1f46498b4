"""The machine's clock against the times on the ledger."""

from datetime import datetime

from app.store import ledger
from app.store.session import Store


def confirm_clock(store: Store, at: datetime, by: str | None) -> None:
    """Record somebody's word that it is `at` now, whatever times stand on the ledger.

    Checks no longer take the clock for one that was set back. `by` is who said so. Raises
    `StoreUnavailableError` when the store cannot be reached; then nothing is recorded.
    """
    with store.writing() as connection:
        before = ledger.last_time(connection)
        body = {"before": before and ledger.time_text(before)}
        entry = ledger.Entry(ledger.new_id(), ledger.CLOCK_CONFIRMED, at, by, body)
        ledger.append(connection, [entry])
