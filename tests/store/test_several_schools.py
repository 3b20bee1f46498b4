"""People of several schools belong to all of them: for deliveries, keys, names and searches."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, select

from app.database.json_lists import as_json, json_list
from app.database.session import Store
from app.database.tables import people as table
from app.policy.facts import Person
from app.store.consents import statements
from app.store.people import references, search, staff
from app.store.people.index_scan import ScanPlace
from app.store.people.memberships import belongs_to
from app.store.people.search import PeopleQuery
from tests.district import District
from tests.imports.conftest import district as delivered
from tests.store.house import House

HILL, DALE, VALE = (frozenset({name}) for name in ("hill", "dale", "vale"))


@pytest.fixture
def connection(store: Store) -> Any:
    with store.writing() as opened:
        small = District(opened)
        for org in ("hill", "dale", "vale"):
            small.org(org)
        both = {"org_id": "hill", "other_org_ids": '["dale"]'}
        small.person("both", "Tia Two", **both)
        small.person("one", "Tia Tone", org_id="hill")
        small.employee("staff", "Sam Staff", **both)
        yield opened


@pytest.mark.parametrize(("schools", "seen"), [(HILL, True), (DALE, True), (VALE, False)])
def test_a_key_of_either_school_knows_them(
    connection: Connection, schools: frozenset[str], seen: bool
) -> None:
    assert bool(statements.find_visible(connection, "both", schools)) is seen
    assert staff.is_active_staff(connection, "staff", schools) is seen
    assert ("staff" in references.find_staff(connection, ["staff"], schools)) is seen
    assert bool(search.show_people(connection, ["both"], None, schools)) is seen


@pytest.mark.parametrize(
    ("schools", "school", "found"),
    [
        (None, None, {"both", "one"}),
        (None, "dale", {"both"}),
        (HILL, None, {"both", "one"}),
        (DALE, None, {"both"}),
        (DALE, "hill", set()),
        (VALE, None, set()),
    ],
)
@pytest.mark.parametrize("name", ["tia", "tia t", "tai"])
def test_a_search_finds_them_in_either_school(
    connection: Connection,
    schools: frozenset[str] | None,
    school: str | None,
    found: set[str],
    name: str,
) -> None:
    asked = PeopleQuery(name, school, kind="student")
    hits: list[str] = []
    after: ScanPlace | None = None
    while True:
        page, after = search.find_people(connection, asked, schools, after, 1)
        hits += [one.id for one in page]
        if after is None:
            break
    assert sorted(hits) == sorted(found)


def test_the_condition_takes_a_select_of_ids(connection: Connection) -> None:
    wanted = select(table.c.id).where(belongs_to(json_list("orgs"))).order_by(table.c.id)
    assert list(connection.scalars(wanted, {"orgs": as_json(["dale"])})) == ["both", "staff"]


def test_a_plain_delivery_names_several(house: House) -> None:
    files = delivered()
    row = files["people"][0]
    row["org_sourced_id"] = f"{row['org_sourced_id']}; district"
    house.deliver(files)
    columns = select(table.c.org_id, table.c.other_org_ids).where(table.c.id == row["sourced_id"])
    first, others = house.rows(columns)[0]
    assert (first, others) == (row["org_sourced_id"].split(";")[0], '["district"]')
    # The next delivery takes it back; one without the column leaves it.
    for one in files["people"]:
        del one["org_sourced_id"]
    house.deliver(files)
    assert house.rows(columns)[0][1] == '["district"]'
    house.deliver(delivered())
    assert house.rows(columns)[0] == (first, None)


def test_who_belongs_where() -> None:
    make: Callable[..., Person] = lambda first, *others: Person(  # noqa: E731
        "p",
        "student",
        "A",
        "B",
        None,
        None,
        first,
        None,
        None,
        None,
        "active",
        None,
        None,
        others,  # type: ignore[arg-type]
    )
    assert make("hill", "dale").org_ids == ("hill", "dale")
    assert make(None).org_ids == ()
    assert make("hill", "dale").belongs_to(DALE)
    assert make("hill").belongs_to(None)
    assert not make(None).belongs_to(DALE)
