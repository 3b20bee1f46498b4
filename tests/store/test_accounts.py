"""The register of accounts on both stores."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, func, select

from app.database.session import Store
from app.database.tables import changes
from app.errors import (
    ClearpostError,
    ClosedAccountError,
    ConflictError,
    DesignationRequiredError,
    ForbiddenError,
    IllegalTransitionError,
    InvalidRequestError,
    NotFoundError,
    OwnRequestError,
    PersonRequiredError,
    StaleError,
)
from app.policy.facts import Setup
from app.policy.words import AccountStatus
from app.store.accounts import register
from app.store.accounts.listing import AccountFilter, Upkeep, list_accounts
from app.store.accounts.listing import read_account as read_row
from app.store.accounts.register import AccountEdit, AuthorizationDetails
from app.store.accounts.upkeep_reports import find_absent_schools
from app.store.accounts.validation import EditLimits
from app.store.accounts.verification import read_name, verify_account
from app.store.ledger import chain
from app.store.ledger.changes import Actor, list_changes
from tests.district import District
from tests.district import found as found_district

ZONE = ZoneInfo("America/Denver")
SETUP = Setup(ZONE)
TODAY = date(2026, 10, 15)
NOW = datetime(2026, 10, 15, 18, tzinfo=UTC)
ALL = EditLimits(TODAY, None)
UPKEEP = Upkeep(TODAY, ZONE, 365, 90, 30, frozenset({"provo.example"}))
NEW = {"platform": "x", "handle": "@New", "handle_key": "new", "kind": "club", "org_id": "maple"}


def founded(connection: Connection) -> District:
    district = District(connection)
    district.org("maple")
    district.employee("olga", "Olga Owen")
    district.employee("mia", "Mia Manley")
    return district


def test_lookalikes_are_told_nearest_first_whatever_their_status(store: Store) -> None:
    with store.writing() as connection:
        district = founded(connection)
        district.account("x", "real_maple_schools", status="suspended")
        near = district.account("x", "maple_schools", status="closed")
        district.account("instagram", "maple_schools")
        district.account("x", "unlike")
    with store.reading() as connection:
        found = register.find_lookalikes(connection, "x", "maple.schools")
        assert [(one.likeness, one.status) for one in found] == [
            ("spelling", "closed"), ("affix", "suspended"), ("other_network", "unauthorized_found")
        ]  # fmt: skip
        assert found[0].account_id == near
        assert register.find_lookalikes(connection, "x", "unlike") == []
        assert len(register.find_lookalikes(connection, "x", "maple.schools", most=1)) == 1


def test_nothing_resembles_in_an_empty_register(store: Store) -> None:
    with store.reading() as connection:
        assert register.find_lookalikes(connection, "x", "maple") == []


@pytest.fixture
def house(store: Store) -> Store:
    with store.writing() as connection:
        found_district(connection)
    return store


def by(person_id: str | None) -> Actor:
    return Actor("key-1", person_id, NOW)


def added(store: Store, **values: Any) -> str:
    with store.writing() as connection:
        return register.add_account(connection, by("mia"), {**NEW, **values}, ALL)


def row(store: Store, account_id: str) -> dict[str, Any]:
    with store.reading() as connection:
        return read_row(connection, account_id, UPKEEP)


def moved(
    store: Store, account_id: str, to: AccountStatus, person: str | None = "mia", **edit: Any
) -> None:
    with store.writing() as connection:
        given = AccountEdit(account_id, edit.pop("bounds", ALL), **edit)
        register.move_account(connection, by(person), given, to, "Because.", SETUP)


def authorized(store: Store, account_id: str, person: str | None = "dora", **yes: Any) -> None:
    with store.writing() as connection:
        register.authorize_account(
            connection, by(person), AccountEdit(account_id, ALL), AuthorizationDetails(**yes)
        )


def verified(store: Store, url: str) -> str:
    with store.reading() as connection:
        return verify_account(connection, read_name(None, None, url), NOW, SETUP).status


def test_an_account_from_its_finding_to_its_end(house: Store) -> None:
    alias = {"system": "postiz", "external_id": "17"}
    account = added(house, managers=["mia", "ed"], aliases=[alias], owner_id="olga")
    assert verified(house, "x.com/new") == "not_official"
    attested = NOW - timedelta(days=1)
    authorized(house, account, requested_by="olga", administrator_at=attested)
    assert verified(house, "x.com/new") == "official"
    moved(house, account, "under_review")
    assert verified(house, "x.com/new") == "not_official"
    moved(house, account, "authorized", "dora")
    moved(house, account, "closed")
    assert verified(house, "x.com/new") == "not_official"
    said = row(house, account)
    assert (said["status"], said["version"], said["managers"]) == ("closed", 5, ["ed", "mia"])
    assert (said["authorized_by"], said["requested_by"], said["aliases"]) == (
        "dora", "olga", [alias],
    )  # fmt: skip
    assert (said["communications_admin_at"], said["flags"]) == (attested, [])
    with house.reading() as connection:
        told = [
            (one["action"], one["note"]) for one in list_changes(connection, "account", account)
        ]
        assert chain.verify_chain(connection).bad is None
    assert told == [
        ("created", None), ("authorized", None), ("under_review", "Because."),
        ("authorized", "Because."), ("closed", "Because."),
    ]  # fmt: skip


def test_what_the_office_changes_it_has_authorized(house: Store) -> None:
    account = added(house, owner_id="olga", managers=["mia"])
    authorized(house, account, requested_by="olga", administrator_at=NOW - timedelta(days=1))
    with house.writing() as connection:
        later = Actor("key-1", "dora", NOW + timedelta(seconds=1))
        register.change_account(connection, later, AccountEdit(account, ALL), {"kind": "team"})
    assert verified(house, "x.com/new") == "official"


@pytest.mark.parametrize(
    ("values", "official"),
    [
        ({"kind": "team"}, False),
        ({"aliases": [{"system": "postiz", "external_id": "18"}]}, False),
        ({"owner_id": "mia"}, True),
        ({"managers": ["ed"]}, True),
    ],
)
def test_what_was_authorized_is_what_the_account_was_then(
    house: Store, values: dict[str, Any], official: bool
) -> None:
    account = added(house, owner_id="olga", managers=["mia"])
    authorized(house, account, requested_by="olga", administrator_at=NOW - timedelta(days=1))
    with house.writing() as connection:
        later = Actor("key-1", "mia", NOW + timedelta(seconds=1))
        register.change_account(connection, later, AccountEdit(account, ALL), values)
    assert verified(house, "x.com/new") == ("official" if official else "not_official")
    with house.writing() as connection:
        again = Actor("key-1", "dora", NOW + timedelta(seconds=2))
        register.authorize_account(
            connection, again, AccountEdit(account, ALL), AuthorizationDetails(requested_by="olga")
        )
    assert verified(house, "x.com/new") == "official"


@pytest.mark.parametrize(
    ("status", "person", "to", "error"),
    [
        ("closed", "dora", "authorized", ClosedAccountError),
        ("closed", "dora", "under_review", ClosedAccountError),
        ("suspended", "mia", "authorized", DesignationRequiredError),
        ("suspended", "sue", "authorized", DesignationRequiredError),
        ("suspended", None, "authorized", PersonRequiredError),
        ("suspended", "dora", "authorized", ConflictError),
        ("suspended", "dora", "under_review", IllegalTransitionError),
        ("suspended", "dora", "unauthorized_found", IllegalTransitionError),
        ("under_review", "dora", "requested", IllegalTransitionError),
        ("authorized", "dora", "unauthorized_found", IllegalTransitionError),
        ("unauthorized_found", "dora", "authorized", IllegalTransitionError),
        ("requested", "dora", "authorized", IllegalTransitionError),
    ],
)
def test_what_may_not_become_of_an_account(
    house: Store,
    status: AccountStatus,
    person: str | None,
    to: AccountStatus,
    error: type[Exception],
) -> None:
    with house.writing() as connection:
        account = District(connection).account("x", "given", status=status)
    before = row(house, account)
    with pytest.raises(error):
        moved(house, account, to, person)
    assert row(house, account) == before
    with house.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(changes)) == 0
        assert chain.read_head(connection)[0] == 0


@pytest.mark.parametrize(
    ("person", "yes", "error"),
    [
        ("mia", {}, DesignationRequiredError),
        ("sue", {}, DesignationRequiredError),
        (None, {}, PersonRequiredError),
        ("dora", {"requested_by": "dora"}, OwnRequestError),
        ("dora", {"requested_by": "nobody"}, InvalidRequestError),
        ("dora", {"requested_by": "ana"}, InvalidRequestError),
    ],
)
def test_who_may_not_authorize(
    house: Store, person: str | None, yes: dict[str, Any], error: type[ClearpostError]
) -> None:
    account = added(house)
    with pytest.raises(error):
        authorized(house, account, person, **yes)
    assert row(house, account)["status"] == "unauthorized_found"
    assert verified(house, "x.com/new") == "not_official"


def test_a_designation_that_has_ended_authorizes_nothing(house: Store) -> None:
    with house.writing() as connection:
        District(connection).designation(
            "director_communications", "ed", effective_to=TODAY - timedelta(days=1)
        )
    account = added(house)
    with pytest.raises(DesignationRequiredError):
        authorized(house, account, "ed")


def test_a_closed_account_is_opened_by_a_new_form_alone(house: Store) -> None:
    account = added(house)
    moved(house, account, "closed")
    with pytest.raises(ClosedAccountError):
        authorized(house, account)
    authorized(house, account, by_form=True)
    assert verified(house, "x.com/new") == "official"


def test_an_edit_needs_the_right_account_key_and_version(house: Store) -> None:
    account = added(house)

    def stale(_version: int) -> None:
        raise StaleError

    for edit, error in (
        (AccountEdit("no-such", ALL), NotFoundError),
        (AccountEdit(account, ALL, stale), StaleError),
        (AccountEdit(account, EditLimits(TODAY, frozenset({"birch"}))), ForbiddenError),
    ):
        with pytest.raises(error), house.writing() as connection:
            register.change_account(connection, by("mia"), edit, {"kind": "team"})
    with house.writing() as connection:
        register.change_account(connection, by("mia"), AccountEdit(account, ALL), {"kind": "club"})
    assert row(house, account)["version"] == 1


def test_a_thousand_accounts_in_pages(house: Store) -> None:
    with house.writing() as connection:
        district = District(connection)
        made = {district.account("x", f"h{number}", managers=()) for number in range(1_000)}
    seen: list[str] = []
    with house.reading() as connection:
        while more := list_accounts(
            connection, AccountFilter(kind="school"), UPKEEP, seen[-1] if seen else "", 300
        ):
            seen += [one["id"] for one in more]
    assert len(seen) == len(set(seen)) == 1_003
    assert made < set(seen)


def test_schools_in_more_than_one_batch(store: Store) -> None:
    with store.writing() as connection:
        district = found_district(connection)
        for number in range(450):
            district.org(f"s{number:03}")
            if number % 3:
                account = district.account("x", f"s{number}", org_id=f"s{number:03}")
                district.authorization(account)
    seen: list[str] = []
    with store.reading() as connection:
        while more := find_absent_schools(connection, NOW, SETUP, seen[-1] if seen else "", 40):
            seen += [one["id"] for one in more]
    assert seen == ["birch", *(f"s{number:03}" for number in range(0, 450, 3))]
