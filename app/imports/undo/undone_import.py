"""The import that is undone, as all steps of an undo need to know it."""

from dataclasses import dataclass
from datetime import datetime

from app.imports.merge.ledger_rows import ImportStamp
from app.imports.undo.feed_records import UndoneFeed


@dataclass(frozen=True, slots=True)
class Undone:
    """The import that is undone, and the stamp of the undo.

    `dated_since`: a list of consents was dated after it, and its maker knew the import's people.
    `begun_at` is a time before the import's first row, `approved_at` one before the undo's.
    """

    number: int
    stamp: ImportStamp
    dated_since: bool
    feed: UndoneFeed
    begun_at: datetime
    approved_at: datetime
