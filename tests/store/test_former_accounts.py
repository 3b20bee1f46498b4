"""Accounts that a delivery would give to the next bearer of an id, on both stores."""

import pytest
from sqlalchemy import select

from app.database import tables as t
from app.store.accounts import register
from app.store.accounts.register import AccountEdit
from app.store.accounts.validation import EditLimits
from tests.imports.conftest import district
from tests.store.house import House
from tests.store.test_former_rights import (
    decide,
    has_nothing,
    house,
    is_sound,
    make_actor,
    pass_on,
    passed,
    people_of,
    today,
)

__all__ = ["house"]


@pytest.mark.parametrize("with_people", [True, False])
def test_a_file_that_still_lists_former_accounts_gives_none_to_the_next_bearer(
    house: House, *, with_people: bool
) -> None:
    files = passed("e-2", district())
    names = ("accounts", "designations", "grants", *(("people",) if with_people else ()))
    files = {name: files[name] for name in names}
    files["accounts"][2] |= {"owner_sourced_id": "e-2"}
    before = people_of(house)
    if not with_people:
        pass_on(house, "e-2")
    report = house.deliver(files, complete_consents=False)
    if with_people:
        assert report.state == "held"
        decide(house, report)
    assert has_nothing(house)
    assert any("owners and managers" in one for one in report.warnings)
    assert house.deliver(files, complete_consents=False).applied
    assert has_nothing(house)
    with house.store.writing() as connection:
        [(account,)] = connection.execute(select(t.accounts.c.id).filter_by(platform="hillnet"))
        edit = AccountEdit(account, EditLimits(today(), None))
        register.change_account(connection, make_actor(), edit, {"owner_id": "e-2"})
    assert house.deliver(files, complete_consents=False).applied
    assert ("Hill", "e-2", []) in people_of(house)
    assert [one for one in people_of(house) if one[0] != "Hill"] == [
        (handle, owner, [one for one in managers if one != "e-2"])
        for handle, owner, managers in before
        if handle != "Hill"
    ]
    assert is_sound(house)
