"""What the audits of records share: how many rows they read together, and what they find."""

from typing import NamedTuple

# Rows that are read together.
CHUNK = 500
STREAMED = {"stream_results": True, "max_row_buffer": CHUNK}


class Mismatch(NamedTuple):
    """A record that is not as the ledger says: its table, its id (none for many), and how."""

    table: str
    record_id: str | None
    reason: str
