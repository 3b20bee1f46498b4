"""Nobody refused is allowed: eight writers record refusals while eight readers check.

Two things must hold. No check that began after a refusal was acknowledged answers allow. And on
the ledger, which is one sequence of all that happened, no allow stands after the refusal.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import insert, text

from app.checks.batch import _answer_one
from app.checks.pipeline import Pipeline
from app.checks.queue import Inquiry, Result
from app.database.session import Store
from app.database.tables import people
from app.main import create_app
from app.policy.facts import Facts
from app.settings import Settings
from app.store.facts.loader import load_facts
from app.store.ledger import chain
from tests.district import LONG_AGO, District
from tests.faults.asking import on_ledger, students
from tests.faults.conftest import Headers, Start
from tests.service import serving

PAIRS = 8
KIND = "consent.recorded"


@dataclass(frozen=True)
class Aim:
    """A student about to be refused, who is asked about all the while."""

    student: str
    refused: Event = field(default_factory=Event)
    asked_before: Event = field(default_factory=Event)
    asked_after: Event = field(default_factory=Event)


class Race:
    """Pairs of a writer and a reader, over HTTP to `urls`.

    A writer refuses a student once the reader has been answered about it, and goes on to the next
    once the reader has asked again; the reader never stops asking.
    """

    def __init__(self, store_url: str, urls: Sequence[str], headers: Headers) -> None:
        self._store_url = store_url
        self._urls = urls
        self._headers = headers
        self._aims: list[Aim | None] = []
        # How often a check (begun after the refusal's acknowledgement or not) had which outcome.
        self.checks: Counter[tuple[bool, str]] = Counter()

    def run(self, refusals: int) -> None:
        """Let every writer record so many refusals, each about another student."""
        self._enroll(refusals)
        self._aims = [Aim(_student(n, 0)) for n in range(PAIRS)]
        with ThreadPoolExecutor(2 * PAIRS) as pool:
            jobs = [pool.submit(self._write, n, refusals) for n in range(PAIRS)]
            jobs += [pool.submit(self._read, n) for n in range(PAIRS)]
            for job in jobs:
                job.result()

    def violations(self, store: Store) -> int:
        """Late allows, by the clock or by the order of the ledger."""
        return self.checks[True, "allow"] + sum(1 for _ in _allowed_after_refusal(store))

    def _enroll(self, refusals: int) -> None:
        row = {"kind": "student", "given_name": "A", "family_name": "B", "org_id": "maple",
               "status": "active", "first_seen_at": LONG_AGO}  # fmt: skip
        ids = [_student(w, n) for w in range(PAIRS) for n in range(refusals)]
        with _opened(self._store_url) as store, store.writing() as connection:
            connection.execute(insert(people), [{"id": i, **row} for i in ids])

    def _write(self, writer: int, refusals: int) -> None:
        try:
            with _opened(self._store_url) as store:
                for number in range(refusals):
                    aim = self._aims[writer] = Aim(_student(writer, number))
                    assert aim.asked_before.wait(90)
                    _refuse(store, aim.student)
                    aim.refused.set()
                    assert aim.asked_after.wait(90)
        finally:
            self._aims[writer] = None

    def _read(self, reader: int) -> None:
        url = self._urls[reader % len(self._urls)]
        with httpx.Client(
            base_url=url, headers=self._headers, timeout=90, trust_env=False
        ) as client:
            while aim := self._aims[reader]:
                late = aim.refused.is_set()
                answer = client.post("/v1/checks/photo-consent", json=students(aim.student))
                assert answer.status_code == 200, answer.text
                self.checks[late, answer.json()["outcome"]] += 1
                (aim.asked_after if late else aim.asked_before).set()


RunFaulty = Callable[[type[Pipeline]], Race]


def _student(writer: int, number: int) -> str:
    return f"w{writer}-{number}"


def _refuse(store: Store, student: str) -> None:
    with store.writing() as connection:
        District(connection).consent(student, "refuse")
        entry = chain.LedgerEntry(
            chain.make_id(), KIND, datetime.now(UTC), None, {"person": student}
        )
        chain.append_entries(connection, [entry])


def _allowed_after_refusal(store: Store) -> Iterator[str]:
    refused: set[str] = set()
    with store.reading() as connection:
        rows = connection.execute(text("SELECT kind, payload FROM ledger ORDER BY seq")).all()
    for row in rows:
        body = orjson.loads(row.payload)
        if row.kind == KIND:
            refused.add(body["person"])
        elif row.kind == "decision" and body["answer"]["outcome"] == "allow":
            yield from refused.intersection(body["subjects"])


@contextmanager
def _opened(store_url: str) -> Iterator[Store]:
    store = Store(store_url, busy_timeout_seconds=60)
    try:
        yield store
    finally:
        store.close()


def prove(race: Race, store: Store, refusals: int) -> None:
    race.run(refusals)
    assert race.violations(store) == 0
    on_ledger(store)
    # It was a race: every student was asked about before the refusal, after it, and meanwhile.
    assert race.checks[False, "allow"] >= PAIRS * refusals
    assert race.checks[True, "deny"] >= PAIRS * refusals
    assert race.checks[False, "deny"]


@pytest.mark.parametrize("refusals", [25, pytest.param(400, marks=pytest.mark.slow)])
def test_nobody_refused_is_allowed(
    start: Start, store_url: str, store: Store, headers: Headers, refusals: int
) -> None:
    # SQLite is for one process; PostgreSQL is shared by two.
    services = [start(busy_timeout_seconds="60") for _ in range(1 if store.is_sqlite else 2)]
    prove(Race(store_url, [one.url for one in services], headers), store, refusals)


# --- the test of the test: pipelines that read before their turn


class EarlyPipeline(Pipeline):
    """Reads the facts, and only then waits for the write lock."""

    def _decide_checks(self, inquiries: Sequence[Inquiry]) -> list[Result]:
        with self._store.reading() as connection:
            facts = self._facts(connection, inquiries)
        return self._append(inquiries, facts)

    def _facts(self, connection: Any, inquiries: Sequence[Inquiry]) -> Facts:
        questions = [one.question for one in inquiries]
        return load_facts(connection, questions, datetime.now(UTC), self._setup)

    def _append(self, inquiries: Sequence[Inquiry], facts: Facts) -> list[Result]:
        answered = [_answer_one(inquiry, facts) for inquiry in inquiries]
        with self._store.writing() as connection:
            chain.append_entries(connection, [row for _, row in answered if row])
        return [result for result, _ in answered]


class StalePipeline(EarlyPipeline):
    """Reads through a view of the store that it opens anew only now and then, like a cache."""

    _view: Any = None
    _batches = 0

    def _decide_checks(self, inquiries: Sequence[Inquiry]) -> list[Result]:
        if self._batches % 10 == 0:
            self._close()
            self._view = ExitStack()
            self._connection = self._view.enter_context(self._store.reading())
        self._batches += 1
        return self._append(inquiries, self._facts(self._connection, inquiries))

    def _close(self) -> None:
        if self._view:
            self._view.close()

    def _decide_batches(self) -> None:
        super()._decide_batches()
        self._close()


@pytest.fixture
def run_faulty(
    settings: Settings, store_url: str, store: Store, headers: Headers,
    monkeypatch: pytest.MonkeyPatch,
) -> RunFaulty:  # fmt: skip
    """Runs a short race against the service with another pipeline."""

    def run(faulty: type[Pipeline]) -> Race:
        monkeypatch.setattr("app.main.Pipeline", faulty)
        with serving(create_app(settings)) as url:
            race = Race(store_url, [url], headers)
            race.run(15)
        assert race.violations(store)
        return race

    return run


def test_reading_before_its_turn_is_caught(run_faulty: RunFaulty, store: Store) -> None:
    run_faulty(EarlyPipeline)
    assert list(_allowed_after_refusal(store))


def test_reading_what_was_is_caught(run_faulty: RunFaulty) -> None:
    assert run_faulty(StalePipeline).checks[True, "allow"]
