"""Consents: statements put on file, and a person's consent state."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.errors import (
    ConflictError,
    IdempotencyKeyReusedError,
    NotFoundError,
    OverloadedError,
    PersonRequiredError,
    StoreUnavailableError,
    TooManyPeopleError,
)
from app.http.authorization import require_scope
from app.http.context import ServiceSettings
from app.http.problems import list_responses
from app.http.record_writes import (
    IdempotencyKey,
    NewRecord,
    RecordId,
    RecordReply,
    RecordWrites,
    person_of,
    reads,
)
from app.http.shown_records import RecordViews
from app.http.slot_routes import SlotRoute
from app.policy_setup import read_setup
from app.schemas.consents import (
    ConsentIn,
    ConsentOut,
    ConsentRecorded,
    ConsentState,
    ConsentUse,
    OwnConsentIn,
    consent_out,
    own_statement,
    recorded_out,
    state_out,
    statement_of,
)
from app.store.consents import statements as stored
from app.store.consents.states import Use, read_state
from app.store.ledger.changes import Actor
from app.store.ledger.record_reads import find_students
from app.store.people.references import find_staff

router = APIRouter(tags=["consents"], route_class=SlotRoute)
# The read has no row, and therefore no answer.
_UNREAD = StoreUnavailableError, OverloadedError, TooManyPeopleError
_PROBLEMS = list_responses(ConflictError, IdempotencyKeyReusedError)
_ANSWERS = {200: {"model": ConsentRecorded, "description": "It was on file already."}, **_PROBLEMS}


@router.post("/v1/consents", status_code=201, response_model=ConsentRecorded, responses=_ANSWERS)
def record_consent(
    records: RecordWrites,
    caller: Annotated[Caller, Depends(require_scope("consents:write"))],
    body: Annotated[ConsentIn, Depends(reads(ConsentIn))],
    key: IdempotencyKey = None,
) -> Response:
    """Put a statement on file: someone consents, refuses, withdraws consent or lifts a refusal.

    The same statement sent again, with or without a key, is answered with 200 and the one on file.
    Nothing is ever changed: a statement recorded by mistake is corrected by one that names it.
    """
    zone = records.settings.zone
    new = statement_of(body, zone, records.store.now())

    def work(connection: Connection, actor: Actor) -> RecordReply:
        return _make_reply(
            zone, stored.record_statement(connection, actor, new, zone, caller.schools)
        )

    return records.create(caller, NewRecord(body, key), work)


@router.post(
    "/v1/consents/own",
    status_code=201,
    response_model=ConsentRecorded,
    responses=_PROBLEMS | list_responses(PersonRequiredError),
)
def record_own_consent(
    records: RecordWrites,
    caller: Annotated[Caller, Depends(require_scope("check"))],
    body: Annotated[OwnConsentIn, Depends(reads(OwnConsentIn))],
    key: IdempotencyKey = None,
) -> Response:
    """An employee's own statement, signed now: the key acts for the employee.

    Every one without a repeated Idempotency-Key is a statement of its own: it was signed later.
    """

    def work(connection: Connection, actor: Actor) -> RecordReply:
        person_id = person_of(actor)
        one = find_staff(connection, [person_id]).get(person_id)
        if one is None or one.kind != "employee":
            raise PersonRequiredError
        zone = records.settings.zone
        new = own_statement(body, person_id, actor.at)
        return _make_reply(zone, stored.record_statement(connection, actor, new, zone))

    return records.create(caller, NewRecord(body, key), work)


@router.get(
    "/v1/consents/{id:record}",
    response_model=ConsentOut,
    responses=list_responses(NotFoundError, *_UNREAD),
)
async def read_consent(
    views: RecordViews,
    settings: ServiceSettings,
    caller: Annotated[Caller, Depends(require_scope("people:read"))],
    statement_id: RecordId,
) -> ConsentOut:
    """One statement as it is on file. A person's statements are told by their consent state.

    Of a student's the read is on the ledger, as `records.read`, before it is answered.
    """

    def work(connection: Connection) -> tuple[ConsentOut, frozenset[str]]:
        row = stored.read_statement(connection, statement_id, caller.schools)
        out = consent_out(row, settings.zone)
        return out, find_students(connection, [row["person_id"]])

    return await views.show(caller, "statement", work)


@router.post(
    "/v1/people/consent-state", response_model=ConsentState, responses=list_responses(*_UNREAD)
)
async def read_consent_state(
    views: RecordViews,
    settings: ServiceSettings,
    caller: Annotated[Caller, Depends(require_scope("people:read"))],
    body: Annotated[ConsentUse, Depends(reads(ConsentUse))],
) -> ConsentState:
    """What a check would say of a use on a day, how that comes about, and all that is on file.

    It is no check: nothing is decided. Of a student the read is on the ledger, as `records.read`,
    before it is answered.
    """

    def work(connection: Connection) -> tuple[ConsentState, frozenset[str]]:
        use, now = Use(**body.model_dump()), views.store.now()
        state = read_state(connection, use, now, read_setup(settings), caller.schools)
        return state_out(state, settings.zone), find_students(connection, [use.person_id])

    return await views.show(caller, "consent_state", work)


def _make_reply(zone: ZoneInfo, done: stored.RecordedStatement) -> RecordReply:
    out = recorded_out(done, zone)
    return RecordReply(
        out, location=f"/v1/consents/{out.id}", subject=out.person_id, existed=done.existed
    )
