"""Events on both stores: in the transaction of what they tell, in order, each once."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import Connection, event, insert, select, text

from app.checks.batch import decide_inquiries
from app.checks.queue import Answer, Inquiry
from app.checks.request_parser import POST, read_check
from app.database import tables as t
from app.database.session import Store
from app.policy.question import Asker
from app.policy_setup import read_setup
from app.settings import Settings
from app.store.events import endpoints as stored
from app.store.events.records import (
    BEGINNING,
    NewEvent,
    purge_events,
    read_events,
    record_event,
    record_events,
)
from app.store.ledger.changes import Actor
from tests.district import found
from tests.imports.conftest import district
from tests.store.house import House

WRITERS, EACH = 6, 25


class UndoneError(Exception):
    """A fault in the middle of a write."""


def tell(store: Store, *numbers: int) -> None:
    with store.writing() as connection:
        for number in numbers:
            record_event(connection, "review.ended", store.now(), {"decision": str(number)})


def write_many(url: str, writer: int) -> None:
    """Write two events at a time; of every fifth pair the numbers stay unused."""
    own = Store(url, busy_timeout_seconds=60)
    for number in range(EACH):
        with suppress(UndoneError), own.writing() as connection:
            for part in range(2):
                data = {"decision": f"{writer}-{number}-{part}"}
                record_event(connection, "review.ended", own.now(), data)
            if number % 5 == 4:
                raise UndoneError
    own.close()


def follow(store: Store, done: threading.Event, seen: list[int]) -> None:
    """Read on and on, until all is written and read."""
    place, rows, last = BEGINNING, ["more"], False
    while rows or not last:
        last = done.is_set()
        with store.reading() as connection:
            rows, place = read_events(connection, place, 7)  # type: ignore[assignment]
        seen.extend(row["number"] for row in rows)  # type: ignore[index,misc]


def test_who_follows_misses_none_whoever_writes_at_once(store: Store, store_url: str) -> None:
    """Numbers are drawn behind the write lock, so they become visible in their order.

    PostgreSQL's sequence by itself knows nothing of commits.
    """
    done, seen = threading.Event(), list[int]()
    writers = [threading.Thread(target=write_many, args=(store_url, n)) for n in range(WRITERS)]
    follower = threading.Thread(target=follow, args=(store, done, seen))
    for one in (follower, *writers):
        one.start()
    for one in writers:
        one.join()
    done.set()
    follower.join()
    assert seen == sorted(set(seen))
    assert len(seen) == WRITERS * EACH * 4 // 5 * 2
    with store.reading() as connection:
        assert seen == list(connection.scalars(select(t.events.c.number).order_by("number")))


def test_numbers_are_drawn_behind_the_write_lock(store: Store, store_url: str) -> None:
    """A writer that has drawn a number and not committed lets no other draw one."""
    other, began, ended = Store(store_url, busy_timeout_seconds=60), threading.Event(), []

    def write() -> None:
        began.set()
        tell(other, 2)
        ended.append(True)

    with store.writing() as connection:
        record_event(connection, "review.ended", store.now(), {"decision": "1"})
        thread = threading.Thread(target=write)
        thread.start()
        began.wait()
        thread.join(timeout=0.3)
        assert not ended
        if not store.is_sqlite:
            drawn = connection.scalar(text("SELECT last_value FROM events_number_seq"))
            assert drawn == 1
    thread.join()
    other.close()
    with store.reading() as connection:
        rows, _ = read_events(connection, BEGINNING, 10)
    assert [row["data"] for row in rows] == ['{"decision":"1"}', '{"decision":"2"}']


def test_nothing_is_told_of_what_was_undone_and_the_bell_rings_after_the_commit(
    store: Store,
) -> None:
    rung: list[int] = []

    def look() -> None:
        with store.reading() as connection:
            rung.append(len(read_events(connection, BEGINNING, 10).rows))

    end = store.bell.listen(look)
    with suppress(UndoneError), store.writing() as connection:
        record_event(connection, "import.held", store.now(), {"import": "i"})
        raise UndoneError
    with store.writing() as connection:  # on the same connection of the pool
        connection.execute(insert(t.origins).values(origin="o", created_at=store.now()))
    assert rung == []
    tell(store, 1, 2)
    assert rung == [2]
    end()
    tell(store, 3)
    assert rung == [2]


def test_limited_readers_go_on_past_what_is_not_theirs(store: Store) -> None:
    with store.writing() as connection:
        now = store.now()
        record_events(
            connection,
            [NewEvent("review.ended", now, {"decision": str(n)}, who)
             for n, who in enumerate(["a", "b", None, "*", "a", "b"])],
        )  # fmt: skip
    with store.reading() as connection:
        rows, place = read_events(connection, BEGINNING, 2, "a")
        assert [row["number"] for row in rows] == [1, 4]
        assert place.number == 4
        rows, place = read_events(connection, place, 2, "a")
        assert [row["number"] for row in rows] == [5]
        assert place.number == 6
        assert read_events(connection, place, 2, "a").rows == []


def test_a_cursor_of_another_store_or_of_what_is_gone_is_no_place(store: Store) -> None:
    tell(store, 1, 2, 3)
    with store.reading() as connection:
        first = read_events(connection, BEGINNING, 1).place
        for place in (first._replace(id="other"), first._replace(number=99)):
            with pytest.raises(LookupError):
                read_events(connection, place, 1)
    with store.writing() as connection:
        later = store.now() + timedelta(days=1)
        assert purge_events(connection, store.now() - timedelta(days=1), 10) == 0
        assert purge_events(connection, later, 1) == 1
        assert purge_events(connection, later, 10) == 1
        assert purge_events(connection, later, 10) == 0  # the last one stays
        with pytest.raises(LookupError):
            read_events(connection, first, 1)
    tell(store, 4)
    with store.reading() as connection:
        assert [row["number"] for row in read_events(connection, BEGINNING, 9).rows] == [3, 4]


@pytest.fixture
def statements(store: Store) -> Iterator[list[str]]:
    """What is sent to the store about events."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if " events " in statement:
            sent.append(statement)

    engine = store._writer
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def test_an_allow_costs_nothing_and_reviews_one_insert(
    store: Store, store_url: str, statements: list[str]
) -> None:
    setup = read_setup(Settings(database_url=store_url))
    with store.writing() as connection:
        found(connection)

    def ask(*texts: str) -> list[str]:
        inquiries = []
        for words in texts:
            body = {"account": {"platform": "facebook", "handle": "maple"}, "purpose": "school",
                    "author": {"id": "tess"}, "text": words}  # fmt: skip
            parsed = read_check(POST, orjson.dumps(body), Asker())
            inquiries.append(
                Inquiry(parsed.question, parsed.request, "key", text=parsed.text, lineage="first")
            )
        said = decide_inquiries(store, setup, inquiries)
        return [one.outcome for one in said if isinstance(one, Answer)]

    assert ask("The choir sang.", "It was good.") == ["allow", "allow"]
    assert statements == []
    assert ask("The choir sang.", "Crap.", "Damn.") == ["allow", "review", "review"]
    assert len(statements) == 1
    with store.reading() as connection:
        rows, _ = read_events(connection, BEGINNING, 10, "first")
        decided = connection.scalars(
            select(t.ledger.c.id).where(t.ledger.c.kind == "decision").order_by(t.ledger.c.seq)
        )
        assert [row["data"] for row in rows] == [
            f'{{"decision":"{ident}"}}' for ident in list(decided)[-2:]
        ]


