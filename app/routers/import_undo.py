"""The undo of an import: asked for here; approved or rejected like any import that waits."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response, StreamingResponse

from app.auth.authenticator import Caller
from app.errors import ConflictError, IdempotencyKeyReusedError, NotFoundError
from app.http.authorization import require_scope
from app.http.context import OpenStore
from app.http.problems import list_responses
from app.http.record_writes import (
    IdempotencyKey,
    NewRecord,
    RecordId,
    RecordReply,
    RecordWrites,
)
from app.http.slot_routes import SlotRoute
from app.imports import intake
from app.imports.undo import requests, undo_application
from app.routers.imports import (
    NDJSON,
    UPLOADS,
    made_import,
    refuse_limited,
)
from app.schemas.imports import ImportOut, KeptOut, UndoAsked
from app.store.ledger.changes import Actor
from app.store.service import import_records as stored

CREATED = 201

router = APIRouter(prefix=UPLOADS, tags=["imports"], route_class=SlotRoute)
_Caller = Annotated[Caller, Depends(require_scope("imports:write"))]
_KEPT_LINES: dict[int | str, dict[str, Any]] = {
    200: {"content": {NDJSON: {"schema": {"$ref": "#/components/schemas/KeptOut"}}}}
}


@router.post(
    "/{id:record}/undo",
    status_code=CREATED,
    response_model=ImportOut,
    responses=list_responses(NotFoundError, ConflictError, IdempotencyKeyReusedError),
)
def undo_import(
    records: RecordWrites, caller: _Caller, import_id: RecordId, key: IdempotencyKey = None
) -> Response:
    """Plan what puts things back as they were before an import; approve it to have it applied.

    It is an import itself, `held`, with a plan: its numbers, what becomes stricter and what looser.
    Statements are taken back by later ones, never deleted; what was changed since stays, and is
    told by `/kept`. 409 where the import waits, left nothing on file, was undone before, or is too
    old.
    """
    refuse_limited(caller)
    store = records.store
    intake.wait_for_tidying(store)
    planned = requests.plan_once(store, records.settings, import_id)

    def work(connection: Connection, actor: Actor) -> RecordReply:
        return made_import(store, requests.put_undo(connection, actor, planned()), running=False)

    return records.create(caller, NewRecord(UndoAsked(), key), work)


@router.get(
    "/{id:record}/kept",
    responses=_KEPT_LINES | list_responses(NotFoundError),
    response_class=StreamingResponse,
)
def list_kept_records(store: OpenStore, caller: _Caller, import_id: RecordId) -> Response:
    """What an undo leaves as it is, one a line (NDJSON): kind, id, and why.

    The first 10,000 are told; `plan.undo.kept` counts all of them.
    """
    refuse_limited(caller)
    with store.reading() as connection:
        kept = undo_application.read_kept(connection, stored.read_import(connection, import_id))
    said = (KeptOut(kind=one.kind, id=one.key, reason=one.reason) for one in kept)
    lines = (one.model_dump_json().encode() + b"\n" for one in said)
    return StreamingResponse(lines, media_type=NDJSON)
