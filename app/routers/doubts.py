"""Doubts: unreadable rows about children, as work for the office."""

from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.errors import (
    ConflictError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    InvalidRequestError,
    NotFoundError,
    PersonRequiredError,
)
from app.http.authorization import require_scope
from app.http.context import OpenStore
from app.http.problems import list_responses
from app.http.record_writes import (
    IdempotencyKey,
    NewRecord,
    PageCursor,
    PageLimit,
    RecordId,
    RecordReply,
    RecordWrites,
    reads,
)
from app.http.slot_routes import SlotRoute
from app.imports.doubts.settling import Settlement, page_doubts, settle_doubt
from app.schemas.doubts import DoubtOut, DoubtSettle
from app.schemas.pages import Page, make_page, read_cursor
from app.store.ledger.changes import Actor

router = APIRouter(prefix="/v1/doubts", tags=["imports"], route_class=SlotRoute)
_Caller = Annotated[Caller, Depends(require_scope("imports:write"))]


@router.get("", response_model=Page[DoubtOut])
def list_doubts(
    store: OpenStore, caller: _Caller, limit: PageLimit = 50, cursor: PageCursor = None
) -> Page[DoubtOut]:
    """The open doubts: rows of deliveries that may be about a child and could not be read.

    Photo checks about everyone whom one may mean are `review` until it ends.
    """
    _refuse_limited(caller)
    place = read_cursor(cursor, str)
    with store.reading() as connection:
        rows = page_doubts(connection, str(place[0]) if place else "", limit + 1)
    return make_page(rows, limit, "id", lambda row: DoubtOut(**row))


@router.post(
    "/{id:record}/settle",
    status_code=200,
    response_model=DoubtOut,
    responses=list_responses(
        PersonRequiredError,
        NotFoundError,
        ConflictError,
        InvalidRequestError,
        IdempotencyKeyReusedError,
    ),
)
def settle_open_doubt(
    records: RecordWrites,
    caller: _Caller,
    doubt_id: RecordId,
    body: Annotated[DoubtSettle, Depends(reads(DoubtSettle))],
    key: IdempotencyKey = None,
) -> Response:
    """Settle a doubt: someone has asked what the row meant. It is no consent.

    The same row is no doubt again, however often it is delivered. Whoever settles it records a
    refusal or a grant, if the family gave one, as a statement of its own.
    """
    _refuse_limited(caller)

    def work(connection: Connection, actor: Actor) -> RecordReply:
        said = Settlement(doubt_id, body.reason, body.person_id)
        return RecordReply(
            DoubtOut(**settle_doubt(connection, actor, said)), subject=actor.person_id
        )

    return records.create(caller, NewRecord(body, key), work, 200)


def _refuse_limited(caller: Caller) -> None:
    if caller.schools is not None:
        detail = "Imports are not for a key that is limited to schools"
        raise ForbiddenError(detail)
