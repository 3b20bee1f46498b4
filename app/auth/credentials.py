"""Credentials of a request, an API key or a widget's token, and the live key they mean."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.auth.widget_tokens import WidgetToken
from app.errors import PersonInactiveError, UnauthenticatedError
from app.store.service.keys import KeyRecord, find_by_hash, find_by_id, hash_of, may_name
from app.store.service.origins import is_registered

# The SHA-256 of a well-formed key, or what a token of ours says.
Credential = str | WidgetToken
Found = KeyRecord | UnauthenticatedError
_SCHEME = "bearer"


def read_credential(authorization: str) -> str:
    """Return the text behind `Bearer`; raises `UnauthenticatedError` for another scheme."""
    scheme, _, credential = authorization.partition(" ")
    if scheme.lower() != _SCHEME:
        raise UnauthenticatedError
    return credential.strip()


def hash_key(authorization: str) -> str:
    """Return the SHA-256 of the key in a header; raises `UnauthenticatedError` for what is none."""
    digest = hash_of(read_credential(authorization))
    if digest is None:
        raise UnauthenticatedError
    return digest


def find_keys(
    connection: Connection, credentials: Sequence[Credential], now: datetime
) -> list[Found]:
    """Return the live key of each credential, in order, or the error that refuses it.

    Of any number of keys it takes one statement; each token takes three.
    """
    hashes = [one for one in credentials if isinstance(one, str)]
    keys = find_by_hash(connection, hashes) if hashes else {}
    return [
        _judge_key(keys.get(one), now)
        if isinstance(one, str)
        else _find_token(connection, one, now)
        for one in credentials
    ]


def _judge_key(key: KeyRecord | None, now: datetime) -> Found:
    if key is None or not key.is_live(now):
        return UnauthenticatedError(key.id if key else None)
    return key if key.may_act else PersonInactiveError(key.id)


def _find_token(connection: Connection, token: WidgetToken, now: datetime) -> Found:
    """Return the live key of a token with an origin that is still registered."""
    key = find_by_id(connection, token.key_id, now)
    if key is None or not is_registered(connection, token.origin, token.issued_at):
        return UnauthenticatedError(token.key_id)
    if not key.may_act or not may_name(connection, key, token.person_id, token.issued_at):
        return PersonInactiveError(key.id)
    return key
