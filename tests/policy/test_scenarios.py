"""Every scenario, and the proofs that the scenarios are enough."""

from zoneinfo import ZoneInfo

import pytest
import vocabulary as v
from asking import question
from knowing import facts
from pydantic import ValidationError
from scenarios import chapters, everything

from app.policy import rulebook
from app.policy.clauses import CLAUSES
from app.policy.codes import CODES
from app.policy.verdict import Verdict

SCENARIOS = everything()
# What the policy says of these clauses leads to no refusal, or to no doubt.
NO_SUCH_KIND = {
    **{number: {"refused"} for number in (3, 7, 9, 13, 43)},
    **{number: {"doubtful"} for number in (28,)},
}


def judge(scenario: v.Scenario, without: rulebook.Rule | None = None) -> Verdict:
    """What the rulebook says, or would say if it lacked one of its rules."""
    asked = question(scenario.ask, ZoneInfo(scenario.given.settings.timezone))
    rules = [r for r in rulebook.RULES if asked.check in r.checks and r is not without]
    return rulebook.evaluate_question(asked, facts(scenario.given), without and tuple(rules))


def complaints(scenario: v.Scenario, verdict: Verdict) -> list[str]:
    """How the verdict differs from what the scenario expects; nothing when it does not."""
    expect = scenario.expect
    codes = {f.code for f in verdict.findings}
    said = codes | {f"{f.code} at {f.at}" for f in verdict.findings}
    reminded = {r.clause for r in verdict.reminders}
    cited = {f.clause for f in verdict.findings}
    resolvers = {who for f in verdict.findings for who in f.resolvable_by}
    found = [f"outcome is {verdict.outcome}"] if verdict.outcome != expect.outcome else []
    found += [f"no finding {code}" for code in expect.codes if code not in said]
    found += [f"finding {code}" for code in expect.without if code in said]
    found += [f"clause {n} is not cited" for n in expect.cites if n not in cited]
    found += [f"no reminder of {n}" for n in expect.reminders if n not in reminded]
    found += [f"a reminder of {n}" for n in expect.no_reminders if n in reminded]
    found += [f"{who} cannot resolve it" for who in expect.resolvable_by if who not in resolvers]
    acts = {f.act for f in verdict.findings}
    found += [f"{act} does not end it" for act in expect.acts if act not in acts]
    messages = " ".join(f.message for f in verdict.findings)
    found += [f"nothing says {words}" for words in expect.says if words not in messages]
    if expect.about is not None and set(verdict.subjects) != expect.about:
        found += [f"about {sorted(verdict.subjects)}"]
    if expect.not_pictured is not None:
        shown = {n.name or n.id: n.outcome for n in verdict.not_pictured or ()}
        found += [f"not pictured: {shown}"] if shown != expect.not_pictured else []
    return [*found, f"findings were {sorted(said)}"] if found else []


@pytest.mark.parametrize("scenario", [pytest.param(s, id=name) for name, s in SCENARIOS])
def test_scenario(scenario):
    verdict = judge(scenario)
    assert complaints(scenario, verdict) == []
    assert_kept_to(verdict)
    assert_told_by_id(scenario, verdict)
    assert_reminded_of_few(verdict)


def assert_kept_to(verdict):
    """What every verdict keeps to."""
    assert verdict.findings, "nothing was examined"
    for finding in verdict.findings:
        meaning = CODES[finding.code]
        assert finding.outcome == meaning.outcome
        assert finding.rule == meaning.rule
        assert bool(finding.resolvable_by) == (finding.outcome == "review")
        assert bool(finding.act) == (finding.outcome == "review")
        assert (finding.remedy is None) == (finding.outcome == "allow")
        assert "{" not in finding.message, "a placeholder was left open"


def assert_told_by_id(scenario, verdict):
    """A finding tells a person only by the id that was sent."""
    asked = question(scenario.ask, ZoneInfo(scenario.given.settings.timezone))
    people = [*asked.pictured.students, *asked.pictured.employees]
    sent = {one.at: one.id for one in people}
    for finding in verdict.findings:
        told = finding.subject.id if finding.subject else None
        if finding.at in sent:
            assert told == sent[finding.at]
        else:
            assert told in {None, *sent.values(), asked.author and asked.author.id}


def test_titles_differ():
    titles = [name for name, _ in SCENARIOS]
    assert len(set(titles)) == len(titles)


DECIDED = [c for c in CLAUSES if c.where == "check" and c.handling == "decide"]
ASSISTED = [c for c in CLAUSES if c.where == "check" and c.handling == "assist"]


def by_number(clauses):
    return [pytest.param(c.number, id=str(c.number)) for c in clauses]


@pytest.mark.parametrize("number", by_number(DECIDED + ASSISTED))
def test_a_checked_clause_has_a_rule(number):
    enforced = {n for rule in rulebook.RULES for n in rule.clauses}
    # A recommendation decides nothing: a reminder speaks for it.
    assert number in enforced.union(rulebook.REMINDED_CLAUSES)


@pytest.mark.parametrize("number", by_number(DECIDED))
def test_a_deciding_clause_has_a_scenario_of_every_kind(number):
    kinds = [s.kind for _, s in SCENARIOS if number in s.clauses]
    assert len(kinds) >= 3
    assert set(kinds) >= {"allowed", "refused", "doubtful"} - NO_SUCH_KIND.get(number, set())


@pytest.mark.parametrize("number", by_number(ASSISTED))
def test_an_assisted_clause_has_scenarios_with_and_without_a_flag(number):
    about = [s for _, s in SCENARIOS if number in s.clauses]
    flagged = [s for s in about if s.kind != "allowed" or number in s.expect.reminders]
    plain = [s for s in about if s.kind == "allowed" and number not in s.expect.reminders]
    assert flagged
    assert plain


@pytest.mark.parametrize("number", by_number([c for c in CLAUSES if c.handling == "remind"]))
def test_a_clause_that_is_a_reminder_comes_back_in_some_scenario(number):
    assert any(number in s.expect.reminders for _, s in SCENARIOS)


def assert_reminded_of_few(verdict):
    """No answer reminds of more than five things or twice of one."""
    codes = [reminder.code for reminder in verdict.reminders]
    assert len(codes) <= 5
    assert len(set(codes)) == len(codes)


def test_every_code_has_a_scenario():
    expected = {code.split(" at ")[0] for _, s in SCENARIOS for code in s.expect.codes}
    assert set(CODES) - expected == set()
    assert expected - set(CODES) == set(), "no such code"


@pytest.mark.parametrize("rule", [pytest.param(r, id=r.name) for r in rulebook.RULES])
def test_without_a_rule_some_scenario_fails(rule):
    assert any(complaints(s, judge(s, without=rule)) for _, s in SCENARIOS)


@pytest.mark.parametrize(
    ("where", "typo"),
    [("given", {"consent": []}), ("ask", {"post": {"pictures": []}}), ("expect", {"code": []})],
)
def test_a_word_that_does_not_exist_is_an_error(where, typo):
    plain = {
        "title": "T",
        "clauses": [44],
        "kind": "allowed",
        "ask": {"post": {}},
        "expect": {"outcome": "allow"},
    }
    v.Scenario.model_validate(plain)
    with pytest.raises(ValidationError):
        v.Scenario.model_validate({**plain, where: {**plain.get(where, {}), **typo}})


def test_every_chapter_says_what_it_is_about():
    for name, chapter in chapters().items():
        assert chapter.about.strip().endswith("."), name
        assert chapter.scenarios, name
