"""Endpoints of events: addresses that are called, registered by an administrator."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.errors import ConflictError, ForbiddenError, NotFoundError
from app.events.registration import refuse_bad_address
from app.http.authorization import require_scope
from app.http.context import OpenStore, WholeService
from app.http.problems import list_responses
from app.http.record_writes import NewRecord, RecordId, RecordReply, RecordWrites, reads
from app.http.slot_routes import SlotRoute
from app.schemas.events.endpoints import (
    EndpointIn,
    EndpointOut,
    Endpoints,
    EndpointWithSecret,
    SecretRotation,
)
from app.store.events import endpoints as stored
from app.store.events.endpoints import Endpoint
from app.store.ledger.changes import Actor

router = APIRouter(prefix="/v1/events/endpoints", tags=["events"], route_class=SlotRoute)
_ADMINISTRATOR = Annotated[Caller, Depends(require_scope("admin"))]


@router.post(
    "", status_code=201, response_model=EndpointWithSecret, responses=list_responses(ConflictError)
)
def add_event_endpoint(
    service: WholeService,
    records: RecordWrites,
    caller: _ADMINISTRATOR,
    body: Annotated[EndpointIn, Depends(reads(EndpointIn))],
) -> Response:
    """Register an address that is called when something happens, from now on.

    For keys that are not limited to schools, as all of these routes. The answer holds the secret,
    this once. The address is looked up here and again at each delivery; what is not public is
    refused. There is no Idempotency-Key, since an answer that is kept would keep the secret.
    """
    _refuse_limited(caller)
    refuse_bad_address(body.url, service.settings.listed_networks)

    def work(connection: Connection, actor: Actor) -> RecordReply:
        made = stored.add_endpoint(connection, actor, body.url, body.kinds)
        return RecordReply(_show_secret(service, connection, made))

    return records.create(caller, NewRecord(body, None), work)


@router.get("")
def list_event_endpoints(store: OpenStore, caller: _ADMINISTRATOR) -> Endpoints:
    """All endpoints: how each stands, how far it is behind, and why the last try failed."""
    _refuse_limited(caller)
    with store.reading() as connection:
        known = stored.list_endpoints(connection)
        return Endpoints(items=[_show_endpoint(connection, one) for one in known])


@router.post(
    "/{id:record}/rotate",
    status_code=201,
    response_model=EndpointWithSecret,
    responses=list_responses(NotFoundError, ConflictError),
)
def rotate_endpoint_secret(
    service: WholeService,
    records: RecordWrites,
    caller: _ADMINISTRATOR,
    endpoint_id: RecordId,
    body: Annotated[SecretRotation, Depends(reads(SecretRotation))],
) -> Response:
    """Give an endpoint a new secret, which is in the answer, this once.

    Until `overlap_hours` are over both sign, so that the receiver can take its time.
    """
    _refuse_limited(caller)

    def work(connection: Connection, actor: Actor) -> RecordReply:
        overlap = timedelta(hours=body.overlap_hours)
        made = stored.rotate_secret(connection, actor, endpoint_id, overlap)
        return RecordReply(_show_secret(service, connection, made))

    return records.create(caller, NewRecord(body, None), work)


@router.post(
    "/{id:record}/enable", response_model=EndpointOut, responses=list_responses(NotFoundError)
)
def enable_event_endpoint(
    records: RecordWrites, caller: _ADMINISTRATOR, endpoint_id: RecordId
) -> Response:
    """Switch an endpoint on again, or have one that fails tried at once.

    It receives everything since it took an event last, as far as that is kept.
    """
    _refuse_limited(caller)

    def work(connection: Connection, actor: Actor, _match: object) -> RecordReply:
        made = stored.enable_endpoint(connection, actor, endpoint_id)
        return RecordReply(_show_endpoint(connection, made))

    return records.change(caller, "*", work)


@router.post(
    "/{id:record}/remove", response_model=EndpointOut, responses=list_responses(NotFoundError)
)
def remove_event_endpoint(
    records: RecordWrites, caller: _ADMINISTRATOR, endpoint_id: RecordId
) -> Response:
    """Tell this address nothing any more. The answer is how it stood."""
    _refuse_limited(caller)

    def work(connection: Connection, actor: Actor, _match: object) -> RecordReply:
        was = _show_endpoint(connection, stored.read_endpoint(connection, endpoint_id))
        stored.remove_endpoint(connection, actor, endpoint_id)
        return RecordReply(was)

    return records.change(caller, "*", work)


def _refuse_limited(caller: Caller) -> None:
    # An endpoint is told of what happens at every school.
    if caller.schools is not None:
        detail = "Endpoints are not for a key that is limited to schools"
        raise ForbiddenError(detail)


def _show_endpoint(connection: Connection, one: Endpoint) -> EndpointOut:
    return EndpointOut(
        id=one.id,
        url=one.url,
        kinds=None if one.kinds is None else list(one.kinds),
        state=one.state,
        fault=one.fault,
        failing_since=one.failing_since,
        next_at=one.next_at,
        delivered_at=one.delivered_at,
        waiting=stored.count_waiting(connection, one),
        former_secret_until=one.former_until,
        created_at=one.created_at,
    )


def _show_secret(
    service: WholeService, connection: Connection, one: Endpoint
) -> EndpointWithSecret:
    secret = service.webhooks.derive(one.id, one.secret_version)
    return EndpointWithSecret(**dict(_show_endpoint(connection, one)), secret=secret)
