"""What several named feeds bring: missing is who is in none of those that still come."""

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, Table, insert, select

from app.database import tables
from app.database.session import Store
from app.erasure.person_erasure import erase_person
from app.imports.report import Report
from app.store.ledger.changes import Actor
from migrations.upgrade import _make_config, migrating, upgrade
from tests.imports.conftest import Files, row
from tests.imports.runs import run_import
from tests.store.house import Days, House
from tests.store.test_import_causes import HEADERS
from tests.store.test_import_undo import undo

ORGS = [row("orgs", "hill,Hill School,school,")]


@pytest.fixture
def store(store_of_days: Store) -> Store:
    return store_of_days


def teachers(*numbers: int, status: str = "active") -> Files:
    lines = [f"t-{n},employee,Tea{n},Cher{n},,,hill,,,{status}" for n in numbers]
    return {"orgs": ORGS, "people": [row("people", line) for line in lines]}


def bring(house: House, feed: str | None, files: Files, *, complete: bool = True) -> Report:
    report = house.deliver(files, feed=feed, complete=complete)
    assert report.applied, (report.state, report.reason, report.errors)
    return report


def active(house: House) -> set[str]:
    p = tables.people.c
    return {one for (one,) in house.rows(select(p.id).where(p.status == "active"))}


def missing(house: House) -> set[str]:
    p = tables.people.c
    return {one for (one,) in house.rows(select(p.id).where(p.status == "missing_from_feed"))}


def brought(house: House, table: Table) -> set[tuple[str, ...]]:
    columns = [column for column in table.c if column.name != "import_number"]
    return {tuple(one) for one in house.rows(select(*columns))}


@pytest.mark.parametrize("order", [("sis", "hr"), ("hr", "sis")])
def test_who_is_in_two_feeds_is_missing_once_both_lack_them(
    house: House, order: tuple[str, str]
) -> None:
    for feed in order:
        bring(house, feed, teachers(1, 2))
    for feed in order:
        assert missing(house) == set()
        bring(house, feed, teachers(1))
    assert missing(house) == {"t-2"}
    bring(house, "hr", teachers(1, 2))
    assert missing(house) == set()


def test_a_feed_without_a_name_protects_nobody_and_ends_nobody_of_a_feed(house: House) -> None:
    bring(house, "sis", teachers(1, 2, 3))
    bring(house, None, teachers(1, 2, 4))
    assert missing(house) == set()
    bring(house, "sis", teachers(1))
    assert missing(house) == {"t-2", "t-3", "t-4"}
    bring(house, None, teachers(4))
    assert (active(house), missing(house)) == ({"t-1", "t-4"}, {"t-2", "t-3"})


def test_a_feed_that_comes_no_more_brings_nobody(house: House, days: Days) -> None:
    for feed in ("sis", "hr"):
        bring(house, feed, teachers(1, 2))
    bring(house, "sis", teachers(1))
    for day, gone in ((7, set()), (8, {"t-2"})):
        days.day = day
        # The same bytes, after nothing else: still who is missing is judged anew.
        bring(house, "sis", teachers(1))
        assert missing(house) == gone
    bring(house, "hr", teachers(1, 2))
    assert missing(house) == set()


def test_a_feed_comes_by_the_kinds_that_it_has(house: House, days: Days) -> None:
    """A feed that split off its teachers and comes with students alone has no teachers."""
    student = row("people", "s-1,student,Stu,Dent,,,hill,,,active")
    both = teachers(1, 2)
    both["people"].append(student)
    bring(house, "sis", both)
    bring(house, "hr", teachers(1))
    assert missing(house) == set()
    days.day = 8
    bring(house, "sis", {"orgs": ORGS, "people": [student]})
    bring(house, "hr", teachers(1))
    assert missing(house) == {"t-2"}


def test_a_delta_says_that_the_rest_is_as_it_was(house: House, days: Days) -> None:
    bring(house, "hr", teachers(1, 2, 3))
    bring(house, "sis", teachers(1))
    days.day = 8
    bring(house, "hr", teachers(3), complete=False)
    bring(house, "sis", teachers(1))
    assert missing(house) == set()


def test_who_is_inactive_in_a_feed_is_not_brought_by_it(house: House) -> None:
    bring(house, "hr", teachers(1, 2))
    bring(house, "hr", teachers(2, status="inactive"), complete=False)
    bring(house, "sis", teachers(1, 2))
    assert active(house) == {"t-1", "t-2"}
    bring(house, "sis", teachers(1))
    assert missing(house) == {"t-2"}


def test_a_row_set_aside_leaves_what_the_feed_brings(house: House) -> None:
    everybody = range(1, 61)
    for feed in ("sis", "hr"):
        bring(house, feed, teachers(*everybody))
    spoilt = teachers(*everybody)
    spoilt["people"][1] |= {"kind": "castle"}
    report = bring(house, "hr", spoilt)
    assert report.rows_aside == 1
    assert ("t-2", "hr") in brought(house, tables.feed_people)
    bring(house, "sis", teachers(*(n for n in everybody if n != 2)))
    assert missing(house) == set()


