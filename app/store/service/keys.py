"""API keys: made, found, rotated and revoked; every change leaves a row on the ledger.

A key is `clp_`, 43 random characters and a checksum of 6, so that a typing error or a made-up key
is refused without asking the store. At rest there is only its SHA-256: 32 random bytes need no slow
hash.
"""

import hashlib
import re
import secrets
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Row, and_, insert, select, update

from app.database.json_lists import as_json, is_in, json_list
from app.database.tables import api_keys, people
from app.errors import NotFoundError
from app.store.ledger.chain import LedgerEntry, append_entries, make_id
from app.store.people.staff import is_active_staff
from app.store.service.key_rights import refuse_bad_person, refuse_bad_schools

_LISTED = select(api_keys, people.c.status.label("person_status")).outerjoin(
    people, and_(people.c.id == api_keys.c.person_id, people.c.kind != "student")
)
_HASHED = _LISTED.where(is_in(api_keys.c.hash, json_list("hashes")))
# Lets a key that acts for a person ask about others' posts.
FOR_OTHERS = "posts:for-others"
# Each right by itself: `admin` includes no other.
SCOPES = (
    "check",
    "decisions:read",
    "people:read",
    "consents:write",
    "declarations:write",
    "published:write",
    "accounts:write",
    "authorizations:decide",
    "grants:write",
    "imports:write",
    "reviews:decide",
    FOR_OTHERS,
    "ledger:read",
    "events:read",
    "widgets:issue",
    "admin",
)
_PREFIX = "clp_"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_BYTES = 32
_RANDOM_CHARS = 43
_CHECK_CHARS = 6
_SHAPE = re.compile(rf"{_PREFIX}[0-9A-Za-z]{{{_RANDOM_CHARS + _CHECK_CHARS}}}")
_MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; `secret` is the whole key and is kept nowhere else."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key on record. `schools` is None for no limit.

    `lineage` is the id of the first key of those that replace one another and share what they asked
    and made. `person_status` is that of the person it acts for; None for no person, and for one not
    on file.
    """

    id: str
    lineage: str
    name: str
    scopes: frozenset[str]
    person_id: str | None
    schools: frozenset[str] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    person_status: str | None = None

    @property
    def may_act(self) -> bool:
        """Return whether the key acts for no one, or for someone who is with the district."""
        return self.person_id is None or self.person_status == "active"

    def is_live(self, now: datetime) -> bool:
        """Return whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def hash_of(text: str) -> str | None:
    """Return the SHA-256, in hex, of a well-formed key; None where it cannot be one of ours."""
    if not _SHAPE.fullmatch(text) or text[-_CHECK_CHARS:] != _compute_checksum(
        text[:-_CHECK_CHARS]
    ):
        return None
    return _hash_text(text)


def digest_hash(secret_hash: str) -> str:
    """Return what the ledger has of a key's hash, by which another hash in its place is found."""
    return _hash_text(secret_hash)


def create_key(  # noqa: PLR0913 - keyword-only; each is one right of the key
    connection: Connection,
    *,
    name: str,
    scopes: Collection[str],
    now: datetime,
    person_id: str | None = None,
    schools: Collection[str] | None = None,
    expires_at: datetime | None = None,
) -> NewKey:
    """Create a key. Raises `ValueError`, naming the field, for rights that cannot be given."""
    _refuse_bad_rights(name, scopes, expires_at, now)
    refuse_bad_person(connection, person_id)
    refuse_bad_schools(connection, schools)
    rights = {
        "name": name,
        "scopes": sorted(set(scopes)),
        "person_id": person_id,
        "schools": None if schools is None else sorted(set(schools)),
    }
    key = _store_key(connection, rights, now, expires_at)
    said = {**_describe_key(key), **rights, "expires_at": _format_time(expires_at)}
    _record_change(connection, "created", now, said)
    return key


def find_by_hash(connection: Connection, hashes: Iterable[str]) -> dict[str, KeyRecord]:
    """Return the keys with those hashes, live or not, by hash."""
    rows = connection.execute(_HASHED, {"hashes": as_json(hashes)})
    return {row.hash: _make_key_record(row) for row in rows}


def find_key(connection: Connection, secret_hash: str, now: datetime) -> KeyRecord | None:
    """Return the live key with that hash, or None; a revoked or expired key is not live."""
    record = find_by_hash(connection, [secret_hash]).get(secret_hash)
    return record if record and record.is_live(now) else None


def find_by_id(connection: Connection, key_id: str, now: datetime) -> KeyRecord | None:
    """Return the live key with that id, or None; a revoked or expired key is not live."""
    row = connection.execute(_LISTED.where(api_keys.c.id == key_id)).one_or_none()
    record = _make_key_record(row) if row else None
    return record if record and record.is_live(now) else None


