"""Imports: a delivery is sent, planned, held or applied; a person approves or rejects what waits.

The service only receives the files. A process of its own does the work (`app.imports.worker`).
"""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection
from starlette.responses import Response, StreamingResponse

from app.auth.authenticator import Caller
from app.database.session import Store
from app.errors import (
    ConflictError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    InvalidRequestError,
    MultipartRequiredError,
    NotFoundError,
    OutcomeUnknownError,
    PersonRequiredError,
    PreconditionRequiredError,
    SpoolUnavailableError,
    StaleError,
    UploadTooLargeError,
)
from app.http import multipart
from app.http.authorization import confirm_caller, require_scope
from app.http.context import OpenStore, ServiceSettings
from app.http.import_forms import FORM, describe_form, sent_of
from app.http.problems import list_responses
from app.http.record_writes import (
    IdempotencyKey,
    IfMatch,
    NewRecord,
    PageCursor,
    PageLimit,
    RecordId,
    RecordReply,
    RecordWrites,
    actor_of,
    must_match,
    person_of,
    reads,
    show_record,
)
from app.http.slot_routes import SlotRoute
from app.imports import approval, intake, spool, worker
from app.imports.staging import staged_area
from app.schemas.imports import (
    ImportItem,
    ImportOut,
    ImportRejection,
    ImportSent,
    RefusedRowOut,
)
from app.schemas.pages import Page, next_cursor, read_cursor
from app.store.ledger.changes import Actor
from app.store.service import import_records as stored
from app.store.service.import_records import ImportRecord

UPLOADS = "/v1/imports"
NDJSON = "application/x-ndjson"
ACCEPTED = 202

router = APIRouter(prefix=UPLOADS, tags=["imports"], route_class=SlotRoute)
_Caller = Annotated[Caller, Depends(require_scope("imports:write"))]
_LINES: dict[int | str, dict[str, Any]] = {
    200: {"content": {NDJSON: {"schema": {"$ref": "#/components/schemas/RefusedRowOut"}}}}
}
_DECIDED = list_responses(
    PersonRequiredError,
    NotFoundError,
    ConflictError,
    StaleError,
    PreconditionRequiredError,
    InvalidRequestError,
    SpoolUnavailableError,
)


@router.post(
    "",
    status_code=ACCEPTED,
    response_model=ImportOut,
    responses=list_responses(
        ConflictError,
        IdempotencyKeyReusedError,
        UploadTooLargeError,
        MultipartRequiredError,
        SpoolUnavailableError,
    ),
    openapi_extra=FORM,
)
async def begin_import(
    request: Request, records: RecordWrites, caller: _Caller, key: IdempotencyKey = None
) -> Response:
    """Send a delivery: one zip, or several files; its import goes on by itself.

    `curl -H "Authorization: Bearer clp_…" -F file=@lists.zip -F complete=people …/v1/imports`

    `Location` says where to follow it. `complete`: its people are all there are, or its consents,
    or both; only a list of consents that is complete is dated. `accept_empty_consents`: a consent
    list without rows is meant. `feed`: of which feed it is, where there are several. One import at
    a time: 409. For keys that are not limited to schools, as all of these routes.
    """
    refuse_limited(caller)
    multipart.boundary_of(request)
    store, settings = records.store, records.settings
    await anyio.to_thread.run_sync(intake.wait_for_tidying, store)
    if key is None:  # else it may be one that came before
        await anyio.to_thread.run_sync(intake.refuse_another, store)
    folder = await anyio.to_thread.run_sync(spool.begin_upload, settings.import_spool)
    try:
        limits = settings.import_upload_bytes, settings.import_spool_bytes
        form = await multipart.receive_form(request, describe_form(folder, *limits))
        await confirm_caller(request)
        sent = await anyio.to_thread.run_sync(sent_of, form, folder)
        return await anyio.to_thread.run_sync(_accept_delivery, records, caller, folder, sent, key)
    finally:
        spool.remove_folder(folder)


@router.get("", response_model=Page[ImportItem])
def list_imports(
    store: OpenStore, caller: _Caller, limit: PageLimit = 50, cursor: PageCursor = None
) -> Page[ImportItem]:
    """Every import, newest first."""
    refuse_limited(caller)
    place = read_cursor(cursor, int)
    with store.reading() as connection:
        found = stored.list_imports(connection, int(place[0]) if place else None, limit + 1)
    more = next_cursor(found[limit - 1].number) if len(found) > limit else None
    items = [ImportItem.model_validate(one, from_attributes=True) for one in found[:limit]]
    return Page(items=items, next_cursor=more)


@router.get("/{id:record}", response_model=ImportOut, responses=list_responses(NotFoundError))
def read_import(store: OpenStore, caller: _Caller, import_id: RecordId) -> Response:
    """Where an import stands, and its plan: what it does, or would do, to the store."""
    refuse_limited(caller)
    with store.reading() as connection:
        found = stored.read_import(connection, import_id)
    return show_record(made_import(store, found))


