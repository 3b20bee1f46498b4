"""Random nights, the last of them undone: every check then answers as it did before that night."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from sqlalchemy import select

from app.database import tables
from app.imports.undo.requests import plan_undo
from tests.store.house import House, MakeHouse
from tests.store.test_import_model import (
    Clock,
    Delivered,
    Model,
    _decide,
    _known,
    brought,
    deliver,
    histories,
)
from tests.store.test_import_undo import answers, undo

ORGS = [{"sourced_id": "o-1", "name": "Hill", "kind": "school"}]
LONG = (pytest.mark.slow, pytest.mark.timeout(3600))


def deliver_night(house: House, model: Model, wanted: Delivered) -> str | None:
    """A night, and what is decided about it where it waits; the import's id where it is applied."""
    delivered = _known(wanted, model)
    report = deliver(house, model, delivered)
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


def check_nights(make_house: MakeHouse, nights: list[Delivered]) -> None:
    with tempfile.TemporaryDirectory() as folder, make_house(Path(folder), Clock()) as house:
        model = Model()
        # A list there never was and one of long ago are told otherwise, and are both review.
        empty: dict[str, Any] = {"accept_empty_consents": True}
        assert house.deliver({"orgs": ORGS, "consents": []}, **empty).applied
        for night in nights[:-1]:
            deliver_night(house, model, night)
        people, classes, had = known(house), rosters(house), brought(house)
        clock: Any = house.store.now
        clock.day += nights[-1].days
        before = answers(house, *people) if people else {}
        last = deliver_night(house, model, nights[-1])
        if last is None:
            return
        planned = plan_undo(house.store, house.settings, last)
        assert not planned.plan.undo.kept or set(planned.plan.undo.kept) == {"consents"}
        done = undo(house, last)
        assert (done.state, done.undoes) == ("applied", last)
        after = answers(house, *people) if people else {}
        carried = planned.plan.undo.kept
        assert carried or after == before
        assert rosters(house) == classes
        assert brought(house) == had
        # Whoever came with the night is on file still, and no longer active.
        p = tables.people.c
        came = house.rows(select(p.status).where(p.id.not_in(people)))
        assert {status for (status,) in came} <= {"inactive"}


@pytest.mark.parametrize("examples", [3, pytest.param(300, marks=LONG)])
def test_the_last_night_is_as_if_it_had_never_been(make_house: MakeHouse, examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(nights=histories(2, 5))
    def check(nights: list[Delivered]) -> None:
        check_nights(make_house, nights)

    check()
