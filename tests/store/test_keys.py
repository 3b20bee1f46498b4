from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import insert, select, update

from app.database.session import Store
from app.database.tables import api_keys, orgs, people
from app.errors import NotFoundError
from app.store.ledger import chain
from app.store.service import keys

NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


def create(store: Store, **rights: Any) -> keys.NewKey:
    wanted: dict[str, Any] = {"name": "Postiz", "scopes": ["check"], "now": NOW, **rights}
    with store.writing() as connection:
        return keys.create_key(connection, **wanted)


def find(store: Store, secret: str, now: datetime = NOW) -> keys.KeyRecord | None:
    digest = keys.hash_of(secret)
    assert digest
    with store.reading() as connection:
        return keys.find_key(connection, digest, now)


def entries(store: Store) -> list[tuple[str, dict[str, Any]]]:
    with store.reading() as connection:
        rows = connection.execute(select(chain.ledger).order_by("seq")).all()
    return [(row.kind, orjson.loads(row.payload)) for row in rows]


@pytest.fixture
def district(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(
            insert(orgs),
            [
                {"id": "s1", "name": "Maple", "name_key": "maple", "kind": "school"},
                {"id": "d1", "name": "District", "name_key": "district", "kind": "district"},
            ],
        )
        person = {"given_name": "A", "family_name": "B", "status": "active", "first_seen_at": NOW}
        connection.execute(
            insert(people),
            [{**person, "id": "e1", "kind": "employee"}, {**person, "id": "p1", "kind": "student"}],
        )


def test_a_key_is_found_by_its_secret_alone(store: Store, district: None) -> None:
    new = create(store, scopes=["check", "check", "admin"], person_id="e1", schools=["s1"])
    found = find(store, new.secret)
    assert found is not None
    assert found.id == new.id
    assert (found.scopes, found.person_id, found.schools) == ({"check", "admin"}, "e1", {"s1"})
    assert find(store, create(store).secret) != found


def test_neither_secret_nor_hash_is_kept_where_it_can_be_read(store: Store) -> None:
    new = create(store)
    with store.reading() as connection:
        row = connection.execute(select(api_keys)).one()
        said = connection.execute(select(chain.ledger.c.payload)).scalar_one()
    assert new.secret not in str(tuple(row))
    assert new.secret not in said
    assert row.hash not in said


@pytest.mark.parametrize("at", [0, 3, 4, 20, -7, -6, -1])
def test_one_wrong_character_is_refused_without_a_look_up(store: Store, at: int) -> None:
    secret = create(store).secret
    assert keys.hash_of(secret)
    letters = list(secret)
    letters[at] = "0" if letters[at] != "0" else "1"
    assert keys.hash_of("".join(letters)) is None


@pytest.mark.parametrize("text", ["", "clp_", "clp_" + "a" * 49, "clp_" + "é" * 49, "x" * 100_000])
def test_garbage_is_no_key(text: str) -> None:
    assert keys.hash_of(text) is None


def test_a_key_ends_when_it_expires(store: Store) -> None:
    new = create(store, expires_at=NOW + HOUR)
    assert find(store, new.secret, NOW + HOUR - timedelta(microseconds=1))
    assert find(store, new.secret, NOW + HOUR) is None


def test_a_revoked_key_is_gone_and_stays_revoked(store: Store) -> None:
    new = create(store)
    for when in (NOW, NOW + HOUR):
        with store.writing() as connection:
            keys.revoke_key(connection, new.id, when)
    assert find(store, new.secret) is None
    with store.reading() as connection:
        assert [key.revoked_at for key in keys.list_keys(connection)] == [NOW]
    assert [kind for kind, _ in entries(store)] == ["key.created", "key.revoked"]


def test_rotation_gives_the_same_rights_and_lets_the_old_key_run_out(
    store: Store, district: None
) -> None:
    old = create(store, person_id="e1", schools=["s1"], expires_at=NOW + 10 * HOUR)
    later = NOW + 4 * HOUR
    with store.writing() as connection:
        new = keys.rotate_key(connection, old.id, HOUR, later)
    before, after = find(store, old.secret, later), find(store, new.secret, later)
    assert before is not None
    assert after is not None
    assert (before.scopes, before.person_id, before.schools) == (
        after.scopes,
        after.person_id,
        after.schools,
    )
    assert after.expires_at == later + 10 * HOUR
    assert find(store, old.secret, later + HOUR) is None
    assert entries(store)[-1][1]["replaces"] == old.id


def test_rotation_never_lengthens_the_old_keys_life(store: Store) -> None:
    old = create(store, expires_at=NOW + HOUR)
    with store.writing() as connection:
        keys.rotate_key(connection, old.id, 24 * HOUR, NOW)
    assert find(store, old.secret, NOW + HOUR) is None


def test_a_key_that_ended_cannot_be_rotated(store: Store) -> None:
    ended, running = create(store, expires_at=NOW + HOUR), create(store)
    with store.writing() as connection, pytest.raises(ValueError, match=r"has expired"):
        keys.rotate_key(connection, ended.id, HOUR, NOW + HOUR)
    with store.writing() as connection, pytest.raises(ValueError, match=r"^overlap:"):
        keys.rotate_key(connection, running.id, -HOUR, NOW)


def test_an_unknown_key_is_said_to_be_unknown(store: Store) -> None:
    with store.writing() as connection:
        with pytest.raises(NotFoundError):
            keys.revoke_key(connection, "none", NOW)
        with pytest.raises(NotFoundError):
            keys.rotate_key(connection, "none", HOUR, NOW)


@pytest.mark.parametrize(
    ("field", "rights"),
    [
        ("scope", {"scopes": ["check", "canary"]}),
        ("scope", {"scopes": []}),
        ("name", {"name": " "}),
        ("name", {"name": "canary\n"}),
        ("expires_at", {"expires_at": NOW}),
        ("person", {"person_id": "canary"}),
        ("person", {"person_id": "p1"}),
        ("school", {"schools": ["s1", "canary"]}),
        ("school", {"schools": ["d1"]}),
        ("school", {"schools": []}),
    ],
)
def test_rights_that_cannot_be_given_are_refused_by_field_and_leave_nothing(
    store: Store, district: None, field: str, rights: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=f"^{field}: ") as refused:
        create(store, **rights)
    assert "canary" not in str(refused.value)
    assert entries(store) == []


def test_every_change_is_on_the_ledger_in_the_same_transaction(store: Store) -> None:
    def fails() -> None:
        with store.writing() as connection:
            keys.create_key(connection, name="n", scopes=["check"], now=NOW)
            connection.execute(update(api_keys).values(hash=None))

    with pytest.raises(Exception, match=r"(?i)null"):
        fails()
    with store.reading() as connection:
        assert keys.list_keys(connection) == []
    assert entries(store) == []
