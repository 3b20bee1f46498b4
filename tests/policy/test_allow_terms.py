"""Until when an allow holds: asked again at any moment before, by the same facts, it is one."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from asking import question
from hypothesis import given
from hypothesis import strategies as st
from knowing import facts
from scenarios import everything

from app.policy.allow_terms import find_allow_terms
from app.policy.case import open_case
from app.policy.facts import Consent, Facts, Person, Setup
from app.policy.question import PersonRef, Pictured, Question
from app.policy.rulebook import evaluate_question
from app.policy.verdict import Resolved
from app.policy.words import Activity, Channel, Extent

DENVER = ZoneInfo("America/Denver")
SECOND = timedelta(seconds=1)
ALLOWED = [(name, one) for name, one in everything() if one.kind == "allowed"]
TOLD = [(name, one) for name, one in ALLOWED if one.expect.holds_until is not None]
TODAY = date(2026, 10, 15)
NOW = datetime(2026, 10, 15, 18, tzinfo=UTC)


def held(asked, known):
    return find_allow_terms(open_case(asked, known), evaluate_question(asked, known))


def codes(asked, known, at):
    return [(one.code, one.at) for one in evaluate_question(asked, replace(known, now=at)).findings]


def outcome(asked, known, at):
    return evaluate_question(asked, replace(known, now=at)).outcome


@pytest.mark.parametrize("scenario", [pytest.param(one, id=name) for name, one in ALLOWED])
def test_every_allow_holds_until_the_moment_it_tells(scenario):
    known = facts(scenario.given)
    asked = question(scenario.ask, known.setup.timezone)
    told = held(asked, known)
    assert told is not None
    end = told.until or known.now + timedelta(days=20 * 366)
    assert end >= known.now
    assert outcome(asked, known, max(end - SECOND, known.now)) == "allow"
    for part in range(1, 10):
        assert outcome(asked, known, known.now + (end - known.now) * part / 10) == "allow"


@pytest.mark.parametrize("scenario", [pytest.param(one, id=name) for name, one in TOLD])
def test_it_ends_when_it_should(scenario):
    known = facts(scenario.given)
    zone = known.setup.timezone
    until = held(question(scenario.ask, zone), known).until
    expected = scenario.expect.holds_until
    if expected == "never":
        assert until is None
    elif isinstance(expected, datetime):
        assert until == expected.replace(tzinfo=zone)
    else:
        assert until == datetime.combine(expected, time(), zone)


def test_what_is_no_allow_holds_for_nothing():
    for _, scenario in everything():
        if scenario.kind != "allowed":
            known = facts(scenario.given)
            assert held(question(scenario.ask, known.setup.timezone), known) is None


DAYS = st.integers(-9, 9).map(lambda n: TODAY + timedelta(days=n))


@st.composite
def statements(draw):
    begins = draw(DAYS)
    capacity = draw(st.sampled_from(["guardian", "eligible_student", "office_hold"]))
    return Consent(
        person_id="s",
        decision=draw(st.sampled_from(["grant", "grant", "refuse", "withdraw"])),
        activity=draw(st.sampled_from(get_args(Activity))),
        channel=draw(st.sampled_from(get_args(Channel))),
        extent=draw(st.sampled_from(get_args(Extent))),
        capacity=capacity,
        source=draw(st.sampled_from(["g1", "g2"])) if capacity == "guardian" else capacity,
        signed_at=datetime.combine(min(begins, TODAY), time(17), UTC),
        signed_day_only=draw(st.booleans()),
        effective_from=begins,
        effective_to=draw(st.none() | DAYS.filter(lambda day: day >= begins)),
    )


PICTURED = Pictured(students=(PersonRef("/students/0", id="s"),))


@given(
    st.lists(statements(), max_size=6),
    st.sampled_from(["opt_in", "refusal_list"]),
    st.none() | DAYS.map(lambda day: day.replace(year=day.year - 18)),
    st.integers(0, 6),
)
def test_no_history_ends_an_allow_before_it_was_told(said, mode, born, ahead):
    person = Person(
        "s", "student", "Ana", "Lopez", None, "3", "m", "maple", "school", born, "active",
        NOW - timedelta(days=900),
    )  # fmt: skip
    known = Facts(
        now=NOW,
        setup=Setup(timezone=DENVER, consent_mode=mode),
        list_at=NOW - timedelta(days=1),
        people={"s": person},
        consents={"s": tuple(said)},
    )
    publish_at = NOW + timedelta(days=ahead)
    asked = Question(check="photo-consent", pictured=PICTURED, publish_at=publish_at)
    told = held(asked, known)
    if told is None:
        return
    end = told.until or NOW + timedelta(days=40)
    quarters = range(int((end - NOW) / timedelta(hours=6)))
    for at in [*(NOW + timedelta(hours=6 * n) for n in quarters), end - SECOND]:
        assert codes(asked, known, at) == codes(asked, known, NOW)
        assert outcome(asked, known, at) == "allow"


def test_an_allow_by_somebodys_yes_ends_with_the_yes():
    [scenario] = [
        one for _, one in TOLD if one.title == "Of an authorized account nothing ends by itself"
    ]
    known = facts(scenario.given)
    asked = question(scenario.ask, DENVER)
    verdict = evaluate_question(asked, known)
    said = Resolved("r1", "allow", known.now - timedelta(days=10), "Dora", "Dora Director")
    first, *rest = verdict.findings
    resolved = replace(verdict, findings=(first._replace(resolved=said), *rest), resolution=said)
    assert find_allow_terms(open_case(asked, known), resolved).until == known.now + timedelta(
        days=20
    )
