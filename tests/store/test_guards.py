"""The guards of history: all there are found, and one that is gone, off or changed is missed."""

import pytest
from sqlalchemy import Connection, text

from app.database.guards import GUARDED, find_missing_guards, find_strange_triggers
from app.database.session import Store

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


# Texts in which every fragment of the right one stands, and which refuse nothing.
QUOTED = (
    "CREATE TRIGGER consents_no_update BEFORE UPDATE ON consents BEGIN "
    "SELECT 'RAISE(ABORT, ''consents is append-only'')'; END"
)
IDENTIFIER = (
    "CREATE TRIGGER consents_no_update BEFORE UPDATE ON consents BEGIN "
    "SELECT \"RAISE(ABORT, 'consents is append-only')\"; END"
)
ELSEWHERE = (
    "CREATE TRIGGER consents_no_update BEFORE UPDATE ON orgs BEGIN "
    "SELECT RAISE(ABORT, 'consents is append-only'); END"
)
ONE_COLUMN = (
    "CREATE TRIGGER consents_no_update BEFORE UPDATE OF digest ON consents BEGIN "
    "SELECT RAISE(ABORT, 'consents is append-only'); END"
)
CAUGHT = (
    "CREATE OR REPLACE FUNCTION clearpost_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = "
    "'integrity_constraint_violation'; EXCEPTION WHEN OTHERS THEN NULL; END; RETURN NEW; END $$"
)
NARROW = (
    "DROP TRIGGER consents_no_update ON consents",
    (
        "CREATE TRIGGER consents_no_update BEFORE UPDATE OF digest ON consents "
        "FOR EACH ROW EXECUTE FUNCTION clearpost_append_only()"
    ),
)


def test_one_that_only_looks_like_ours_is_missed(store: Store) -> None:
    if store.is_sqlite:
        for text_ in (QUOTED, IDENTIFIER, ELSEWHERE, ONE_COLUMN):
            found = missing(store, "DROP TRIGGER consents_no_update", text_)
            assert found == ["consents_no_update"]
        return
    assert missing(store, *NARROW) == ["consents_no_update"]
    assert len(missing(store, CAUGHT)) == 3 * len(GUARDED)


@pytest.mark.parametrize("backend", ["postgresql"])
@pytest.mark.parametrize(
    "how", ["DISABLE TRIGGER USER", "ENABLE REPLICA TRIGGER consents_no_update"]
)
def test_one_that_fires_no_more_is_missed(store: Store, how: str) -> None:
    """SQLite's triggers cannot be switched off one by one."""
    assert "consents_no_update" in missing(store, f"ALTER TABLE consents {how}")


def test_trigger_of_somebody_else_is_found(store: Store) -> None:
    made = "CREATE TRIGGER helper AFTER INSERT ON consents "
    if store.is_sqlite:
        done = "BEGIN UPDATE people SET status = 'active'; END"
    else:
        done = "FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
        made = made.replace("AFTER INSERT", "BEFORE UPDATE")
    assert missing(store, made + done) == []
    with store.reading() as connection:
        assert find_strange_triggers(connection) == ["helper"]


@pytest.mark.parametrize("backend", ["postgresql"])
def test_rule_of_somebody_else_is_found(store: Store) -> None:
    """SQLite has no rules."""
    missing(store, "CREATE RULE quiet AS ON INSERT TO people DO INSTEAD NOTHING")
    with store.reading() as connection:
        assert find_strange_triggers(connection) == ["quiet"]


def test_new_store_has_no_others(store: Store) -> None:
    with store.reading() as connection:
        assert find_strange_triggers(connection) == []
