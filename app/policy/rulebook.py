"""The rulebook: all rules, the checks that run them, and the outcome of their findings.

All rules of a check run, always; severity decides, order never does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import get_args

from app.policy.case import Case, list_involved, open_case
from app.policy.facts import Facts
from app.policy.question import Question
from app.policy.reminders import list_reminders
from app.policy.rules import (
    accounts,
    authors,
    clock,
    declarations,
    parties,
    permissions,
    students,
    text,
)
from app.policy.verdict import Finding, Verdict, find_worst
from app.policy.words import CheckKind

POLICY_ID = "provo-5255"
POLICY_TITLE = "Provo City School District Policy 5255, Employee Use of Social Media"
POLICY_APPROVED = "2015-03-10"
# Raised whenever a rule, a code or its meaning changes.
POLICY_REVISION = 12


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name, the clauses it enforces, the checks that run it, and the function."""

    name: str
    clauses: tuple[int, ...]
    checks: frozenset[CheckKind]
    run: Callable[[Case], Iterator[Finding]]


def _make_rule(run: Callable[[Case], Iterator[Finding]], clauses: str, *checks: CheckKind) -> Rule:
    numbers = tuple(int(number) for number in clauses.split())
    return Rule(run.__name__, numbers, frozenset({"post", *checks}), run)


# Checks that name an author. Of the last three an author is judged only where one is named.
_WITH_AUTHOR: tuple[CheckKind, ...] = (
    "coworker-consent", "logo", "spokesperson", "photo-consent", "class-photo-consent", "account",
)  # fmt: skip
RULES: tuple[Rule, ...] = (
    _make_rule(students.student_consent, "44", "photo-consent"),
    _make_rule(students.class_consent, "44", "class-photo-consent"),
    _make_rule(students.consent_list, "43", "photo-consent", "class-photo-consent"),
    _make_rule(students.student_purpose, "45", "photo-consent", "class-photo-consent"),
    _make_rule(students.pictured_declared, "42"),
    _make_rule(declarations.declarations_hold, "42"),
    _make_rule(authors.author_known, "1", *_WITH_AUTHOR),
    _make_rule(parties.coworker_consent, "46", "coworker-consent"),
    _make_rule(parties.other_parties, "42"),
    _make_rule(parties.media_rights, "41 42"),
    _make_rule(parties.premises, "47"),
    _make_rule(permissions.logo, "48", "logo"),
    _make_rule(permissions.spokesperson, "50 51", "spokesperson"),
    _make_rule(accounts.account_authorized, "2 4 22 23 24", "account"),
    _make_rule(accounts.account_status, "4 5", "account"),
    _make_rule(accounts.account_administrator, "7", "account"),
    _make_rule(accounts.account_responsible, "3 9", "account"),
    _make_rule(accounts.district_general, "25", "account"),
    _make_rule(accounts.personal_use, "30 31 32", "account"),
    _make_rule(accounts.contact_email, "13 28", "account"),
    _make_rule(accounts.network_email, "10", "account"),
    _make_rule(text.text_marks, "52 55 56 57"),
    _make_rule(text.text_names, "52"),
    _make_rule(clock.clock, "1", *get_args(CheckKind)),
)
# What makes an account an official one.
OFFICIAL: tuple[Rule, ...] = tuple(
    rule for rule in RULES if rule.run in (accounts.account_authorized, accounts.account_status)
)
# Clauses a reminder speaks for, though a check decides them: a recommendation decides nothing.
REMINDED_CLAUSES = (59,)

_BY_CHECK: dict[CheckKind, tuple[Rule, ...]] = {
    check: tuple(rule for rule in RULES if check in rule.checks) for check in get_args(CheckKind)
}


def evaluate_question(
    question: Question, facts: Facts, rules: tuple[Rule, ...] | None = None
) -> Verdict:
    """Answer `question` from `facts`. `rules` replaces the rulebook's own, for its tests."""
    return evaluate_case(open_case(question, facts), rules)


def evaluate_case(case: Case, rules: tuple[Rule, ...] | None = None) -> Verdict:
    """Answer the question of a case that is open, as `evaluate_question` does."""
    question = case.question
    running = _BY_CHECK[question.check] if rules is None else rules
    findings: list[Finding] = []
    for rule in running:
        findings.extend(rule.run(case))
    listed = question.class_id is not None
    return Verdict(
        outcome=find_worst({finding.outcome for finding in findings}),
        as_of_at=case.as_of_at,
        findings=tuple(findings),
        reminders=tuple(list_reminders(case)),
        not_pictured=tuple(students.not_pictured(case)) if listed else None,
        subjects=tuple(list_involved(case)),
        declarations=case.declared.relied_on,
    )
