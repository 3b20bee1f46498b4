"""Answers that show records of children: none is given before its row is on the ledger."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends
from sqlalchemy import Connection

from app.auth.authenticator import Caller
from app.checks.pipeline import Pipeline
from app.database.session import Store
from app.http.context import WholeService
from app.slots import ThreadSlots
from app.store.ledger.record_reads import ReadKind, RecordsRead

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class RecordViewer:
    """Shows records of children to the callers of one service, and keeps what they then send."""

    store: Store
    readers: ThreadSlots
    writers: ThreadSlots
    pipeline: Pipeline

    async def show(
        self,
        caller: Caller,
        what: ReadKind,
        work: Callable[[Connection], tuple[_T, Iterable[str]]],
    ) -> _T:
        """Return the answer that `work` reads on a reader's thread, once its row is on the ledger.

        `work` also gives the ids of the students whom the answer shows; of no one there is no row.
        They count towards the people of the key's day. Raises what `Pipeline.note` raises: then
        there is no answer.
        """
        begun = asyncio.get_running_loop().time()

        def read_records() -> tuple[_T, Iterable[str]]:
            with self.store.reading() as connection:
                return work(connection)

        answer, students = await self.readers.run(read_records)
        await self.note(caller, what, students, begun)
        return answer

    async def note(
        self, caller: Caller, what: ReadKind, students: Iterable[str], begun: float
    ) -> None:
        """Put on the ledger that records of `students`, if there are any, were read just now.

        `begun` is the event loop's time at which the request began: its deadline is for all of it.
        """
        shown = frozenset(students)
        if shown:
            at = self.store.now()
            read = RecordsRead(what, caller.key_id, caller.person_id, at, shown, caller.lineage)
            await self.pipeline.note(read, begun)


async def _open_viewer(service: WholeService) -> RecordViewer:
    slots = service.slots
    return RecordViewer(service.store, slots["readers"], slots["writers"], service.pipeline)


RecordViews = Annotated[RecordViewer, Depends(_open_viewer)]
