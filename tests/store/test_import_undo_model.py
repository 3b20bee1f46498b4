"""Random nights, the last of them undone: every check then answers as it did before that night."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.database import tables
from app.database.session import Store
from app.imports.undo.requests import plan_undo
from tests.databases import Databases
from tests.store.house import House
from tests.store.test_import_model import Delivered, Model, _decide, _files, _known, deliveries
from tests.store.test_import_states import NO_MEDIA
from tests.store.test_import_undo import answers, undo

ORGS = [{"sourced_id": "o-1", "name": "Hill", "kind": "school"}]
MakeHouse = Callable[[Path], Any]


@pytest.fixture
def make_house(backend: str, request: pytest.FixtureRequest) -> MakeHouse:
    """What opens a house of its own in a folder, for every example."""
    template: Path = request.getfixturevalue("sqlite_template")
    databases: Databases = request.getfixturevalue("databases")

    @contextmanager
    def makes(folder: Path) -> Iterator[House]:
        name, url = "", f"sqlite:///{folder}/store.db"
        if backend == "sqlite":
            shutil.copyfile(template, folder / "store.db")
        else:
            name = databases.take()
            url = databases.postgres.url(name)
        store = Store(url)
        try:
            yield House(store, url, folder / "delivery", import_hold_from_people=1)
        finally:
            store.close()
            if name:
                databases.give_back(name)

    return makes


def deliver(house: House, model: Model, wanted: Delivered) -> str | None:
    """A night, and what is decided about it where it waits; the import's id where it is applied."""
    delivered = _known(wanted, model)
    profile = NO_MEDIA if delivered.flags else None
    report = house.deliver(_files(delivered), complete=delivered.complete, profile=profile)
    if report.state == "held":
        _decide(house, str(report.import_id), delivered.decision)
    table = tables.imports.c
    [(state,)] = house.rows(select(table.state).where(table.id == report.import_id))
    if state in ("applied", "unchanged"):
        model.apply(delivered)
    return report.import_id if state == "applied" else None


def rosters(house: House) -> set[tuple[str, ...]]:
    e = tables.enrollments.c
    return set(house.rows(select(e.class_id, e.person_id, e.role)))


def known(house: House) -> list[str]:
    return [who for (who,) in house.rows(select(tables.people.c.id).order_by(tables.people.c.id))]


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(nights=st.lists(deliveries(), min_size=2, max_size=5))
def test_the_last_night_is_as_if_it_had_never_been(
    make_house: MakeHouse, nights: list[Delivered]
) -> None:
    with tempfile.TemporaryDirectory() as folder, make_house(Path(folder)) as house:
        model = Model()
        # A list there never was and one of long ago are told otherwise, and are both review.
        empty: dict[str, Any] = {"accept_empty_consents": True}
        assert house.deliver({"orgs": ORGS, "consents": []}, **empty).applied
        for night in nights[:-1]:
            deliver(house, model, night)
        people, classes = known(house), rosters(house)
        before = answers(house, *people) if people else {}
        last = deliver(house, model, nights[-1])
        if last is None:
            return
        planned = plan_undo(house.store, house.settings, last)
        assert not planned.plan["undo"]["kept"] or set(planned.plan["undo"]["kept"]) == {"consents"}
        done = undo(house, last)
        assert (done.state, done.undoes) == ("applied", last)
        after = answers(house, *people) if people else {}
        carried = planned.plan["undo"]["kept"]
        assert carried or after == before
        assert rosters(house) == classes
        # Whoever came with the night is on file still, and no longer active.
        p = tables.people.c
        came = house.rows(select(p.status).where(p.id.not_in(people)))
        assert {status for (status,) in came} <= {"inactive"}