def test_an_undo_puts_back_what_the_feed_brought(house: House) -> None:
    first = bring(house, "hr", teachers(1, 2))
    bring(house, "sis", teachers(1, 2))
    before = brought(house, tables.feed_people)
    second = bring(house, "hr", teachers(1))
    after = brought(house, tables.feed_people)
    assert before - after == {("t-2", "hr")}
    done = undo(house, second.import_id)
    assert brought(house, tables.feed_people) == before
    undo(house, done.id)
    assert brought(house, tables.feed_people) == after
    # What a later whole delivery of the same feed says is not touched by the undo of an earlier.
    undo(house, first.import_id)
    assert brought(house, tables.feed_people) == after


def test_an_undone_delivery_brings_nobody(house: House) -> None:
    bring(house, "sis", teachers(1, 2))
    wrong = bring(house, "hr", teachers(1, 2))
    undo(house, wrong.import_id)
    bring(house, "sis", teachers(1))
    assert missing(house) == {"t-2"}


def test_nothing_is_left_of_who_is_erased(house: House) -> None:
    roster(house, "sis", "c-1", "s-1", "s-2")
    bring(house, "hr", teachers(1))
    bring(house, "contacts", ties("s-1", "g-1"))
    erase_person(house.store, "s-1", lambda: Actor("k-1", "t-1", house.store.now()))
    assert brought(house, tables.feed_people) == {
        ("s-2", "sis"), ("s-2", "contacts"), ("t-1", "hr"),
    }  # fmt: skip
    assert brought(house, tables.feed_enrollments) == {("c-1", "s-2", "student", "sis")}
    assert brought(house, tables.feed_guardians) == set()


def roster(house: House, feed: str | None, class_id: str, *students: str) -> Report:
    """The whole of one class, of two children who are on file."""
    files = {
        "orgs": ORGS,
        "people": [
            row("people", f"{one},student,Stu,Dent{one},,,hill,,,active") for one in ("s-1", "s-2")
        ],
        "classes": [row("classes", f"{class_id},Music,hill")],
        "enrollments": [row("enrollments", f"{class_id},{one},student") for one in students],
    }
    return bring(house, feed, files)


def classes(house: House) -> set[tuple[str, str]]:
    e = tables.enrollments.c
    return {tuple(one) for one in house.rows(select(e.class_id, e.person_id))}


def test_a_child_stays_in_a_class_while_a_feed_has_it_there(house: House, days: Days) -> None:
    for feed in ("sis", "lms"):
        roster(house, feed, "c-1", "s-1", "s-2")
    roster(house, "sis", "c-1", "s-1")
    assert classes(house) == {("c-1", "s-1"), ("c-1", "s-2")}
    roster(house, "lms", "c-1", "s-1")
    assert classes(house) == {("c-1", "s-1")}


def test_a_class_is_of_the_feeds_that_still_fill_it(house: House, days: Days) -> None:
    for feed in ("sis", "old"):
        roster(house, feed, "c-1", "s-1", "s-2")
    days.day = 8
    roster(house, "sis", "c-1", "s-1")
    assert classes(house) == {("c-1", "s-1")}


def test_the_undo_of_a_class_leaves_whom_another_feed_has_there(house: House) -> None:
    roster(house, "sis", "c-2", "s-1")
    wrong = roster(house, "sis", "c-1", "s-1", "s-2")
    roster(house, "lms", "c-1", "s-1")
    done = undo(house, wrong.import_id)
    assert classes(house) == {("c-2", "s-1"), ("c-1", "s-1")}
    assert done.plan.undo.kept == {"enrollments": 1}
    assert ("c-1", "s-1", "student", "sis") not in brought(house, tables.feed_enrollments)


def standard(house: House, feed: str, extent: str = "bulk", **lines: list[str]) -> Report:
    """A delivery as in OneRoster 1.2, whose enrollments are all that there are."""
    house.folder.mkdir(exist_ok=True)
    for old in house.folder.iterdir():
        old.unlink()
    usual = {
        "orgs": ["hill,,,Hill School,school,,"],
        "users": [f"s-{n},,,true,Given{n},Family{n},{n}" for n in range(3)],
        "roles": [f"r-{n},s-{n},primary,student,hill" for n in range(3)],
        "classes": [f"{feed},,,Music,hill", "both,,,Art,hill"],
    }
    manifest = ["oneroster.version,1.2", *(f"file.{n},{extent}" for n in HEADERS if n[0] != "m")]
    for name, rows in {"manifest": manifest, **usual, **lines}.items():
        (house.folder / f"{name}.csv").write_text("\n".join([HEADERS[name], *rows]) + "\n")
    report = run_import(house.store, house.settings, house.folder, feed=feed)
    assert report.applied, (report.reason, report.errors)
    return report


