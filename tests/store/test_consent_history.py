"""Histories of consent through the real store and pipeline, held against a plain model.

Every statement, correction and birthday goes in by the store's own functions; what the service
says of any day must be what `tests.consent_model` says, and no refusal in force may ever allow.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run
from sqlalchemy import insert, update

from app.checks.batch import decide_inquiries
from app.checks.queue import Answer, Inquiry
from app.database import tables as t
from app.database.session import Store
from app.errors import ConflictError, InvalidRequestError
from app.policy.consent_coverage import group_cells
from app.policy.facts import Setup
from app.policy.question import Media, PersonRef, Pictured, Question
from app.store.consents.statements import NewStatement, record_statement
from app.store.consents.states import Use, read_state
from app.store.ledger.changes import Actor
from tests.consent_model import ACTIVITIES, CHANNELS, EXTENTS, Cell, Model, Said, spread
from tests.consent_model import Answer as Expected
from tests.district import District

ZONE = ZoneInfo("America/Denver")
TODAY = datetime.now(ZONE).date()
SETUP = Setup(timezone=ZONE, list_max_age_days=36_500)
NOW = datetime.now(UTC)
ACTOR = Actor("key", None, NOW)
_numbers = count()

near = st.integers(-40, 40).map(lambda n: TODAY + timedelta(days=n))
past = st.integers(-40, 0).map(lambda n: TODAY + timedelta(days=n))
MAKERS = {
    "student": (
        ("guardian", "g-1"), ("guardian", "Maria Lopez"), ("eligible_student", None),
        ("office_hold", None),
    ),
    "employee": (("employee", None), ("office_hold", None)),
}  # fmt: skip
drawn = {
    "decision": st.sampled_from(["grant", "refuse", "refuse", "withdraw", "lift"]),
    "activity": st.sampled_from([*ACTIVITIES, "publish", "publish"]),
    "channel": st.sampled_from(["all", "social", "video", "directory"]),
    "extent": st.sampled_from(EXTENTS),
    "signed": past,
    "begins": st.none() | near,
    "lasts": st.none() | st.integers(0, 40),
    "hour": st.none() | st.integers(6, 8),
    "names": st.frozensets(st.integers(0, 30), max_size=2),
}


class Histories(RuleBasedStateMachine):
    """One person's history, and what the model makes of it."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self.person = f"p-{next(_numbers)}"
        self.said: dict[str, Said] = {}
        self.corrected: set[str] = set()
        self.born: date | None = None
        self.last: NewStatement | None = None

    @initialize(kind=st.sampled_from(["student", "student", "employee"]))
    def somebody(self, kind: str) -> None:
        self.kind = kind
        with self.store.writing() as connection:
            District(connection).person(self.person, "Ana Lopez", kind, org_id=None)
            row = {"student_id": self.person, "guardian_id": "g-1", "name": "Maria Lopez"}
            connection.execute(insert(t.guardians).values(row))

    @rule(maker=st.integers(0, 3), **drawn)
    def says(self, maker: int, **how: Any) -> None:
        self._record(self._statement(maker, **how))

    @precondition(lambda self: self.said)
    @rule(which=st.integers(0, 30), maker=st.integers(0, 3), **drawn)
    def corrects(self, which: int, maker: int, **how: Any) -> None:
        wrong = list(self.said)[which % len(self.said)]
        new, old = self._statement(maker, corrects=wrong, **how), self.said[wrong]
        if wrong in self.corrected:
            with pytest.raises(ConflictError):
                self._record(new)
        elif old.source != _source(new) and old.is_no:
            with pytest.raises(InvalidRequestError):
                self._record(new)
        else:
            self._record(new)
            self.corrected.add(wrong)

    @precondition(lambda self: self.last)
    @rule()
    def sends_it_again(self) -> None:
        assert self.last
        with self.store.writing() as connection:
            found = [s for s in self.said if s not in self.corrected]
            try:
                done = record_statement(connection, ACTOR, self.last, ZONE)
            except ConflictError:
                assert list(self.said)[-1] in self.corrected or self.last not in found
            else:
                assert done.existed

    @precondition(lambda self: self.kind == "student")
    @rule(days=st.none() | st.integers(-45, 45))
    def is_born(self, days: int | None) -> None:
        """The birth date becomes known, is corrected, or is taken back; near the 18th birthday."""
        of_age = None if days is None else TODAY + timedelta(days=days)
        self.born = of_age and of_age.replace(year=of_age.year - 18, day=min(of_age.day, 28))
        with self.store.writing() as connection:
            mine = t.people.c.id == self.person
            connection.execute(update(t.people).where(mine).values(birth_date=self.born))

    @rule(day=near)
    def the_state_is_the_models(self, day: date) -> None:
        with self.store.reading() as connection:
            state = read_state(connection, Use(self.person, day), datetime.now(UTC), SETUP)
        assert {
            name: spread(group_cells(found)) for name, found in state.standing._asdict().items()
        } == (self._expected(day)._asdict())
        assert len(state.history) == len(self.said)

    @rule(
        days=st.integers(0, 40),
        channel=st.sampled_from(CHANNELS),
        extent=st.sampled_from(EXTENTS),
        activity=st.sampled_from(ACTIVITIES),
        video=st.booleans(),
    )
    def no_refusal_in_force_allows(self, days: int, video: bool, **use: str) -> None:
        day = TODAY + timedelta(days=days)
        expected = self._expected(day)
        outcome = self._decided(day, video, **use)
        if _barred(expected.refused, video, **use):
            assert outcome == "deny"
        elif _barred(expected.pending, video, **use):
            assert outcome in {"review", "deny"}
        elif self.kind == "student":
            with self.store.reading() as connection:
                asked = Use(self.person, day, video=video, **use)  # type: ignore[arg-type]
                state = read_state(connection, asked, datetime.now(UTC), SETUP)
            assert state.finding.outcome == outcome

    def _decided(self, day: date, video: bool, **use: str) -> str:
        at = datetime.combine(day, time(23, 59), ZONE)
        ref = (PersonRef("/x", self.person),)
        one = {"students": ref} if self.kind == "student" else {"employees": ref}
        question = Question(
            check="photo-consent" if self.kind == "student" else "coworker-consent",
            publish_at=at,
            media=(Media("", "video"),) if video else (),
            pictured=Pictured(**one),  # type: ignore[arg-type]
            **use,  # type: ignore[arg-type]
        )
        (result,) = decide_inquiries(self.store, SETUP, [Inquiry(question, {}, "key")])
        assert isinstance(result, Answer)
        return result.outcome

    def _statement(self, maker: int, corrects: str | None = None, **how: Any) -> NewStatement:
        makers = MAKERS[self.kind]
        capacity, given_by = makers[maker % len(makers)]
        decision = how["decision"]
        lifts = self._named(maker, **how) if decision == "lift" else frozenset()
        if capacity == "office_hold" and (
            decision == "grant" or (decision == "lift" and not lifts)
        ):
            decision = "refuse"
        begins = how["begins"] or how["signed"]
        hour = None if how["signed"] == TODAY else how["hour"]  # it may not have come yet
        lasts = how["lasts"]
        return NewStatement(
            person_id=self.person,
            decision=decision,
            capacity=capacity,  # type: ignore[arg-type]
            signed_at=datetime.combine(how["signed"], time(hour or 0), ZONE),
            signed_day_only=hour is None,
            # What names statements needs to say no more.
            **{name: None if lifts else how[name] for name in ("activity", "channel", "extent")},
            given_by=given_by,
            guardian_id=given_by == "g-1",
            effective_from=how["begins"],
            effective_to=None if lasts is None else begins + timedelta(days=lasts),
            corrects=corrects,
            lifts=lifts,
        )

    def _named(self, maker: int, **how: Any) -> frozenset[str]:
        """Some refusals of this maker that were signed by then: those can be lifted by name."""
        makers = MAKERS[self.kind]
        capacity, given_by = makers[maker % len(makers)]
        source = f"guardian {given_by}" if capacity == "guardian" else capacity
        able = [
            ident
            for ident, one in self.said.items()
            if ident not in self.corrected and one.is_no and one.source == source
            and one.signed_at.astimezone(ZONE).date() < how["signed"]
        ]  # fmt: skip
        return frozenset(able[n % len(able)] for n in how["names"] if able)

    def _record(self, new: NewStatement) -> None:
        with self.store.writing() as connection:
            try:
                done = record_statement(connection, ACTOR, new, ZONE)
            except ConflictError:
                if new.corrects is not None:
                    raise
                return  # word for word one that was corrected
        self.last = new
        if not done.existed:
            numbers = [n for n, ident in enumerate(self.said) if ident in new.lifts]
            said = _as_said(len(self.said), new, frozenset(numbers))
            self.said[done.row["id"]] = said

    def _expected(self, day: date) -> Expected:
        said = tuple(one for ident, one in self.said.items() if ident not in self.corrected)
        of_age = self.born and self.born.replace(year=self.born.year + 18)
        return Model(self.kind == "student", of_age, ZONE, day, NOW, said).answer()


def _source(new: NewStatement) -> str:
    return f"guardian {new.given_by}" if new.capacity == "guardian" else new.capacity


def _as_said(number: int, new: NewStatement, lifts: frozenset[int]) -> Said:
    return Said(
        number, _source(new), new.capacity, new.decision, new.activity or "", new.channel or "",
        new.extent or "", new.signed_at, new.signed_day_only,
        new.effective_from or new.signed_at.astimezone(ZONE).date(), new.effective_to, lifts,
    )  # fmt: skip


def _barred(
    refused: frozenset[Cell], video: bool, activity: str, channel: str, extent: str
) -> bool:
    """Refusing capture refuses publishing; the directory and videos as the plan says."""
    activities = {"capture", "publish"} if activity == "publish" else {"capture"}
    channels = {channel, "directory"} | ({"video"} if video else set())
    return any((a, c, extent) in refused for a in activities for c in channels)


@pytest.mark.parametrize("examples", [20, pytest.param(1_000, marks=pytest.mark.slow)])
def test_every_history_is_the_models(store: Store, examples: int) -> None:
    with store.writing() as connection:
        District(connection).list_date("consents", datetime.now(UTC))
    run(
        partial(Histories, store),
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
