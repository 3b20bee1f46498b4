"""Moderation: content managers say what they hid or removed, others read it (clause 15)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.errors import (
    ForbiddenError,
    IdempotencyKeyReusedError,
    NotFoundError,
    PersonRequiredError,
)
from app.http.authorization import require_scope
from app.http.context import OpenStore
from app.http.problems import list_responses
from app.http.record_writes import (
    IdempotencyKey,
    NewRecord,
    RecordId,
    RecordReply,
    RecordWrites,
    find_today,
    reads,
)
from app.http.sheets import SHEET_ANSWER, AskedFormat
from app.http.slot_routes import SlotRoute
from app.schemas.moderations import (
    ModerationIn,
    ModerationOut,
    ModerationQuery,
    show_moderation,
)
from app.schemas.pages import Page, make_page, read_cursor
from app.store.accounts.moderations import (
    ModerationFilter,
    NewModeration,
    add_moderation,
    page_moderations,
)
from app.store.accounts.validation import EditLimits
from app.store.ledger.changes import Actor

router = APIRouter(prefix="/v1", tags=["moderation"], route_class=SlotRoute)
# A manager's own duty, who need not have a key.
_Manager = Annotated[Caller, Depends(require_scope("accounts:write", decides=False))]
_Reader = Annotated[Caller, Depends(require_scope("people:read"))]


@router.post(
    "/accounts/{id:record}/moderations",
    status_code=201,
    response_model=ModerationOut,
    responses=list_responses(
        NotFoundError, ForbiddenError, PersonRequiredError, IdempotencyKeyReusedError
    ),
)
def record_moderation(
    records: RecordWrites,
    caller: _Manager,
    body: Annotated[ModerationIn, Depends(reads(ModerationIn))],
    account_id: RecordId,
    key: IdempotencyKey = None,
) -> Response:
    """Say what was hidden or removed on an account, or that someone looked and found nothing.

    The account's content owner and managers do, and who acts for the Director of Communications.
    Whose contribution it was is never told.
    """

    def work(connection: Connection, actor: Actor) -> RecordReply:
        bounds = EditLimits(find_today(records.settings, actor), caller.schools)
        new = NewModeration(**body.model_dump())
        row = add_moderation(connection, actor, account_id, new, bounds)
        return RecordReply(show_moderation(row), subject=actor.person_id)

    return records.create(caller, NewRecord(body, key), work)


@router.get("/moderations", response_model=Page[ModerationOut], responses=SHEET_ANSWER)
def list_moderations(
    store: OpenStore,
    caller: _Reader,
    query: Annotated[ModerationQuery, Query()],
    form: AskedFormat,
) -> Page[ModerationOut] | Response:
    """What was moderated, in the order in which it was recorded; as JSON or as `text/csv`."""
    place = read_cursor(query.cursor, str)
    wanted = ModerationFilter(query.account_id, query.since, query.until, caller.schools)
    with store.reading() as connection:
        after = str(place[0]) if place else ""
        rows = page_moderations(connection, wanted, after, query.limit + 1)
    page = make_page(rows, query.limit, "id", show_moderation)
    return form.answer(page, ModerationOut)
