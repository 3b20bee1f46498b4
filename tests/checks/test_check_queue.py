"""The queue of checks: turns, shares, parts, and what is refused."""

import asyncio
from collections.abc import Iterator

import pytest

from app.checks.queue import (
    PART_INQUIRIES,
    Answer,
    CheckQueue,
    Inquiry,
    QueueLimits,
    Ticket,
    TicketPart,
)
from app.errors import OutcomeUnknownError, QueueFullError
from app.policy.question import PersonRef, Pictured, Question

WIDE = QueueLimits(requests=1_000, subjects=10_000, share=1.0, batch=64)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def ticket(
    loop: asyncio.AbstractEventLoop, caller: str, count: int = 1, people: int = 1, until: float = 9
) -> Ticket:
    pictured = Pictured(tuple(PersonRef("", id=str(n)) for n in range(people)))
    one = Inquiry(Question(check="photo-consent", pictured=pictured), {}, caller)
    return Ticket([one] * count, until, loop.create_future())


def told(batch: list[TicketPart]) -> list[tuple[str, int]]:
    return [(part.ticket.caller, len(part.inquiries)) for part in batch]


def finish(queue: CheckQueue, batch: list[TicketPart]) -> None:
    for part in batch:
        queue.finish(part, [Answer("allow", b"")] * len(part.inquiries))


def test_callers_take_turns(loop: asyncio.AbstractEventLoop) -> None:
    queue = CheckQueue(WIDE)
    for one in (ticket(loop, "a", 40), ticket(loop, "a"), ticket(loop, "b"), ticket(loop, "c", 3)):
        queue.admit(one)
    batch = queue.take_batch()
    assert told(batch) == [("a", 16), ("b", 1), ("c", 3), ("a", 16), ("a", 8), ("a", 1)]
    finish(queue, batch)
    assert (queue.requests, queue.take_batch()) == (0, [])


def test_large_request_is_decided_in_parts_and_answered_whole(
    loop: asyncio.AbstractEventLoop,
) -> None:
    queue = CheckQueue(WIDE._replace(batch=20))
    big, other = ticket(loop, "a", 50), ticket(loop, "b", 1)
    queue.admit(big)
    queue.admit(other)
    taken = []
    while batch := queue.take_batch():
        assert sum(len(part.inquiries) for part in batch) <= 20
        taken += told(batch)
        finish(queue, batch)
    assert taken[:2] == [("a", PART_INQUIRIES), ("b", 1)]
    assert (len(big.future.result()), len(other.future.result())) == (50, 1)


def test_many_people_end_a_batch(loop: asyncio.AbstractEventLoop) -> None:
    queue = CheckQueue(WIDE)
    for _ in range(4):
        queue.admit(ticket(loop, "a", people=999))
    assert [len(queue.take_batch()) for _ in range(3)] == [2, 2, 0]


def test_no_caller_takes_more_than_its_share(loop: asyncio.AbstractEventLoop) -> None:
    queue = CheckQueue(WIDE._replace(requests=10, share=0.5))
    queue.admit(ticket(loop, "a", 8))  # alone it may
    with pytest.raises(QueueFullError):
        queue.admit(ticket(loop, "a"))
    queue.admit(ticket(loop, "b", 2))
    with pytest.raises(QueueFullError):
        queue.admit(ticket(loop, "c"))
    finish(queue, queue.take_batch())
    queue.admit(ticket(loop, "a", 3))
    queue.admit(ticket(loop, "a", 2))
    with pytest.raises(QueueFullError):
        queue.admit(ticket(loop, "a"))


def test_one_request_about_very_many_shuts_nobody_out(loop: asyncio.AbstractEventLoop) -> None:
    queue = CheckQueue(WIDE._replace(subjects=100, share=0.5))
    queue.admit(ticket(loop, "a", people=500))  # alone it may
    with pytest.raises(QueueFullError):
        queue.admit(ticket(loop, "a"))
    queue.admit(ticket(loop, "b", people=48))
    with pytest.raises(QueueFullError):
        queue.admit(ticket(loop, "c"))
    while batch := queue.take_batch():
        finish(queue, batch)
    queue.admit(ticket(loop, "a"))


def test_who_is_gone_or_late_is_not_decided(loop: asyncio.AbstractEventLoop) -> None:
    queue = CheckQueue(WIDE)
    gone, late, there = ticket(loop, "a", 20), ticket(loop, "a", until=1), ticket(loop, "b", 20)
    for one in (gone, late, there):
        queue.admit(one)
    gone.future.cancel()
    queue.refuse_late(2.0)
    assert isinstance(late.future.exception(), QueueFullError)
    batch = queue.take_batch()
    assert told(batch) == [("b", 16), ("b", 4)]
    finish(queue, batch)
    assert len(there.future.result()) == 20
    queue.refuse_late(100.0)
    assert queue.requests == 0


@pytest.mark.parametrize("batch", [16, 64])
def test_what_is_being_decided_beyond_its_deadline_is_unknown(
    loop: asyncio.AbstractEventLoop, batch: int
) -> None:
    queue = CheckQueue(WIDE._replace(batch=batch))
    late = ticket(loop, "a", 20, until=1)
    queue.admit(late)
    taken = queue.take_batch()
    queue.refuse_late(0.5)
    assert not late.future.done()
    queue.refuse_late(2.0)
    assert isinstance(late.future.exception(), OutcomeUnknownError)
    finish(queue, taken)
    assert queue.take_batch() == []
    assert queue.requests == 0


def test_who_leaves_between_two_parts_is_not_decided_further(
    loop: asyncio.AbstractEventLoop,
) -> None:
    queue = CheckQueue(WIDE._replace(batch=16))
    left = ticket(loop, "a", 40)
    queue.admit(left)
    batch = queue.take_batch()
    left.future.cancel()
    finish(queue, batch)
    assert queue.take_batch() == []
    assert queue.requests == 0
    queue.admit(ticket(loop, "a", 1_000))


def test_keys_that_replace_one_another_have_one_share(loop: asyncio.AbstractEventLoop) -> None:
    queue = CheckQueue(WIDE._replace(requests=10, share=0.5))
    question = Question(check="photo-consent", pictured=Pictured())
    for caller in ("old", "new"):
        one = Inquiry(question, {}, caller, lineage="old")
        queue.admit(Ticket([one, one], 9, loop.create_future()))
    late = Inquiry(question, {}, "newest", lineage="old")
    with pytest.raises(QueueFullError):
        queue.admit(Ticket([late, late], 9, loop.create_future()))
    queue.admit(ticket(loop, "somebody else", 2))
