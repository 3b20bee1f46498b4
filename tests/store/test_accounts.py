"""The register of accounts on both stores."""

from sqlalchemy import Connection

from app.store import accounts
from app.store.session import Store
from tests.district import District


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
        found = accounts.lookalikes(connection, "x", "maple.schools")
        assert [(one.likeness, one.status) for one in found] == [
            ("spelling", "closed"), ("affix", "suspended"), ("other_network", "unauthorized_found")
        ]  # fmt: skip
        assert found[0].account_id == near
        assert accounts.lookalikes(connection, "x", "unlike") == []
        assert len(accounts.lookalikes(connection, "x", "maple.schools", most=1)) == 1


def test_nothing_resembles_in_an_empty_register(store: Store) -> None:
    with store.reading() as connection:
        assert accounts.lookalikes(connection, "x", "maple") == []
