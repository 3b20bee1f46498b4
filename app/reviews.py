"""Reviews that end: a person's answer to a decision, recorded when it still is what was decided.

The request is read back from the ledger and asked again in the transaction of the answer, so that
what the person answers and what the store says now are the same.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.errors import (
    AlreadyResolvedError,
    DesignationRequiredError,
    FactMissingError,
    InvalidRequestError,
    NotAReviewError,
    NotIdentifiedError,
    OwnRequestError,
    ReviewChangedError,
)
from app.policy.case import Case, open_case
from app.policy.codes import CODES
from app.policy.codes.shape import COMMUNICATIONS, CONTENT_OWNER, SUPERINTENDENT
from app.policy.facts import Setup
from app.policy.question import PersonRef
from app.policy.resolving import (
    NAME_IN_TEXT,
    Key,
    ResolvedOutcome,
    fingerprint,
    is_pinned,
    keys,
    settle,
)
from app.policy.resolving import key as key_of
from app.policy.rulebook import evaluate
from app.policy.verdict import Finding, Subject, Verdict
from app.policy.words import Office
from app.schemas.reading import account_asked, ask_again
from app.store import decision_index, designations, resolutions
from app.store.changes import Actor
from app.store.decisions import Kept
from app.store.facts import load_facts
from app.store.resolutions import NewResolution, content_of

# Rules that look at the text, of which the ledger keeps a digest only.
_OF_TEXT = frozenset({"text_marks", "text_names"})
_OFFICES: tuple[Office, ...] = (COMMUNICATIONS, SUPERINTENDENT)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says: the outcome, why, and, where it matters, the post's text."""

    outcome: ResolvedOutcome
    reason: str
    text: str | None = None


def resolve(
    connection: Connection, actor: Actor, person_id: str, decision: Kept, said: Said, setup: Setup
) -> tuple[str, list[Key]]:
    """Record the answer of `person_id`: its id and the findings it covers; in a write.

    Raises, in this order: `NotAReviewError`, `AlreadyResolvedError`, `ReviewChangedError`,
    `FactMissingError`, `InvalidRequestError` (the text), `OwnRequestError`,
    `DesignationRequiredError`, `NotIdentifiedError`.
    """
    content = content_of(decision.check, decision.request)
    _refuse_settled(connection, decision, content, said)
    if said.outcome == "allow" and any(_lacks_fact(one) for one in decision.doubts):
        raise FactMissingError
    text = _text(decision, said)
    question = _asked_again(decision, text)
    facts = load_facts(connection, [question], actor.at, setup)
    verdict = evaluate(question, facts)
    earlier = resolutions.of_contents(connection, [content]).get(content, [])
    settled = settle(verdict, question, facts, earlier)
    if not _same(decision, settled, with_text=text is not None):
        raise ReviewChangedError
    case = open_case(question, facts)
    _refuse_author(case, decision, person_id)
    _refuse_stranger(connection, actor, person_id, decision, said, case)
    if said.outcome == "allow" and not is_pinned(
        question, has_text="text_sha256" in decision.request
    ):
        raise NotIdentifiedError
    covered = [one for one in keys(question, facts, verdict) if one]
    if text is None:
        covered += [_key(one) for one in decision.doubts if one["rule"] in _OF_TEXT]
    new = NewResolution(
        decision.id, content, fingerprint(facts), covered, said.outcome, said.reason,
        decision.subjects,
    )  # fmt: skip
    return resolutions.add(connection, actor, person_id, new), covered


def _refuse_settled(connection: Connection, decision: Kept, content: str, said: Said) -> None:
    """Only the last decision about its content, and only a doubt; a yes can be taken back."""
    outcome = decision.answer["outcome"]
    was_allowed = outcome == "allow" and "resolution" in decision.answer
    if outcome != "review" and not (was_allowed and said.outcome == "deny"):
        raise NotAReviewError
    given = resolutions.outcomes(connection, decision.id)
    if "deny" in given or said.outcome in given:
        raise AlreadyResolvedError
    decision_index.finish(connection, account_asked)
    if decision_index.last_about(connection, content) != decision.id:
        raise ReviewChangedError


