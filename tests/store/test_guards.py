"""The guards of history: all there are found, and one that is gone, off or changed is missed."""

import pytest
from sqlalchemy import Connection, text

from app.store.guards import GUARDED, find_missing_guards
from app.store.session import Store

NO_OP = "CREATE TRIGGER consents_no_update BEFORE UPDATE ON consents BEGIN SELECT 1; END"
ONLY_SOME = (
    "CREATE TRIGGER consents_no_update BEFORE UPDATE ON consents WHEN NEW.seq < 0 "
    "BEGIN SELECT RAISE(ABORT, 'consents is append-only'); END"
)
WIDER = (
    "CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger WHEN NEW.seq < 0 "
    "BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END"
)
EMPTY = (
    "CREATE OR REPLACE FUNCTION clearpost_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RETURN NEW; END $$"
)


def missing(store: Store, *statements: str) -> list[str]:
    with store.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))
        return find_missing_guards(connection)


def drop(connection: Connection, table: str, action: str) -> None:
    on = "" if connection.dialect.name == "sqlite" else f" ON {table}"
    connection.execute(text(f"DROP TRIGGER {table}_no_{action}{on}"))


def test_new_store_has_them_all(store: Store) -> None:
    assert missing(store) == []


@pytest.mark.parametrize("table", GUARDED)
def test_one_that_is_gone_is_missed(store: Store, table: str) -> None:
    for action in ("update", "delete"):
        with store.writing() as connection:
            drop(connection, table, action)
    assert missing(store) == [f"{table}_no_update", f"{table}_no_delete"]


def test_one_that_is_switched_off_is_missed(store: Store) -> None:
    if store.is_sqlite:
        assert missing(store, "DROP TRIGGER consents_no_update", NO_OP) == ["consents_no_update"]
        return
    off = "ALTER TABLE consents DISABLE TRIGGER consents_no_update"
    assert missing(store, off) == ["consents_no_update"]


def test_one_that_refuses_less_is_missed(store: Store) -> None:
    if store.is_sqlite:
        changed = ("DROP TRIGGER consents_no_update", ONLY_SOME)
        assert missing(store, *changed) == ["consents_no_update"]
        changed = ("DROP TRIGGER ledger_no_update", WIDER)
        assert missing(store, *changed) == ["consents_no_update", "ledger_no_update"]
        return
    assert len(missing(store, EMPTY)) == 3 * len(GUARDED)
