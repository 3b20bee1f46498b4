"""`clearpost ledger verify`: a whole chain, an erased row, and every kind of tampering."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app.database.session import Store
from app.erasure.person_erasure import erase_contents
from app.store.ledger.chain import LedgerEntry, append_entries, make_id
from app.store.ledger.changes import Actor
from app.store.service.keys import create_key
from tests.cli.conftest import Run, one_line

UNPROTECT = ("DROP TRIGGER ledger_no_update", "DROP TRIGGER ledger_no_delete")


@pytest.fixture
def three(migrated: Run, store: Store) -> Run:
    """A store with three rows on the ledger."""
    rows = [
        LedgerEntry(make_id(), "test", datetime.now(UTC), "cli", {"said": f"Row {number}"})
        for number in (1, 2, 3)
    ]
    with store.writing() as connection:
        append_entries(connection, rows)
    return migrated


def run(store: Store, *statements: str) -> None:
    with store.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_whole_chain(three: Run) -> None:
    said = three("ledger", "verify")
    assert (said.returncode, said.stderr) == (0, "")
    found = dict(line.split("\t") for line in said.stdout.splitlines())
    assert (found["rows"], found["erased"]) == ("3", "0")
    assert len(bytes.fromhex(found["head"])) == 32


def test_erased_row_is_counted_and_the_chain_holds(three: Run, store: Store) -> None:
    with store.writing() as connection:
        erase_contents(connection, [2], Actor("cli", None, datetime.now(UTC)))
    said = three("ledger", "verify")
    assert said.returncode == 0
    assert said.stdout.splitlines()[:2] == ["rows\t4", "erased\t1"]


def test_contents_deleted_past_the_service_are_missed(three: Run, store: Store) -> None:
    run(store, "UPDATE ledger SET salt = NULL, payload = NULL WHERE seq = 2")
    said = three("ledger", "verify")
    assert said.returncode == 1
    assert "broken at row 2: its contents are gone" in one_line(said.stderr)


def test_records_of_a_delivery_are_held_against_the_ledger(migrated: Run, store: Store) -> None:
    migrated("generate", "district", "--students", "40")
    assert migrated("import", "district").returncode == 0
    said = migrated("ledger", "verify")
    assert (said.returncode, said.stderr) == (0, "")
    records = int(said.stdout.split("records\t")[1])
    assert records > 10
    run(
        store,
        "DROP TRIGGER consents_no_update",
        "UPDATE consents SET decision = 'grant' WHERE decision = 'refuse'",
    )
    said = migrated("ledger", "verify")
    assert said.returncode == 1
    assert "says another decision than the ledger" in said.stderr
    assert "guards of history are gone or changed: consents_no_update" in said.stderr


def test_key_with_other_rights_is_told_by_its_id(migrated: Run, store: Store) -> None:
    with store.writing() as connection:
        made = create_key(connection, name="Postiz", scopes=["check"], now=store.now())
    run(store, """UPDATE api_keys SET scopes = '["admin"]'""")
    said = migrated("ledger", "verify")
    assert said.returncode == 1
    told = f"clearpost: api_keys: the record {made.id} says another scopes than the ledger"
    assert told in said.stderr


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE ledger SET payload = replace(payload, 'Row 2', 'Row 9') WHERE seq = 2", 2),
        ("UPDATE ledger SET at = '2020-01-01 00:00:00.000000' WHERE seq = 2", 2),
        ("UPDATE ledger SET caller = 'somebody else' WHERE seq = 1", 1),
        ("UPDATE ledger SET hash = zeroblob(32) WHERE seq = 3", 3),
        ("DELETE FROM ledger WHERE seq = 2", 3),
    ],
)
def test_first_bad_row_is_named(three: Run, store: Store, statement: str, row: int) -> None:
    run(store, *UNPROTECT, statement)
    said = three("ledger", "verify")
    assert said.returncode == 1
    assert f"broken at row {row}: " in one_line(said.stderr)
