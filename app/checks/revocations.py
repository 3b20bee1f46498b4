"""Revocations: a clearance ends once the rules no longer allow its post, verified or not."""

import logging
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, RowMapping

from app.checks.clearances import Judged, judge_again
from app.checks.recall import CALLER, ChangedFacts, NewsSource, Watched
from app.database import tables as t
from app.database.session import Store
from app.policy.facts import Setup
from app.store.accounts import register as accounts
from app.store.clearances import records as stored
from app.store.clearances.records import Ending
from app.store.ledger.changes import Actor

_log = logging.getLogger("clearpost.recall")
_MOST_EXPIRED = 1_000
# Imports, undos and erasures change other tables than these, too: their ledger rows tell.
LISTS_CHANGED = t.ledger.c.kind.in_(
    ("import.applied", "import.doubted", "import.undone", "person.erased")
)


class LiveClearances(Watched):
    """Live clearances: revoked once they are no longer allowed. A stale list only suspends them."""

    sources = (
        NewsSource(t.consents, "person", t.consents.c.person_id),
        NewsSource(t.authorizations, "account", t.authorizations.c.account_id),
        NewsSource(
            t.changes, "account", t.changes.c.record_id, t.changes.c.record_kind == accounts.KIND
        ),
        NewsSource(t.grants),
        NewsSource(t.designations),
        NewsSource(t.releases),
        NewsSource(t.declarations),
        NewsSource(t.resolutions),
        NewsSource(t.ledger, where=LISTS_CHANGED),
    )

    def __init__(self, store: Store, setup: Setup) -> None:
        self._store, self._setup = store, setup

    def list_some(self, connection: Connection, after: str, limit: int) -> list[RowMapping]:
        """Return up to `limit` live clearances with ids behind `after`, in order."""
        return stored.list_live(connection, after, limit)

    def read_some(self, connection: Connection, ids: Sequence[str]) -> list[RowMapping]:
        """Return those of these clearances that are live, in order."""
        return stored.read_live(connection, ids)

    def find_touched(self, connection: Connection, facts: ChangedFacts) -> list[str]:
        """Return the live clearances that rest on any of these facts, in order."""
        return stored.find_live(connection, facts)

    def begin_turn(self) -> None:
        """End those that have expired."""
        with self._store.writing() as connection:
            stored.expire_clearances(connection, self._store.now(), _MOST_EXPIRED)

    def judge_some(self, find: Callable[[Connection], list[RowMapping]]) -> list[RowMapping]:
        """Judge the clearances that `find` reads, revoke those that are over, and return all."""
        with self._store.reading() as connection:
            rows = find(connection)
            judged = judge_again(connection, rows, self._store.now(), self._setup)
        over = [row["id"] for row, one in zip(rows, judged, strict=True) if _is_over(one)]
        if over:
            count = revoke_clearances(self._store, self._setup, over, CALLER)
            _log.info("clearances were revoked", extra={"count": count})
        return rows


def revoke_clearances(
    store: Store, setup: Setup, ids: Sequence[str], caller: str, person_id: str | None = None
) -> int:
    """Judge these clearances again under the write lock, and revoke those that do not hold.

    Return how many were revoked. One that only a stale list suspends stays.
    """
    with store.writing() as connection:
        actor = Actor(caller, person_id, store.now())
        live = stored.read_live(connection, ids)
        judged = judge_again(connection, live, actor.at, setup)
        endings = [
            Ending(row, "revoked", one.reason)
            for row, one in zip(live, judged, strict=True)
            if _is_over(one)
        ]
        stored.end_clearances(connection, actor, endings)
    return len(endings)


def _is_over(one: Judged) -> bool:
    return not (one.holds or one.suspended)
