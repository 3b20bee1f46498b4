"""Registered origins: the pages that may use widgets. Others get no answer."""

from datetime import datetime

from ada_url import URL
from sqlalchemy import Connection, delete, insert, select

from app.database.tables import origins
from app.errors import NotFoundError
from app.store.ledger.changes import Actor, Change, record_change

KIND = "origin"
_SCHEMES = ("https:", "http:")


def normalize_origin(text: str) -> str:
    """Return `text` as a browser writes the origin (RFC 6454): scheme, host, unusual port.

    Raises `ValueError` for anything that is more, less or other than one: a path, a user, a
    wildcard, `null`.
    """
    message = "must be an origin, such as https://intranet.example.org or http://localhost:8080"
    try:
        url = URL(text.strip())
    except ValueError:
        raise ValueError(message) from None
    extra = url.username or url.password or url.search or url.hash or url.pathname != "/"
    if url.protocol not in _SCHEMES or extra or "*" in url.host or not url.host:
        raise ValueError(message)
    return str(url.origin)


def add_origin(connection: Connection, actor: Actor, origin: str) -> bool:
    """Register a normal `origin`, and return whether it is new."""
    if origin in list_origins(connection):
        return False
    connection.execute(insert(origins).values(origin=origin, created_at=actor.at))
    record_change(connection, actor, Change(KIND, origin, "added", after={"origin": origin}))
    return True


def remove_origin(connection: Connection, actor: Actor, origin: str) -> None:
    """End answers to pages of `origin`; raises `NotFoundError` where it is not registered."""
    gone = connection.execute(delete(origins).where(origins.c.origin == origin))
    if not gone.rowcount:
        detail = "This origin is not registered"
        raise NotFoundError(detail)
    record_change(connection, actor, Change(KIND, origin, "removed", before={"origin": origin}))


def is_registered(connection: Connection, origin: str, since: datetime) -> bool:
    """Return whether `origin` is registered, and has been since that second."""
    at = connection.scalar(select(origins.c.created_at).where(origins.c.origin == origin))
    return at is not None and int(at.timestamp()) <= since.timestamp()


def list_origins(connection: Connection) -> frozenset[str]:
    """Return every registered origin."""
    return frozenset(connection.scalars(select(origins.c.origin)))
