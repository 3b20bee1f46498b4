"""A person's answer to a review, recorded only if asking again gives the same review.

The request is read back from the ledger and asked again in the transaction of the answer, so that
what the person answers and what the store says now are the same.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.checks.request_parser import account_asked, ask_again
from app.errors import (
    AlreadyResolvedError,
    ConflictError,
    DesignationRequiredError,
    FactMissingError,
    InvalidRequestError,
    NotAReviewError,
    NotIdentifiedError,
    NotShownError,
    OwnRequestError,
    ReviewChangedError,
)
from app.policy.case import Case, open_case
from app.policy.codes import CODES
from app.policy.codes.shape import COMMUNICATIONS, CONTENT_OWNER, SUPERINTENDENT
from app.policy.facts import Setup
from app.policy.namesakes import find_namesakes
from app.policy.question import PersonRef, Question
from app.policy.resolutions import (
    Key,
    ResolvedOutcome,
    apply_resolutions,
    digest_facts,
    identify_findings,
    is_pinned,
)
from app.policy.rulebook import evaluate_question
from app.policy.verdict import Finding, Verdict
from app.policy.words import Office
from app.store.accounts import listing
from app.store.decisions import index, resolutions
from app.store.decisions.records import RecordedDecision
from app.store.decisions.resolutions import NewResolution, digest_content
from app.store.decisions.review_display import digest_review
from app.store.decisions.review_messages import (
    MessageKind,
    ReviewMessage,
    add_message,
    find_messages,
)
from app.store.facts.loader import load_facts
from app.store.ledger.changes import Actor
from app.store.permissions import designations
from app.store.service.key_lineages import read_lineage

_OFFICES: tuple[Office, ...] = (COMMUNICATIONS, SUPERINTENDENT)


@dataclass(frozen=True, slots=True)
class ReviewAnswer:
    """A person's answer: the outcome, the reason, and the digest of the review that was shown."""

    outcome: ResolvedOutcome
    reason: str
    shown: str


def record_answer(
    connection: Connection,
    actor: Actor,
    person_id: str,
    decision: RecordedDecision,
    said: ReviewAnswer,
    setup: Setup,
) -> tuple[str, list[Key]]:
    """Record the answer of `person_id`; return its id and the findings it covers; in a write.

    Raises, in this order: `NotAReviewError`, `AlreadyResolvedError`, `ReviewChangedError`,
    `NotShownError`, `FactMissingError`, `OwnRequestError`, `DesignationRequiredError`,
    `NotIdentifiedError`.
    """
    content = digest_content(decision.check, decision.request)
    _refuse_settled(connection, decision, content, said)
    messages = find_messages(connection, [decision.id]).get(decision.id, [])
    if said.shown != digest_review(decision, messages):
        raise NotShownError
    if said.outcome == "allow" and any(_lacks_fact(one) for one in decision.doubts):
        raise FactMissingError
    question = _rebuild_question(decision)
    facts = load_facts(connection, [question], actor.at, setup)
    verdict = evaluate_question(question, facts)
    earlier = resolutions.find_resolutions(connection, [content]).get(content, [])
    if not _is_same_review(decision, apply_resolutions(verdict, question, facts, earlier)):
        raise ReviewChangedError
    case = open_case(question, facts)
    authors = _find_possible_authors(connection, case, decision)
    if person_id in authors:
        raise OwnRequestError
    _require_party(connection, actor, person_id, decision, said, case)
    is_about_one = is_pinned(question, has_text=bool(decision.text)) and authors
    if said.outcome == "allow" and not is_about_one:
        raise NotIdentifiedError
    covered = [one for one in identify_findings(question, facts, verdict) if one]
    new = NewResolution(
        decision.id, content, digest_facts(facts), covered, said.outcome, said.reason,
        decision.subjects, decision.caller and read_lineage(connection, decision.caller),
    )  # fmt: skip
    return resolutions.add_resolution(connection, actor, person_id, new), covered


def record_message(
    connection: Connection, actor: Actor, decision: RecordedDecision, kind: MessageKind, text: str
) -> ReviewMessage:
    """Record a message about a review that still waits for an answer; in a write.

    Raises `NotAReviewError` and `AlreadyResolvedError`, and `ConflictError` for an answer where
    nothing has been asked.
    """
    if decision.answer["outcome"] != "review":
        raise NotAReviewError
    if resolutions.read_outcomes(connection, decision.id):
        raise AlreadyResolvedError
    if kind == "answer" and not find_messages(connection, [decision.id]):
        detail = "Nothing has been asked about this review"
        raise ConflictError(detail)
    return add_message(connection, actor, decision.id, kind, text, decision.subjects)


