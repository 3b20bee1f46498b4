"""Answers that show records of children: none is given before its row is on the ledger."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple, TypeVar

from fastapi import Request
from sqlalchemy import Connection

from app.auth import Caller
from app.pipeline import Pipeline
from app.slots import Slots
from app.store.record_reads import ReadKind, RecordsRead
from app.store.session import Store

_T = TypeVar("_T")


class _Shown(NamedTuple):
    students: frozenset[str]
    at: datetime


async def show_records(
    request: Request,
    caller: Caller,
    what: ReadKind,
    work: Callable[[Connection], tuple[_T, Iterable[str]]],
) -> _T:
    """Return the answer that `work` reads on a reader's thread, once its row is on the ledger.

    `work` also gives the ids of the students whom the answer shows; of nobody there is no row.
    Raises what `Pipeline.note` raises: then there is no answer.
    """
    slots: Slots = request.app.state.slots
    store: Store = request.app.state.store

    def read() -> tuple[_T, _Shown]:
        with store.reading() as connection:
            answer, students = work(connection)
            return answer, _Shown(frozenset(students), store.now())

    answer, shown = await slots["readers"].run(read)
    await note_read(request, caller, what, shown.students, shown.at)
    return answer


async def note_read(
    request: Request, caller: Caller, what: ReadKind, students: Iterable[str], at: datetime
) -> None:
    """Put on the ledger that records of `students`, if there are any, were read at that time."""
    shown = frozenset(students)
    if shown:
        pipeline: Pipeline = request.app.state.pipeline
        await pipeline.note(RecordsRead(what, caller.key_id, caller.person_id, at, shown))
