"""`clearpost person erase` and `clearpost ledger purge` and `scrub`, at the command line."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.database.session import Store
from app.store.ledger import chain
from app.store.ledger.chain import LedgerEntry, append_entries, make_id
from tests.cli.conftest import Run, one_line
from tests.district import found
from tests.store.raw_files import traces


@pytest.fixture
def district(migrated: Run, store: Store) -> Run:
    with store.writing() as connection:
        found(connection)
    return migrated


def test_person_is_erased_by_an_id_from_a_file_or_the_input(
    district: Run, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "id.txt").write_text("cleo\n")
    said = district("person", "erase", "id.txt", "--as", "dora")
    assert said.returncode == 0, said.stderr
    assert "cleo" not in said.stdout + said.stderr
    assert district("person", "erase", "--as", "dora", stdin="ben").returncode == 0
    assert traces(store, "Cleo", "Ben Park") == []
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None
    again = district("person", "erase", "id.txt", "--as", "dora")
    assert (again.returncode, "no such record" in one_line(again.stderr)) == (1, True)


@pytest.mark.parametrize(
    ("stdin", "as_", "code"), [("", "dora", 2), ("a\nb", "dora", 2), ("cleo", "ana", 2),
                               ("cleo", "nobody", 2), ("dora", "dora", 1)],
)  # fmt: skip
def test_erasure_that_is_refused(district: Run, stdin: str, as_: str, code: int) -> None:
    said = district("person", "erase", "--as", as_, stdin=stdin)
    assert said.returncode == code
    one_line(said.stderr)


def old(store: Store) -> None:
    at = datetime.now(UTC) - timedelta(days=100)
    with store.writing() as connection:
        append_entries(connection, [LedgerEntry(make_id(), "test", at, None, {"said": "Zebulon"})])


def test_purge_by_date(migrated: Run, store: Store) -> None:
    old(store)
    day = (datetime.now(UTC) - timedelta(days=90)).date().isoformat()
    counted = migrated("ledger", "purge", "--before", day, "--dry-run")
    assert counted.stdout == "rows\t1\n"
    assert traces(store, "Zebulon")
    said = migrated("ledger", "purge", "--before", day)
    assert (said.returncode, said.stdout) == (0, "rows\t1\n")
    assert traces(store, "Zebulon") == []
    assert migrated("ledger", "verify").returncode == 0


def test_purge_by_setting(migrated: Run, store: Store) -> None:
    old(store)
    assert migrated("ledger", "purge", CLEARPOST_LEDGER_RETENTION_DAYS="120").stdout == "rows\t0\n"
    assert migrated("ledger", "purge", CLEARPOST_LEDGER_RETENTION_DAYS="90").stdout == "rows\t1\n"
    assert migrated("ledger", "verify").returncode == 0


def test_purge_without_a_date_or_with_one_to_come_is_refused(migrated: Run) -> None:
    later = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    for arguments in ((), ("--before", later), ("--before", "soon")):
        assert migrated("ledger", "purge", *arguments).returncode == 2


def test_scrub_can_be_run_at_any_time(migrated: Run) -> None:
    assert migrated("ledger", "scrub").returncode == 0
