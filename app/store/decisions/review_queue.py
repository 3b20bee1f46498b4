"""Reviews that wait for a person: the last decision about each content, where it is a review."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, exists, select

from app.database.tables import decision_index, ledger, resolutions
from app.store.decisions.index import select_newest
from app.store.service.key_lineages import match_lineage

_later = decision_index.alias("later")
_OPEN = (
    select(
        decision_index.c.ledger_seq,
        decision_index.c.id,
        decision_index.c.caller,
        decision_index.c.account,
        ledger.c.payload,
    )
    .join(ledger, ledger.c.seq == decision_index.c.ledger_seq)
    .where(
        decision_index.c.outcome == "review",
        ledger.c.payload.is_not(None),
        ~exists().where(
            _later.c.content == decision_index.c.content,
            _later.c.ledger_seq > decision_index.c.ledger_seq,
        ),
        ~exists().where(resolutions.c.decision_id == decision_index.c.id),
    )
)


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """A filter of open reviews. `account` is as in the index, `only_by` a lineage of keys."""

    resolvable_by: str | None = None
    account: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    only_by: str | None = None


def list_waiting(
    connection: Connection, wanted: ReviewFilter, before: int | None, limit: int
) -> Sequence[RowMapping]:
    """Return up to `limit` indexed open reviews before number `before`, newest first."""
    rows = _OPEN.where(*_list_conditions(connection, wanted))
    rows = select_newest(connection, rows, before, wanted.since, wanted.until)
    return connection.execute(rows.limit(limit)).mappings().all()


def _list_conditions(connection: Connection, wanted: ReviewFilter) -> list[Any]:
    columns = decision_index.c
    conditions = []
    if wanted.resolvable_by is not None:
        conditions.append(columns.resolvable_by.contains(f",{wanted.resolvable_by},"))
    if wanted.account is not None:
        conditions.append(columns.account == wanted.account)
    if wanted.only_by is not None:
        conditions.append(match_lineage(connection, columns.caller, wanted.only_by))
    return conditions
