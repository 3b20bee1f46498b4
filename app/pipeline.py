"""The check pipeline: batch, load facts, decide, append to the ledger, commit, answer.

Requests wait only while the batch before them commits; all that wait then are the next batch
(group commit: no timer, and no latency when idle). One thread does all of the store's work. The
read of facts and the append of the answers share a transaction that holds the write lock, so a
check that starts after a refusal has been committed never allows, and no answer is without a row.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from queue import SimpleQueue
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from app.errors import ClearpostError, QueueFullError, StoreUnavailableError
from app.log import where
from app.policy.facts import Facts, Setup
from app.policy.holding import holding
from app.policy.question import Question
from app.policy.resolving import Resolution, settle
from app.policy.rulebook import evaluate
from app.policy.verdict import Verdict
from app.policy.words import Outcome
from app.schemas.answers import answer
from app.settings import Settings
from app.store import ledger
from app.store.facts import load_facts
from app.store.resolutions import content_of, of_contents
from app.store.session import Store

_log = logging.getLogger("clearpost.pipeline")


class Inquiry(NamedTuple):
    """One check as it enters the pipeline.

    `request` is what the ledger keeps of the request, and `text` what it keeps beside it where a
    person has to judge; `caller` is the asking key's id (or the operator's name at the command
    line) and `person_id` the person it acts for.
    """

    question: Question
    request: dict[str, Any]
    caller: str
    person_id: str | None = None
    text: str = ""


class Answer(NamedTuple):
    """One decision: its outcome, and the body to send."""

    outcome: Outcome
    body: bytes


Result = Answer | ClearpostError
_Answered = tuple[Result, ledger.Entry | None]


@dataclass(slots=True)
class _Ticket:
    """What one caller waits for: the answers to all the inquiries it sent together."""

    inquiries: Sequence[Inquiry]
    subjects: int
    future: "asyncio.Future[list[Result]]"


def setup_of(settings: Settings) -> Setup:
    """The settings that decide, in the policy's form."""
    return Setup(
        timezone=settings.zone,
        consent_mode=settings.consent_mode,
        list_max_age_days=settings.list_max_age_days,
        email_domains=frozenset(settings.email_domains),
        forbid_self_approval=settings.forbid_self_approval,
        yes_days=settings.yes_days,
    )


def decide(store: Store, setup: Setup, inquiries: Sequence[Inquiry]) -> list[Result]:
    """Answer `inquiries` in one transaction: all their rows are on the ledger, or none is.

    Raises StoreUnavailableError, and then nothing was decided.
    """
    with store.writing() as connection:
        now = store.now()
        facts = load_facts(connection, [i.question for i in inquiries], now, setup)
        answered = [_one(inquiry, facts) for inquiry in inquiries]
        _resolve(connection, inquiries, answered, facts)
        ledger.append(connection, [row for _, row in answered if row])
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
        verdict = evaluate(inquiry.question, facts)
        if resolutions:
            verdict = settle(verdict, inquiry.question, facts, resolutions)
        decision_id = ledger.new_id()
        held = holding(inquiry.question, facts, verdict)
        said = answer(decision_id, inquiry.question.check, verdict, facts.now, held)
        row = _entry(decision_id, inquiry, verdict, said, facts)
        return Answer(verdict.outcome, orjson.dumps(said)), row
    except Exception as error:  # noqa: BLE001 - whatever it is, no decision comes of it
        _log.error("a check failed", extra={"error": where(error)})
        return ClearpostError(), None


def _entry(
    decision_id: str, inquiry: Inquiry, verdict: Verdict, said: dict[str, Any], facts: Facts
) -> ledger.Entry:
    body: dict[str, Any] = {
        "answer": said,
        "request": inquiry.request,
        "person": inquiry.person_id,
        "subjects": verdict.subjects,
    }
    if inquiry.question.schools is not None:  # what was answered depends on it
        body["schools"] = sorted(inquiry.question.schools)
    if inquiry.text and (verdict.outcome == "review" or verdict.resolution):
        body["text"] = inquiry.text
    if inquiry.question.for_others:
        body["for_others"] = True
    return ledger.Entry(decision_id, "decision", facts.now, inquiry.caller, body)


