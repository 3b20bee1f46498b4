"""The Social Media Authorization Form: filled in, submitted, decided."""

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
    IncompleteRequestError,
    InvalidRequestError,
    NotFoundError,
    OwnRequestError,
    PersonRequiredError,
    PreconditionRequiredError,
    PrincipalRequiredError,
    RequesterRequiredError,
    StaleError,
)
from app.http.authorization import require_scope
from app.http.context import OpenStore, ServiceSettings
from app.http.problems import list_responses
from app.http.record_writes import (
    IdempotencyKey,
    IfMatch,
    NewRecord,
    RecordId,
    RecordReply,
    RecordWrites,
    describe_actor,
    reads,
    show_record,
)
from app.http.slot_routes import SlotRoute
from app.policy.authorization_form import list_needs, open_moves
from app.schemas.authorization_requests import (
    AuthorizationForm,
    AuthorizationRequestDetail,
    AuthorizationRequestIn,
    AuthorizationRequestOut,
    FamilyNotice,
    FormDecision,
    FormNeed,
    FormsWanted,
    HistoryItem,
    SimilarAccount,
    SimilarName,
    SimilarOut,
    SimilarRequest,
)
from app.schemas.named_accounts import resolve_registered
from app.schemas.pages import Page, make_page, read_cursor
from app.store.accounts import form_moves as moves
from app.store.accounts import forms as stored
from app.store.accounts.form_moves import FormStep
from app.store.accounts.forms import FormContent, Row
from app.store.ledger.changes import Actor, list_changes
from app.store.people.references import RequestContext

_PATH = "/v1/authorization-requests"
router = APIRouter(prefix=_PATH, tags=["authorization requests"], route_class=SlotRoute)
_WRITER = Annotated[Caller, Depends(require_scope("accounts:write"))]
# The form is its requester's own, who need not have a key.
_REQUESTER = Annotated[Caller, Depends(require_scope("accounts:write", decides=False))]
_DECIDER = Annotated[Caller, Depends(require_scope("authorizations:decide"))]
_READER = Annotated[Caller, Depends(require_scope("people:read"))]
_CHANGE = (
    InvalidRequestError,
    PersonRequiredError,
    NotFoundError,
    IllegalTransitionError,
    StaleError,
    PreconditionRequiredError,
)
_BY_REQUESTER = list_responses(*_CHANGE, RequesterRequiredError, IncompleteRequestError)
_BY_OFFICE = (*_CHANGE, DesignationRequiredError, OwnRequestError)
Detail = AuthorizationRequestDetail
Take = Callable[[Connection, Actor, RequestContext, FormStep], Row]


@router.post(
    "",
    status_code=201,
    response_model=Detail,
    responses=list_responses(
        PersonRequiredError, IncompleteRequestError, IdempotencyKeyReusedError
    ),
)
def make_authorization_request(
    records: RecordWrites,
    caller: _REQUESTER,
    body: Annotated[AuthorizationRequestIn, Depends(reads(AuthorizationRequestIn))],
    key: IdempotencyKey = None,
) -> Response:
    """Ask for an account: the form, as a draft or submitted at once.

    The requester is whom the key acts for.
    """
    content = _read_content(body)

    def work(connection: Connection, actor: Actor) -> RecordReply:
        by = describe_actor(records.settings, caller, actor.at)
        row = stored.add_form(connection, actor, by, content)
        if body.submit:
            row = moves.take_step(connection, actor, by, FormStep(row["id"], "submit"))
        return _make_reply(connection, by, row, created=True)

    return records.create(caller, NewRecord(body, key), work)


@router.get("/{id:record}", response_model=Detail, responses=list_responses(NotFoundError))
def read_authorization_request(
    store: OpenStore, settings: ServiceSettings, caller: _READER, request_id: RecordId
) -> Response:
    """The form, what it lacks, what is similar, and its history."""
    by = describe_actor(settings, caller, store.now())
    with store.reading() as connection:
        made = _make_reply(connection, by, stored.read_form(connection, request_id, by.schools))
    return show_record(made)


@router.get("", response_model=Page[AuthorizationRequestOut])
def list_authorization_requests(
    store: OpenStore, caller: _READER, wanted: Annotated[FormsWanted, Query()]
) -> Page[AuthorizationRequestOut]:
    """Forms, oldest first. A key limited to schools sees those of its schools."""
    place = read_cursor(wanted.cursor, str)
    asked = stored.FormFilter(wanted.state, wanted.org_id, wanted.requester)
    after = str(place[0]) if place else ""
    with store.reading() as connection:
        rows = stored.list_forms(connection, asked, caller.schools, after, wanted.limit + 1)
    return make_page(rows, wanted.limit, "id", lambda row: AuthorizationRequestOut(**row))


@router.put("/{id:record}", response_model=Detail, responses=_BY_REQUESTER)
def edit_authorization_request(
    records: RecordWrites,
    caller: _REQUESTER,
    request_id: RecordId,
    body: Annotated[AuthorizationForm, Depends(reads(AuthorizationForm))],
    if_match: IfMatch = None,
) -> Response:
    """Fill a draft, or one that was returned, in anew; by the requester.

    Where the account, its kind, school or purpose changes, a principal's word no longer counts.
    """
    content = _read_content(body)

    def take(connection: Connection, actor: Actor, by: RequestContext, step: FormStep) -> Row:
        return moves.edit_form(connection, actor, by, step, content)

    return _move_form(records, caller, if_match, FormStep(request_id, "edit"), take)


