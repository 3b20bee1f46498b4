"""What a kill leaves half done at the worst moments, and what others do before it goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from app.database.tables import consents, people, person_words, word_variants
from app.erasure import person_erasure
from app.imports.approval import ImportDecision, approve_import, resume_imports
from app.imports.merge import application, slices
from app.store.consents.statements import NewStatement, record_statement
from app.store.ledger import chain
from app.store.ledger.changes import Actor
from tests.imports.conftest import district, row
from tests.store.house import House


def actor() -> Actor:
    return Actor("k-1", "e-1", datetime.now(UTC))


class Killed(BaseException):
    """Stands for the end of the process."""


@contextmanager
def killed_before(
    monkeypatch: pytest.MonkeyPatch, name: str, slices_of_it: int = 0
) -> Iterator[None]:
    """Ends the import when `slices_of_it` slices of the step of this name are done."""
    inner = slices.run_step
    done = 0

    def run(store: Any, connection: Any, step: Any, *rest: Any) -> Iterator[int]:
        nonlocal done
        if step.name == name and done >= slices_of_it:
            raise Killed
        for rows in inner(store, connection, step, *rest):
            done += step.name == name
            yield rows
            if step.name == name and done >= slices_of_it:
                raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(application, "run_step", run)
        with pytest.raises(Killed):
            yield


def decisions(house: House, person: str) -> list[str]:
    rows = select(consents.c.decision).where(consents.c.person_id == person)
    return [decision for (decision,) in house.rows(rows.order_by(consents.c.seq))]


def test_refusals_of_a_delivery_that_was_only_planned_survive_a_kill_at_its_approval(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.deliver(district())
    refusal = row("consents", "s-2,refuse,publish,all,image,g-2,guardian,2026-05-05,,")
    report = house.deliver({"consents": [refusal]}, plan_only=True)
    assert report.state == "planned"
    assert decisions(house, "s-2") == ["grant"]
    with killed_before(monkeypatch, "refusals at once"):
        approve_import(house.store, house.settings, actor(), ImportDecision(str(report.import_id)))
    [done] = resume_imports(house.store)
    assert done.state == "applied"
    assert decisions(house, "s-2") == ["grant", "refuse"]


def test_the_same_statement_by_another_way_stops_no_import(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.deliver(district())
    grant = row("consents", "e-2,grant,publish,all,image,,employee,2026-05-05,,")
    other = row("consents", "s-1,grant,publish,website,image,Maria,guardian,2026-05-05,,")
    with killed_before(monkeypatch, "consents granted and refusals lifted"):
        house.deliver({"consents": [grant, other]})
    said = NewStatement(
        "e-2",
        "grant",
        "employee",
        datetime(2026, 5, 5, 6, tzinfo=UTC),
        signed_day_only=True,
        activity="publish",
        channel="all",
        extent="image",
        effective_from=date(2026, 5, 5),
    )
    with house.store.writing() as connection:
        assert not record_statement(connection, actor(), said, house.settings.zone).existed
    [done] = resume_imports(house.store)
    assert done.state == "applied"
    assert decisions(house, "e-2") == ["grant"]
    assert decisions(house, "s-1") == ["refuse", "grant"]
    with house.store.reading() as connection:
        assert chain.verify_chain(connection).bad is None


@pytest.mark.parametrize("at", ["names", "spellings", "refusals"])
def test_people_of_a_first_delivery_that_was_lost_halfway_are_found_by_name(
    house: House, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    with killed_before(monkeypatch, at):
        house.deliver(district())
    person_erasure.erase_person(house.store, "s-3", actor)  # which takes what is staged along
    files = district()
    for name in files:
        files[name] = [r for r in files[name] if "s-3" not in r.values()]
    assert house.deliver(files).applied
    listed = {r.id: r.search_words for r in house.rows(select(people.c.id, people.c.search_words))}
    words = {(r.person_id, r.word, r.names) for r in house.rows(select(person_words))}
    wanted = {
        (person, word, names) for person, names in listed.items() for word in ("", *names.split())
    }
    assert words == wanted
    spelt = {r.word for r in house.rows(select(word_variants))}
    assert spelt == {word for _, word, _ in words} - {""}
