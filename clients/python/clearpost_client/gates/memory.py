"""The posts that a gate has let through, in a file that outlives it.

The file holds the texts of scheduled posts, as the scheduler's own database does: it is for the
gate's user alone.
"""

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from clearpost_client.bodies import Json, Post

_LOOK_SECONDS = 0.05
_TABLE = """
CREATE TABLE IF NOT EXISTS gated_posts (
    scheduler TEXT NOT NULL,
    post_id TEXT NOT NULL,
    scheduled INTEGER NOT NULL,
    body TEXT NOT NULL,
    seen TEXT NOT NULL,
    checks TEXT NOT NULL,
    PRIMARY KEY (scheduler, post_id)
) STRICT
"""


@dataclass(frozen=True)
class Cleared:
    """A question that was allowed, and its clearance."""

    clearance_id: str
    post: Post


@dataclass(frozen=True)
class GatedPost:
    """One post of a scheduler: as it was sent, as the scheduler shows it, and what was allowed.

    A draft has been allowed nothing.
    """

    post_id: str
    scheduled: bool
    body: Json
    seen: Json
    cleared: tuple[Cleared, ...] = ()


class GateMemory:
    """The file of one scheduler's gate."""

    def __init__(self, file: Path, scheduler: str) -> None:
        self._scheduler = scheduler
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        self._database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._mutex = sqlite3.connect(
            f"{file}-lock", timeout=0, isolation_level=None, check_same_thread=False
        )
        self._turn = asyncio.Lock()
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute(_TABLE)

    def close(self) -> None:
        """Close the file."""
        self._database.close()
        self._mutex.close()

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Hold the file's lock: only its holder may change the scheduler and the memory."""
        async with self._turn:
            while not self._try_lock():
                await asyncio.sleep(_LOOK_SECONDS)
            try:
                yield
            finally:
                self._mutex.execute("ROLLBACK")

    def _try_lock(self) -> bool:
        try:
            self._mutex.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True

    def keep(self, post: GatedPost) -> None:
        """Remember a post in place of what was remembered of it."""
        allowed = [(one.clearance_id, one.post) for one in post.cleared]
        row = (
            self._scheduler, post.post_id, post.scheduled, json.dumps(post.body),
            json.dumps(post.seen), json.dumps(allowed),
        )  # fmt: skip
        self._database.execute("REPLACE INTO gated_posts VALUES (?, ?, ?, ?, ?, ?)", row)

    def forget(self, post_ids: Iterable[str]) -> None:
        """Remember these no longer."""
        self._database.executemany(
            "DELETE FROM gated_posts WHERE scheduler = ? AND post_id = ?",
            [(self._scheduler, one) for one in post_ids],
        )

    def find(self, post_id: str) -> GatedPost | None:
        """Return what is remembered of a post."""
        return next(iter(self._read("AND post_id = ?", post_id)), None)

    def list_all(self) -> list[GatedPost]:
        """Return every post that is remembered."""
        return self._read("")

    def list_scheduled(self) -> list[GatedPost]:
        """Return every post that was let through to be published."""
        return self._read("AND scheduled")

    def _read(self, where: str, *values: str) -> list[GatedPost]:
        query = (
            "SELECT post_id, scheduled, body, seen, checks FROM gated_posts "  # noqa: S608 - our own
            f"WHERE scheduler = ? {where} ORDER BY post_id"
        )
        with closing(self._database.execute(query, (self._scheduler, *values))) as rows:
            return [
                GatedPost(
                    post_id, bool(scheduled), json.loads(body), json.loads(seen),
                    tuple(Cleared(*one) for one in json.loads(checks)),
                )
                for post_id, scheduled, body, seen, checks in rows
            ]  # fmt: skip
