"""Grants: the logo, speaking for the district, district e-mail on a network."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.errors import (
    ConflictError,
    DesignationRequiredError,
    IdempotencyKeyReusedError,
    InvalidRequestError,
    NotFoundError,
    OwnRequestError,
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
    describe_actor,
    reads,
    show_record,
)
from app.http.slot_routes import SlotRoute
from app.networks.account_names import AccountNameError, make_platform_key
from app.schemas.grants import ALL_NETWORKS, GrantIn, GrantOut, GrantRevocation, GrantsWanted
from app.schemas.named_accounts import resolve_registered
from app.schemas.pages import Page, make_page, read_cursor
from app.store.ledger.changes import Actor
from app.store.permissions import grants as stored

router = APIRouter(prefix="/v1/grants", tags=["grants"], route_class=SlotRoute)
_WRITER = Annotated[Caller, Depends(require_scope("grants:write"))]
_READER = Annotated[Caller, Depends(require_scope("people:read"))]
_PROBLEMS = list_responses(
    PersonRequiredError, DesignationRequiredError, ConflictError, IdempotencyKeyReusedError
)


@router.post(
    "",
    status_code=201,
    response_model=GrantOut,
    responses=_PROBLEMS | list_responses(OwnRequestError),
)
def add_grant(
    records: RecordWrites,
    caller: _WRITER,
    body: Annotated[GrantIn, Depends(reads(GrantIn))],
    key: IdempotencyKey = None,
) -> Response:
    """Permit the logo, speaking for the district, or district e-mail on a network.

    By a person who acts, today and on the first day, for the Superintendent's office (`logo`,
    `spokesperson`) or for Communications (`network_email`), and not to oneself.
    """
    new = new_grant(body)

    def work(connection: Connection, actor: Actor) -> RecordReply:
        by = describe_actor(records.settings, caller, actor.at)
        return RecordReply(GrantOut(**stored.add_grant(connection, actor, by, new)))

    return records.create(caller, NewRecord(body, key), work)


@router.post(
    "/{id:record}/revoke",
    status_code=201,
    response_model=GrantOut,
    responses=_PROBLEMS | list_responses(NotFoundError),
)
def revoke_grant(
    records: RecordWrites,
    caller: _WRITER,
    grant_id: RecordId,
    body: Annotated[GrantRevocation, Depends(reads(GrantRevocation))],
    key: IdempotencyKey = None,
) -> Response:
    """Take a permission back, effective today; the answer is the new fact."""

    def work(connection: Connection, actor: Actor) -> RecordReply:
        by = describe_actor(records.settings, caller, actor.at)
        return RecordReply(
            GrantOut(**stored.revoke_grant(connection, actor, by, grant_id, body.reason))
        )

    return records.create(caller, NewRecord(body, key), work)


@router.get("/{id:record}", response_model=GrantOut, responses=list_responses(NotFoundError))
def read_grant(store: OpenStore, caller: _READER, grant_id: RecordId) -> Response:
    """One recorded fact, in force or not."""
    with store.reading() as connection:
        row = stored.read_grant(connection, grant_id, caller.schools)
    return show_record(RecordReply(GrantOut(**row)))


@router.get("", response_model=Page[GrantOut])
def list_grants(
    store: OpenStore,
    caller: _READER,
    wanted: Annotated[GrantsWanted, Query()],
) -> Page[GrantOut]:
    """Every grant ever recorded, oldest first; with `on` only those in force on that day."""
    place = read_cursor(wanted.cursor, int)
    asked = stored.GrantFilter(wanted.kind, wanted.grantee, wanted.network, wanted.on)
    with store.reading() as connection:
        after = int(place[0]) if place else 0
        rows = stored.list_grants(connection, asked, caller.schools, after, wanted.limit + 1)
    return make_page(rows, wanted.limit, "seq", lambda row: GrantOut(**row))


def new_grant(body: GrantIn) -> stored.NewGrant:
    """Return what `body` asks for, in the register's form; raises `InvalidRequestError`."""
    said = body.model_dump(exclude={"person_id", "account", "org_id", "network"})
    network = _read_network(body)
    if body.account is not None:
        key = resolve_registered(body.account, "/account").key
        return stored.NewGrant(grantee_kind="account", grantee=key, network=network, **said)
    if body.org_id is not None:
        return stored.NewGrant(grantee_kind="org", grantee=body.org_id, network=network, **said)
    person = body.person_id or ""
    return stored.NewGrant(grantee_kind="person", grantee=person, network=network, **said)


def _read_network(body: GrantIn) -> str:
    try:
        key = make_platform_key(body.network)
        if key == ALL_NETWORKS and body.kind == "network_email":
            raise AccountNameError("network", "must be one platform")
    except AccountNameError as error:
        fault = {"at": "/network", "code": "account_name", "message": str(error)}
        raise InvalidRequestError([fault]) from None
    return key
