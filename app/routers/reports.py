"""Reports: anyone reports an account or a post; the offices look into it and close it.

The service judges nothing: it takes in, hands on and keeps.
"""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection, RowMapping
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.errors import (
    ForbiddenError,
    IllegalTransitionError,
    InvalidRequestError,
    NotFoundError,
    PersonRequiredError,
    PreconditionRequiredError,
    StaleError,
    StoreUnavailableError,
    TooManyRequestsError,
)
from app.http.authorization import require_scope
from app.http.context import OpenStore
from app.http.problems import list_responses
from app.http.rate_limit import limit_reports
from app.http.record_writes import (
    IdempotencyKey,
    IfMatch,
    NewRecord,
    RecordId,
    RecordReply,
    RecordWrites,
    person_of,
    reads,
    show_record,
)
from app.http.slot_routes import SlotRoute
from app.schemas.pages import Page, make_page, read_cursor
from app.schemas.reports import (
    ReportAssignment,
    ReportClosing,
    ReportIn,
    ReportOut,
    ReportQuery,
    ReportReceived,
)
from app.store.accounts import public_reports as stored
from app.store.ledger.changes import Actor

router = APIRouter(prefix="/v1/reports", tags=["reports"], route_class=SlotRoute)
# Where anybody may send a body.
PUBLIC = frozenset({"/v1/reports"})
_ANYBODY = Caller("public", "public", "anybody", frozenset(), None, None)
_CHANGES = list_responses(
    NotFoundError,
    StaleError,
    PreconditionRequiredError,
    IllegalTransitionError,
    PersonRequiredError,
)
_OFFICE = Annotated[Caller, Depends(require_scope("accounts:write"))]


@router.post(
    "",
    status_code=201,
    response_model=ReportReceived,
    dependencies=[Depends(limit_reports)],  # before the body is read
    responses=list_responses(TooManyRequestsError, StoreUnavailableError),
)
def send_report(
    records: RecordWrites,
    body: Annotated[ReportIn, Depends(reads(ReportIn))],
    key: IdempotencyKey = None,
) -> Response:
    """Report an unofficial or duplicate account, or an inappropriate post. Anyone may.

    No one is judged by it: a person looks. Name and e-mail are optional and shown to those who
    look only.
    """
    if body.url is None and (body.platform is None or body.handle is None):
        message = "Give url, or platform and handle"
        raise InvalidRequestError([{"at": "", "code": "at_least_one", "message": message}])

    def work(connection: Connection, actor: Actor) -> RecordReply:
        row = stored.add_report(connection, actor, stored.NewReport(**body.model_dump()))
        return RecordReply(ReportReceived(**row))

    return records.create(_ANYBODY, NewRecord(body, key and _own_key(body, key)), work)


@router.get("", response_model=Page[ReportOut])
def list_reports(
    store: OpenStore,
    caller: _OFFICE,
    query: Annotated[ReportQuery, Query()],
) -> Page[ReportOut]:
    """Reports, oldest first. A key limited to schools reads none."""
    _refuse_limited(caller)
    place = read_cursor(query.cursor, str)
    wanted = stored.ReportFilter(query.state, query.kind, query.assigned_to)
    limit = query.limit
    with store.reading() as connection:
        rows = stored.list_reports(connection, wanted, str(place[0]) if place else "", limit + 1)
    return make_page(rows, limit, "id", lambda row: ReportOut(**row))


@router.get("/{id:record}", response_model=ReportOut, responses=list_responses(NotFoundError))
def read_report(store: OpenStore, caller: _OFFICE, report_id: RecordId) -> Response:
    """One report, with its ETag."""
    _refuse_limited(caller)
    with store.reading() as connection:
        row = stored.read_report(connection, report_id)
    return show_record(RecordReply(ReportOut(**row), row["version"]))


@router.post("/{id:record}/assign", response_model=ReportOut, responses=_CHANGES)
def assign_report(
    records: RecordWrites,
    caller: _OFFICE,
    report_id: RecordId,
    body: Annotated[ReportAssignment, Depends(reads(ReportAssignment))],
    if_match: IfMatch = None,
) -> Response:
    """Say who looks into it."""
    _refuse_limited(caller)
    return records.change(
        caller,
        if_match,
        lambda c, actor, match: _make_reply(
            stored.assign_report(c, actor, report_id, match, body.assigned_to)
        ),
    )


@router.post("/{id:record}/close", response_model=ReportOut, responses=_CHANGES)
def close_report(
    records: RecordWrites,
    caller: _OFFICE,
    report_id: RecordId,
    body: Annotated[ReportClosing, Depends(reads(ReportClosing))],
    if_match: IfMatch = None,
) -> Response:
    """Say what came of it, as a person; a closed report stays as it is."""
    _refuse_limited(caller)

    def work(connection: Connection, actor: Actor, match: stored.Match) -> RecordReply:
        person_of(actor)
        outcome = (body.outcome, body.note)
        return _make_reply(stored.close_report(connection, actor, report_id, match, outcome))

    return records.change(caller, if_match, work)


def _make_reply(row: RowMapping) -> RecordReply:
    return RecordReply(ReportOut(**row), row["version"])


def _own_key(body: ReportIn, key: str) -> str:
    # Anybody's keys share one name, and two reports under one key must not disturb each other.
    return hashlib.sha256(f"{key}\n{body.model_dump_json()}".encode()).hexdigest()


def _refuse_limited(caller: Caller) -> None:
    # A report may be about people of any school, and says in words whose.
    if caller.schools is not None:
        detail = "Reports are not read by a key that is limited to schools"
        raise ForbiddenError(detail)
