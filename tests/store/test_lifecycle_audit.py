"""Published posts, takedowns and reports held against the ledger: edits are found."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from app.database import tables as t
from app.database.session import Store
from app.erasure.person_erasure import erase_person
from app.erasure.retention import purge_contents
from app.policy.refusals import Refusal
from app.store.accounts import public_reports
from app.store.accounts.public_reports import NewReport
from app.store.ledger.changes import Actor
from app.store.ledger.lifecycle_audit import find_lifecycle_faults
from app.store.published import records, takedowns
from app.store.published.records import Match, NewPublication
from tests.district import District
from tests.store.edits import Edit, Faults, refuse_unseen, taken_back

NOW = datetime(2026, 11, 3, 15, tzinfo=UTC)
DAY = timedelta(days=1)
BY = Actor("key-1", "dora", NOW)
UNASKED = Match("unasked", {"request": {"account": "a"}, "text": "", "asker": {}})
TABLES = (t.published_posts, t.takedowns, t.reports)


@pytest.fixture
def ids(store: Store) -> dict[str, str]:
    """The ids of posts, takedowns and reports: `new` ones, and `old` ones that were changed."""
    ids: dict[str, str] = {}
    with store.writing() as connection:
        district = District(connection)
        district.org("maple")
        for who in ("ana", "ben"):
            district.person(who, f"{who} Lopez")
        for who in ("dora", "mia", "olga"):
            district.employee(who, f"{who} Hale")
        account = district.account("x", "maple")
        for name, child in (("new", "ana"), ("old", "ben")):
            new = NewPublication(account, NOW, external_id=name, text=f"Hello {name}")
            row = records.add_publication(connection, BY, new, UNASKED)
            refused = Refusal(child, "pictured", "consent.refused")
            takedowns.open_takedowns(connection, BY, [(row["id"], refused)])
            report = NewReport("inappropriate_post", f"Words {name}")
            ids[f"{name} report"] = public_reports.add_report(connection, BY, report)["id"]
            ids[f"{name} post"] = row["id"]
        again = NewPublication(account, NOW, external_id="old", url="https://x.com/maple/1")
        records.see_again(connection, BY, row, again, None)
        for row in connection.execute(select(t.takedowns)).mappings().all():
            name = "new" if row["subject_id"] == "ana" else "old"
            ids[f"{name} takedown"] = row["id"]
        takedowns.confirm_takedown(connection, BY, row, "down")
        public_reports.assign_report(
            connection, BY, ids["old report"], lambda _version: None, "mia"
        )
    return ids


def find_faults(connection: Connection) -> Faults:
    found = find_lifecycle_faults(connection)
    return [(one.table, one.record_id, one.reason) for one in found]


def audit(store: Store) -> Faults:
    with store.reading() as connection:
        return find_faults(connection)


EDITS: list[Edit] = [
    (t.published_posts, "new post", {"state": "allowed"}, "state"),
    (t.published_posts, "new post", {"external_id": "x"}, "external_id"),
    (t.published_posts, "new post", {"text_sha256": None}, "text_sha256"),
    (t.published_posts, "new post", {"media": '["1"]'}, "media"),
    (t.published_posts, "new post", {"published_at": NOW - DAY}, "published_at"),
    (t.published_posts, "old post", {"url": None}, "url"),
    (t.published_posts, "old post", {"decision_id": "d1"}, "decision_id"),
    (t.takedowns, "new takedown", {"state": "contested"}, "state"),
    (t.takedowns, "new takedown", {"subject_id": "dora"}, "subject"),
    (t.takedowns, "new takedown", {"reason": "other"}, "reason"),
    (t.takedowns, "old takedown", {"state": "open"}, "state"),
    (t.reports, "new report", {"state": "closed"}, "state"),
    (t.reports, "new report", {"description": "Other words"}, "description_sha256"),
    (t.reports, "new report", {"outcome_note": "Nothing"}, "outcome_note_sha256"),
    (t.reports, "old report", {"assigned_to": "dora"}, "assigned_to"),
    (t.reports, "old report", {"outcome": "unfounded"}, "outcome"),
]


def test_edits_are_found(store: Store, ids: dict[str, str]) -> None:
    refuse_unseen(store, ids, EDITS, find_faults)


def slip_in(connection: Connection) -> None:
    for table in TABLES:
        row = connection.execute(select(table).limit(1)).mappings().one()
        connection.execute(insert(table).values({**row, "id": "forged"}))


UNKNOWN = [(table.name, None, "rows without a row on the ledger: 1") for table in TABLES]
GONE = [(table.name, None, "rows of the ledger, and no record: 1") for table in TABLES]


def drop_some(connection: Connection, ids: dict[str, str]) -> None:
    for table, kind in (
        (t.takedowns, "takedown"),
        (t.published_posts, "post"),
        (t.reports, "report"),
    ):
        connection.execute(delete(table).where(table.c.id == ids[f"new {kind}"]))


def test_records_that_were_slipped_in_or_deleted_are_found(
    store: Store, ids: dict[str, str]
) -> None:
    with store.writing() as connection:
        with taken_back(connection):
            slip_in(connection)
            assert find_faults(connection) == UNKNOWN
        drop_some(connection, ids)
        gone = {one for one in find_faults(connection) if one[2] == "is gone"}
        kinds = {"published_posts": "post", "takedowns": "takedown", "reports": "report"}
        assert gone == {(table, ids[f"new {kind}"], "is gone") for table, kind in kinds.items()}


def test_erasure_and_purge_excuse_no_more_than_they_took(store: Store, ids: dict[str, str]) -> None:
    erase_person(store, "mia", lambda: BY)
    assert audit(store) == []
    erase_person(store, "ana", lambda: BY)
    assert audit(store) == []
    with store.writing() as connection:
        with taken_back(connection):
            connection.execute(update(t.takedowns).values(state="open"))
            said = ("takedowns", ids["old takedown"], "says another state than the ledger")
            assert find_faults(connection) == [said]
        with taken_back(connection):
            slip_in(connection)
            assert find_faults(connection) == UNKNOWN
    purge_contents(store, NOW + DAY, lambda: BY)
    assert audit(store) == []
    with store.writing() as connection:
        with taken_back(connection):
            slip_in(connection)
            assert find_faults(connection) == UNKNOWN
        drop_some(connection, ids)
        assert find_faults(connection) == GONE