def test_one_process_at_a_time_has_the_lease_of_an_endpoint(store: Store) -> None:
    with store.writing() as connection:
        actor = Actor("cli", None, store.now())
        one = stored.add_endpoint(connection, actor, "https://hooks.example.org/", None)
    tell(store, 1, 2, 3)
    now = store.now()

    def take(by: str, late: timedelta = timedelta(0)) -> stored.Lease | None:
        with store.writing() as connection:
            return stored.take_lease(connection, one.id, by, now + late, 2)

    first = take("a")
    assert first is not None
    assert [row["number"] for row in first.rows] == [1, 2]
    assert take("b") is None
    second = take("b", stored.LEASE + timedelta(seconds=1))
    assert second is not None
    with store.writing() as connection:
        assert not stored.end_lease(connection, one.id, "a", {"last_number": 2})
        assert stored.end_lease(connection, one.id, "b", {"last_number": 1})
        assert stored.read_endpoint(connection, one.id).last_number == 1


def test_an_import_tells_of_accounts_whose_status_it_changes(house: House) -> None:
    files = district()
    account = {**files["accounts"][0], "existed_on": ""}
    nobody = {"authorized_by_sourced_id": "", "authorized_at": ""}
    assert house.deliver({**files, "accounts": [{**account, **nobody}]}).applied
    assert events_of(house.store) == []  # a new one has not changed
    assert house.deliver({"accounts": [account]}).applied
    (ident,) = house.rows(select(t.accounts.c.id))[0]
    said = f'{{"account":"{ident}","status":"authorized"}}'
    assert events_of(house.store) == [("account.status_changed", said)]
    assert house.deliver({"accounts": [account]}).state == "unchanged"
    assert len(events_of(house.store)) == 1


def events_of(store: Store) -> list[tuple[str, str]]:
    def read(connection: Connection) -> list[tuple[str, str]]:
        rows = connection.execute(select(t.events.c.kind, t.events.c.data).order_by("number"))
        return [(row.kind, row.data) for row in rows]

    with store.reading() as connection:
        return read(connection)