@router.post("/{id:record}/submit", response_model=Detail, responses=_BY_REQUESTER)
def submit_authorization_request(
    records: RecordWrites, caller: _REQUESTER, request_id: RecordId, if_match: IfMatch = None
) -> Response:
    """Hand the form to Communications; by the requester."""
    return _move_form(records, caller, if_match, FormStep(request_id, "submit"))


@router.post("/{id:record}/withdraw", response_model=Detail, responses=_BY_REQUESTER)
def withdraw_authorization_request(
    records: RecordWrites, caller: _REQUESTER, request_id: RecordId, if_match: IfMatch = None
) -> Response:
    """Take the form back before it is decided; by the requester."""
    return _move_form(records, caller, if_match, FormStep(request_id, "withdraw"))


@router.post("/{id:record}/notice", response_model=Detail, responses=_BY_REQUESTER)
def give_family_notice(
    records: RecordWrites,
    caller: _REQUESTER,
    request_id: RecordId,
    body: Annotated[FamilyNotice, Depends(reads(FamilyNotice))],
    if_match: IfMatch = None,
) -> Response:
    """Add the notice to families, for classroom use (clause 16); by the requester."""
    said = {"notice": body.text, "notice_on": body.day}
    return _move_form(records, caller, if_match, FormStep(request_id, "notify", said))


@router.post(
    "/{id:record}/acknowledge",
    response_model=Detail,
    responses=list_responses(*_CHANGE, PrincipalRequiredError, OwnRequestError),
)
def acknowledge_authorization_request(
    records: RecordWrites, caller: _WRITER, request_id: RecordId, if_match: IfMatch = None
) -> Response:
    """Acknowledge, as the building principal, a new use in the classroom (clause 17).

    By the principal of the school it belongs to, or who stands in for the principal, as designated;
    never by the requester.
    """

    def take(connection: Connection, actor: Actor, by: RequestContext, step: FormStep) -> Row:
        said = {"principal_id": by.person, "principal_at": actor.at}
        return moves.take_step(connection, actor, by, replace(step, values=said))

    return _move_form(records, caller, if_match, FormStep(request_id, "acknowledge"), take)


@router.post(
    "/{id:record}/attest",
    response_model=Detail,
    responses=list_responses(*_BY_OFFICE, ForbiddenError, ClosedAccountError),
)
def attest_request_administrator(
    records: RecordWrites, caller: _DECIDER, request_id: RecordId, if_match: IfMatch = None
) -> Response:
    """Attest that Communications is an administrator of the account (clause 7).

    Of an approved form it completes the account, which is then authorized.
    """
    return _move_form(records, caller, if_match, FormStep(request_id, "attest"), moves.attest_form)


@router.post(
    "/{id:record}/decide",
    response_model=Detail,
    responses=list_responses(*_BY_OFFICE, ForbiddenError, IncompleteRequestError, ConflictError),
)
def decide_authorization_request(
    records: RecordWrites,
    caller: _DECIDER,
    request_id: RecordId,
    body: Annotated[FormDecision, Depends(reads(FormDecision))],
    if_match: IfMatch = None,
) -> Response:
    """Approve, deny, or ask for more; by a person who acts for Communications today.

    Never by the requester. Approval registers or changes the account and authorizes it at once;
    without the attestation its checks say `review`.
    """
    step = FormStep(request_id, body.decision, note=body.reason)
    return _move_form(records, caller, if_match, step, moves.decide_form)


def _move_form(
    records: RecordWrites,
    caller: Caller,
    if_match: str | None,
    step: FormStep,
    take: Take = moves.take_step,
) -> Response:
    def work(connection: Connection, actor: Actor, match: Callable[[int], None]) -> RecordReply:
        by = describe_actor(records.settings, caller, actor.at)
        row = take(connection, actor, by, replace(step, match=match))
        return _make_reply(connection, by, row)

    return records.change(caller, if_match, work)


def _read_content(body: AuthorizationForm) -> FormContent:
    account = resolve_registered(body)
    return FormContent(
        platform=account.platform,
        handle=account.handle,
        handle_key=account.handle_key,
        url=account.url,
        url_alias=account.alias,
        kind=body.kind,
        org_id=body.org_id,
        owner_id=body.owner_id,
        managers=tuple(dict.fromkeys(body.managers)),
        contact_email=body.contact_email,
        purpose=body.purpose,
    )


def _make_reply(
    connection: Connection, by: RequestContext, row: Row, *, created: bool = False
) -> RecordReply:
    form = stored.describe_form(connection, row, by)
    found = stored.find_similar(connection, row, by.schools)
    body = AuthorizationRequestDetail(
        **row,
        missing=[FormNeed.model_validate(n) for n in list_needs(form, by.setup.email_domains)],
        moves=list(open_moves(form.state)),
        similar=SimilarOut(
            accounts=[SimilarAccount(**one) for one in found.accounts],
            requests=[SimilarRequest(**one) for one in found.requests],
            lookalikes=[SimilarName.model_validate(one) for one in found.lookalikes],
        ),
        history=[HistoryItem(**one) for one in list_changes(connection, stored.KIND, row["id"])],
    )
    location = f"{_PATH}/{row['id']}" if created else None
    return RecordReply(body, row["version"], location, row["requested_by"])
