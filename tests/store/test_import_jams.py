"""An import that cannot end: given up after three times, or by a person; the next goes on.

What stops it is a real error of the store, from a trigger, whose words hold a child's name.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from app.database.tables import consents, ledger, people
from app.database.tables import imports as imports_table
from app.erasure.person_erasure import erase_person
from app.errors import ConflictError
from app.imports.approval import ImportDecision, abandon_import, resume_imports
from app.imports.staging import staged_area, staged_tables, staging_database
from app.store.ledger.changes import Actor
from app.store.service import import_records
from tests.imports.conftest import Files, district, row
from tests.store.house import House
from tests.store.test_import_after_kills import killed_before

STUCK = "s-9,student,Zebulon,Quackenbush,,03,hill,,2016-05-03,active"
REFUSAL = "s-2,refuse,publish,all,image,g-2,guardian,2026-02-05,,"
SQLITE = (
    "CREATE TRIGGER stuck BEFORE INSERT ON people WHEN NEW.id = 's-9' "
    "BEGIN SELECT RAISE(ABORT, 'no Zebulon Quackenbush'); END"
)
FUNCTION = (
    "CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'no % %', NEW.given_name, NEW.family_name; END $$"
)
TRIGGER = (
    "CREATE TRIGGER stuck BEFORE INSERT ON people FOR EACH ROW WHEN (NEW.id = 's-9') "
    "EXECUTE FUNCTION stuck()"
)


def actor() -> Actor:
    return Actor("k-1", "e-1", datetime.now(UTC))


def stuck() -> Files:
    files = district()
    files["people"].append(row("people", STUCK))
    return files


def later() -> Files:
    """A delivery that refuses for a child on file."""
    files = district()
    files["consents"].append(row("consents", REFUSAL))
    return files


@pytest.fixture
def jammed(house: House) -> House:
    """A store with a district, in which an import has failed once."""
    assert house.deliver(district()).applied
    with house.store.writing() as connection:
        for statement in (SQLITE,) if house.store.is_sqlite else (FUNCTION, TRIGGER):
            connection.execute(text(statement))
    with pytest.raises(Exception, match="Zebulon"):
        house.deliver(stuck())
    return house


def states(house: House) -> list[str]:
    rows = select(imports_table.c.state).order_by(imports_table.c.number)
    return [state for (state,) in house.rows(rows)]


def reasons(house: House) -> list[Any]:
    wanted = select(imports_table.c.reason).where(imports_table.c.state == "failed")
    return [reason for (reason,) in house.rows(wanted)]


def test_import_that_fails_three_times_is_given_up_and_the_next_goes_on(jammed: House) -> None:
    assert states(jammed) == ["applied", "applying"]
    assert jammed.deliver(later()).applied
    assert states(jammed) == ["applied", "failed", "applied"]
    [reason] = reasons(jammed)
    assert reason.startswith("failed 3 times: ")
    assert "Zebulon" not in reason


@pytest.mark.repeats_on_postgresql
def test_it_is_given_up_also_by_whoever_resumes_it(jammed: House) -> None:
    [found] = resume_imports(jammed.store)
    assert found.state == "failed"
    assert resume_imports(jammed.store) == []


def test_refusals_of_a_delivery_go_before_one_that_was_killed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is then gone on with to its end, from where it stood."""
    house.deliver(district())
    with killed_before(monkeypatch, "people"):
        house.deliver(stuck())
    assert house.deliver(later()).applied
    assert states(house) == ["applied", "applied", "applied"]
    rows = select(consents.c.seq).where(consents.c.person_id == "s-2")
    assert house.rows(rows.where(consents.c.decision == "refuse"))
    assert house.rows(select(people.c.id).where(people.c.id == "s-9"))
    refused, applied = (
        house.rows(select(ledger.c.seq).where(ledger.c.kind == kind).order_by(ledger.c.seq))
        for kind in ("consent.recorded", "import.applied")
    )
    assert refused[-1] < applied[1]


def test_one_that_is_killed_before_it_set_the_area_right_is_gone_on_with(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The later delivery's process ends while the earlier's rows are set aside."""
    house.deliver(district())
    with killed_before(monkeypatch, "people"):
        house.deliver(stuck())
    with staged_area.open_area(house.store, 1) as area:
        staging_database.set_aside(area.connection, house.store.file, staged_tables.metadata)
        area.begin("another")
    [found] = resume_imports(house.store)
    assert found.state == "applied"
    assert house.rows(select(people.c.id).where(people.c.id == "s-9"))


def test_import_that_was_killed_three_times_at_one_place_is_given_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.deliver(district())
    with killed_before(monkeypatch, "people"):
        house.deliver(stuck())
    for _ in range(2):
        with killed_before(monkeypatch, "people"):
            resume_imports(house.store)
    [found] = resume_imports(house.store)
    assert (found.state, found.reason) == (
        "failed",
        "was begun 3 times in vain: its process ended each time before it told why",
    )


@pytest.mark.repeats_on_postgresql
def test_one_that_is_killed_and_gets_on_each_time_comes_to_its_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.deliver(district())
    files = stuck()
    for number in range(400):
        line = f"t-{number},student,A{number},B,,03,hill,,2016-05-03,active"
        files["people"].append(row("people", line))
    with killed_before(monkeypatch, "people", 1):
        house.deliver(files)
    for _ in range(2):
        with killed_before(monkeypatch, "people", 1):
            resume_imports(house.store)
    [found] = resume_imports(house.store)
    assert found.state == "applied"


@pytest.mark.repeats_on_postgresql
def test_it_can_be_abandoned(jammed: House) -> None:
    with jammed.store.reading() as connection:
        [found] = import_records.list_in_states(connection, "applying")
    done = abandon_import(
        jammed.store, actor(), ImportDecision(found.id, found.version, "stuck", 1)
    )
    assert (done.state, done.reason) == ("failed", "was abandoned: stuck")
    assert jammed.said("import.abandoned")[0]["note"] == "stuck"
    with pytest.raises(ConflictError):
        abandon_import(jammed.store, actor(), ImportDecision(found.id, None, "again", 1))
    assert jammed.deliver(later()).applied


@pytest.mark.repeats_on_postgresql
def test_who_is_erased_leaves_the_progress_of_imports(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.deliver(district())
    with killed_before(monkeypatch, "people", 1):
        house.deliver(stuck())
    said = select(imports_table.c.progress).where(imports_table.c.state == "applying")
    [(progress,)] = house.rows(said)
    [who] = [one for one in ("s-9", "s-3", "s-2") if f'"{one}"' in progress]
    erase_person(house.store, who, actor)
    kept = house.rows(select(imports_table.c.progress))
    assert not any(who in (one or "") for (one,) in kept)
    assert house.deliver(later()).applied
    assert states(house) == ["applied", "failed", "applied"]
