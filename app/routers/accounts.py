"""Accounts: the register of the district's presences on social networks."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.errors import (
    ClosedAccountError,
    ConflictError,
    DesignationRequiredError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    IllegalTransitionError,
    InvalidRequestError,
    NotFoundError,
    OwnRequestError,
    PersonRequiredError,
    PreconditionRequiredError,
    StaleError,
)
from app.http.authorization import require_scope
from app.http.context import OpenStore, Service, ServiceSettings, WholeService
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
    find_today,
    reads,
    show_record,
)
from app.http.slot_routes import SlotRoute
from app.policy.words import AccountFlag, AccountKind, AccountStatus
from app.policy_setup import read_setup
from app.routers.account_values import read_new_account, read_url_alias, with_existing_time
from app.schemas.accounts import (
    AccountAlias,
    AccountChange,
    AccountEvent,
    AccountHistory,
    AccountMove,
    AccountNew,
    AccountOut,
    is_visible_staff,
    show_account,
)
from app.schemas.base import Name
from app.schemas.pages import Page, make_page, read_cursor
from app.settings import Settings
from app.store.accounts import listing
from app.store.accounts import register as stored
from app.store.accounts.form_approval import attest_by_office
from app.store.accounts.listing import (
    STAFF_FLAGS,
    AccountFilter,
    Upkeep,
    read_upkeep,
)
from app.store.accounts.register import AccountEdit
from app.store.accounts.validation import EditLimits
from app.store.ledger.changes import Actor, list_changes

router = APIRouter(prefix="/v1/accounts", tags=["accounts"], route_class=SlotRoute)
Reader = Annotated[Caller, Depends(require_scope("people:read"))]
_Writer = Annotated[Caller, Depends(require_scope("accounts:write"))]
_EDITING = list_responses(
    NotFoundError, ForbiddenError, ConflictError, StaleError, PreconditionRequiredError
)
_ATTESTING = _EDITING | list_responses(
    InvalidRequestError, ClosedAccountError, PersonRequiredError, DesignationRequiredError
)


@router.post(
    "",
    status_code=201,
    response_model=AccountOut,
    responses=list_responses(ForbiddenError, ConflictError, IdempotencyKeyReusedError),
)
def add_account(
    records: RecordWrites,
    caller: _Writer,
    body: Annotated[AccountNew, Depends(reads(AccountNew))],
    key: IdempotencyKey = None,
) -> Response:
    """Register an account that was found or asked for.

    It is authorized by no one yet: that takes an approved Social Media Authorization Form.
    """

    def work(connection: Connection, actor: Actor) -> RecordReply:
        zone = records.settings.zone
        values = with_existing_time(zone, read_new_account(body))
        account_id = stored.add_account(
            connection, actor, values, _find_limits(records.settings, caller, actor)
        )
        made = _make_reply(records.settings, connection, caller, actor, account_id)
        return replace(made, location=f"/v1/accounts/{account_id}")

    return records.create(caller, NewRecord(body, key), work)


async def _make_filter(
    status: AccountStatus | None = None,
    kind: AccountKind | None = None,
    org: Annotated[Name | None, Query(description="The sourcedId of its org.")] = None,
    flag: Annotated[
        list[AccountFlag] | None, Query(description="What needs care; of several one suffices.")
    ] = None,
) -> AccountFilter:
    return AccountFilter(status, kind, org, frozenset(flag or ()))


@router.get("", response_model=Page[AccountOut])
def list_accounts(
    service: WholeService,
    caller: Reader,
    wanted: Annotated[AccountFilter, Depends(_make_filter)],
    limit: PageLimit = 50,
    cursor: PageCursor = None,
) -> Page[AccountOut]:
    """The register, in the order in which accounts came into it."""
    return listed(service, caller, wanted, limit, cursor)


@router.get("/{id:record}", response_model=AccountOut, responses=list_responses(NotFoundError))
def read_account(
    store: OpenStore, settings: ServiceSettings, caller: Reader, account_id: RecordId
) -> Response:
    """One account, as it is now."""
    with store.reading() as connection:
        return show_record(
            _make_reply(settings, connection, caller, actor_of(store, caller), account_id)
        )


@router.patch(
    "/{id:record}",
    response_model=AccountOut,
    responses=_EDITING
    | list_responses(OwnRequestError, PersonRequiredError, DesignationRequiredError),
)
def change_account(
    records: RecordWrites,
    caller: _Writer,
    body: Annotated[AccountChange, Depends(reads(AccountChange))],
    account_id: RecordId,
    if_match: IfMatch = None,
) -> Response:
    """Change what is kept of an account; platform, handle and status are not changed here.

    No one makes themselves content owner, who may resolve reviews of the account's posts. That an
    account is younger than known only who acts for the Director of Communications says.
    """

    def work(connection: Connection, actor: Actor, match: Callable[[int], None]) -> RecordReply:
        _refuse_own(records.settings, actor, body)
        bounds = _find_limits(records.settings, caller, actor)
        zone = records.settings.zone
        values = with_existing_time(zone, body.model_dump(include=body.model_fields_set))
        if "url" in values:
            row = stored.read_account(connection, account_id)
            values["url_alias"] = read_url_alias(row["platform"], row["handle_key"], body.url)
        stored.change_account(connection, actor, AccountEdit(account_id, bounds, match), values)
        return _make_reply(records.settings, connection, caller, actor, account_id)

    return records.change(caller, if_match, work)


def _refuse_own(settings: Settings, actor: Actor, body: AccountChange) -> None:
    own = body.owner_id is not None and body.owner_id == actor.person_id
    if own and settings.forbid_self_approval:
        detail = "Nobody makes themselves an account's content owner"
        raise OwnRequestError(detail)


@router.post(
    "/{id:record}/status",
    response_model=AccountOut,
    responses=_EDITING
    | list_responses(
        ConflictError,
        ClosedAccountError,
        IllegalTransitionError,
        StaleError,
        PersonRequiredError,
        DesignationRequiredError,
    ),
)
def change_account_status(
    records: RecordWrites,
    caller: _Writer,
    body: Annotated[AccountMove, Depends(reads(AccountMove))],
    account_id: RecordId,
    if_match: IfMatch = None,
) -> Response:
    """Suspend an account, put it under review, close it, or end a suspension or a review.

    Back to `authorized` only by a person who acts for the Director of Communications, and only an
    account that was authorized before. A closed one stays closed.
    """

    def work(connection: Connection, actor: Actor, match: Callable[[int], None]) -> RecordReply:
        edit = AccountEdit(account_id, _find_limits(records.settings, caller, actor), match)
        setup = read_setup(records.settings)
        stored.move_account(connection, actor, edit, body.status, body.reason, setup)
        return _make_reply(records.settings, connection, caller, actor, account_id)

    return records.change(caller, if_match, work)


@router.post(
    "/{id:record}/aliases",
    status_code=201,
    response_model=AccountOut,
    responses=_ATTESTING | list_responses(IdempotencyKeyReusedError),
)
def add_account_alias(
    records: RecordWrites,
    caller: _Writer,
    body: Annotated[AccountAlias, Depends(reads(AccountAlias))],
    account_id: RecordId,
    key: IdempotencyKey = None,
) -> Response:
    """Let checks name the account by another system's id, such as a scheduling tool's profile.

    Who acts for the Director of Communications does. To take one away, change the account.
    """

    def work(connection: Connection, actor: Actor) -> RecordReply:
        edit = AccountEdit(account_id, _find_limits(records.settings, caller, actor))
        stored.add_alias(connection, actor, edit, (body.system, body.external_id))
        return _make_reply(records.settings, connection, caller, actor, account_id)

    return records.create(caller, NewRecord(body, key), work)


@router.post("/{id:record}/attest", response_model=AccountOut, responses=_ATTESTING)
def attest_account_administrator(
    records: RecordWrites,
    caller: Annotated[Caller, Depends(require_scope("authorizations:decide"))],
    account_id: RecordId,
    if_match: IfMatch = None,
) -> Response:
    """Attest that Communications is an administrator (clause 7); who acts for it does."""

    def work(connection: Connection, actor: Actor, match: Callable[[int], None]) -> RecordReply:
        edit = AccountEdit(account_id, _find_limits(records.settings, caller, actor), match)
        attest_by_office(connection, actor, edit)
        return _make_reply(records.settings, connection, caller, actor, account_id)

    return records.change(caller, if_match, work)


@router.get("/{id:record}/history", responses=list_responses(NotFoundError))
def read_account_history(store: OpenStore, caller: Reader, account_id: RecordId) -> AccountHistory:
    """What was done to an account, by whom and why, oldest first."""
    with store.reading() as connection:
        row = stored.read_account(connection, account_id)
        events = list_changes(connection, stored.KIND, account_id)
    hidden = (
        {}
        if is_visible_staff(row, caller.schools)
        else {"note": None, "caller": None, "person_id": None}
    )
    return AccountHistory(items=[AccountEvent(**{**event, **hidden}) for event in events])


def listed(
    service: Service, caller: Caller, wanted: AccountFilter, limit: int, cursor: str | None
) -> Page[AccountOut]:
    """One page of the accounts that are wanted, as the caller may see them."""
    place = read_cursor(cursor, str)
    after = str(place[0]) if place else ""
    known = wanted._replace(staff_of=caller.schools)
    with service.store.reading() as connection:
        upkeep = upkeep_of(service.settings, actor_of(service.store, caller))
        rows = listing.list_accounts(connection, known, upkeep, after, limit + 1)
    return make_page(rows, limit, "id", lambda row: show_account(row, caller.schools, STAFF_FLAGS))


def upkeep_of(settings: Settings, actor: Actor) -> Upkeep:
    """Return by what accounts are judged today."""
    return read_upkeep(settings, find_today(settings, actor))


def _make_reply(
    settings: Settings, connection: Connection, caller: Caller, actor: Actor, account_id: str
) -> RecordReply:
    row = listing.read_account(connection, account_id, upkeep_of(settings, actor))
    shown = show_account(row, caller.schools, STAFF_FLAGS)
    return RecordReply(shown, version=row["version"], subject=row["owner_id"])


def _find_limits(settings: Settings, caller: Caller, actor: Actor) -> EditLimits:
    return EditLimits(find_today(settings, actor), caller.schools)
