"""Endpoints of events and origins of pages held against the ledger: edits are found."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from app.database.session import Store
from app.database.tables import event_endpoints, origins
from app.erasure.retention import purge_contents
from app.policy.words import EventKind
from app.store.events import endpoints
from app.store.ledger import chain
from app.store.ledger.address_audit import find_endpoint_faults, find_origin_faults
from app.store.ledger.changes import Actor
from app.store.service.origins import add_origin, remove_origin
from tests.store.edits import Faults, taken_back

NOW = datetime(2026, 11, 3, 15, tzinfo=UTC)
DAY = timedelta(days=1)
BY = Actor("key-1", "dora", NOW)
PAGE, OTHER, LOST = (f"https://{name}.example" for name in ("page", "other", "lost"))


@pytest.fixture
def ids(store: Store) -> dict[str, str]:
    """The ids of endpoints: one that is on, one that is off and has a second secret."""
    with store.writing() as connection:
        off, gone = (
            endpoints.add_endpoint(connection, BY, f"https://{name}.example/x", None).id
            for name in "bc"
        )
        kinds: list[EventKind] = ["review.waiting"]
        on = endpoints.add_endpoint(connection, BY, "https://a.example/x", kinds).id
        endpoints.rotate_secret(connection, BY, off, DAY)
        switch_off(connection, off)
        endpoints.remove_endpoint(connection, BY, gone)
        for origin in (PAGE, LOST):
            add_origin(connection, BY, origin)
        remove_origin(connection, BY, LOST)
    return {"on": on, "off": off}


def switch_off(connection: Connection, ident: str) -> None:
    mine = update(event_endpoints).where(event_endpoints.c.id == ident)
    connection.execute(mine.values(state="off"))
    endpoints.record_switch_off(connection, BY, ident, "gone")


def find_faults(connection: Connection) -> Faults:
    found = [*find_endpoint_faults(connection), *find_origin_faults(connection)]
    return [(one.table, one.record_id, one.reason) for one in found]


def audit(store: Store) -> Faults:
    with store.reading() as connection:
        return find_faults(connection)


@pytest.mark.parametrize(
    ("name", "values", "columns"),
    [
        ("on", {"url": "https://evil.example/x"}, ["at", "url_sha256"]),
        ("on", {"url": "https://a.example/y"}, ["url_sha256"]),
        ("on", {"url": "https://["}, ["at", "url_sha256"]),
        ("on", {"kinds": None}, ["kinds"]),
        ("on", {"state": "off"}, ["state"]),
        ("off", {"state": "on"}, ["state"]),
        ("off", {"secret_version": 1}, ["secret_version"]),
    ],
)
def test_edits_are_found(
    store: Store, ids: dict[str, str], name: str, values: dict[str, Any], columns: list[str]
) -> None:
    assert audit(store) == []
    with store.writing() as connection:
        mine = update(event_endpoints).where(event_endpoints.c.id == ids[name])
        connection.execute(mine.values(values))
        told = [f"says another {column} than the ledger" for column in columns]
        assert find_faults(connection) == [("event_endpoints", ids[name], one) for one in told]


def slip_in(connection: Connection) -> None:
    row = connection.execute(select(event_endpoints).limit(1)).mappings().one()
    connection.execute(insert(event_endpoints).values({**row, "id": "forged"}))
    connection.execute(insert(origins).values(origin=OTHER, created_at=NOW))


UNKNOWN = [
    (table, None, "rows without a row on the ledger: 1") for table in ("event_endpoints", "origins")
]
GONE = [
    (table, None, "rows of the ledger, and no record: 1")
    for table in ("event_endpoints", "origins")
]


def test_addresses_that_were_slipped_in_or_removed_are_found(
    store: Store, ids: dict[str, str]
) -> None:
    with store.writing() as connection:
        with taken_back(connection):
            slip_in(connection)
            assert find_faults(connection) == UNKNOWN
        connection.execute(delete(origins))
        connection.execute(delete(event_endpoints).where(event_endpoints.c.id == ids["on"]))
        gone = [("event_endpoints", ids["on"], "is gone"), ("origins", PAGE, "is gone")]
        assert find_faults(connection) == gone


def test_purged_rows_excuse_no_more_than_they_said(store: Store, ids: dict[str, str]) -> None:
    purge_contents(store, NOW + DAY, lambda: BY)
    assert audit(store) == []
    with store.writing() as connection:
        for forge, found in ((slip_in, UNKNOWN), (drop_one, GONE)):
            with taken_back(connection):
                forge(connection)
                assert find_faults(connection) == found
        endpoints.enable_endpoint(connection, BY, ids["off"])
        endpoints.remove_endpoint(connection, BY, ids["on"])
        remove_origin(connection, BY, PAGE)
        add_origin(connection, BY, LOST)
        assert find_faults(connection) == []
        switched = update(event_endpoints).values(state="off")
        connection.execute(switched.where(event_endpoints.c.id == ids["off"]))
        said = ("event_endpoints", ids["off"], "says another state than the ledger")
        assert find_faults(connection) == [said]


def drop_one(connection: Connection) -> None:
    first = select(event_endpoints.c.id).limit(1).scalar_subquery()
    connection.execute(delete(event_endpoints).where(event_endpoints.c.id == first))
    connection.execute(delete(origins))


def test_rows_of_earlier_versions_have_no_digest_of_the_address(store: Store) -> None:
    body = {"record": "e1", "after": {"at": "https://a.example", "kinds": None}}
    with store.writing() as connection:
        entry = chain.LedgerEntry(chain.make_id(), "event_endpoint.added", NOW, None, body)
        chain.append_entries(connection, [entry])
        row = {"secret_version": 1, "created_at": NOW, "last_number": 0, "state": "on", "tries": 0}
        connection.execute(
            insert(event_endpoints).values(**row, id="e1", url="https://a.example/x")
        )
        assert find_faults(connection) == []
        connection.execute(update(event_endpoints).values(url="https://a.example.evil.example/x"))
        said = ("event_endpoints", "e1", "says another at than the ledger")
        assert find_faults(connection) == [said]
