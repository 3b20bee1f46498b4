"""The schema: written out, the same as the tables say, and reached safely."""

import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Table, bindparam, delete, insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from app.database import tables as t
from app.database.session import Store
from app.erasure.person_erasure import erase_contents
from app.errors import SchemaError
from app.store.ledger import chain
from app.store.ledger.changes import Actor
from migrations.revisions import find_newest, is_current
from migrations.upgrade import _make_config, _read_scripts, migrating, upgrade

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
TODAY = date(2026, 3, 4)
HISTORY = [table for table in t.metadata.sorted_tables if "seq" in table.c]
UPGRADE = """
import sys
from migrations.upgrade import upgrade
from app.database.session import Store
sys.stdin.read()
print(upgrade(Store(sys.argv[1], busy_timeout_seconds=60)))
"""


def test_migrated_schema_is_the_one_of_the_tables(store: Store) -> None:
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, t.metadata) == []


def test_sqlite_ddl_is_that_of_the_tables_to_the_letter(tmp_path: Path) -> None:
    migrated, created = (Store(f"sqlite:///{tmp_path}/{name}.db") for name in ("m", "c"))
    upgrade(migrated)
    with created.writing() as connection:
        t.metadata.create_all(connection)
    assert _ddl(migrated) == _ddl(created)
    migrated.close()
    created.close()


def _ddl(store: Store) -> dict[str, list[str]]:
    wanted = "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql <> ''"
    with store.reading() as connection:
        rows = connection.execute(text(wanted)).all()
    # A column that a later step added stands behind the constraints; its place means nothing. The
    # name of a table that was rebuilt stands in quotes.
    return {
        name: sorted(
            filter(
                None, (p.strip(" ,)\t") for p in re.split(r"\n|,(?![^(]*\))", sql.replace('"', "")))
            )
        )
        for name, sql in rows
        if name != "alembic_version"
    }


def test_newest_revision_is_the_last_of_alembics() -> None:
    assert _read_scripts().get_heads() == [find_newest()]


def test_second_upgrade_changes_nothing(empty_url: str) -> None:
    store = Store(empty_url)
    assert not is_current(store)
    assert upgrade(store)
    assert is_current(store)
    assert not upgrade(store)
    store.close()


def test_four_racing_processes_upgrade_once(empty_url: str) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, empty_url],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for racer in racers:
        assert racer.stdin
        racer.stdin.close()
        racer.stdin = None
    answers = [racer.communicate(timeout=60) for racer in racers]
    assert [error for _, error in answers if error] == []
    assert sorted(said.strip() for said, _ in answers) == ["False", "False", "False", "True"]


