"""Designations: who holds an office or acts as its designee."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.checks.request_parser import account_asked
from app.database.session import Store
from app.errors import (
    ConflictError,
    DesignationRequiredError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    NotFoundError,
    OwnRequestError,
    PersonRequiredError,
)
from app.http.authorization import require_scope
from app.http.context import OpenStore, ServiceSettings
from app.http.problems import list_responses
from app.http.record_writes import (
    IdempotencyKey,
    NewRecord,
    PageCursor,
    PageLimit,
    RecordId,
    RecordReply,
    RecordWrites,
    describe_actor,
    reads,
)
from app.http.slot_routes import SlotRoute, use_slots
from app.schemas.designations import (
    DesignationEffect,
    DesignationEnd,
    DesignationIn,
    DesignationOut,
)
from app.schemas.pages import Page, make_page, read_cursor
from app.settings import Settings
from app.store.decisions import index
from app.store.ledger.changes import Actor
from app.store.permissions import designations as stored
from app.store.permissions.designations import Designator, NewDesignation, PastChange

router = APIRouter(prefix="/v1/designations", tags=["designations"], route_class=SlotRoute)
_WRITER = Annotated[Caller, Depends(require_scope("grants:write"))]
_PROBLEMS = list_responses(
    ForbiddenError,
    PersonRequiredError,
    DesignationRequiredError,
    ConflictError,
    IdempotencyKeyReusedError,
    OwnRequestError,
)


@router.post("", status_code=201, response_model=DesignationOut, responses=_PROBLEMS)
def add_designation(
    records: RecordWrites,
    caller: _WRITER,
    body: Annotated[DesignationIn, Depends(reads(DesignationIn))],
    key: IdempotencyKey = None,
) -> Response:
    """Say who holds an office or acts for it.

    By a holder of that office, for principals the Superintendent, never for oneself; or by a key
    with `admin`, which also says who held it before today: with a reason, and the digest of the
    preview.
    """

    def work(connection: Connection, actor: Actor) -> RecordReply:
        by = _find_designator(records.settings, caller, actor.at)
        row = stored.add_designation(
            connection, actor, by, _read_new(body), PastChange(body.reason, body.confirm)
        )
        return RecordReply(DesignationOut(**row))

    return records.create(caller, NewRecord(body, key), work)


@router.post(
    "/{id:record}/end",
    status_code=201,
    response_model=DesignationOut,
    responses=_PROBLEMS | list_responses(NotFoundError),
)
def end_designation(
    records: RecordWrites,
    caller: _WRITER,
    designation_id: RecordId,
    body: Annotated[DesignationEnd, Depends(reads(DesignationEnd))],
    key: IdempotencyKey = None,
) -> Response:
    """Give a designation another end; the answer is the new fact."""

    def work(connection: Connection, actor: Actor) -> RecordReply:
        by, past = (
            _find_designator(records.settings, caller, actor.at),
            PastChange(body.reason, body.confirm),
        )
        row = stored.end_designation(connection, actor, by, designation_id, body.effective_to, past)
        return RecordReply(DesignationOut(**row))

    return records.create(caller, NewRecord(body, key), work)


@router.post("/preview", responses=_PROBLEMS)
@use_slots("searches")
def preview_designation(
    store: OpenStore,
    settings: ServiceSettings,
    caller: _WRITER,
    body: Annotated[DesignationIn, Depends(reads(DesignationIn))],
) -> DesignationEffect:
    """What a designation would change; nothing is recorded."""
    with _open_preview(store) as connection:
        by = _find_designator(settings, caller, store.now())
        effect = stored.preview_addition(connection, by, _read_new(body))
        return DesignationEffect.model_validate(effect)


@router.post("/{id:record}/end/preview", responses=_PROBLEMS | list_responses(NotFoundError))
@use_slots("searches")
def preview_designation_end(
    store: OpenStore,
    settings: ServiceSettings,
    caller: _WRITER,
    designation_id: RecordId,
    body: Annotated[DesignationEnd, Depends(reads(DesignationEnd))],
) -> DesignationEffect:
    """What another end of a designation would change; nothing is recorded."""
    with _open_preview(store) as connection:
        by = _find_designator(settings, caller, store.now())
        effect = stored.preview_end(connection, by, designation_id, body.effective_to)
        return DesignationEffect.model_validate(effect)


@router.get("", response_model=Page[DesignationOut])
def list_designations(
    store: OpenStore,
    caller: Annotated[Caller, Depends(require_scope("people:read"))],
    limit: PageLimit = 50,
    cursor: PageCursor = None,
) -> Page[DesignationOut]:
    """Every designation ever recorded, oldest first; for a limited key those of its people."""
    place = read_cursor(cursor, int)
    with store.reading() as connection:
        after = int(place[0]) if place else 0
        rows = stored.list_designations(connection, after, limit + 1, caller.schools)
    return make_page(rows, limit, "seq", lambda row: DesignationOut(**row))


def _find_designator(settings: Settings, caller: Caller, at: datetime) -> Designator:
    if caller.schools is not None:
        detail = "Offices are the district's; this key is limited to schools"
        raise ForbiddenError(detail)
    by = describe_actor(settings, caller, at)
    administrator = "admin" in caller.scopes
    return Designator(by.person_id, by.day, by.setup.timezone, administrator)


def _open_preview(store: Store) -> AbstractContextManager[Connection]:
    """A read of the store once the index over its decisions is at its end."""
    index.catch_up(store, account_asked)
    return store.reading()


def _read_new(body: DesignationIn) -> NewDesignation:
    return NewDesignation(**body.model_dump(exclude={"reason", "confirm"}))