def may_name(
    connection: Connection, key: KeyRecord, person_id: str | None, issued_at: datetime
) -> bool:
    """Return whether a token of `key` may act for that person, or for no one, today.

    Not where the id has passed to another person since the token was issued.
    """
    if person_id is None or key.person_id is not None:
        return person_id == key.person_id
    return is_active_staff(connection, person_id, key.schools, issued_at)


def list_keys(connection: Connection) -> list[KeyRecord]:
    """Return all keys, old and new, oldest first."""
    rows = connection.execute(_LISTED.order_by(api_keys.c.created_at, api_keys.c.id))
    return [_make_key_record(row) for row in rows]


def rotate_key(connection: Connection, key_id: str, overlap: timedelta, now: datetime) -> NewKey:
    """Create a key with the same rights and as long a life; the old one ends after `overlap`.

    Raises `NotFoundError` for an unknown key, `ValueError` for one no longer live or a negative
    overlap.
    """
    old = _read_key(connection, key_id)
    if not old.is_live(now):
        message = "key: it is revoked or has expired; create a new one"
        raise ValueError(message)
    if overlap < timedelta(0):
        message = "overlap: must not be negative"
        raise ValueError(message)
    rights = {
        "name": old.name,
        "scopes": sorted(old.scopes),
        "person_id": old.person_id,
        "schools": None if old.schools is None else sorted(old.schools),
        "first_id": old.lineage,
    }
    expires_at = old.expires_at and now + (old.expires_at - old.created_at)
    key = _store_key(connection, rights, now, expires_at)
    ends = min(now + overlap, old.expires_at or now + overlap)
    _update_key(connection, old.id, expires_at=ends)
    said = {"replaces": old.id, "replaced_expires_at": _format_time(ends)}
    said |= {**_describe_key(key), "expires_at": _format_time(expires_at)}
    _record_change(connection, "rotated", now, said)
    return key


def revoke_key(connection: Connection, key_id: str, now: datetime) -> None:
    """End a key at once; a revoked one stays as it is. Raises `NotFoundError`."""
    if _read_key(connection, key_id).revoked_at is None:
        _update_key(connection, key_id, revoked_at=now)
        _record_change(connection, "revoked", now, {"key_id": key_id})


def _refuse_bad_rights(
    name: str, scopes: Collection[str], expires_at: datetime | None, now: datetime
) -> None:
    if not name.strip() or len(name) > _MAX_NAME or not name.isprintable():
        message = f"name: must be 1 to {_MAX_NAME} printable characters"
        raise ValueError(message)
    if not scopes or not set(scopes) <= set(SCOPES):
        message = f"scope: must be at least one of {', '.join(SCOPES)}"
        raise ValueError(message)
    if expires_at is not None and expires_at <= now:
        message = "expires_at: must be in the future"
        raise ValueError(message)


def _store_key(
    connection: Connection, rights: dict[str, Any], now: datetime, expires_at: datetime | None
) -> NewKey:
    key = NewKey(make_id(), _make_secret())
    row = {
        **rights,
        "id": key.id,
        "hash": _hash_text(key.secret),
        "scopes": orjson.dumps(rights["scopes"]).decode(),
        "schools": rights["schools"] and orjson.dumps(rights["schools"]).decode(),
        "created_at": now,
        "expires_at": expires_at,
    }
    connection.execute(insert(api_keys), row)
    return key


def _describe_key(key: NewKey) -> dict[str, Any]:
    """Return the id of a new key, and what binds its hash without telling it."""
    return {"key_id": key.id, "hash_sha256": digest_hash(_hash_text(key.secret))}


def _hash_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _update_key(connection: Connection, key_id: str, **values: datetime) -> None:
    connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(values))


def _record_change(
    connection: Connection, change: str, now: datetime, body: dict[str, Any]
) -> None:
    append_entries(connection, [LedgerEntry(make_id(), f"key.{change}", now, None, body)])


def _read_key(connection: Connection, key_id: str) -> KeyRecord:
    row = connection.execute(_LISTED.where(api_keys.c.id == key_id)).one_or_none()
    if row is None:
        detail = "There is no key with this id"
        raise NotFoundError(detail)
    return _make_key_record(row)


def _make_key_record(row: Row[Any]) -> KeyRecord:
    return KeyRecord(
        id=row.id,
        lineage=row.first_id or row.id,
        name=row.name,
        scopes=frozenset(orjson.loads(row.scopes)),
        person_id=row.person_id,
        schools=None if row.schools is None else frozenset(orjson.loads(row.schools)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        person_status=row.person_status,
    )


def _make_secret() -> str:
    number = int.from_bytes(secrets.token_bytes(_RANDOM_BYTES))
    body = _PREFIX + _encode_base62(number, _RANDOM_CHARS)
    return body + _compute_checksum(body)


def _compute_checksum(body: str) -> str:
    return _encode_base62(zlib.crc32(body.encode()), _CHECK_CHARS)


def _encode_base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _format_time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()
