"""API keys held against the ledger: what was done to a key past the service is found."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection, delete, insert, select, update

from app.database.session import Store
from app.database.tables import api_keys
from app.erasure.person_erasure import erase_person
from app.erasure.retention import purge_contents
from app.store.ledger import chain
from app.store.ledger.changes import Actor
from app.store.ledger.key_audit import find_key_faults
from app.store.service import keys
from tests.district import District
from tests.store.edits import taken_back

NOW = datetime(2026, 11, 3, 15, tzinfo=UTC)
DAY = timedelta(days=1)
BY = Actor("key-1", "dora", NOW)
UNKNOWN = (None, "rows without a row on the ledger: 1")
LIVE = (None, "keys that were revoked, and are live: 1")
GONE = (None, "keys that the ledger has, and that are gone: 1")


@pytest.fixture
def made(store: Store) -> dict[str, str]:
    """The ids of keys: `plain`, `old` with its successor `new`, and the revoked `lost`."""
    with store.writing() as connection:
        district = District(connection)
        district.org("maple")
        for who in ("dora", "tess"):
            district.employee(who, f"{who} Hale")
        rights: dict[str, Any] = {"scopes": ["check"], "now": NOW, "schools": ["maple"]}
        ids = {
            name: keys.create_key(connection, name=name, person_id=person, **rights).id
            for name, person in (("plain", None), ("old", "tess"), ("lost", None))
        }
        ids["new"] = keys.rotate_key(connection, ids["old"], DAY, NOW).id
        keys.revoke_key(connection, ids["lost"], NOW)
    return ids


def find_faults(connection: Connection) -> list[tuple[str | None, str]]:
    return [(one.record_id, one.reason) for one in find_key_faults(connection)]


def audit(store: Store) -> list[tuple[str | None, str]]:
    with store.reading() as connection:
        return find_faults(connection)


EDITS: list[tuple[str, dict[str, Any], str]] = [
    ("plain", {"scopes": '["admin"]'}, "scopes"),
    ("plain", {"scopes": "no JSON"}, "scopes"),
    ("plain", {"schools": None}, "schools"),
    ("plain", {"person_id": "dora"}, "person_id"),
    ("plain", {"name": "other"}, "name"),
    ("plain", {"hash": "0" * 64}, "hash_sha256"),
    ("plain", {"expires_at": NOW + DAY}, "expires_at"),
    ("plain", {"first_id": "other"}, "first_id"),
    ("old", {"expires_at": None}, "expires_at"),
    ("old", {"expires_at": NOW + 9 * DAY}, "expires_at"),
    ("new", {"scopes": '["admin"]'}, "scopes"),
    ("new", {"first_id": None}, "first_id"),
    ("new", {"expires_at": NOW}, "expires_at"),
]


def test_edits_are_found(store: Store, made: dict[str, str]) -> None:
    assert audit(store) == []
    with store.writing() as connection:
        for name, values, column in EDITS:
            with taken_back(connection):
                mine = update(api_keys).where(api_keys.c.id == made[name])
                connection.execute(mine.values(values))
                said = f"says another {column} than the ledger"
                assert find_faults(connection) == [(made[name], said)], (name, values)


def test_key_that_is_made_live_again_or_ended_is_found(store: Store, made: dict[str, str]) -> None:
    for name, at, reason in (
        ("lost", None, "was revoked, and is live"),
        ("plain", NOW, "is revoked, and the ledger does not say so"),
    ):
        with store.writing() as connection, taken_back(connection):
            mine = update(api_keys).where(api_keys.c.id == made[name])
            connection.execute(mine.values(revoked_at=at))
            assert find_faults(connection) == [(made[name], reason)]


def slip_in(connection: Connection) -> None:
    """Add a key of our own, as live as any."""
    row = connection.execute(select(api_keys).limit(1)).mappings().one()
    forged = {**row, "id": "forged", "hash": "1" * 64, "scopes": '["admin"]', "revoked_at": None}
    connection.execute(insert(api_keys).values(forged))


def test_key_that_was_slipped_in_or_deleted_is_found(store: Store, made: dict[str, str]) -> None:
    with store.writing() as connection:
        with taken_back(connection):
            slip_in(connection)
            assert find_faults(connection) == [UNKNOWN]
        connection.execute(delete(api_keys).where(api_keys.c.id == made["lost"]))
        assert find_faults(connection) == [(made["lost"], "is gone")]


def test_erased_and_purged_rows_excuse_no_more_than_they_said(
    store: Store, made: dict[str, str]
) -> None:
    erase_person(store, "tess", lambda: BY)
    assert audit(store) == []
    with store.writing() as connection, taken_back(connection):
        slip_in(connection)
        assert find_faults(connection) == [UNKNOWN]
    purge_contents(store, NOW + DAY, lambda: BY)
    assert audit(store) == []
    with store.writing() as connection:
        keys.rotate_key(connection, made["plain"], DAY, NOW + DAY)
        assert find_faults(connection) == []
        with taken_back(connection):
            slip_in(connection)
            assert find_faults(connection) == [UNKNOWN]
        with taken_back(connection):
            ended = update(api_keys).where(api_keys.c.revoked_at.is_not(None))
            connection.execute(ended.values(revoked_at=None))
            assert find_faults(connection) == [LIVE]
        connection.execute(delete(api_keys).where(api_keys.c.id == made["lost"]))
        assert find_faults(connection) == [GONE]


def test_rows_of_earlier_versions_have_no_digest_of_the_secret(store: Store) -> None:
    rights = {"name": "Postiz", "scopes": ["check"], "person_id": None, "schools": None}
    body = {"key_id": "k1", **rights, "expires_at": None}
    with store.writing() as connection:
        entry = chain.LedgerEntry(chain.make_id(), "key.created", NOW, None, body)
        chain.append_entries(connection, [entry])
        row = {**rights, "scopes": orjson.dumps(["check"]).decode(), "created_at": NOW}
        connection.execute(insert(api_keys).values(**row, id="k1", hash="2" * 64))
        assert find_faults(connection) == []
        connection.execute(update(api_keys).values(schools='["maple"]'))
        assert find_faults(connection) == [("k1", "says another schools than the ledger")]
