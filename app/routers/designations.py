"""Designations: who holds an office or acts as its designee."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection
from starlette.responses import Response

from app.auth import Caller, requires
from app.errors import (
    ConflictError,
    DesignationRequiredError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    NotFoundError,
    PersonRequiredError,
)
from app.policy.words import Office
from app.routers.problems import documented
from app.routers.records import (
    IdempotencyKey,
    Made,
    PageCursor,
    PageLimit,
    RecordId,
    Sent,
    creating,
    person_of,
    reads,
    today,
)
from app.schemas.designations import DesignationEnd, DesignationIn, DesignationOut
from app.schemas.pages import Page, paged, position
from app.store import designations as stored
from app.store.changes import Actor
from app.store.session import Store

router = APIRouter(prefix="/v1/designations", tags=["designations"])
_WRITER = Annotated[Caller, Depends(requires("grants:write"))]
_PROBLEMS = documented(
    ForbiddenError,
    PersonRequiredError,
    DesignationRequiredError,
    ConflictError,
    IdempotencyKeyReusedError,
)


@router.post("", status_code=201, response_model=DesignationOut, responses=_PROBLEMS)
def add_designation(
    request: Request,
    caller: _WRITER,
    body: Annotated[DesignationIn, Depends(reads(DesignationIn))],
    key: IdempotencyKey = None,
) -> Response:
    """Say who holds an office or acts for it.

    By a person who acts for that office today; the first holder is named by a key with `admin`
    or at the command line.
    """

    def work(connection: Connection, actor: Actor) -> Made:
        _may_designate(request, connection, caller, actor, body.office)
        row = stored.add(connection, actor, stored.NewDesignation(**body.model_dump()))
        return Made(DesignationOut(**row))

    return creating(request, caller, Sent(body, key), work)


@router.post(
    "/{id:record}/end",
    status_code=201,
    response_model=DesignationOut,
    responses=_PROBLEMS | documented(NotFoundError),
)
def end_designation(
    request: Request,
    caller: _WRITER,
    designation_id: RecordId,
    body: Annotated[DesignationEnd, Depends(reads(DesignationEnd))],
    key: IdempotencyKey = None,
) -> Response:
    """Give a designation another end; the answer is the new fact."""

    def work(connection: Connection, actor: Actor) -> Made:
        office = stored.get(connection, designation_id)["office"]
        _may_designate(request, connection, caller, actor, office)
        row = stored.end(connection, actor, designation_id, body.effective_to)
        return Made(DesignationOut(**row))

    return creating(request, caller, Sent(body, key), work)


@router.get("", response_model=Page[DesignationOut])
def list_designations(
    request: Request,
    _caller: Annotated[Caller, Depends(requires("people:read"))],
    limit: PageLimit = 50,
    cursor: PageCursor = None,
) -> Page[DesignationOut]:
    """Every designation ever recorded, oldest first."""
    place = position(cursor, int)
    store: Store = request.app.state.store
    with store.reading() as connection:
        rows = stored.page(connection, int(place[0]) if place else 0, limit + 1)
    return paged(rows, limit, "seq", lambda row: DesignationOut(**row))


def _may_designate(
    request: Request, connection: Connection, caller: Caller, actor: Actor, office: Office
) -> None:
    if caller.schools is not None:
        detail = "Offices are the district's; this key is limited to schools"
        raise ForbiddenError(detail)
    if "admin" not in caller.scopes:
        stored.require(connection, person_of(actor), office, today(request, actor))
