"""One batch of checks: their facts, their answers and their rows on the ledger, together.

All in one transaction, which holds the store's write lock.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from app.checks.answers import render_answer, render_clearance
from app.checks.clearances import make_clearance
from app.checks.ledger_rows import make_entry
from app.checks.people_cap import AskedPeople, PeopleCap, find_asked
from app.checks.queue import Answer, Inquiry, Result
from app.database.session import Store
from app.errors import ClearpostError, InvalidRequestError, TooManyPeopleError
from app.log import describe_traceback
from app.policy.allow_terms import find_allow_terms
from app.policy.case import open_case
from app.policy.declarations import is_crowded, is_unknown
from app.policy.facts import Facts, Setup
from app.policy.question import MAX_PEOPLE
from app.policy.resolutions import Resolution, apply_resolutions
from app.policy.rulebook import evaluate_case
from app.store.clearances.records import NewClearance, add_clearances
from app.store.decisions.resolutions import digest_content, find_resolutions
from app.store.events.records import NewEvent, record_events
from app.store.facts.loader import load_facts
from app.store.ledger import chain
from app.store.ledger.record_reads import RecordsRead, append_reads

_log = logging.getLogger("clearpost.pipeline")
_Answered = tuple[Result, chain.LedgerEntry | None]
UNKNOWN_DECLARATION = {
    "at": "/declaration", "code": "unknown", "message": "Is the id or code of no declaration",
}  # fmt: skip
TOO_MANY_DECLARED = {
    "at": "/media", "code": "too_many",
    "message": f"The declarations about these media name more than {MAX_PEOPLE:,} people",
}  # fmt: skip
# Why a read is not answered.
Unread = TooManyPeopleError | None


class Decided(NamedTuple):
    """The results of a batch's checks, and why reads beside them are refused, in order."""

    results: list[Result]
    unread: list[Unread]


def decide_inquiries(
    store: Store,
    setup: Setup,
    inquiries: Sequence[Inquiry],
    note_facts: Callable[[Facts], None] = lambda _: None,
    cap: PeopleCap | None = None,
) -> list[Result]:
    """Answer `inquiries` as `decide_batch` does, with no reads beside them."""
    return decide_batch(store, setup, inquiries, note_facts, cap).results


def decide_batch(
    store: Store,
    setup: Setup,
    inquiries: Sequence[Inquiry],
    note_facts: Callable[[Facts], None] = lambda _: None,
    cap: PeopleCap | None = None,
    reads: Sequence[RecordsRead] = (),
) -> Decided:
    """Answer `inquiries` in one transaction: all their rows are on the ledger, or none is.

    `note_facts` is called with the facts they are answered from. The rows of `reads` are written
    along with them. A check about too many people for `cap` is refused and has no row.

    Raises StoreUnavailableError, and then nothing was decided, unless it is OutcomeUnknownError:
    then all the rows are there, or none is.
    """
    with store.writing() as connection:
        now = store.now()
        facts = load_facts(connection, [i.question for i in inquiries], now, setup)
        note_facts(facts)
        asked = [AskedPeople(i.owner, find_asked(i.question, facts)) for i in inquiries if cap]
        unasked, unread = _admit_people(connection, cap, asked, reads, now)
        refused = unasked or [None] * len(inquiries)
        answered: list[_Answered] = [
            (error, None) if error else _answer_one(inquiry, facts)
            for inquiry, error in zip(inquiries, refused, strict=True)
        ]
        _resolve_reviews(connection, inquiries, answered, facts)
        chain.append_entries(connection, [row for _, row in answered if row])
        add_clearances(connection, [*_list_clearances(answered)])
        record_events(connection, [*_list_waiting(inquiries, answered)])
        _append_admitted(connection, reads, unread)
    if cap:
        cap.keep()
    return Decided([result for result, _ in answered], unread)


