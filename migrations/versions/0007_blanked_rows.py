"""A row on the ledger that accounts for the rows whose contents were deleted before it.

From here on an erasure or a purge writes such a row itself. What was blank before cannot be told
from what somebody else has blanked; it is taken over as it is found, and the row says when.

Revision: 0007, after 0006
"""

import hashlib
import json
import os
import uuid
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# As the ledger was written when this step was made; a step must not lean on code that may change.
_TAG = b"clearpost-ledger-2"
_CALLER = "migration:0007"
_ledger = sa.table(
    "ledger",
    *(sa.column(name) for name in ("seq", "id", "kind", "caller", "payload", "hash")),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("salt", sa.LargeBinary),
    sa.column("commitment", sa.LargeBinary),
)


def upgrade() -> None:
    connection = op.get_bind()
    blank = sa.select(_ledger.c.seq).where(_ledger.c.payload.is_(None)).order_by(_ledger.c.seq)
    ranges = _ranges(connection.scalars(blank).all())
    if ranges:
        connection.execute(sa.insert(_ledger).values(_row(connection, {"rows": ranges})))


def _ranges(seqs: Any) -> list[list[int]]:
    if not seqs:
        return []
    edges = [(one, other) for one, other in pairwise(seqs) if other != one + 1]
    firsts = [seqs[0], *(other for _, other in edges)]
    lasts = [*(one for one, _ in edges), seqs[-1]]
    return [[first, last] for first, last in zip(firsts, lasts, strict=True)]


def _row(connection: sa.Connection, body: dict[str, Any]) -> dict[str, Any]:
    last = sa.select(_ledger.c.seq, _ledger.c.hash).order_by(_ledger.c.seq.desc()).limit(1)
    seq, previous = connection.execute(last).one()
    at, ident = datetime.now(UTC), str(uuid.uuid4())
    time = at.isoformat(timespec="microseconds")
    heading = _canonical({"at": time, "caller": _CALLER, "id": ident, "kind": "ledger.blanked"})
    payload, salt = _canonical(body), os.urandom(16)
    commitment = hashlib.sha256(salt + payload.encode()).digest()
    bound = hashlib.sha256(heading.encode()).digest() + commitment
    chained = _TAG + bytes(previous) + (seq + 1).to_bytes(8, "big") + bound
    return {
        "seq": seq + 1, "id": ident, "kind": "ledger.blanked", "caller": _CALLER,
        "at": at.replace(tzinfo=None) if connection.dialect.name == "sqlite" else at,
        "salt": salt, "payload": payload, "commitment": commitment,
        "hash": hashlib.sha256(chained).digest(),
    }  # fmt: skip


def _canonical(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
