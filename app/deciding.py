"""One batch of checks: their facts, their answers and their rows on the ledger, together.

All in one transaction, which holds the store's write lock.
"""

import logging
from collections.abc import Callable, Sequence
from itertools import repeat

import orjson
from sqlalchemy import Connection

from app.check_queue import Answer, Inquiry, Result
from app.decision_rows import make_entry
from app.errors import ClearpostError
from app.log import where
from app.people_cap import PeopleCap
from app.policy.case import open_case
from app.policy.facts import Facts, Setup
from app.policy.holding import find_holding
from app.policy.resolving import Resolution, settle
from app.policy.rulebook import evaluate_case
from app.schemas.answers import answer
from app.store import ledger
from app.store.facts import load_facts
from app.store.record_reads import RecordsRead, append_reads
from app.store.resolutions import content_of, of_contents
from app.store.session import Store

_log = logging.getLogger("clearpost.pipeline")
_Answered = tuple[Result, ledger.Entry | None]


def decide(
    store: Store,
    setup: Setup,
    inquiries: Sequence[Inquiry],
    note_facts: Callable[[Facts], None] = lambda _: None,
    cap: PeopleCap | None = None,
    reads: Sequence[RecordsRead] = (),
) -> list[Result]:
    """Answer `inquiries` in one transaction: all their rows are on the ledger, or none is.

    `note_facts` is told what they are answered from. What asks about too many people for `cap` is
    refused and has no row. The rows of `reads` are written along with them. Raises
    StoreUnavailableError, and then nothing was decided, unless it is OutcomeUnknownError: then all
    the rows are there, or none is.
    """
    with store.writing() as connection:
        now = store.now()
        facts = load_facts(connection, [i.question for i in inquiries], now, setup)
        note_facts(facts)
        refused = cap.admit(connection, inquiries, facts) if cap else repeat(None)
        answered: list[_Answered] = [
            (error, None) if error else _one(inquiry, facts)
            for inquiry, error in zip(inquiries, refused, strict=False)
        ]
        _resolve(connection, inquiries, answered, facts)
        ledger.append(connection, [row for _, row in answered if row])
        if reads:
            append_reads(connection, reads)
    if cap:
        cap.keep()
    return [result for result, _ in answered]


def _resolve(
    connection: Connection, inquiries: Sequence[Inquiry], answered: list[_Answered], facts: Facts
) -> None:
    """Answer those again that are to be reviewed and of which a person has resolved the like."""
    doubtful = {
        number: content_of(inquiries[number].question.check, inquiries[number].request)
        for number, (result, _) in enumerate(answered)
        if isinstance(result, Answer) and result.outcome == "review"
    }
    known = of_contents(connection, doubtful.values()) if doubtful else {}
    for number, content in doubtful.items():
        if content in known:
            asked = inquiries[number]
            own = load_facts(connection, [asked.question], facts.now, facts.setup)
            answered[number] = _one(asked, own, known[content])


def _one(inquiry: Inquiry, facts: Facts, resolutions: Sequence[Resolution] = ()) -> _Answered:
    """One answer and its row; a fault in it is its own and never its neighbours'."""
    try:
        case = open_case(inquiry.question, facts)
        verdict = evaluate_case(case)
        if resolutions:
            verdict = settle(verdict, inquiry.question, facts, resolutions)
        decision_id = ledger.new_id()
        held = find_holding(case, verdict)
        said = answer(decision_id, inquiry.question.check, verdict, facts.now, held)
        row = make_entry(decision_id, inquiry, verdict, said, facts)
        return Answer(verdict.outcome, orjson.dumps(said)), row
    except Exception as error:  # noqa: BLE001 - whatever it is, no decision comes of it
        _log.error("a check failed", extra={"error": where(error)})
        return ClearpostError(), None
