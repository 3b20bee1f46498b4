"""What a resolution may do, held over every scenario and every fact of it."""

import subprocess
import sys
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import vocabulary as v
from asking import question
from hypothesis import given
from hypothesis import strategies as st
from knowing import facts
from scenarios import everything

from app.policy.codes import CODES
from app.policy.facts import Consent, Facts, SchoolClass
from app.policy.question import Media, Question
from app.policy.resolutions import (
    Key,
    Resolution,
    apply_resolutions,
    digest_facts,
    identify_findings,
    is_pinned,
)
from app.policy.rulebook import evaluate_question
from app.policy.verdict import Resolved, Verdict, find_worst

SCENARIOS = [scenario for _, scenario in everything()]
REVIEWS = [code for code, meaning in CODES.items() if meaning.outcome == "review"]
PASSING = {"now", "list_at", "school_lists", "class_rosters", "recorded_at"}


def opened(scenario: v.Scenario) -> tuple[Question, Facts, Verdict]:
    asked = question(scenario.ask, ZoneInfo(scenario.given.settings.timezone))
    known = facts(scenario.given)
    return asked, known, evaluate_question(asked, known)


def resolution(known: Facts, covered: set[Key], outcome: str = "allow") -> Resolution:
    said = Resolved("r", outcome, known.now, "Dora", "Dora Director")
    return Resolution(said, digest_facts(known), frozenset(covered))


def reviews(asked: Question, known: Facts, verdict: Verdict) -> list[Key]:
    return [key for key in identify_findings(asked, known, verdict) if key]


@given(st.sampled_from(SCENARIOS), st.data())
def test_a_yes_lifts_what_it_covers_and_nothing_else(scenario, data):
    asked, known, verdict = opened(scenario)
    doubts = reviews(asked, known, verdict)
    covered = data.draw(st.sets(st.sampled_from(doubts)) if doubts else st.just(set()))
    settled = apply_resolutions(verdict, asked, known, [resolution(known, covered)])
    for before, after, key in zip(
        verdict.findings, settled.findings, identify_findings(asked, known, verdict), strict=True
    ):
        lifted = key in covered and before.ends_by == "judgement"
        assert (after.resolved is not None) == lifted
        assert after == before._replace(
            outcome="allow" if lifted else before.outcome, resolved=after.resolved
        )
    assert settled.outcome == find_worst(one.outcome for one in settled.findings)
    denied = [one for one in verdict.not_pictured or () if one.outcome == "deny"]
    assert set(denied) <= set(settled.not_pictured or ())
    assert (settled.resolution is not None) == any(
        CODES[code].act == "judge" for code, *_ in covered
    )


@given(st.sampled_from(SCENARIOS), st.data())
def test_a_no_wins_whatever_else_was_said(scenario, data):
    asked, known, verdict = opened(scenario)
    doubts = set(reviews(asked, known, verdict))
    said = [resolution(known, doubts, "deny"), resolution(known, doubts), resolution(known, doubts)]
    order = data.draw(st.permutations(said))
    settled = apply_resolutions(verdict, asked, known, order)
    assert settled.outcome == ("deny" if doubts else verdict.outcome)


@given(st.sampled_from(SCENARIOS), st.data())
def test_other_facts_void_it(scenario, data):
    asked, known, _ = opened(scenario)
    name = data.draw(
        st.sampled_from([f.name for f in fields(known) if f.name not in PASSING | {"declarations"}])
    )
    old = getattr(known, name)
    if name == "setup":
        other = replace(known, setup=replace(old, list_max_age_days=old.list_max_age_days + 1))
    elif old:
        gone = data.draw(st.sampled_from(sorted(old, key=str)))
        other = replace(known, **{name: {k: x for k, x in old.items() if k != gone}})
    else:
        return
    assert digest_facts(other) != digest_facts(known)
    yes = resolution(known, set(reviews(asked, other, evaluate_question(asked, other))))
    again = evaluate_question(asked, other)
    assert apply_resolutions(again, asked, other, [yes]) is again


def test_another_version_of_a_declaration_voids_it():
    _, known, _ = opened(next(one for one in SCENARIOS if one.given.declarations))
    (first, *others) = known.declarations
    other = replace(known, declarations=(replace(first, version=2), *others))
    assert digest_facts(other) != digest_facts(known)