def _refuse_settled(
    connection: Connection, decision: RecordedDecision, content: str, said: ReviewAnswer
) -> None:
    """Require the last decision about its content, and a review; of a yes, a no is taken, too."""
    outcome = decision.answer["outcome"]
    was_allowed = outcome == "allow" and "resolution" in decision.answer
    if outcome != "review" and not (was_allowed and said.outcome == "deny"):
        raise NotAReviewError
    given = resolutions.read_outcomes(connection, decision.id)
    if "deny" in given or said.outcome in given:
        raise AlreadyResolvedError
    index.finish_index(connection, account_asked)
    if index.find_last_decision(connection, content) != decision.id:
        raise ReviewChangedError


def _lacks_fact(doubt: Mapping[str, Any]) -> bool:
    """Return whether a fact ends it, by the code's present meaning; true of a retired code."""
    meaning = CODES.get(doubt["code"])
    return meaning is None or meaning.act != "judge"


def _rebuild_question(decision: RecordedDecision) -> Question:
    if "text_sha256" in decision.request and not decision.text:
        raise ReviewChangedError  # an earlier release kept no text: nobody can see it
    try:
        return ask_again(decision.check, decision.request, decision.text, decision.asker)
    except InvalidRequestError as error:  # a later release reads it otherwise
        raise ReviewChangedError from error


def _is_same_review(decision: RecordedDecision, verdict: Verdict) -> bool:
    """Return whether asking again finds the same as the decision."""
    then = decision.answer["findings"]
    listed = verdict.not_pictured
    return (
        Counter(map(_find_shape, then))
        == Counter(map(_find_shape, map(_describe_finding, verdict.findings)))
        and sorted(decision.subjects) == sorted(verdict.subjects)
        and _list_shown(decision)
        == (None if listed is None else sorted((o.id, o.code) for o in listed))
    )


def _find_shape(finding: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the parts that must not differ. A finding in favour may cite a newer list."""
    subject = finding["subject"] and finding["subject"]["id"]
    doubt = finding["message"] if finding["resolvable_by"] else None
    return finding["code"], finding["at"], subject, doubt


def _describe_finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "at": finding.at,
        "message": finding.message,
        "resolvable_by": finding.resolvable_by,
        "subject": finding.subject and {"id": finding.subject.id},
    }


def _list_shown(decision: RecordedDecision) -> list[tuple[str, str]] | None:
    listed = decision.answer.get("not_pictured")
    return None if listed is None else sorted((one["id"], one["code"]) for one in listed)


def _find_possible_authors(
    connection: Connection, case: Case, decision: RecordedDecision
) -> set[str]:
    """Return the ids of who asked the check and of whose post it may be: they do not answer it.

    A post may be theirs where its author's name may be, or, where the author is uncertain, where
    they own or manage the account. Where none is found, the one who answers might
    be the author: then no yes is taken.
    """
    author = case.question.author
    may_be = {decision.asker.person_id, *(_list_bearers(author, case) if author else ())}
    if case.author is None or case.author.person is None:
        may_be |= _find_responsible(connection, case)
    return {one for one in may_be if one}


def _list_bearers(author: PersonRef, case: Case) -> Iterable[str | None]:
    namesakes = find_namesakes(case.facts, author.name_key, author.other_keys)
    return (author.id, *(one.id for one in namesakes))


def _find_responsible(connection: Connection, case: Case) -> set[str | None]:
    """Return the owner and managers of the account, regardless of the request."""
    if case.account is None:
        return set()
    return {case.account.owner_id, *listing.find_managers(connection, case.account.id)}


def _require_party(
    connection: Connection,
    actor: Actor,
    person_id: str,
    decision: RecordedDecision,
    said: ReviewAnswer,
    case: Case,
) -> None:
    """Refuse a yes unless all findings name the person, a no unless one does.

    Communications may always refuse.
    """
    day = actor.at.astimezone(case.facts.setup.timezone).date()
    able: set[str] = {
        office
        for office in _OFFICES
        if designations.find_capacity(connection, person_id, office, day)
    }
    account = case.account
    if account is not None and account.owner_active and account.owner_id == person_id:
        able.add(CONTENT_OWNER)
    named = [bool(able.intersection(one["resolvable_by"])) for one in decision.doubts]
    may_refuse = any(named) or COMMUNICATIONS in able
    if not (all(named) if said.outcome == "allow" else may_refuse):
        raise DesignationRequiredError
