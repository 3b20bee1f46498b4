"""API keys held against the ledger.

It finds keys that were slipped in, deleted or got other rights, another end or another secret past
the service, and revoked keys that were made live again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from app.database.tables import api_keys
from app.store.ledger.evidence import (
    ErasedRows,
    Evidence,
    Mismatch,
    is_same,
    read_evidence,
    read_list,
)
from app.store.service.keys import digest_hash

_TABLE = api_keys.name
_RIGHTS = ("name", "scopes", "schools", "person_id")
# A new key has its predecessor's rights, but an end and a secret of its own. Rows of earlier
# versions have no digest of the secret.
_OF_THE_KEY = ("expires_at", "hash_sha256")
_SAID = (*_RIGHTS, *_OF_THE_KEY)
_LISTS = ("scopes", "schools")


@dataclass(slots=True)
class _KeyHistory:
    """A key as the ledger has it: column values, whether it was made and revoked, the last row.

    If its first row has no contents, it has neither rights nor `is_made`.
    """

    seq: int
    values: dict[str, Any] = field(default_factory=dict)
    is_made: bool = False
    is_revoked: bool = False


def find_key_faults(connection: Connection) -> Iterator[Mismatch]:
    """Yield keys that are not as the ledger has them, that it has not, or that are gone."""
    erased = ErasedRows()
    histories = _replay_keys(connection, erased)
    # No key is ever deleted, so each row that made one has its key.
    made, revoked = erased.counts["created"] + erased.counts["rotated"], erased.counts["revoked"]
    unmade = unsaid = 0
    for row in connection.execute(select(api_keys)).mappings():
        history = histories.pop(row["id"], _KeyHistory(0))
        unmade += not history.is_made
        unsaid += row["revoked_at"] is not None and not history.is_revoked
        if reason := _find_key_fault(row, history, erased):
            yield Mismatch(_TABLE, row["id"], reason)
    for ident in histories:
        yield Mismatch(_TABLE, ident, "is gone")
    if unmade > made:
        yield Mismatch(_TABLE, None, f"rows without a row on the ledger: {unmade - made}")
    if unmade < made:
        yield Mismatch(
            _TABLE, None, f"keys that the ledger has, and that are gone: {made - unmade}"
        )
    if unsaid < revoked:
        reason = f"keys that were revoked, and are live: {revoked - unsaid}"
        yield Mismatch(_TABLE, None, reason)


def _replay_keys(connection: Connection, erased: ErasedRows) -> dict[str, _KeyHistory]:
    """Return by its id what the ledger's rows make of each key."""
    histories: dict[str, _KeyHistory] = {}
    for row in read_evidence(connection, "key", erased):
        history = histories.setdefault(row.body["key_id"], _KeyHistory(row.seq))
        history.seq = row.seq
        if row.action == "created":
            history.is_made = True
            history.values = {name: row.body[name] for name in _SAID if name in row.body}
            history.values["first_id"] = None
        elif row.action == "rotated":
            history.is_made = True
            _replay_rotation(history, row, histories)
        elif row.action == "revoked":
            history.is_revoked = True
    return histories


def _replay_rotation(
    history: _KeyHistory, row: Evidence, histories: dict[str, _KeyHistory]
) -> None:
    """Give a new key the rights of the one that it replaces, as far as the ledger has them."""
    replaced = row.body["replaces"]
    old = histories.setdefault(replaced, _KeyHistory(row.seq))
    history.values = {name: old.values[name] for name in _RIGHTS if name in old.values}
    if "first_id" in old.values:
        history.values["first_id"] = old.values["first_id"] or replaced
    history.values |= {name: row.body[name] for name in _OF_THE_KEY if name in row.body}
    old.values["expires_at"], old.seq = row.body["replaced_expires_at"], row.seq


def _find_key_fault(row: RowMapping, history: _KeyHistory, erased: ErasedRows) -> str | None:
    if history.is_revoked and row["revoked_at"] is None:
        return "was revoked, and is live"
    values = {**row, "hash_sha256": digest_hash(row["hash"])}
    values |= {name: read_list(row[name]) for name in _LISTS}
    for name, told in history.values.items():
        if is_same(values[name], told):
            continue
        if name != "expires_at" or not erased.excuse(history.seq, "rotated"):
            return f"says another {name} than the ledger"
    # The keys of a person who was erased have ended, and their rights are not told any more.
    ended = row["revoked_at"] is not None and not history.is_revoked and "scopes" in history.values
    if ended and not erased.excuse(history.seq, "revoked"):
        return "is revoked, and the ledger does not say so"
    return None
