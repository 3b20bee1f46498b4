"""Decisions as they were answered, read back from the ledger and found again."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from app.auth.authenticator import Caller
from app.checks.questions import account_label
from app.checks.request_parser import account_asked
from app.errors import ErasedError, IndexBehindError, NotFoundError
from app.http.authorization import require_scope
from app.http.context import OpenStore
from app.http.problems import list_responses
from app.http.record_writes import RecordId, reads
from app.http.slot_routes import SlotRoute, use_slots
from app.routers.messages import message_out
from app.schemas.decisions import DecisionFound, DecisionSearch
from app.schemas.pages import Page, make_page, read_cursor
from app.store.decisions import index, records
from app.store.decisions.index import DecisionFilter
from app.store.decisions.review_display import show_messages

router = APIRouter(prefix="/v1/decisions", tags=["decisions"], route_class=SlotRoute)
_READER = Annotated[Caller, Depends(require_scope("decisions:read"))]


# A plain `def`: the store is read on a worker thread, and a thread hop is cheap off the hot path.
@router.get("/{id:record}", responses=list_responses(NotFoundError, ErasedError))
def read_decision(
    store: OpenStore,
    caller: _READER,
    decision_id: RecordId,
) -> JSONResponse:
    """The answer as it was given, and, where there are some, the messages about its review.

    A key limited to schools reads only what it asked itself.
    """
    with store.reading() as connection:
        decision = records.read_decision(connection, decision_id, only_by(caller))
        messages = show_messages(connection, [decision_id]).get(decision_id, [])
    told = [message_out(one).model_dump(mode="json") for one in messages]
    return JSONResponse({**decision.answer, "messages": told} if told else decision.answer)


@router.post("/search", responses=list_responses(IndexBehindError))
@use_slots("searches")
def search_decisions(
    store: OpenStore,
    caller: _READER,
    body: Annotated[DecisionSearch, Depends(reads(DecisionSearch))],
) -> Page[DecisionFound]:
    """Decisions by whom and what they are about, newest first, with all made before it was asked.

    A key limited to schools finds only what it asked itself.
    """
    place = read_cursor(body.cursor, int, at="/cursor")
    wanted = DecisionFilter(
        subject=body.subject,
        account=None if body.account is None else account_label(body.account, "/account"),
        caller=body.caller,
        check=body.check,
        outcome=body.outcome,
        since=body.since,
        until=body.until,
    )
    index.catch_up(store, account_asked)
    before = int(place[0]) if place else None
    with store.reading() as connection:
        rows = index.search_decisions(connection, wanted, before, body.limit + 1, only_by(caller))
    return make_page(
        rows, body.limit, "ledger_seq", lambda row: DecisionFound(decided_at=row["at"], **row)
    )


def only_by(caller: Caller) -> str | None:
    """Return the lineage whose decisions alone a caller may read; None for all.

    That is a lineage: also what a key asked that it replaces.
    """
    return caller.lineage if caller.schools is not None else None
