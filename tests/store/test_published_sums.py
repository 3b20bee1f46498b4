"""The sums over published posts and who is in them: what was changed past the service is found."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection, delete, insert, select, update

from app.database import tables as t
from app.database.session import Store
from app.erasure.lifted_guards import lift_guards
from app.erasure.person_erasure import erase_person
from app.erasure.retention import purge_contents
from app.imports.merge.application import end_writes
from app.store.ledger import chain, record_sums
from app.store.ledger.changes import Actor
from app.store.ledger.record_audit import compare_records
from app.store.ledger.record_sums import binding
from app.store.published import records
from app.store.published.records import Match, NewPublication
from tests.store.edits import taken_back
from tests.store.test_record_sums import FILES, audit, deliver

ACCOUNTS = {
    "accounts.csv": "platform,handle,kind,org_sourced_id,owner_sourced_id\n"
    "x,maple,school,maple,sue\n"
}
CHILDREN = ("ana", "ben")
FOUND = {"published_posts", "published_people"}


@pytest.fixture
def posted(store: Store, store_url: str, tmp_path: Path) -> Store:
    """A store with a published post in which two children are."""
    assert deliver(store, store_url, tmp_path, {**FILES, **ACCOUNTS}) == "applied"
    publish(store, "p1")
    return store


def publish(store: Store, name: str, *, again: bool = False) -> None:
    actor = make_actor(store)
    with store.writing() as connection, binding(connection, actor.at, actor.caller):
        account = connection.scalar(select(t.accounts.c.id))
        new = NewPublication(str(account), actor.at, external_id=name, text=f"Ana and {name}")
        text = f"Ana Lopez {'again' if again else 'once'}"
        match = Match("unasked", {"request": {"account": "x"}, "text": text, "asker": {}})
        if again:
            known = records.find_publication(connection, new)
            assert known is not None
            records.see_again(connection, actor, known, new, match)
            return
        row = records.add_publication(connection, actor, new, match)
        records.note_parts(connection, [(row["id"], (who, "pictured")) for who in CHILDREN])


def make_actor(store: Store) -> Actor:
    return Actor("key", "sue", store.now())


def take_out(connection: Connection) -> None:
    connection.execute(delete(t.published_people).where(t.published_people.c.person_id == "ana"))


def put_in(connection: Connection) -> None:
    post = connection.scalar(select(t.published_posts.c.id).limit(1))
    row = {"published_id": post, "person_id": "cal", "part": "pictured"}
    connection.execute(insert(t.published_people).values(row))


def pardon(connection: Connection) -> None:
    connection.execute(update(t.published_people).values(part="accepted"))


def ask_nothing(connection: Connection) -> None:
    connection.execute(update(t.published_posts).values(asked=None))


def take_away(connection: Connection) -> None:
    connection.execute(update(t.published_posts).values(media="[]"))


EDITS: list[tuple[Callable[[Connection], None], str]] = [
    (take_out, "published_people"),
    (put_in, "published_people"),
    (pardon, "published_people"),
    (ask_nothing, "published_posts"),
    (take_away, "published_posts"),
]


def find_edits(store: Store) -> None:
    """Make each edit, and find it by the sums."""
    for edit, name in EDITS:
        with store.writing() as connection, taken_back(connection):
            edit(connection)
            assert {one for one, _ in record_sums.find_faults(connection)} == {name}, edit


def test_edits_are_found_after_a_purge_too(posted: Store) -> None:
    assert audit(posted) == []
    find_edits(posted)
    purge_contents(posted, posted.now() + timedelta(days=1), lambda: make_actor(posted))
    assert audit(posted) == []
    find_edits(posted)


def test_the_row_of_a_post_has_the_sums_that_it_changes_alone(posted: Store) -> None:
    """Each post leaves such a row, so that all sums in each would be the most of the ledger."""
    with posted.reading() as connection:
        body = find_last_row(connection)
    assert set(body["start"]) == set(body["end"]) == FOUND


def find_last_row(connection: Connection) -> Any:
    rows = select(t.ledger.c.payload).where(t.ledger.c.kind == record_sums.KIND)
    return orjson.loads(connection.scalar(rows.order_by(t.ledger.c.seq.desc()).limit(1)) or "")


def test_a_sum_forged_between_two_posts_is_found_for_good(posted: Store) -> None:
    with posted.writing() as connection:
        take_out(connection)
        found = record_sums.sum_table(connection, "published_people")
        forged = {"rows": found.rows, "sum": f"{found.total:0128x}"}
        mine = t.record_sums.c.name == "published_people"
        connection.execute(update(t.record_sums).where(mine).values(forged))
    assert audit(posted) == [("published_people", "has another sum than the ledger")]
    publish(posted, "p2")
    ((name, reason),) = audit(posted)
    assert (name, reason[:31]) == ("published_people", "was changed past the service be")


def test_a_post_leaves_other_tables_bound(posted: Store) -> None:
    with posted.writing() as connection:
        forged = update(t.record_sums).where(t.record_sums.c.name == "people").values(rows=9)
        connection.execute(forged)
    publish(posted, "p2")
    assert audit(posted) == [("people", "has another sum than the ledger")]


def test_acts_of_the_service_are_no_fault(posted: Store) -> None:
    publish(posted, "p2")
    publish(posted, "p1", again=True)
    assert audit(posted) == []
    erase_person(posted, "ana", lambda: make_actor(posted))
    assert audit(posted) == []
    with posted.reading() as connection:
        assert set(connection.scalars(select(t.published_people.c.person_id))) == {"ben"}
        asked = connection.scalars(select(t.published_posts.c.asked)).all()
        assert not any("Ana" in one for one in asked)
        assert chain.verify_chain(connection).bad is None
    with posted.writing() as connection:
        connection.execute(delete(t.published_people))
    assert [name for name, _ in audit(posted)] == ["published_people"]


def test_posts_during_an_import_are_bound_by_its_end(posted: Store) -> None:
    record_sums.begin_import(posted, posted.now(), "import")
    publish(posted, "p2")
    publish(posted, "p1", again=True)
    assert audit(posted) == []
    find_edits(posted)
    end_writes(posted, posted.now(), "import")
    assert audit(posted) == []
    find_edits(posted)
    publish(posted, "p3")
    assert audit(posted) == []


def test_a_store_of_an_earlier_version_is_bound_by_its_next_import(
    posted: Store, store_url: str, tmp_path: Path
) -> None:
    """No row of the ledger and no sum knows these tables, as before they were bound."""
    forget_tables(posted)
    publish(posted, "p2")
    with posted.reading() as connection:
        found = compare_records(connection)
    assert (found.mismatches, set(found.unbound)) == ((), FOUND)
    record_sums.complete_sums(posted)  # and the process is killed before the import's first row
    assert audit(posted) == []
    publish(posted, "p3")
    assert audit(posted) == []
    people = FILES["people.csv"].replace("Cal,Oro", "Carl,Oro")
    deliver(posted, store_url, tmp_path, {**FILES, "people.csv": people})
    assert audit(posted) == []
    find_edits(posted)


def forget_tables(store: Store) -> None:
    """Delete what is known of these tables: their sums, and those in rows of the ledger."""
    bound = t.ledger.c.kind == record_sums.KIND
    with store.writing() as connection, lift_guards(connection, [t.ledger]):
        connection.execute(delete(t.record_sums).where(t.record_sums.c.name.in_(FOUND)))
        for seq, payload in connection.execute(
            select(t.ledger.c.seq, t.ledger.c.payload).where(bound)
        ).all():
            body = orjson.loads(payload)
            for sums in (body["start"], body["end"]):
                for name in FOUND & sums.keys():
                    del sums[name]
            row = update(t.ledger).where(t.ledger.c.seq == seq)
            connection.execute(row.values(payload=orjson.dumps(body).decode()))


def test_source_doubts_and_gaps_go_with_their_child(posted: Store) -> None:
    with posted.writing() as connection, binding(connection, posted.now(), "test"):
        for table, row in (
            (t.source_doubts, {"source": "sis", "doubt": "moved", "since": posted.now()}),
            (t.list_gaps, {"source": "s", "file": "f", "gap": "absent", "import_number": 1}),
        ):
            with record_sums.watch_first_keys(connection, table, ["ana"]):
                connection.execute(insert(table).values(person_id="ana", **row))
    assert audit(posted) == []
    erase_person(posted, "ana", lambda: make_actor(posted))
    assert audit(posted) == []
    with posted.reading() as connection:
        for table in (t.source_doubts, t.list_gaps):
            assert connection.execute(select(table)).first() is None
