"""Records held against the ledger: what was changed past the service is found, on both stores."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Table, delete, insert, select, update

from app.database import tables as t
from app.database.session import Store
from app.erasure.lifted_guards import lift_guards
from app.erasure.person_erasure import erase_person
from app.erasure.retention import purge_contents
from app.store.accounts import register
from app.store.accounts.register import AccountEdit, AuthorizationDetails
from app.store.accounts.validation import EditLimits
from app.store.consents import statements
from app.store.consents.statements import NewStatement
from app.store.ledger import chain
from app.store.ledger.chain import make_id
from app.store.ledger.changes import Actor
from app.store.ledger.record_audit import compare_records
from app.store.permissions import designations, effective_dating
from tests.district import District

ZONE = ZoneInfo("America/Denver")
NOW = datetime(2026, 11, 3, 15, tzinfo=UTC)
BY = Actor("key-1", "dora", NOW)
SIGNED = datetime(2026, 10, 1, 9, tzinfo=ZONE)


@pytest.fixture
def kept(store: Store) -> Store:
    """Two children's statements and an office, each recorded as the service records it."""
    with store.writing() as connection:
        district = District(connection)
        district.org("maple")
        for who in ("ana", "ben"):
            district.person(who, f"{who} Lopez")
        for who in ("dora", "sue"):
            district.employee(who, f"{who} Hale")
        for who, decision in (("ana", "refuse"), ("ben", "grant"), ("ana", "grant")):
            scope: dict[str, Any] = {"activity": "publish", "channel": "social", "extent": "image"}
            new = NewStatement(
                who,
                decision,
                "guardian",
                SIGNED,
                given_by=f"{decision} Lopez",
                **scope,  # type: ignore[arg-type]
            )
            statements.record_statement(connection, BY, new, ZONE)
        effective_dating.add_fact(
            connection, BY, designations._DATED, {
                "office": "director_communications", "person_id": "sue", "capacity": "designee",
                "effective_from": date(2026, 11, 1), "effective_to": None,
            },
        )  # fmt: skip
    return store


def audit(store: Store) -> tuple[int, list[tuple[str, str]]]:
    with store.reading() as connection:
        found = compare_records(connection)
    return found.records, [(one.table, one.reason) for one in found.mismatches]


def test_records_as_they_were_made(kept: Store) -> None:
    assert audit(kept) == (4, [])


def test_authorizations_that_the_office_gave(kept: Store) -> None:
    with kept.writing() as connection:
        district = District(connection)
        district.designation("director_communications", "dora")
        limits = EditLimits(date(2026, 11, 3), None)
        values = {"platform": "x", "handle": "new", "handle_key": "new", "kind": "school"}
        edit = AccountEdit(register.add_account(connection, BY, values, limits), limits)
        register.authorize_account(connection, BY, edit, AuthorizationDetails("sue"))
    assert audit(kept)[1] == [("designations", "rows without a row on the ledger: 1")]
    with kept.writing() as connection, lift_guards(connection, [t.authorizations]):
        connection.execute(update(t.authorizations).values(requested_by="dora"))
    assert ("authorizations", "one that the office gave is gone, or says another") in audit(kept)[1]


def test_empty_store(store: Store) -> None:
    assert audit(store) == (0, [])


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        (t.consents, "decision", "grant"),
        (t.consents, "person_id", "ben"),
        (t.consents, "channel", "website"),
        (t.consents, "source", "guardian:other"),
        (t.consents, "signed_at", SIGNED + timedelta(seconds=1)),
        (t.consents, "effective_from", date(2027, 1, 1)),
        (t.consents, "effective_to", date(2026, 10, 2)),
        (t.consents, "corrects", "c0"),
        (t.designations, "person_id", "ana"),
        (t.designations, "capacity", "holder"),
        (t.designations, "effective_to", date(2026, 11, 2)),
    ],
)
def test_changed_record_is_found(kept: Store, table: Table, column: str, value: Any) -> None:
    first = select(table.c.seq).order_by(table.c.seq).limit(1).scalar_subquery()
    with kept.writing() as connection, lift_guards(connection, [table]):
        connection.execute(update(table).where(table.c.seq == first).values({column: value}))
    records, found = audit(kept)
    assert (records, found) == (4, [(table.name, f"says another {column} than the ledger")])


def test_record_that_is_gone_is_found(kept: Store) -> None:
    with kept.writing() as connection, lift_guards(connection, [t.consents]):
        connection.execute(delete(t.consents).where(t.consents.c.decision == "refuse"))
    assert audit(kept) == (3, [("consents", "is gone")])


def test_record_that_was_slipped_in_is_found(kept: Store) -> None:
    with kept.writing() as connection:
        row = connection.execute(select(t.consents).limit(1)).mappings().one()
        forged = {**row, "id": make_id(), "decision": "grant", "digest": "x"}
        del forged["seq"]
        connection.execute(insert(t.consents).values(forged))
    assert audit(kept) == (3 + 1, [("consents", "rows without a row on the ledger: 1")])


def test_erasure_and_purge_are_no_mismatch(kept: Store) -> None:
    erase_person(kept, "ana", lambda: BY)
    assert audit(kept)[1] == []
    purge_contents(kept, NOW + timedelta(days=1), lambda: BY)
    assert audit(kept) == (0, [])
    with kept.reading() as connection:
        assert chain.verify_chain(connection).bad is None
