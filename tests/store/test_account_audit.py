"""Accounts and authorization forms held against the ledger: edits past the service are found."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from app.database import tables as t
from app.database.session import Store
from app.erasure.person_erasure import erase_person
from app.erasure.retention import purge_contents
from app.imports.approval import ImportDecision, approve_import
from app.imports.undo.requests import plan_undo, put_undo
from app.policy.facts import Setup
from app.store.accounts import form_moves as moves
from app.store.accounts import forms, register
from app.store.accounts.form_moves import FormStep
from app.store.accounts.forms import FormContent
from app.store.accounts.register import AccountEdit
from app.store.accounts.validation import EditLimits
from app.store.ledger import chain
from app.store.ledger.account_audit import find_account_faults, find_form_faults
from app.store.ledger.changes import Actor
from app.store.people.references import RequestContext
from tests.district import District
from tests.imports.conftest import district
from tests.store.edits import Edit, Faults, refuse_unseen, taken_back
from tests.store.house import House

TODAY = date(2026, 11, 3)
NOW = datetime(2026, 11, 3, 15, tzinfo=UTC)
DAY = timedelta(days=1)
SETUP = Setup(ZoneInfo("America/Denver"))
ALL = EditLimits(TODAY, None)
TESS, DORA = (Actor("key-1", who, NOW) for who in ("tess", "dora"))
FORM = FormContent(
    platform="blog", handle="Club", handle_key="club", url="https://blog.example/club?utm_a=1",
    url_alias="https://blog.example/club", kind="club", org_id="maple", owner_id="olga",
    managers=("mia", "tess"), contact_email="olga@maple.example", purpose="Chess",
)  # fmt: skip
PLAIN = {
    "platform": "x", "handle": "New", "handle_key": "new", "kind": "club", "org_id": "maple",
    "owner_id": "mia", "managers": ["mia"],
}  # fmt: skip
ADDRESS = "is not the account's address"
UNKNOWN = ("accounts", None, "changes without a row on the ledger: 1")


def by(who: str) -> RequestContext:
    return RequestContext(who, TODAY, SETUP, None)


@pytest.fixture
def ids(store: Store) -> dict[str, str]:
    """The ids of a form, of the account `club` that it led to, and of the account `plain`."""
    with store.writing() as connection:
        small = District(connection)
        small.org("maple")
        small.org("birch")
        for who in ("olga", "mia", "tess", "dora", "sue"):
            small.employee(who, f"{who} Hale", email=f"{who}@maple.example")
        small.designation("director_communications", "dora")
        row = forms.add_form(connection, TESS, by("tess"), FORM)
        row = moves.take_step(connection, TESS, by("tess"), FormStep(row["id"], "submit"))
        row = moves.take_step(connection, DORA, by("dora"), FormStep(row["id"], "attest"))
        row = moves.decide_form(connection, DORA, by("dora"), FormStep(row["id"], "approve"))
        plain = register.add_account(connection, TESS, PLAIN, ALL)
        edit = AccountEdit(plain, ALL)
        register.add_alias(connection, DORA, edit, ("postiz", "p1"))
        register.move_account(connection, DORA, edit, "suspended", "asked", SETUP)
    return {"form": row["id"], "club": str(row["account_id"]), "plain": plain}


def find_faults(connection: Connection) -> Faults:
    found = [*find_account_faults(connection), *find_form_faults(connection)]
    return [(one.table, one.record_id, one.reason) for one in found]


def audit(store: Store) -> Faults:
    with store.reading() as connection:
        return find_faults(connection)


EDITS: list[Edit] = [
    (t.accounts, "plain", {"status": "authorized"}, "status"),
    (t.accounts, "plain", {"owner_id": "sue"}, "owner_id"),
    (t.accounts, "plain", {"kind": "school"}, "kind"),
    (t.accounts, "plain", {"contact_email": "e@evil.example"}, "contact_email"),
    (t.accounts, "plain", {"communications_admin_at": NOW}, "communications_admin_at"),
    (t.accounts, "plain", {"org_id": "birch"}, "org_id"),
    (t.accounts, "plain", {"identity_changed_at": NOW}, "identity_changed_at"),
    (t.accounts, "plain", {"handle_key": "other"}, "handle_key"),
    (t.accounts, "plain", {"existed_at": None}, "existed_at"),
    (t.accounts, "plain", {"reviewed_on": TODAY}, "reviewed_on"),
    (t.accounts, "plain", {"version": 2}, "version"),
    (t.accounts, "club", {"communications_admin_at": NOW - DAY}, "communications_admin_at"),
    (t.authorization_requests, "form", {"state": "denied"}, "state"),
    (t.authorization_requests, "form", {"managers": '["sue"]'}, "managers"),
    (t.authorization_requests, "form", {"managers": "no JSON"}, "managers"),
    (t.authorization_requests, "form", {"decided_by": "sue"}, "decided_by"),
    (t.authorization_requests, "form", {"url_alias": None}, "url_alias"),
]


def test_edits_are_found(store: Store, ids: dict[str, str]) -> None:
    refuse_unseen(store, ids, EDITS, find_faults)


def test_lists_of_an_account_are_held_against_the_ledger(store: Store, ids: dict[str, str]) -> None:
    managers, aliases = t.account_managers, t.account_aliases
    alias = {"account_id": ids["plain"], "system": "postiz", "value": "p2"}
    address = {"account_id": ids["plain"], "system": "url", "value": "https://evil.example"}
    plain, club = (("accounts", ids[name]) for name in ("plain", "club"))
    names = ("account_aliases",)
    edits: list[tuple[Any, Any, str]] = [
        (insert(managers).values(account_id=ids["plain"], person_id="sue"), plain, "managers"),
        (delete(managers).where(managers.c.person_id == "tess"), club, "managers"),
        (insert(aliases).values(alias), plain, "aliases"),
        (delete(aliases).where(aliases.c.system == "postiz"), plain, "aliases"),
        (insert(aliases).values(address), (*names, ids["plain"]), ""),
        (
            update(aliases).where(aliases.c.system == "url").values(value="https://evil.example"),
            (*names, ids["club"]),
            "",
        ),
    ]
    with store.writing() as connection:
        for statement, where, column in edits:
            with taken_back(connection):
                connection.execute(statement)
                said = f"says another {column} than the ledger" if column else ADDRESS
                assert find_faults(connection) == [(*where, said)]


def slip_in(connection: Connection, ids: dict[str, str]) -> None:
    row = connection.execute(select(t.accounts).where(t.accounts.c.id == ids["plain"]))
    forged = {**row.mappings().one(), "id": "forged", "handle_key": "forged", "version": 0}
    connection.execute(insert(t.accounts).values(forged))


def test_records_that_were_slipped_in_or_deleted_are_found(
    store: Store, ids: dict[str, str]
) -> None:
    with store.writing() as connection:
        with taken_back(connection):
            slip_in(connection, ids)
            assert find_faults(connection) == [UNKNOWN]
        connection.execute(delete(t.account_managers))
        connection.execute(delete(t.account_aliases))
        connection.execute(delete(t.accounts).where(t.accounts.c.id == ids["plain"]))
        assert ("accounts", ids["plain"], "is gone") in find_faults(connection)


def test_edit_with_another_version_is_found(store: Store, ids: dict[str, str]) -> None:
    """A version that no row is about would make all that was said before doubtful."""
    with store.writing() as connection:
        mine = update(t.accounts).where(t.accounts.c.id == ids["plain"])
        connection.execute(mine.values(status="authorized", version=4))
        assert find_faults(connection) == [UNKNOWN]


def test_erasure_and_purge_excuse_no_more_than_they_took(store: Store, ids: dict[str, str]) -> None:
    edit = AccountEdit(ids["plain"], ALL)
    erase_person(store, "olga", lambda: DORA)
    assert audit(store) == []
    erase_person(store, "mia", lambda: DORA)
    assert audit(store) == []
    with store.writing() as connection:
        register.change_account(connection, TESS, edit, {"owner_id": "sue", "managers": ["sue"]})
        assert find_faults(connection) == []
        with taken_back(connection):
            mine = update(t.accounts).where(t.accounts.c.id == ids["plain"])
            connection.execute(mine.values(owner_id="tess"))
            said = "says another owner_id than the ledger"
            assert find_faults(connection) == [("accounts", ids["plain"], said)]
            connection.execute(mine.values(version=5))
            assert find_faults(connection) == [UNKNOWN]
        slip_in(connection, ids)
        assert find_faults(connection) == [UNKNOWN]
        connection.execute(delete(t.accounts).where(t.accounts.c.id == "forged"))
    purge_contents(store, NOW + DAY, lambda: DORA)
    assert audit(store) == []
    with store.writing() as connection:
        register.change_account(connection, TESS, edit, {"reviewed_on": TODAY})
        assert find_faults(connection) == []
        slip_in(connection, ids)
        assert find_faults(connection) == [UNKNOWN]


def test_deliveries_and_their_undo_are_no_fault(house: House) -> None:
    files = district()
    assert house.deliver(files).applied
    assert audit(house.store) == []
    accounts = files["accounts"]
    accounts[0] |= {"manager_sourced_ids": "e-2", "contact_email": ""}
    accounts[2] |= {"url": "https://hillnet.example/u/10"}
    report = house.deliver(files)
    assert report.applied
    assert audit(house.store) == []
    actor = Actor("k-1", "e-1", house.store.now())
    planned = plan_undo(house.store, house.settings, str(report.import_id))
    with house.store.writing() as connection:
        asked = put_undo(connection, actor, planned)
    approve_import(house.store, house.settings, actor, ImportDecision(asked.id))
    assert audit(house.store) == []
    with house.store.writing() as connection:
        first = connection.scalar(select(t.accounts.c.id).order_by(t.accounts.c.id).limit(1))
        forged = {"account_id": first, "system": "postiz", "value": "p1"}
        connection.execute(insert(t.account_aliases).values(forged))
        assert find_faults(connection) == [
            ("accounts", first, "says another aliases than the ledger")
        ]


def test_rows_of_earlier_versions_have_fewer_columns_and_no_version(store: Store) -> None:
    said = {"platform": "x", "handle": "New", "handle_key": "new", "kind": "club", "org_id": None}
    body = {"id": "a1", **said, "managers": [], "change": "added", "import_id": "i1"}
    with store.writing() as connection:
        entry = chain.LedgerEntry(chain.make_id(), "account.recorded", NOW, None, body)
        chain.append_entries(connection, [entry])
        row = {"id": "a1", "created_at": NOW, "status": "authorized", **said}
        connection.execute(insert(t.accounts).values(row))
        assert find_faults(connection) == []
        register.change_account(connection, TESS, AccountEdit("a1", ALL), {"reviewed_on": TODAY})
        assert find_faults(connection) == []
        connection.execute(update(t.accounts).values(kind="school"))
        assert find_faults(connection) == [("accounts", "a1", "says another kind than the ledger")]
