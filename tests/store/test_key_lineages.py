"""Keys that replaced one another before stores knew it: an upgrade reads it from the ledger."""

from datetime import UTC, datetime

from alembic import command
from sqlalchemy import insert, select, text

from app.database import tables as t
from app.database.session import Store
from app.store.ledger import chain
from migrations.upgrade import _make_config, migrating, upgrade

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
KEY = "INSERT INTO api_keys (id, name, hash, scopes, created_at) VALUES (:id, 'k', :id, '[]', :at)"


def test_an_upgrade_knows_who_replaced_whom_and_counts_their_people_once(empty_url: str) -> None:
    store = Store(empty_url)
    with migrating(store) as connection:
        command.upgrade(_make_config(connection), "0016")
        for key_id in ("a", "b", "c", "other"):
            connection.execute(text(KEY), {"id": key_id, "at": NOW.isoformat()})
        rotations = [{"key_id": "b", "replaces": "a"}, {"key_id": "c", "replaces": "b"}]
        entries = [
            chain.LedgerEntry(chain.make_id(), "key.rotated", NOW, None, one) for one in rotations
        ]
        chain.append_entries(connection, entries)
        for key_id, people in (("a", (1, 2)), ("b", (2, 3)), ("c", (4,)), ("other", (1,))):
            rows = [{"day": 7, "key_id": key_id, "person": one} for one in people]
            connection.execute(insert(t.asked_people), rows)
            total = {"day": 7, "key_id": key_id, "people": len(people)}
            connection.execute(insert(t.asked_totals).values(total))
    assert upgrade(store)
    with store.reading() as connection:
        c = t.api_keys.c
        first = {row.id: row.first_id for row in connection.execute(select(c.id, c.first_id))}
        asked = connection.execute(select(t.asked_people).order_by(t.asked_people.c.person))
        people = [(row.key_id, row.person) for row in asked if row.key_id != "other"]
        totals = {row.key_id: row.people for row in connection.execute(select(t.asked_totals))}
    assert first == {"a": None, "b": "a", "c": "a", "other": None}
    assert people == [("a", 1), ("a", 2), ("a", 3), ("a", 4)]
    assert totals == {"a": 4, "other": 1}
    store.close()