@router.get(
    "/{id:record}/errors",
    responses=_LINES | list_responses(NotFoundError),
    response_class=StreamingResponse,
)
def list_import_errors(store: OpenStore, caller: _Caller, import_id: RecordId) -> Response:
    """Why rows were refused, one a line (NDJSON): file, line, column, reason; never a value.

    The first 10,000 are kept; `errors` of the import counts all of them.
    """
    refuse_limited(caller)
    with store.reading() as connection:
        found = stored.read_import(connection, import_id)
    return StreamingResponse(_stream_lines(store, found), media_type=NDJSON)


@router.post(
    "/{id:record}/approve", status_code=ACCEPTED, response_model=ImportOut, responses=_DECIDED
)
def approve_import(
    records: RecordWrites, caller: _Caller, import_id: RecordId, if_match: IfMatch = None
) -> Response:
    """Have an import applied that waits for a person; its plan is made anew first.

    Where the store has changed so that the plan says other numbers, it is held again.
    """
    refuse_limited(caller)
    settings, store = records.settings, records.store
    intake.wait_for_tidying(store)

    def work(connection: Connection, actor: Actor, match: Any) -> RecordReply:
        person_of(actor)
        match(stored.read_import(connection, import_id).version)
        found = intake.record_approval(store, settings, connection, actor, import_id)
        return made_import(store, found, running=True)

    answer = records.change(caller, if_match, work, ACCEPTED)
    worker.start_worker(settings, import_id)
    return answer


@router.post("/{id:record}/reject", response_model=ImportOut, responses=_DECIDED)
def reject_import(
    store: OpenStore,
    caller: _Caller,
    import_id: RecordId,
    body: Annotated[ImportRejection, Depends(reads(ImportRejection))],
    if_match: IfMatch = None,
) -> Response:
    """Take nothing more of an import that waits; refusals that are in force stay in force."""
    refuse_limited(caller)
    actor = actor_of(store, caller)
    person_of(actor)
    with store.reading() as connection:
        version = stored.read_import(connection, import_id).version
    must_match(if_match, version)
    decision = approval.ImportDecision(import_id, version, body.reason, patience=1)
    found = approval.reject_import(store, actor, decision)
    return show_record(made_import(store, found))


@router.post(
    "/{id:record}/resume",
    status_code=ACCEPTED,
    response_model=ImportOut,
    responses=list_responses(NotFoundError, ConflictError),
)
def resume_import(
    store: OpenStore, settings: ServiceSettings, caller: _Caller, import_id: RecordId
) -> Response:
    """Go on with an import whose worker has died, from where it stood."""
    refuse_limited(caller)
    found = intake.find_resumable(store, settings, import_id)
    worker.start_worker(settings, import_id)
    return show_record(made_import(store, found, running=True), ACCEPTED)


def _accept_delivery(
    records: RecordWrites, caller: Caller, folder: Path, sent: ImportSent, key: str | None
) -> Response:
    """Put the import on record and begin it; a repeat gets the first answer again."""
    store = records.store
    begun: list[str] = []

    def work(connection: Connection, actor: Actor) -> RecordReply:
        found = intake.record_received(store, connection, actor, folder, _make_job(actor, sent))
        begun.append(found.id)
        return made_import(store, found, running=True)

    try:
        answer = records.create(caller, NewRecord(sent, key), work, ACCEPTED)
    except OutcomeUnknownError:
        raise  # it may be on record: its folder goes when the next delivery comes, if it is not
    except Exception:
        for import_id in begun:
            spool.remove_folder(folder.with_name(import_id))
        raise
    for import_id in begun:
        worker.start_worker(records.settings, import_id)
    return answer


def _make_job(actor: Actor, sent: ImportSent) -> spool.Job:
    return spool.Job(
        action="import",
        caller=actor.caller,
        person_id=actor.person_id,
        profile=sent.profile,
        **sent.list_options(),
    )


def made_import(store: Store, found: ImportRecord, *, running: bool | None = None) -> RecordReply:
    """The answer that tells of an import."""
    if running is None:
        running = found.state in stored.UNDER_WAY and staged_area.is_claimed(store)
    body = ImportOut.model_validate({**stored.describe_import(found), "running": running})
    return RecordReply(body, found.version, f"{UPLOADS}/{found.id}")


def _stream_lines(store: Store, found: ImportRecord) -> Iterator[bytes]:
    after = 0
    while True:
        with store.reading() as connection:
            rows = stored.list_errors(connection, found, after)
        if not rows:
            return
        yield b"".join(_write_line(row) for row in rows)
        after += len(rows)


def _write_line(row: stored.RefusedRow) -> bytes:
    return RefusedRowOut(**asdict(row)).model_dump_json().encode() + b"\n"


def refuse_limited(caller: Caller) -> None:
    """Raise `ForbiddenError` for a key that is limited to schools."""
    # A delivery is of the whole district.
    if caller.schools is not None:
        detail = "Imports are not for a key that is limited to schools"
        raise ForbiddenError(detail)
