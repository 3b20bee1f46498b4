"""Forgetting events that are kept no longer, a few at a time."""

from datetime import datetime

from app.database.session import Store
from app.store.events.records import is_due, purge_events

_AT_ONCE = 500


def purge_slice(store: Store, before: datetime) -> int:
    """Delete some of the events from before that time, the oldest first; return how many."""
    with store.reading() as connection:
        if not is_due(connection, before):
            return 0
    with store.writing() as connection:
        return purge_events(connection, before, _AT_ONCE)


def purge_all(store: Store, before: datetime) -> int:
    """Delete all of them, in short writes; return how many."""
    total = 0
    while some := purge_slice(store, before):
        total += some
    return total
