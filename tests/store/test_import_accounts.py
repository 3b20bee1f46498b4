"""Accounts in a delivery that exist without a form or before it, on both stores (6, 12)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select

from app.database import tables as t
from app.imports.report import Report
from app.store.accounts.listing import AccountFilter, Upkeep, list_accounts
from app.store.ledger.chain import make_id
from tests.imports.conftest import Files, district
from tests.store.house import House

WARNING = "accounts that are authorized without a Social Media Authorization Form"
YES = {"authorized_by_sourced_id": "e-2", "authorized_at": "2026-01-10"}
NOBODY = {"authorized_by_sourced_id": "", "authorized_at": ""}


def account(**changed: str) -> dict[str, str]:
    """One account of the small district as a row of `accounts.csv`."""
    return {**district()["accounts"][0], "existed_on": "", **changed}


def deliver(house: House, **changed: str) -> Report:
    return house.deliver({"accounts": [account(**changed)]})


@pytest.fixture
def known(house: House) -> House:
    """A store that knows the people and offices, and no account."""
    files: Files = {name: rows for name, rows in district().items() if name != "accounts"}
    assert house.deliver(files).applied
    return house


def approve_form(house: House, state: str = "approved", **changed: Any) -> None:
    now = datetime.now(UTC)
    row = {
        "id": make_id(), "version": 1, "state": state, "platform": "x", "handle": "HillSchool",
        "handle_key": "hillschool", "kind": "school", "managers": "[]", "requested_by": "e-1",
        "created_at": now, "updated_at": now, **changed,
    }  # fmt: skip
    with house.store.writing() as connection:
        connection.execute(insert(t.authorization_requests).values(**row))


def told(report: Report) -> list[str]:
    return [one for one in report.warnings if one.startswith(WARNING)]


def marked(house: House) -> tuple[list[str], date | None]:
    """The account's flags, and the earliest day on which it is known to have existed."""
    upkeep = Upkeep(date(2026, 6, 1), house.settings.zone, 365, 90, 30, frozenset())
    with house.store.reading() as connection:
        (row,) = list_accounts(connection, AccountFilter(), upkeep, "", 9)
    return [flag for flag in row["flags"] if flag == "existed_before"], row["existed_on"]


def test_a_report_names_the_accounts_that_never_had_a_form(known: House) -> None:
    report = deliver(known)
    assert report.applied
    assert told(report)[0].endswith("(clause 6): x/hillschool")
    (said,) = known.said("authorization.recorded")
    assert said["without_form"] is True


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "denied", "withdrawn"])
def test_a_form_that_nobody_approved_is_none(known: House, state: str) -> None:
    approve_form(known, state)
    assert told(deliver(known))


def test_the_form_of_another_account_is_none(known: House) -> None:
    approve_form(known, handle_key="hillpta")
    assert told(deliver(known))


def test_what_an_approved_form_asked_for_is_not_told(known: House) -> None:
    approve_form(known)
    assert told(deliver(known)) == []


def test_it_is_told_once_and_again_of_another_authorization(known: House) -> None:
    assert told(deliver(known))
    assert told(deliver(known, contact_email="new@district.example")) == []
    assert told(deliver(known, authorized_at="2026-02-10"))


def test_a_plan_tells_before_anything_is_applied(known: House) -> None:
    report = known.deliver({"accounts": [account()]}, plan_only=True)
    assert report.state == "planned"
    assert told(report)


def test_of_many_the_first_are_named_and_the_rest_counted(known: House) -> None:
    rows = [account(handle=f"@hill{n:02}") for n in range(13)]
    (said,) = told(known.deliver({"accounts": rows}))
    assert ": 13;" in said
    assert said.endswith("x/hill09 and 3 more")


@pytest.mark.parametrize(
    ("existed_on", "flags"),
    [("2026-01-09", ["existed_before"]), ("2026-01-10", []), ("2026-01-11", []), ("", [])],
)
def test_an_account_that_existed_before_its_authorization_is_marked(
    known: House, existed_on: str, flags: list[str]
) -> None:
    deliver(known, existed_on=existed_on)
    assert marked(known) == (flags, date.fromisoformat(existed_on) if existed_on else None)


def test_an_account_that_was_found_stays_marked_when_it_is_authorized(known: House) -> None:
    assert deliver(known, **NOBODY).applied
    assert marked(known)[0] == ["existed_before"]
    tomorrow = {**YES, "authorized_at": "2099-01-10"}
    assert deliver(known, **tomorrow).applied
    assert marked(known)[0] == ["existed_before"]
    # An authorization of before, which was only not known, takes the mark off.
    assert deliver(known, **YES).applied
    assert marked(known)[0] == []


def test_a_delivery_makes_no_account_younger(known: House) -> None:
    deliver(known, existed_on="2025-05-01")
    for later in ("2026-01-10", ""):
        report = deliver(known, existed_on=later)
        assert report.files[0].unchanged == 1
        assert marked(known) == (["existed_before"], date(2025, 5, 1))
    report = deliver(known, existed_on="2024-05-01")
    assert report.files[0].changed == 1
    assert marked(known) == (["existed_before"], date(2024, 5, 1))


@pytest.mark.parametrize("cell", ["2026-02-30", "last year", "1"])
def test_a_day_that_is_none_is_refused(known: House, cell: str) -> None:
    report = deliver(known, existed_on=cell)
    assert not report.applied
    assert [error.column for error in report.errors] == ["existed_on"]
    assert not known.rows(select(t.accounts.c.id))
