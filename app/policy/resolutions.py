"""Reviews that end: a person's answer to review findings, applied to the same question again.

A resolution answers findings, not posts. It holds for the same content and the same facts, and for
the findings it covered; it never touches a deny, nor a doubt that no person has looked at. A yes
ends what needs judgement; a missing fact ends only when the fact is given.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from app.policy.case import Case, open_case
from app.policy.facts import Facts
from app.policy.question import Question
from app.policy.rulebook import POLICY_REVISION
from app.policy.rules.text import names_not_allowed, other_names_not_allowed
from app.policy.verdict import Finding, NotPictured, Resolved, Verdict, find_worst
from app.policy.words import Outcome

ResolvedOutcome = Literal["allow", "deny"]
# What a finding is known by: its code, where it points, a digest of what else tells it apart.
Key = tuple[str, str, str]

SOME_DOUBTFUL = "class.some_doubtful"
NAME_IN_TEXT = "text.name_not_allowed"
OTHER_NAME_IN_TEXT = "text.other_name_not_allowed"
# Facts that change every day and by themselves; what follows from them is in the findings.
_PASSING = frozenset({"now", "list_at", "school_lists", "class_rosters", "recorded_at"})


class Resolution(NamedTuple):
    """A person's answer to findings. `facts` is the `digest_facts` it was given for."""

    said: Resolved
    facts: str
    findings: frozenset[Key]


def digest_facts(facts: Facts) -> str:
    """Return the digest of `facts`, without time and dates of lists, and the rules' revision.

    SHA-256 in hex, for the facts of one question alone. The same in every process and on every
    store.
    """
    said = [POLICY_REVISION, *(
        [one.name, _to_json_value(getattr(facts, one.name))]
        for one in fields(facts) if one.name not in _PASSING
    )]  # fmt: skip
    return _digest_value(said)


def identify_findings(question: Question, facts: Facts, verdict: Verdict) -> list[Key | None]:
    """Return the key of each of the verdict's findings, None of one that is no review."""
    case = open_case(question, facts)
    return [
        identify_finding(one, about(one.code, case, verdict.not_pictured))
        if one.outcome == "review"
        else None
        for one in verdict.findings
    ]


def identify_finding(finding: Finding, about: Sequence[Any]) -> Key:
    """Return the key of `finding`; `about` lists the people it gathers up without naming them."""
    return finding.code, finding.at, _digest_value([finding.message, finding.subject, about])


def about(code: str, case: Case, not_pictured: Sequence[NotPictured] | None) -> list[Any]:
    """Return the people in a finding about several at once; they may change unseen."""
    if code == SOME_DOUBTFUL:
        doubtful = [one for one in not_pictured or () if one.outcome == "review"]
        return sorted([one.id, one.code] for one in doubtful)
    if code == NAME_IN_TEXT:
        return sorted(one.person.id for one in names_not_allowed(case) if one.person)
    if code == OTHER_NAME_IN_TEXT:
        return sorted(one.id for one in other_names_not_allowed(case))
    return []


def apply_resolutions(
    verdict: Verdict, question: Question, facts: Facts, resolutions: Iterable[Resolution]
) -> Verdict:
    """Return `verdict` with the review findings that `resolutions` of the same content answer.

    `facts` are those of this question alone.
    """
    mark = digest_facts(facts)
    live = [one for one in resolutions if one.facts == mark]
    findings: list[Finding] = []
    given: list[Resolved] = []
    for finding, known_by in zip(
        verdict.findings, identify_findings(question, facts, verdict), strict=True
    ):
        said = _find_answer(finding, known_by, live, verdict.as_of_at, facts) if known_by else None
        findings.append(finding._replace(outcome=said.outcome, resolved=said) if said else finding)
        given += [said] if said else []
    if not given:
        return verdict
    return replace(
        verdict,
        findings=tuple(findings),
        outcome=find_worst(one.outcome for one in findings),
        not_pictured=_settle_class(verdict.not_pictured, findings),
        resolution=next((one for one in given if one.outcome == "deny"), given[-1]),
    )


def yes_ends_at(resolved_at: datetime, days: int) -> datetime:
    """Return the time until which a post may be published on a yes of `resolved_at`."""
    return resolved_at + timedelta(days=days)


def is_pinned(question: Question, *, has_text: bool) -> bool:
    """Return whether the request identifies its post, so that a yes to it is to no other."""
    return (
        question.check == "post"
        and all(one.sha256 for one in question.media)
        and (has_text or bool(question.media))
    )


def _find_answer(
    finding: Finding, known_by: Key, live: Iterable[Resolution], as_of_at: datetime, facts: Facts
) -> Resolved | None:
    """Return the answer to a finding: a no before any yes; a yes to judgement only, in time."""
    covering = [one.said for one in live if known_by in one.findings]
    heard = [one for one in covering if one.outcome == "deny"]
    if not heard and finding.ends_by == "judgement":
        days = facts.setup.yes_days
        heard = [one for one in covering if as_of_at <= yes_ends_at(one.resolved_at, days)]
    return heard[-1] if heard else None


def _settle_class(
    listed: tuple[NotPictured, ...] | None, findings: Iterable[Finding]
) -> tuple[NotPictured, ...] | None:
    """Return the list of a class without its doubtful ones, when the doubt was resolved."""
    said: list[Outcome] = [one.outcome for one in findings if one.code == SOME_DOUBTFUL]
    if listed is None or not said or said[0] == "review":
        return listed
    settled = (replace(o, outcome=said[0]) if o.outcome == "review" else o for o in listed)
    return tuple(one for one in settled if one.outcome != "allow")


def _to_json_value(value: Any) -> Any:
    """Return `value` as JSON values; of several alike, which have no order of their own, sorted."""
    if isinstance(value, Mapping):
        return _sort_values(
            [_to_json_sequence(name), _to_json_value(one)] for name, one in value.items()
        )
    if is_dataclass(value):
        return [_to_json_value(getattr(value, one.name)) for one in fields(value)]
    if isinstance(value, (tuple, frozenset)):
        return (
            _to_json_sequence(value)
            if hasattr(value, "_fields")
            else _sort_values(map(_to_json_value, value))
        )
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    return value.key if isinstance(value, ZoneInfo) else value


def _to_json_sequence(value: Any) -> Any:
    return [_to_json_value(one) for one in value] if isinstance(value, tuple) else value


def _sort_values(values: Iterable[Any]) -> list[Any]:
    return sorted(values, key=json.dumps)


def _digest_value(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
