"""Evidence: the ledger's rows of one subject, as the audits of records read them.

An erasure or a purge leaves rows without contents. Each stands for one change that cannot be
compared any more, so an audit excuses as many differences as there are such rows, and no more.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, select

from app.database.tables import ledger

# Rows that are read together.
CHUNK = 500
STREAMED = {"stream_results": True, "max_row_buffer": CHUNK}
_row = ledger.c


class Mismatch(NamedTuple):
    """A record that is not as the ledger says: its table, its id (none for many), and how."""

    table: str
    record_id: str | None
    reason: str


class Evidence(NamedTuple):
    """One row with its contents: its number, what was done (`created`), and its body."""

    seq: int
    action: str
    body: Mapping[str, Any]


@dataclass(slots=True)
class ErasedRows:
    """Counts of the rows without contents by action, and the number of the last row of each."""

    counts: Counter[str] = field(default_factory=Counter)
    _last: dict[str, int] = field(default_factory=dict)

    def add(self, action: str, seq: int) -> None:
        """Note a row without contents; rows are passed in order."""
        self.counts[action] += 1
        self._last[action] = seq

    def excuse(self, after: int, *actions: str) -> bool:
        """Use up one row behind `after`, of these actions or of any; return false for none."""
        for action in actions or tuple(self.counts):
            if self.counts[action] and self._last[action] > after:
                self.counts[action] -= 1
                return True
        return False


def read_evidence(
    connection: Connection,
    subject: str,
    erased: ErasedRows,
    wanted: Callable[[str], bool] = lambda _action: True,
) -> Iterator[Evidence]:
    """Yield the rows of the kinds `subject.*` in order; those without contents go to `erased`.

    Of these, the rows whose action is `wanted`.
    """
    begin = f"{subject}."
    of_subject = _row.kind.startswith(begin, autoescape=True)
    found = connection.scalars(select(_row.kind).where(of_subject).distinct()).all()
    actions = [kind.removeprefix(begin) for kind in found if kind.startswith(begin)]
    kinds = [f"{begin}{action}" for action in sorted(actions) if wanted(action)]
    rows = select(_row.seq, _row.kind, _row.payload).where(_row.kind.in_(kinds))
    for seq, kind, payload in connection.execute(
        rows.order_by(_row.seq), execution_options=STREAMED
    ):
        action = kind.removeprefix(begin)
        if payload is None:
            erased.add(action, seq)
        else:
            yield Evidence(seq, action, orjson.loads(payload))


def is_same(value: Any, told: Any) -> bool:
    """Return whether a column's value is the one that the ledger has as JSON."""
    if isinstance(value, datetime):
        return isinstance(told, str) and datetime.fromisoformat(told) == value
    return bool((value.isoformat() if hasattr(value, "isoformat") else value) == told)


def read_list(text: str | None) -> Any:
    """Return the list in a column of JSON; the text itself where an edit left no JSON there."""
    try:
        return None if text is None else orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
