"""Releases: consent of other parties pictured and of owners of works."""

from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.errors import (
    ConflictError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    NotFoundError,
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
    show_record,
)
from app.http.slot_routes import SlotRoute, use_slots
from app.schemas.pages import Page, make_page, read_cursor
from app.schemas.releases import ReleaseEnd, ReleaseIn, ReleaseOut, ReleaseSearch
from app.store.ledger.changes import Actor
from app.store.permissions import releases as stored

router = APIRouter(prefix="/v1/releases", tags=["releases"], route_class=SlotRoute)
_WRITER = Annotated[Caller, Depends(require_scope("consents:write"))]
_READER = Annotated[Caller, Depends(require_scope("people:read"))]
_PROBLEMS = list_responses(ForbiddenError, ConflictError, IdempotencyKeyReusedError)


@router.post("", status_code=201, response_model=ReleaseOut, responses=_PROBLEMS)
def add_release(
    records: RecordWrites,
    caller: _WRITER,
    body: Annotated[ReleaseIn, Depends(reads(ReleaseIn))],
    key: IdempotencyKey = None,
) -> Response:
    """Record that someone consents; for keys that are not limited to schools."""
    _refuse_limited(caller)
    said = body.model_dump(exclude={"sha256", "title"})
    if body.evidence_sha256 is not None:
        said["evidence_sha256"] = body.evidence_sha256.lower()
    new = stored.NewRelease(work=body.work, **said)

    def work(connection: Connection, actor: Actor) -> RecordReply:
        row = stored.add_release(connection, actor, find_today(records.settings, actor), new)
        return RecordReply(ReleaseOut(**row))

    return records.create(caller, NewRecord(body, key), work)


@router.post(
    "/{id:record}/end",
    status_code=201,
    response_model=ReleaseOut,
    responses=_PROBLEMS | list_responses(NotFoundError),
)
def end_release(
    records: RecordWrites,
    caller: _WRITER,
    release_id: RecordId,
    body: Annotated[ReleaseEnd, Depends(reads(ReleaseEnd))],
    key: IdempotencyKey = None,
) -> Response:
    """Let a release end; the answer is the new fact."""
    _refuse_limited(caller)

    def work(connection: Connection, actor: Actor) -> RecordReply:
        return RecordReply(
            ReleaseOut(**stored.end_release(connection, actor, release_id, body.effective_to))
        )

    return records.create(caller, NewRecord(body, key), work)


@router.get(
    "/{id:record}",
    response_model=ReleaseOut,
    responses=list_responses(ForbiddenError, NotFoundError),
)
def read_release(store: OpenStore, caller: _READER, release_id: RecordId) -> Response:
    """One recorded fact, in force or not."""
    _refuse_limited(caller)
    with store.reading() as connection:
        return show_record(RecordReply(ReleaseOut(**stored.read_release(connection, release_id))))


@router.post("/search", response_model=Page[ReleaseOut], responses=list_responses(ForbiddenError))
@use_slots("readers")
def search_releases(
    store: OpenStore,
    caller: _READER,
    body: Annotated[ReleaseSearch, Depends(reads(ReleaseSearch))],
) -> Page[ReleaseOut]:
    """Releases by name or work, oldest first; superseded ones are among them but for `on`."""
    _refuse_limited(caller)
    place = read_cursor(body.cursor, int, at="/cursor")
    wanted = stored.ReleaseFilter(body.name, body.work, body.on)
    with store.reading() as connection:
        after = int(place[0]) if place else 0
        rows = stored.list_releases(connection, wanted, after, body.limit + 1)
    return make_page(rows, body.limit, "seq", lambda row: ReleaseOut(**row))


def _refuse_limited(caller: Caller) -> None:
    """Refuse a key of some schools: a person pictured beside students belongs to no school."""
    if caller.schools is not None:
        detail = "Releases are kept for the whole district; this key is limited to schools"
        raise ForbiddenError(detail)
