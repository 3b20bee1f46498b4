"""Answers that show records of children: none is given before its row is on the ledger."""

import asyncio
from collections.abc import Callable, Iterable
from typing import TypeVar

from fastapi import Request
from sqlalchemy import Connection

from app.auth.authenticator import Caller
from app.checks.pipeline import Pipeline
from app.database.session import Store
from app.slots import Slots
from app.store.ledger.record_reads import ReadKind, RecordsRead

_T = TypeVar("_T")


async def show_records(
    request: Request,
    caller: Caller,
    what: ReadKind,
    work: Callable[[Connection], tuple[_T, Iterable[str]]],
) -> _T:
    """Return the answer that `work` reads on a reader's thread, once its row is on the ledger.

    `work` also gives the ids of the students whom the answer shows; of no one there is no row.
    They count towards the people of the key's day. Raises what `Pipeline.note` raises: then there
    is no answer.
    """
    begun = asyncio.get_running_loop().time()
    slots: Slots = request.app.state.slots
    store: Store = request.app.state.store

    def read_records() -> tuple[_T, Iterable[str]]:
        with store.reading() as connection:
            return work(connection)

    answer, students = await slots["readers"].run(read_records)
    await note_read(request, caller, what, students, begun)
    return answer


async def note_read(
    request: Request, caller: Caller, what: ReadKind, students: Iterable[str], begun: float
) -> None:
    """Put on the ledger that records of `students`, if there are any, were read just now.

    `begun` is the event loop's time at which the request began: its deadline is for all of it.
    """
    shown, store = frozenset(students), request.app.state.store
    if shown:
        pipeline: Pipeline = request.app.state.pipeline
        read = RecordsRead(
            what, caller.key_id, caller.person_id, store.now(), shown, caller.lineage
        )
        await pipeline.note(read, begun)
