"""The result of the policy: findings, reminders, and the decision they add up to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.policy.declarations import Declaration
from app.policy.words import Act, EndsBy, Outcome, Party

SEVERITY: dict[Outcome, int] = {"allow": 0, "review": 1, "deny": 2}


class Subject(NamedTuple):
    """The person or thing a finding is about; given only where the caller sent the `id`."""

    kind: str
    id: str


class Resolved(NamedTuple):
    """A person's answer to a review: its `id`, outcome, time and author.

    `by_name` is None where the person has been erased.
    """

    id: str
    outcome: Outcome
    resolved_at: datetime
    by: str
    by_name: str | None


class Finding(NamedTuple):
    """One rule's result about one subject.

    `at` is a JSON Pointer into the request (`""` for the whole of it), `clause` a number of
    `app.policy.clauses`, `code` stable across releases. Of a `review`, also of a resolved one,
    `act` names what ends it and `resolvable_by` who can do that; otherwise they are empty.
    `resolved` is the person's answer that gave it its outcome, if any.
    """

    rule: str
    clause: int
    outcome: Outcome
    code: str
    at: str
    message: str
    remedy: str | None = None
    subject: Subject | None = None
    resolvable_by: tuple[Party, ...] = ()
    act: Act | None = None
    resolved: Resolved | None = None

    @property
    def ends_by(self) -> EndsBy | None:
        """Return what ends a review: a fact that is given, or a person's judgement."""
        if self.act is None:
            return None
        return "judgement" if self.act == "judge" else "fact"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A recommendation of the policy; never changes the outcome."""

    clause: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class NotPictured:
    """A student of a class who may not be shown, or not before a person has looked."""

    id: str
    name: str
    outcome: Outcome
    code: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings of one question. `as_of_at` is the moment the facts were judged for.

    `subjects` are the sourcedIds of everyone the question turned out to be about, for the
    ledger; they go into no answer. `resolution` is what answered review findings, if anything,
    `declarations` are those that say who is pictured.
    """

    outcome: Outcome
    as_of_at: datetime
    findings: tuple[Finding, ...]
    reminders: tuple[Reminder, ...]
    not_pictured: tuple[NotPictured, ...] | None = None
    subjects: tuple[str, ...] = ()
    resolution: Resolved | None = None
    declarations: tuple[Declaration, ...] = ()


def find_worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the most severe outcome; of none, `review`: nothing examined is nothing allowed."""
    return max(outcomes, key=SEVERITY.__getitem__, default="review")