def record_reads(store: Store, cap: PeopleCap, reads: Sequence[RecordsRead]) -> list[Unread]:
    """Write the rows of `reads`; return the error of each that is about too many people.

    Raises StoreUnavailableError, and then none of them may be answered.
    """
    with store.writing() as connection:
        _, unread = _admit_people(connection, cap, [], reads, store.now())
        _append_admitted(connection, reads, unread)
    cap.keep()
    return unread


def _admit_people(
    connection: Connection,
    cap: PeopleCap | None,
    asked: Sequence[AskedPeople],
    reads: Sequence[RecordsRead],
    now: datetime,
) -> tuple[list[Unread], list[Unread]]:
    """Count the people in checks and reads; return the errors of both. Without a cap all pass."""
    if cap is None:
        return [], [None] * len(reads)
    shown = [AskedPeople(one.owner, set(one.students)) for one in reads]
    refused = cap.admit(connection, [*asked, *shown], now)
    return refused[: len(asked)], refused[len(asked) :]


def _append_admitted(
    connection: Connection, reads: Sequence[RecordsRead], unread: Sequence[Unread]
) -> None:
    admitted = [read for read, error in zip(reads, unread, strict=True) if error is None]
    if admitted:
        append_reads(connection, admitted)


def _resolve_reviews(
    connection: Connection, inquiries: Sequence[Inquiry], answered: list[_Answered], facts: Facts
) -> None:
    """Answer again each review that a person has resolved for the same content."""
    doubtful = {
        number: digest_content(inquiries[number].question.check, inquiries[number].request)
        for number, (result, _) in enumerate(answered)
        if isinstance(result, Answer) and result.outcome == "review"
    }
    known = find_resolutions(connection, doubtful.values()) if doubtful else {}
    for number, content in doubtful.items():
        if content in known:
            asked = inquiries[number]
            own = load_facts(connection, [asked.question], facts.now, facts.setup)
            answered[number] = _answer_one(asked, own, known[content])


def _list_clearances(answered: Iterable[_Answered]) -> Iterator[NewClearance]:
    for result, _ in answered:
        if isinstance(result, Answer) and result.clearance is not None:
            yield result.clearance


def _list_waiting(
    inquiries: Sequence[Inquiry], answered: Sequence[_Answered]
) -> Iterator[NewEvent]:
    """Yield an event for each decision that waits for a person or a fact."""
    for inquiry, (result, row) in zip(inquiries, answered, strict=True):
        if isinstance(result, Answer) and result.outcome == "review" and row is not None:
            yield NewEvent("review.waiting", row.at, {"decision": row.id}, inquiry.owner)


def _answer_one(
    inquiry: Inquiry, facts: Facts, resolutions: Sequence[Resolution] = ()
) -> _Answered:
    """Return one answer and its row; a fault in it is its own and never its neighbours'."""
    if is_unknown(inquiry.question, facts.declarations):
        return InvalidRequestError([UNKNOWN_DECLARATION]), None
    try:
        case = open_case(inquiry.question, facts)
        if is_crowded(case.question):
            return InvalidRequestError([TOO_MANY_DECLARED]), None
        verdict = evaluate_case(case)
        if resolutions:
            verdict = apply_resolutions(verdict, inquiry.question, facts, resolutions)
        decision_id = chain.make_id()
        terms = find_allow_terms(case, verdict)
        said = render_answer(decision_id, inquiry.question.check, verdict, facts.now, terms)
        clearance = make_clearance(inquiry, case, verdict, decision_id)
        if clearance is not None:
            said["clearance"] = render_clearance(clearance)
        row = make_entry(decision_id, inquiry, verdict, said, facts)
        return Answer(verdict.outcome, orjson.dumps(said), clearance), row
    except Exception as error:  # noqa: BLE001 - whatever it is, no decision comes of it
        _log.error("a check failed", extra={"error": describe_traceback(error)})
        return ClearpostError(), None