def enroll(*pairs: tuple[str, int], status: str = "") -> list[str]:
    return [f"e-{of}-{n},{status},{of},hill,s-{n},student" for of, n in pairs]


def test_whole_rosters_of_two_feeds_end_only_what_neither_has(house: House, days: Days) -> None:
    standard(house, "sis", enrollments=enroll(("sis", 0), ("both", 0), ("both", 1)))
    standard(house, "lms", enrollments=enroll(("lms", 1), ("both", 0), ("both", 1)))
    standard(house, "sis", enrollments=enroll(("sis", 0), ("both", 0)))
    kept = {("sis", "s-0"), ("lms", "s-1"), ("both", "s-0")}
    assert classes(house) == kept | {("both", "s-1")}
    days.day = 8
    # A feed that comes no more keeps the children of its own classes, and of no other's.
    standard(house, "sis", enrollments=enroll(("sis", 0), ("both", 0)))
    assert classes(house) == kept
    standard(house, "lms", enrollments=enroll(("both", 0)))
    assert classes(house) == kept - {("lms", "s-1")}


def test_what_one_feed_deletes_another_keeps_in_the_class(house: House) -> None:
    for feed in ("sis", "lms"):
        standard(house, feed, enrollments=enroll(("both", 0), (feed, 1)))
    gone = enroll(("both", 0), ("sis", 1), status="tobedeleted")
    standard(house, "sis", "delta", enrollments=gone)
    assert classes(house) == {("both", "s-0"), ("lms", "s-1")}
    standard(house, "lms", "delta", enrollments=enroll(("both", 0), status="tobedeleted"))
    assert classes(house) == {("lms", "s-1")}


def ties(student: str, *guardians: str) -> Files:
    people = [f"{one},student,Stu,Dent{one},,,hill,,,active" for one in ("s-1", "s-2")]
    return {
        "orgs": ORGS,
        "people": [row("people", one) for one in people],
        "guardians": [row("guardians", f"{student},{one},Name {one},") for one in guardians],
    }


def tied(house: House) -> set[str]:
    return {one for (one,) in house.rows(select(tables.guardians.c.guardian_id))}


def test_feeds_do_not_end_the_ties_that_only_the_other_brings(house: House, days: Days) -> None:
    for _ in range(2):
        bring(house, "sis", ties("s-1", "g-1"))
        bring(house, "contacts", ties("s-1", "g-2"))
        assert tied(house) == {"g-1", "g-2"}
    days.day = 8
    bring(house, "sis", ties("s-1", "g-1"))
    assert tied(house) == {"g-1"}


def test_a_guardian_whom_a_feed_has_no_more_is_one_no_more(house: House) -> None:
    """A tie lets a yes count: whoever knew it and drops it ends it, though another has it."""
    for feed in ("sis", "contacts"):
        bring(house, feed, ties("s-1", "g-1", "g-2"))
    bring(house, "sis", ties("s-1", "g-1"))
    assert tied(house) == {"g-1"}
    former = select(tables.source_doubts.c.source)
    assert ("guardian:g-2",) in set(house.rows(former))


def put(connection: Connection, table: str, **values: Any) -> None:
    connection.execute(insert(tables.metadata.tables[table]).values(values))


def test_a_store_of_before_has_its_records_from_the_last_feed(empty_url: str, days: Days) -> None:
    store = Store(empty_url, clock=days)
    with migrating(store) as connection:
        command.upgrade(_make_config(connection), "0029")
        at = store.now()
        imports = ("applied", "sis"), ("applied", None), ("unchanged", "sis"), ("failed", "hr")
        for n, (state, feed) in enumerate(imports, 1):
            said = {"version": 1, "created_at": at, "updated_at": at, "errors": 0}
            put(connection, "imports", number=n, id=f"i-{n}", state=state, feed=feed, **said)
        people = ("active", 1), ("active", 2), ("active", 4), ("missing_from_feed", 1)
        for n, (status, number) in enumerate(people, 1):
            named = {"kind": "student", "given_name": "A", "family_name": "B"}
            who = {"id": f"p-{n}", "status": status, "first_seen_at": at, "import_number": number}
            put(connection, "people", **named, **who)
        put(connection, "classes", id="c", title="C")
        put(connection, "enrollments", class_id="c", person_id="p-4", role="student",
            import_number=1)  # fmt: skip
    assert upgrade(store)
    house: Any = House(store, empty_url, Path())
    assert brought(house, tables.feed_people) == {("p-1", "sis"), ("p-3", "hr")}
    assert brought(house, tables.feed_enrollments) == {("c", "p-4", "student", "sis")}
    d = tables.feed_deliveries.c
    assert set(house.rows(select(d.import_number, d.kind))) == {
        (3, kind) for kind in ("student", "enrollments", "guardians")
    }
    store.close()