def _lacks_fact(doubt: Mapping[str, Any]) -> bool:
    """Whether a fact ends it, as the code means today; a code of an older release is in doubt."""
    meaning = CODES.get(doubt["code"])
    return meaning is None or meaning.act != "judge"


def _text(decision: Kept, said: Said) -> str | None:
    """The post's text, where it was sent along; it must be the one that was asked about."""
    digest = decision.request.get("text_sha256")
    if said.text is not None:
        if hashlib.sha256(said.text.encode()).hexdigest() == digest:
            return said.text
        problem = {"code": "other_text", "message": "Is not the text that was asked about"}
    elif any(one["code"] == NAME_IN_TEXT for one in decision.doubts):
        problem = {"code": "needed", "message": "Is needed: a finding is about a name in it"}
    else:
        return None
    raise InvalidRequestError([{"at": "/text", **problem}])


def _asked_again(decision: Kept, text: str | None) -> Any:
    try:
        return ask_again(decision.check, decision.request, text, decision.asker)
    except InvalidRequestError as error:  # a later release reads it otherwise
        raise ReviewChangedError from error


def _same(decision: Kept, verdict: Verdict, *, with_text: bool) -> bool:
    """Whether asking again finds what the decision found, as far as the text need not be known."""
    then = [one for one in decision.answer["findings"] if with_text or one["rule"] not in _OF_TEXT]
    listed = verdict.not_pictured
    return (
        Counter(map(_shape, then)) == Counter(map(_shape, map(_told, verdict.findings)))
        and sorted(decision.subjects) == sorted(verdict.subjects)
        and _listed(decision)
        == (None if listed is None else sorted((o.id, o.code) for o in listed))
    )


def _shape(finding: Mapping[str, Any]) -> tuple[Any, ...]:
    """What must not differ. What speaks for a post may cite a newer list."""
    subject = finding["subject"] and finding["subject"]["id"]
    doubt = finding["message"] if finding["resolvable_by"] else None
    return finding["code"], finding["at"], subject, doubt


def _told(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "at": finding.at,
        "message": finding.message,
        "resolvable_by": finding.resolvable_by,
        "subject": finding.subject and {"id": finding.subject.id},
    }


def _listed(decision: Kept) -> list[tuple[str, str]] | None:
    listed = decision.answer.get("not_pictured")
    return None if listed is None else sorted((one["id"], one["code"]) for one in listed)


def _key(doubt: Mapping[str, Any]) -> Key:
    """The key of a finding about the text alone, from what the ledger keeps of it."""
    subject = doubt["subject"] and Subject(doubt["subject"]["kind"], doubt["subject"]["id"])
    finding = Finding(
        doubt["rule"], doubt["clause"]["number"], "review", doubt["code"], doubt["at"],
        doubt["message"], subject=subject,
    )  # fmt: skip
    return key_of(finding, [])


def _refuse_author(case: Case, decision: Kept, person_id: str) -> None:
    """Nobody resolves what they post or asked about; a name that may be theirs counts as theirs."""
    author = case.question.author
    if person_id == decision.asker.person_id or (author and person_id in _possibly(author, case)):
        raise OwnRequestError


def _possibly(author: PersonRef, case: Case) -> Iterable[str | None]:
    namesakes = case.facts.names.get(author.name_key or "", ())
    return {author.id, *(one.id for one in namesakes)}


def _refuse_stranger(
    connection: Connection, actor: Actor, person_id: str, decision: Kept, said: Said, case: Case
) -> None:
    """A yes is for whom every finding names, a no also for Communications and whom one names."""
    day = actor.at.astimezone(case.facts.setup.timezone).date()
    able: set[str] = {
        office for office in _OFFICES if designations.held(connection, person_id, office, day)
    }
    account = case.account
    if account is not None and account.owner_active and account.owner_id == person_id:
        able.add(CONTENT_OWNER)
    named = [bool(able.intersection(one["resolvable_by"])) for one in decision.doubts]
    may_refuse = any(named) or COMMUNICATIONS in able
    if not (all(named) if said.outcome == "allow" else may_refuse):
        raise DesignationRequiredError