class Pipeline:
    """The one queue and the one thread through which every check goes.

    `start` and `close` belong to the event loop that also calls `ask`.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._setup = setup_of(settings)
        self._max_requests = settings.queue_requests
        self._max_subjects = settings.queue_subjects
        self._max_batch = settings.batch_requests
        self._waiting: deque[_Ticket] = deque()
        self._requests = 0
        self._subjects = 0
        self._busy = False
        self._closing = False
        self._work: SimpleQueue[list[_Ticket] | None] = SimpleQueue()
        self._idle = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="clearpost-pipeline", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin to answer."""
        self._loop = asyncio.get_running_loop()
        self._idle.set()
        self._thread.start()

    async def close(self) -> None:
        """Answer what was asked, then stop; new checks are refused from now on."""
        self._closing = True
        await self._idle.wait()
        self._work.put(None)
        await asyncio.to_thread(self._thread.join)

    @property
    def depth(self) -> int:
        """How many checks are waiting or being decided."""
        return self._requests

    async def ask(self, inquiries: Sequence[Inquiry]) -> list[Result]:
        """The results of `inquiries`, in order, each a decision or a failure of its own.

        Raises QueueFullError when too much is waiting, StoreUnavailableError when the store
        does not take the decisions; then there is none.
        """
        if self._loop is None or self._closing:
            raise StoreUnavailableError
        ticket = _Ticket(inquiries, _weight(inquiries), self._loop.create_future())
        self._admit(ticket)
        if not self._busy:
            self._busy = True
            self._idle.clear()
            self._loop.call_soon(self._dispatch)
        results = await ticket.future
        if results and all(isinstance(result, StoreUnavailableError) for result in results):
            raise StoreUnavailableError
        return results

    def _admit(self, ticket: _Ticket) -> None:
        """Take `ticket` in, or refuse it; one that alone is over a limit passes an empty queue."""
        requests = self._requests + len(ticket.inquiries)
        subjects = self._subjects + ticket.subjects
        if self._requests and (requests > self._max_requests or subjects > self._max_subjects):
            raise QueueFullError
        self._requests, self._subjects = requests, subjects
        self._waiting.append(ticket)

    def _dispatch(self) -> None:
        """Hand all that wait, up to the batch's limit, to the thread."""
        batch: list[_Ticket] = []
        size = 0
        while self._waiting and (not batch or size < self._max_batch):
            ticket = self._waiting.popleft()
            if ticket.future.cancelled():
                self._leave(ticket)
                continue
            batch.append(ticket)
            size += len(ticket.inquiries)
        if batch:
            self._work.put(batch)
        else:
            self._busy = False
            self._idle.set()

    def _leave(self, ticket: _Ticket) -> None:
        self._requests -= len(ticket.inquiries)
        self._subjects -= ticket.subjects

    def _run(self) -> None:
        """The thread: decide batch after batch until told to stop."""
        while (batch := self._work.get()) is not None:
            results = self._decide([inquiry for ticket in batch for inquiry in ticket.inquiries])
            if self._loop:
                self._loop.call_soon_threadsafe(self._finish, batch, results)

    def _decide(self, inquiries: Sequence[Inquiry]) -> list[Result]:
        """The results of `inquiries`; where one of them makes all fail, each is asked alone."""
        try:
            return decide(self._store, self._setup, inquiries)
        except StoreUnavailableError as error:
            return [error] * len(inquiries)
        except Exception as error:  # noqa: BLE001 - the thread must outlive any fault
            if len(inquiries) > 1:
                return [result for one in inquiries for result in self._decide([one])]
            _log.error("a check failed", extra={"error": where(error)})
            return [StoreUnavailableError()]

    def _finish(self, batch: list[_Ticket], results: list[Result]) -> None:
        following = iter(results)
        for ticket in batch:
            own = list(islice(following, len(ticket.inquiries)))
            self._leave(ticket)
            if not ticket.future.done():  # else the caller has gone; the ledger keeps the decision
                ticket.future.set_result(own)
        self._dispatch()


def _weight(inquiries: Sequence[Inquiry]) -> int:
    """How many people the inquiries are about; a class counts as one before it is read."""
    return sum(
        1
        + len(i.question.pictured.students)
        + len(i.question.pictured.employees)
        + len(i.question.pictured.others)
        for i in inquiries
    )
