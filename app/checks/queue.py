"""The queue of the check pipeline: the waiting checks, their order, and the limits.

Belongs to the event loop. Callers take turns: every batch holds a part of each caller's checks, so
one request with a hundred posts, or one key that sends thousands, delays no other caller.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple, Protocol

from app.errors import ClearpostError, OutcomeUnknownError, QueueFullError
from app.policy.question import Question
from app.policy.words import Outcome
from app.store.clearances.records import NewClearance

# Inquiries of one request that are decided together at the most.
PART_INQUIRIES = 16
# People in a batch after which nothing more is put in.
BATCH_SUBJECTS = 2_000


class Inquiry(NamedTuple):
    """One check as it enters the pipeline.

    `request` is what the ledger keeps of the request, and `text` what it keeps beside it where a
    person has to judge; `caller` is the asking key's id (or the operator's name at the command
    line) and `person_id` the person it acts for. An allow gives a clearance for so many minutes
    before and after the post's time; 0: none is asked for.
    """

    question: Question
    request: dict[str, Any]
    caller: str
    person_id: str | None = None
    text: str = ""
    lineage: str = ""
    clearance_minutes: int = 0

    @property
    def owner(self) -> str:
        """Return the owner of its share and its day: a key and its successors together."""
        return self.lineage or self.caller


class Answer(NamedTuple):
    """One decision: its outcome, the body to send, and the clearance given with it, if any."""

    outcome: Outcome
    body: bytes
    clearance: NewClearance | None = None


Result = Answer | ClearpostError


class Waiting(Protocol):
    """Whoever waits for the results of a ticket; a future is one."""

    def done(self) -> bool:
        """Return whether it has them, or waits for them no longer."""

    def set_result(self, results: list[Result], /) -> None:
        """Take the results."""

    def set_exception(self, error: Exception, /) -> None:
        """Take the failure of all of them."""


class QueueLimits(NamedTuple):
    """The limits of waiting and of a batch.

    `requests` and `subjects` (people) wait at most; `share`, from 0 to 1, is the part of the
    requests that one caller may have; `batch` counts checks.
    """

    requests: int
    subjects: int
    share: float
    batch: int


@dataclass(slots=True)
class Ticket:
    """One caller's wait for the results of all the inquiries it sent together.

    `until` is the event loop's time at which it is refused, `subjects` the number of people it is
    about. `taken` counts the inquiries that are being decided or were; `results` are theirs, in
    order.
    """

    inquiries: Sequence[Inquiry]
    until: float
    future: Waiting
    subjects: int = 0
    taken: int = 0
    results: list[Result] = field(default_factory=list)

    @property
    def caller(self) -> str:
        """Return the caller that takes its turn with this ticket."""
        return self.inquiries[0].owner


class TicketPart(NamedTuple):
    """Inquiries of one ticket that are decided in one batch, and how many people they are about."""

    ticket: Ticket
    inquiries: Sequence[Inquiry]
    subjects: int


class CheckQueue:
    """The checks that wait and are being decided, by caller, within `limits`."""

    def __init__(self, limits: QueueLimits) -> None:
        self._limits = limits
        self._waiting: dict[str, deque[Ticket]] = {}
        self._by_caller: Counter[str] = Counter()
        self._subjects_by_caller: Counter[str] = Counter()
        self._subjects = 0
        self._deciding: list[TicketPart] = []
        self.requests = 0

    def admit(self, ticket: Ticket) -> None:
        """Let `ticket` wait, or raise `QueueFullError`.

        A ticket that alone is over a limit passes an empty queue. It also passes its caller's share
        where the caller has nothing else waiting.
        """
        added, subjects = len(ticket.inquiries), count_people(ticket.inquiries)
        ticket.subjects = subjects
        if self.requests and (
            self.requests + added > self._limits.requests
            or (
                self._subjects + subjects > self._limits.subjects
                and self._count_shares(subjects) > self._limits.subjects
            )
        ):
            raise QueueFullError
        own, share = self._by_caller[ticket.caller], self._limits.share
        if own and (
            own + added > self._limits.requests * share
            or self._subjects_by_caller[ticket.caller] + subjects > self._limits.subjects * share
        ):
            raise QueueFullError
        self.requests += added
        self._subjects += subjects
        self._subjects_by_caller[ticket.caller] += subjects
        self._by_caller[ticket.caller] = own + added
        self._waiting.setdefault(ticket.caller, deque()).append(ticket)

    def _count_shares(self, added: int) -> float:
        """Return the people that wait or are added, of no caller more than its share.

        So one very large request shuts no one out, and is not shut out itself.
        """
        most = self._limits.subjects * self._limits.share
        return sum(min(most, one) for one in (added, *self._subjects_by_caller.values()))

    def take_batch(self) -> list[TicketPart]:
        """Take the next batch: a part of each caller's checks in turn, up to the limits."""
        batch: list[TicketPart] = []
        size = subjects = 0
        while self._waiting and size < self._limits.batch and subjects < BATCH_SUBJECTS:
            part = self._take_part(min(PART_INQUIRIES, self._limits.batch - size))
            if part is not None:
                batch.append(part)
                size += len(part.inquiries)
                subjects += part.subjects
        self._deciding = batch
        return batch

    def finish(self, part: TicketPart, results: list[Result]) -> None:
        """Note the results of a part; the ticket's future has them once all parts are decided."""
        ticket = part.ticket
        self._discount_ticket(ticket, len(part.inquiries), part.subjects)
        ticket.results += results
        if len(ticket.results) == len(ticket.inquiries) and not ticket.future.done():
            ticket.future.set_result(ticket.results)

    def refuse_late(self, now: float) -> None:
        """Refuse the tickets due before `now`, whether they wait or are being decided.

        It is not known yet whether the taken ones are recorded.
        """
        waiting = chain.from_iterable(self._waiting.values())
        for ticket in chain(waiting, [part.ticket for part in self._deciding]):
            if ticket.until <= now and not ticket.future.done():
                error = OutcomeUnknownError() if ticket.taken else QueueFullError()
                ticket.future.set_exception(error)

    def _take_part(self, most: int) -> TicketPart | None:
        """Take a part of the next caller's ticket and put that caller last.

        None where no one waits for the ticket any more.
        """
        caller = next(iter(self._waiting))
        tickets = self._waiting.pop(caller)
        ticket = tickets[0]
        part = _cut_ticket(ticket, most)
        if ticket.future.done():  # its caller has gone; what of it is on the ledger stays there
            self._discount_ticket(ticket, len(part.inquiries), part.subjects)
            rest = ticket.inquiries[ticket.taken :]
            self._discount_ticket(ticket, len(rest), count_people(rest))
            ticket.taken = len(ticket.inquiries)
        if ticket.taken == len(ticket.inquiries):
            tickets.popleft()
        if tickets:
            self._waiting[caller] = tickets
        return None if ticket.future.done() else part

    def _discount_ticket(self, ticket: Ticket, inquiries: int, subjects: int) -> None:
        self.requests -= inquiries
        self._subjects -= subjects
        self._by_caller[ticket.caller] -= inquiries
        self._subjects_by_caller[ticket.caller] -= subjects
        if not self._by_caller[ticket.caller]:
            del self._by_caller[ticket.caller], self._subjects_by_caller[ticket.caller]


def _cut_ticket(ticket: Ticket, most: int) -> TicketPart:
    if len(ticket.inquiries) <= most:  # nearly always
        ticket.taken = len(ticket.inquiries)
        return TicketPart(ticket, ticket.inquiries, ticket.subjects)
    some = ticket.inquiries[ticket.taken : ticket.taken + most]
    ticket.taken += len(some)
    return TicketPart(ticket, some, count_people(some))


def count_people(inquiries: Sequence[Inquiry]) -> int:
    """Count the people the inquiries are about; a class counts as one before it is read."""
    return sum(
        1
        + len(i.question.pictured.students)
        + len(i.question.pictured.employees)
        + len(i.question.pictured.others)
        for i in inquiries
    )