def test_works_from_any_directory(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", UPGRADE, f"sqlite:///{tmp_path}/a.db"],
        cwd="/", input="", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout.strip() == "True"


@pytest.mark.parametrize("revision", ["9999", "not-one-of-ours"])
def test_store_of_a_newer_version_is_refused_and_kept(store: Store, revision: str) -> None:
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    assert not is_current(store)
    with pytest.raises(SchemaError, match=revision):
        upgrade(store)
    with store.reading() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == revision


def test_foreign_database_is_refused_and_kept(empty_url: str) -> None:
    store = Store(empty_url)
    with store.writing() as connection:
        connection.execute(text("CREATE TABLE people (whatever INTEGER)"))
    with pytest.raises(SchemaError, match="no revision"):
        upgrade(store)
    with store.reading() as connection:
        assert inspect(connection).get_table_names() == ["people"]
    store.close()


def test_dates_of_lists_stay_only_where_the_list_was_complete(empty_url: str) -> None:
    store = Store(empty_url)
    days = [NOW - timedelta(days=age) for age in (3, 2, 1, 0)]
    plans = [{"complete": ["flags", "people"]}, {"complete": ["people"]}, {"complete": []}]
    with migrating(store) as connection:
        command.upgrade(_make_config(connection), "0008")
        for n, (day, plan) in enumerate(zip(days, plans, strict=False)):
            said = {"id": f"i{n}", "version": 1, "state": "applied", "updated_at": day}
            _insert(connection, "imports", {**said, "created_at": day, "plan": json.dumps(plan)})
            _insert(connection, "list_dates", {"kind": "consents", "at": day})
        _insert(connection, "list_dates", {"kind": "attestation", "at": days[1]})
        _insert(connection, "list_dates", {"kind": "consents", "at": days[3]})
        _insert(connection, "list_dates", {"kind": "rosters", "at": days[3]})
    assert upgrade(store)
    c = t.list_dates.c
    with store.reading() as connection:
        rows = connection.execute(select(c.kind, c.at, c.school).order_by(c.seq)).all()
    assert rows == [
        ("consents", days[0], ""), ("statements", days[1], ""), ("statements", days[2], ""),
        ("attestation", days[1], ""), ("statements", days[3], ""), ("rosters", days[3], ""),
    ]  # fmt: skip
    with pytest.raises(IntegrityError, match="append-only"), store.writing() as connection:
        connection.execute(delete(t.list_dates))
    store.close()


def test_a_gap_of_no_known_school_counts_for_every_school_of_its_student(empty_url: str) -> None:
    store = Store(empty_url)
    schools = {
        "one": ("hill", None),
        "two": ("hill", '["dale", "hill", "vale"]'),
        "none": (None,) * 2,
    }
    with migrating(store) as connection:
        command.upgrade(_make_config(connection), "0037")
        hill = {"id": "hill", "name": "Hill", "name_key": "hill", "kind": "school"}
        _insert(connection, "orgs", hill)
        for who, (first, others) in schools.items():
            person = {"id": who, "kind": "student", "given_name": "Ana", "family_name": "Vega"}
            at = {"status": "active", "first_seen_at": NOW}
            _insert(
                connection, "people", {**person, **at, "org_id": first, "other_org_ids": others}
            )
            gap = {"source": "profile:ours", "file": "photo*", "gap": "absent", "import_number": 3}
            _insert(connection, "list_gaps", {**gap, "person_id": who})
    assert upgrade(store)
    c = t.list_gaps.c
    with store.reading() as connection:
        assert set(connection.execute(select(c.person_id, c.school, c.gap, c.import_number))) == {
            ("one", "hill", "absent", 3), ("none", " ", "absent", 3),
            *(("two", school, "absent", 3) for school in ("hill", "dale", "vale")),
        }  # fmt: skip
    store.close()


def test_statements_keep_what_they_say_and_stay_append_only(empty_url: str) -> None:
    store = Store(empty_url)
    person = {
        "id": "s-1", "kind": "student", "given_name": "Ana", "family_name": "Vega",
        "status": "active", "first_seen_at": NOW,
    }  # fmt: skip
    statement = {
        **dict.fromkeys(("activity", "channel", "extent", "capacity", "source"), "x"),
        "person_id": "s-1", "decision": "refuse", "signed_at": NOW, "signed_day_only": False,
        "effective_from": TODAY, "recorded_at": NOW,
    }  # fmt: skip
    with migrating(store) as connection:
        command.upgrade(_make_config(connection), "0004")
        _insert(connection, "people", person)
        for n in ("1", "2"):
            _insert(connection, "consents", {**statement, "id": n, "digest": n, "corrects": None})
    assert upgrade(store)
    with store.reading() as connection:
        kept = select(t.consents.c.id, t.consents.c.decision, t.consents.c.signed_at)
        rows = connection.execute(kept.order_by(t.consents.c.seq)).all()
    assert rows == [("1", "refuse", NOW), ("2", "refuse", NOW)]
    for change in (delete(t.consents), update(t.consents).values(decision="grant")):
        with pytest.raises(IntegrityError, match="append-only"), store.writing() as connection:
            connection.execute(change)
    store.close()


def test_upgrade_tells_whom_the_new_reading_of_consent_turns_stricter(
    empty_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(empty_url)
    no, back = ("refuse", "yearbook", 1), ("withdraw", "all", 2)
    said = {
        "lifted": [("guardian", *no), ("guardian", *back)],
        "held": [("office_hold", "refuse", "all", 1), ("office_hold", "withdraw", "all", 2)],
        "freed": [("guardian", "refuse", "all", 1), ("guardian", "grant", "social", 2)],
        "twice": [("guardian", "withdraw", "all", 1), ("guardian", *back)],
        "yes": [("guardian", "grant", "all", 1), ("guardian", "withdraw", "all", 2)],
    }
    rows = [
        {
            "id": f"{who}-{n}", "digest": f"{who}-{n}", "person_id": who, "decision": decision,
            "activity": "publish", "channel": channel, "extent": "image", "capacity": capacity,
            "source": capacity, "signed_at": NOW - timedelta(days=9 - day),
            "signed_day_only": True, "effective_from": TODAY - timedelta(days=9 - day),
            "recorded_at": NOW,
        }
        for who, statements in said.items()
        for n, (capacity, decision, channel, day) in enumerate(statements)
    ]  # fmt: skip
    with migrating(store) as connection:
        command.upgrade(_make_config(connection), "0013")
        for who in said:
            person = {"id": who, "kind": "student", "given_name": "Ana", "family_name": "Vega"}
            at = {"status": "active", "first_seen_at": NOW}
            _insert(connection, "people", person | at)
        for row in rows:
            _insert(connection, "consents", row)
    with caplog.at_level("WARNING"):
        assert upgrade(store)
    (told,) = [record.getMessage() for record in caplog.records if "Consent is read" in record.msg]
    assert "2 people become stricter, 1 of them by a hold of the office; 1 may be" in told
    assert not upgrade(store)
    store.close()


def _insert(connection: Connection, name: str, row: dict[str, object]) -> None:
    """Into the table as it is at that step."""
    table = t.metadata.tables[name]
    typed = {c: bindparam(c, value, type_=table.c[c].type) for c, value in row.items()}
    columns = f"({', '.join(row)}) VALUES ({', '.join(f':{c}' for c in row)})"
    connection.execute(text(f"INSERT INTO {name} {columns}").bindparams(*typed.values()))


def test_failed_step_leaves_nothing_behind(empty_url: str) -> None:
    store = Store(empty_url)
    with pytest.raises(IntegrityError), migrating(store) as connection:
        _create_then_fail(connection)
    with store.reading() as connection:
        assert inspect(connection).get_table_names() == []
    store.close()


def _create_then_fail(connection: Connection) -> None:
    t.metadata.create_all(connection)
    connection.execute(insert(t.orgs).values(id="o", name="O", name_key="o", kind=None))


def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/s.db")
    upgrade(store)
    with store.writing() as connection:
        _history(connection)
    with migrating(store) as connection:
        connection.execute(text("CREATE TABLE copy AS SELECT * FROM people"))
        connection.execute(text("DROP TABLE people"))
        connection.execute(text("ALTER TABLE copy RENAME TO people"))
        connection.execute(text("CREATE UNIQUE INDEX people_id ON people (id)"))
    with store.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM consents")) == 1
    store.close()


def test_upgrade_that_breaks_references_is_undone(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/s.db")
    upgrade(store)
    with store.writing() as connection:
        _history(connection)
    with pytest.raises(SchemaError, match="consents"), migrating(store) as connection:
        connection.execute(text("DELETE FROM people"))
    with store.writing() as connection:
        assert connection.scalar(text("SELECT count(*) FROM people")) == 1
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    store.close()


@pytest.mark.parametrize("table", HISTORY, ids=lambda table: table.name)
@pytest.mark.parametrize("statement", ["update", "delete", "truncate"])
def test_history_is_append_only(store: Store, table: Table, statement: str) -> None:
    with store.writing() as connection:
        _history(connection)
        before = connection.execute(table.select()).all()
    changes = {
        "update": update(table).values(seq=table.c.seq + 1),
        "delete": delete(table),
        "truncate": delete(table) if store.is_sqlite else text(f"TRUNCATE {table.name} CASCADE"),
    }
    with pytest.raises(IntegrityError, match="append-only"), store.writing() as connection:
        connection.execute(changes[statement])
    with store.reading() as connection:
        assert connection.execute(table.select()).all() == before


def test_ledger_row_can_be_erased_and_nothing_else(store: Store) -> None:
    with store.writing() as connection:
        _history(connection)
        erase_contents(connection, [1], Actor("key", None, NOW))
    with store.reading() as connection:
        found = chain.verify_chain(connection)
    assert (found.rows, found.erased, found.bad) == (2, 1, None)


def test_what_was_erased_before_rows_accounted_for_it_is_taken_over(empty_url: str) -> None:
    store = Store(empty_url)
    with migrating(store) as connection:
        command.upgrade(_make_config(connection), "0006")
        entry = [chain.LedgerEntry(chain.make_id(), "test", NOW, None, {"n": n}) for n in range(7)]
        chain.append_entries(connection, entry)
        gone = t.ledger.c.seq.in_((1, 2, 5, 7))
        connection.execute(update(t.ledger).where(gone).values(salt=None, payload=None))
    upgrade(store)
    with store.reading() as connection:
        found = chain.verify_chain(connection)
    assert (found.rows, found.erased, found.bad) == (8, 4, None)
    store.close()


@pytest.mark.parametrize("column", [c for c in t.ledger.c if c.name not in ("salt", "payload")])
def test_erasing_a_ledger_row_changes_no_other_column(store: Store, column: object) -> None:
    other = {"seq": 7, "at": datetime(1999, 1, 1, tzinfo=UTC), "commitment": b"x", "hash": b"x"}
    changed = {"salt": None, "payload": None, column.name: other.get(column.name, "x")}
    with store.writing() as connection:
        _history(connection)
    with pytest.raises(IntegrityError, match="append-only"), store.writing() as connection:
        connection.execute(update(t.ledger).values(**changed))


@pytest.mark.parametrize("column", ["salt", "payload"])
def test_half_an_erasure_is_refused(store: Store, column: str) -> None:
    with store.writing() as connection:
        _history(connection)
    with pytest.raises(IntegrityError, match="append-only"), store.writing() as connection:
        connection.execute(update(t.ledger).values({column: None}))


def _history(connection: Connection) -> None:
    """One row in every table that keeps history, and what it refers to."""
    person = {"id": "p1", "kind": "student", "given_name": "A", "family_name": "B"}
    account = {"id": "a1", "platform": "x", "handle": "h", "handle_key": "h", "kind": "school"}
    span = {"effective_from": TODAY, "recorded_at": NOW}
    statement = {"decision": "refuse", "activity": "publish", "channel": "all", "extent": "image"}
    signed = {"capacity": "guardian", "source": "g", "signed_at": NOW, "signed_day_only": False}
    grant = {"kind": "logo", "grantee_kind": "person", "grantee": "p1", "network": "all"}
    rows = {
        t.people: {**person, "status": "active", "first_seen_at": NOW},
        t.accounts: {**account, "created_at": NOW},
        t.consents: {"id": "c1", "person_id": "p1", "digest": "d", **statement, **signed, **span},
        t.authorizations: {
            "id": "u1", "account_id": "a1", "authorized_by": "p1", "authorized_at": NOW,
            "recorded_at": NOW,
        },
        t.designations: {
            "id": "d1", "office": "superintendent", "person_id": "p1", "capacity": "holder", **span
        },
        t.grants: {"id": "g1", **grant, "granted_by": "p1", **span},
        t.releases: {"id": "r1", "name": "N", "name_key": "n", "channel": "all", **span},
        t.list_dates: {"kind": "consents", "at": NOW},
        t.changes: {
            "record_kind": "account", "record_id": "a1", "action": "created", "caller": "k1",
            "at": NOW,
        },
        t.resolutions: {
            "id": "s1", "decision_id": "l1", "content": "c", "facts": "f", "findings": "[]",
            "outcome": "allow", "resolved_by": "p1", "resolved_at": NOW,
        },
        t.review_messages: {
            "id": "m1", "decision_id": "l1", "kind": "question", "caller": "k1",
            "person_id": "p1", "at": NOW,
        },
        t.declarations: {
            "id": "e1", "version": 1, "code": "K7Q42MDX", "action": "made", "said": "{}",
            "made_by": "p1", "made_at": NOW,
        },
        t.moderations: {
            "id": "o1", "account_id": "a1", "action": "hidden", "ground": "spam",
            "done_on": NOW.date(), "recorded_by": "p1", "recorded_at": NOW,
        },
    }  # fmt: skip
    for table, row in rows.items():
        connection.execute(insert(table).values(**row))
    chain.append_entries(connection, [chain.LedgerEntry("l1", "test", NOW, None, {"n": 1})])
