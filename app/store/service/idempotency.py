"""Repeated requests: the first answer is kept for a day and given again.

Follows the IETF's draft "The Idempotency-Key HTTP Header Field". Key and answer are kept in the
transaction that does the work, and writers take turns, so of eight equal requests one does it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy import Connection, delete, insert, select

from app.database.tables import idempotency_keys
from app.errors import IdempotencyKeyReusedError

KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RepeatableRequest:
    """A request as its sender repeats it: the sender, the key, and a digest of the content.

    `caller` is a text that tells one sender from another, and names no one.
    """

    caller: str
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class StoredReply:
    """An answer that can be repeated. `subject` is the person it is about, for erasure."""

    status: int
    headers: dict[str, str]
    body: str
    subject: str | None = None


def replay_answer(
    connection: Connection, asked: RepeatableRequest, now: datetime
) -> StoredReply | None:
    """Return the answer given before, or None for a key that is new or older than a day.

    Raises `IdempotencyKeyReusedError` where the key was sent with another request.
    """
    table = idempotency_keys.c
    row = connection.execute(
        select(idempotency_keys).where(
            table.caller == asked.caller,
            table.key == asked.key,
            table.created_at > now - KEPT_FOR,
        )
    ).one_or_none()
    if row is None:
        return None
    if row.request_digest != asked.digest:
        raise IdempotencyKeyReusedError
    return StoredReply(row.status, orjson.loads(row.headers), row.body, row.subject)


def keep_answer(
    connection: Connection, asked: RepeatableRequest, reply: StoredReply, now: datetime
) -> None:
    """Keep `reply` for a day, and delete what is older."""
    connection.execute(
        delete(idempotency_keys).where(idempotency_keys.c.created_at <= now - KEPT_FOR)
    )
    connection.execute(
        insert(idempotency_keys).values(
            caller=asked.caller,
            key=asked.key,
            request_digest=asked.digest,
            status=reply.status,
            headers=orjson.dumps(reply.headers).decode(),
            body=reply.body,
            subject=reply.subject,
            created_at=now,
        )
    )
