"""Releases: consent of other parties pictured, and of owners of media, music, artwork (clause 42).

By name, for a work (the SHA-256 of its bytes, or its title) or for all; never changed, ended by a
later row.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping

from app.database.tables import releases
from app.errors import ConflictError, InvalidRequestError
from app.policy.names import name_key
from app.policy.words import Channel
from app.store.ledger.changes import Actor
from app.store.permissions import effective_dating
from app.store.permissions.effective_dating import EndDate, FactKind

# The parties are strangers to the SIS: a row names no one who has a sourcedId.
_DATED = FactKind(
    "release", releases, ("name_key", "work", "channel", "effective_from"), lambda _row: []
)


@dataclass(frozen=True, slots=True)
class NewRelease:
    """A release to be recorded; days of the district, both inclusive.

    `work` is the lower-case hex SHA-256 of the media, or a title; None for everything. `evidence`
    says where the paper is, `evidence_sha256` is that of its scan.
    """

    name: str
    work: str | None
    channel: Channel
    effective_from: date
    effective_to: date | None = None
    evidence: str | None = None
    evidence_sha256: str | None = None


class ReleaseFilter(NamedTuple):
    """A filter of releases; None for any. `on` asks for those in force on that day."""

    name: str | None = None
    work: str | None = None
    on: date | None = None


def add_release(connection: Connection, actor: Actor, day: date, new: NewRelease) -> RowMapping:
    """Record a release. `day` is today.

    Raises `InvalidRequestError` for a name without a letter, `ConflictError` where the same is on
    file and has not ended.
    """
    fact = {**asdict(new), "name_key": name_key(new.name)}
    if not fact["name_key"]:
        raise InvalidRequestError(
            [{"at": "/name", "code": "no_name", "message": "Holds no letter or digit"}]
        )
    old = effective_dating.find_latest(connection, _DATED, fact)
    if old is not None and not effective_dating.has_ended(old, day):
        detail = "The same release is on file and has not ended"
        raise ConflictError(detail)
    return effective_dating.add_fact(connection, actor, _DATED, fact)


def end_release(
    connection: Connection, actor: Actor, release_id: str, last_day: date
) -> RowMapping:
    """Let a release end with `last_day`; before its first day, take it back altogether.

    Raises `NotFoundError`, and `ConflictError` where it ends sooner or a later row changed its end.
    """
    old = read_release(connection, release_id)
    if effective_dating.has_ended(old, last_day):
        detail = "It ends sooner already; record a new release for a longer time"
        raise ConflictError(detail)
    return effective_dating.end_fact(connection, actor, _DATED, old, EndDate(last_day))


def read_release(connection: Connection, release_id: str) -> RowMapping:
    """Return the row with this id, in force or not; raises `NotFoundError`."""
    return effective_dating.read_fact(connection, _DATED, release_id)


def list_releases(
    connection: Connection, wanted: ReleaseFilter, after: int, limit: int
) -> list[RowMapping]:
    """Return up to `limit` rows behind number `after`, oldest first."""
    where = []
    if wanted.name is not None:
        where.append(releases.c.name_key == name_key(wanted.name))
    if wanted.work is not None:
        where.append(releases.c.work == wanted.work)
    if wanted.on is not None:
        where.append(effective_dating.is_in_force(_DATED, wanted.on))
    return effective_dating.list_facts(connection, _DATED, after, limit, *where)