@given(st.sampled_from(SCENARIOS))
def test_order_and_dates_of_lists_change_nothing(scenario):
    _, known, _ = opened(scenario)
    turned = {
        one.name: {
            key: value[::-1] if type(value) is tuple else value
            for key, value in reversed(getattr(known, one.name).items())
        }
        for one in fields(known)
        if one.name not in PASSING | {"setup", "declarations"}
    }
    later = known.now + timedelta(days=400)
    other = replace(known, now=later, list_at=later, **turned)
    other = replace(other, declarations=known.declarations[::-1])
    dated = dict.fromkeys(known.class_rosters, later)
    other = replace(other, class_rosters=dated)
    assert digest_facts(other) == digest_facts(known)


CHILD = """
import sys
sys.path[:0] = ["tests/policy", "."]
from test_resolving import SCENARIOS, digest_facts, opened
print([digest_facts(opened(one)[1]) for one in SCENARIOS[:20]])
"""


def test_other_processes_say_the_same(pytestconfig):
    said = {
        subprocess.run(
            [sys.executable, "-c", CHILD], check=True, capture_output=True, text=True,
            cwd=pytestconfig.rootpath, env={"PYTHONHASHSEED": seed, "PATH": ""},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert said == {f"{[digest_facts(opened(one)[1]) for one in SCENARIOS[:20]]}\n"}


def granted(person: str, since: date) -> Consent:
    at = datetime(2020, 1, 2, tzinfo=ZoneInfo("UTC"))
    return Consent(
        person, "grant", "publish", "all", "image", "guardian", "g", at, False, since, None
    )


def test_other_children_of_a_class_in_doubt_are_another_doubt():
    """Only the day of the post changes, and with it who is in doubt: content and facts do not."""
    _, known, _ = opened(SCENARIOS[0])
    day = known.now.date()
    early, late = timedelta(days=40), timedelta(days=60)
    child = next(p for p in known.people.values() if p.kind == "student")
    first = child._replace(id="first", birth_date=None, grade=None)
    second = first._replace(id="second", birth_date=(day + early).replace(year=day.year - 18))
    known = replace(
        known,
        setup=replace(known.setup, consent_mode="opt_in"),
        class_rosters={"c": known.now},
        people={"first": first, "second": second},
        classes={"c": SchoolClass("c", child.org_id, ("first", "second"))},
        consents={
            "first": (granted("first", day + early),),
            "second": (granted("second", day - late),),
        },
    )
    soon = Question(check="class-photo-consent", class_id="c", publish_at=known.now)
    doubts = set(reviews(soon, known, evaluate_question(soon, known)))
    assert {code for code, _, _ in doubts} == {"class.some_doubtful"}
    no = resolution(known, doubts, "deny")
    settled = apply_resolutions(evaluate_question(soon, known), soon, known, [no])
    assert [(one.id, one.outcome) for one in settled.not_pictured or ()] == [("first", "deny")]
    then = replace(soon, publish_at=known.now + late)
    verdict = evaluate_question(then, known)
    assert [one.id for one in verdict.not_pictured or ()] == ["second"]
    assert apply_resolutions(verdict, then, known, [no]) == verdict


def test_a_yes_is_to_one_post_and_no_other():
    photo, unknown = Media("/media/0", "photo", sha256="ab" * 32), Media("/media/1", "photo")
    post = Question(check="post", media=(photo,))
    assert is_pinned(post, has_text=False)
    assert is_pinned(Question(check="post"), has_text=True)
    assert not is_pinned(Question(check="post"), has_text=False)
    assert not is_pinned(replace(post, media=(photo, unknown)), has_text=True)
    assert not is_pinned(replace(post, check="coworker-consent"), has_text=True)


@pytest.mark.parametrize("code", REVIEWS)
def test_a_yes_is_for_judgement_and_a_fact_for_all_else(code):
    """What a person may judge is listed here, so that nobody adds to it by an oversight."""
    judged = {
        "rights.unknown", "text.profanity", "text.threat", "text.illegal", "text.identifier",
        "text.name_not_allowed", "text.health", "text.discipline", "text.special_education",
        "text.grades", "text.home_address", "text.other_name_not_allowed", "text.too_many_names",
            "purpose.own_account",
    }  # fmt: skip
    assert (CODES[code].act == "judge") == (code in judged)
    assert CODES[code].resolvable_by
    if code in judged:
        assert set(CODES[code].resolvable_by) <= {"director_communications", "content_owner"}
