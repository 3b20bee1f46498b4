"""The sums over records that deliveries change: an edit past the service is found."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, select, update

from app.database import tables as t
from app.database.session import Store
from app.erasure.lifted_guards import lift_guards
from app.erasure.person_erasure import erase_person
from app.erasure.retention import purge_contents
from app.imports.doubts.settling import Settlement, settle_doubt
from app.imports.run import run_import
from app.settings import Settings
from app.store.consents.list_dates import attest_list
from app.store.ledger import chain
from app.store.ledger.changes import Actor
from app.store.ledger.record_audit import compare_records
from app.store.ledger.record_sums import BOUND

FILES = {
    "orgs.csv": "sourced_id,name,kind\nd1,District,district\nmaple,Maple,school\n",
    "people.csv": "sourced_id,kind,given_name,family_name,grade,birth_date,org_sourced_id\n"
    "ana,student,Ana,Lopez,05,2015-03-04,maple\nben,student,Ben,Ho,05,2015-05-06,maple\n"
    "cal,student,Cal,Oro,05,2015-07-08,maple\nsue,employee,Sue,Hale,,,maple\n",
    "classes.csv": "sourced_id,title,org_sourced_id\nc1,Room 1,maple\nc2,Room 2,maple\n",
    "enrollments.csv": "class_sourced_id,person_sourced_id,role\nc1,ana,student\n"
    "c1,ben,student\nc2,cal,student\nc1,sue,teacher\n",
    "guardians.csv": "student_sourced_id,guardian_id,name,relationship\n"
    "ana,g1,Eva Lopez,mother\nben,g2,Ida Ho,mother\n",
    "consents.csv": "person_sourced_id,decision,given_by,capacity,signed_at\n"
    "ana,refuse,,guardian,2026-09-01\n",
}
DOUBTFUL = FILES["consents.csv"] + "ben,perhaps,,guardian,2026-09-01\n"
# What each table that the ledger says nothing of is for. A new table needs a place: among the
# sums, in the comparison with the ledger, or here with the reason.
UNSAID = {
    **dict.fromkeys(
        ("decision_index", "decision_subjects", "index_positions"), "found again from the ledger"
    ),
    **dict.fromkeys(
        ("person_names", "person_words", "word_variants"), "made from people, and not compared"
    ),
    **dict.fromkeys(
        ("declared_media", "clearance_facts"), "made from these, and not compared"
    ),
    **dict.fromkeys(
        ("feed_people", "feed_enrollments", "feed_guardians", "feed_deliveries", "class_absences"),
        "says which feed brings a record; the records themselves are bound",
    ),
    **dict.fromkeys(
        ("import_befores", "undo_kept", "undone_statements", "imports", "import_errors", "pulls",
         "notices"), "the work of deliveries; what they leave on file is bound"
    ),
    **dict.fromkeys(("asked_people", "asked_totals", "idempotency_keys"), "kept for a day"),
    **dict.fromkeys(("events", "mail_rounds"), "word that was sent, or waits to be"),
    "record_sums": "holds the sums, which the ledger binds",
    "changes": "holds again what the ledger has of each change",
    "ledger": "is verified by its own chain",
    "review_messages": "open: an edit of these is not found yet (docs/decisions/0045)",
}  # fmt: skip
COMPARED = {
    "authorizations", "consents", "designations", "grants", "moderations", "releases",
    "declarations", "clearances", "resolutions", "api_keys",
    "accounts", "account_managers", "account_aliases", "authorization_requests",
    "event_endpoints", "origins", "published_posts", "takedowns", "reports",
}  # fmt: skip


@pytest.fixture
def delivered(store: Store, store_url: str, tmp_path: Path) -> Store:
    """A small district after two deliveries, with a doubt about one child."""
    assert deliver(store, store_url, tmp_path, FILES) == "applied"
    assert deliver(store, store_url, tmp_path, {"consents.csv": DOUBTFUL}) == "invalid"
    return store


def deliver(store: Store, url: str, path: Path, files: Mapping[str, str]) -> str:
    folder = path / f"delivery{len(list(path.iterdir()))}"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    settings = Settings(database_url=url, import_hold_flips_percent=100)
    return run_import(store, settings, folder).state


def audit(store: Store) -> list[tuple[str, str]]:
    with store.reading() as connection:
        return compare(connection)


def compare(connection: Connection) -> list[tuple[str, str]]:
    found = compare_records(connection)
    assert found.unbound == ()
    return [(one.table, one.reason) for one in found.mismatches]


def test_every_table_has_a_place() -> None:
    assert set(t.metadata.tables) == {*BOUND, *COMPARED, *UNSAID}


EDITS: list[tuple[Table, dict[str, str], dict[str, Any] | None]] = [
    (t.people, {"id": "ana"}, {"birth_date": date(2005, 3, 4)}),
    (t.people, {"id": "ana"}, {"status": "inactive"}),
    (t.people, {"id": "ana"}, {"org_id": "d1"}),
    (t.people, {"id": "ana"}, {"first_seen_at": datetime(2020, 1, 1, tzinfo=UTC)}),
    (t.classes, {"id": "c1"}, {"title": "Room 2"}),
    (t.enrollments, {"person_id": "ana"}, None),
    (t.enrollments, {"person_id": "cal"}, {"class_id": "c1"}),
    (t.guardians, {"student_id": "ana"}, {"guardian_id": "g2"}),
    (t.guardians, {"student_id": "ben"}, None),
    (t.doubted_people, {"person_id": "ben"}, None),
    (t.list_dates, {"kind": "rosters"}, {"at": datetime(2027, 1, 1, tzinfo=UTC)}),
    (t.import_doubts, {"key": "ben"}, {"ended_at": datetime(2026, 1, 1, tzinfo=UTC)}),
]


def test_edits_are_found(delivered: Store) -> None:
    assert audit(delivered) == []
    for table, which, values in EDITS:
        where = [table.c[name] == value for name, value in which.items()]
        changed = delete(table) if values is None else update(table).values(values)
        with delivered.writing() as connection, lift_guards(connection, [t.list_dates]):
            edit = connection.begin_nested()
            assert connection.execute(changed.where(*where)).rowcount, (table.name, which)
            assert {name for name, _ in compare(connection)} == {table.name}, which
            edit.rollback()
    assert audit(delivered) == []


def test_edit_with_its_sum_is_found(delivered: Store, store_url: str, tmp_path: Path) -> None:
    """The sum alone can be forged; the ledger has it, and goes on having it after an import."""
    forged = update(t.record_sums).values(rows=9).where(t.record_sums.c.name == "people")
    with delivered.writing() as connection:
        connection.execute(forged)
    assert audit(delivered) == [("people", "has another sum than the ledger")]
    people = FILES["people.csv"].replace("Cal,Oro", "Carl,Oro")
    deliver(delivered, store_url, tmp_path, {**FILES, "people.csv": people})
    ((name, reason),) = audit(delivered)
    assert (name, reason[:31]) == ("people", "was changed past the service be")


def test_acts_of_the_service_are_no_fault(delivered: Store, store_url: str, tmp_path: Path) -> None:
    now = delivered.now()
    with delivered.writing() as connection:
        doubt = connection.scalar(select(t.import_doubts.c.id).limit(1))
        settle_doubt(
            connection, Actor("key", "sue", now), Settlement(str(doubt), "asked the mother")
        )
    attest_list(delivered, now, None)
    changed = {
        **FILES,
        "enrollments.csv": FILES["enrollments.csv"].replace("c2,cal", "c1,cal"),
        "guardians.csv": FILES["guardians.csv"].replace("ben,g2,Ida Ho,mother\n", ""),
        "people.csv": FILES["people.csv"].replace("2015-07-08", "2015-07-09"),
    }
    deliver(delivered, store_url, tmp_path, changed)
    assert audit(delivered) == []
    erase_person(delivered, "ana", lambda: Actor("key", "sue", now))
    assert audit(delivered) == []
    purge_contents(delivered, now + timedelta(days=1), lambda: Actor("key", "sue", now))
    assert audit(delivered) == []
    with delivered.reading() as connection:
        assert chain.verify_chain(connection).bad is None
