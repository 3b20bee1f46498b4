"""Takedowns: the work of taking down published posts in which a person is refused."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.errors import (
    ConflictError,
    DesignationRequiredError,
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
    find_today,
    person_of,
    reads,
)
from app.http.sheets import SHEET_ANSWER, AskedFormat
from app.http.shown_records import RecordViews
from app.http.slot_routes import SlotRoute
from app.policy.school_days import find_school_day_before
from app.schemas.pages import Page, make_page, read_cursor
from app.schemas.posts.published import (
    TakedownConfirmation,
    TakedownContest,
    TakedownOfPerson,
    TakedownOut,
    TakedownsWanted,
    show_takedown,
)
from app.settings import Settings
from app.store.ledger.changes import Actor
from app.store.ledger.record_reads import find_students
from app.store.permissions.designations import require_capacity
from app.store.published import takedowns as stored
from app.store.published.takedowns import TakedownFilter

router = APIRouter(prefix="/v1/takedowns", tags=["published posts"], route_class=SlotRoute)
_Reader = Annotated[Caller, Depends(require_scope("decisions:read"))]
_UNREAD = (StoreUnavailableError, OverloadedError, TooManyPeopleError)
_ENDING = list_responses(NotFoundError, ConflictError, IdempotencyKeyReusedError)


@router.get(
    "",
    response_model=Page[TakedownOut],
    responses=SHEET_ANSWER | list_responses(*_UNREAD),
)
async def list_takedowns(
    views: RecordViews,
    settings: ServiceSettings,
    caller: _Reader,
    query: Annotated[TakedownsWanted, Query()],
    form: AskedFormat,
) -> Page[TakedownOut] | Response:
    """Takedowns, the oldest first; as JSON or `text/csv`. Nobody is named.

    A key limited to schools hears of their accounts and people alone. Of students the read is on
    the ledger, as `records.read`, before it is answered.
    """
    place = read_cursor(query.cursor, str)
    due = find_school_day_before(views.store.now(), settings.zone)
    overdue = due if query.overdue else None
    wanted = TakedownFilter(query.state, query.account_id, overdue, caller.schools)

    def work(connection: Connection) -> tuple[Page[TakedownOut], Iterable[str]]:
        after = str(place[0]) if place else ""
        rows = stored.list_takedowns(connection, wanted, after, query.limit + 1)
        page = make_page(
            rows, query.limit, "id", lambda row: TakedownOut(**show_takedown(row, due))
        )
        shown = [row["subject_id"] for row in rows[: query.limit]]
        return page, find_students(connection, shown)

    return form.answer(await views.show(caller, "takedown", work), TakedownOut)


@router.get(
    "/{id:record}",
    response_model=TakedownOfPerson,
    responses=list_responses(NotFoundError, *_UNREAD),
)
async def read_takedown(
    views: RecordViews, settings: ServiceSettings, caller: _Reader, takedown_id: RecordId
) -> TakedownOfPerson:
    """One takedown, with its person.

    Of a student the read is on the ledger, as `records.read`, before it is answered.
    """
    due = find_school_day_before(views.store.now(), settings.zone)

    def work(connection: Connection) -> tuple[TakedownOfPerson, frozenset[str]]:
        row = stored.read_takedown(connection, takedown_id, caller.schools)
        shown = TakedownOfPerson(**show_takedown(row, due))
        return shown, find_students(connection, [shown.person])

    return await views.show(caller, "takedown", work)


@router.post("/{id:record}/confirm", response_model=TakedownOut, responses=_ENDING)
def confirm_takedown(
    records: RecordWrites,
    caller: Annotated[Caller, Depends(require_scope("published:write"))],
    body: Annotated[TakedownConfirmation, Depends(reads(TakedownConfirmation))],
    takedown_id: RecordId,
    key: IdempotencyKey = None,
) -> Response:
    """Say that the post is down: all takedowns of it end.

    Where the post is reported again after that, they are open again.
    """

    def work(connection: Connection, actor: Actor) -> RecordReply:
        row = stored.read_takedown(connection, takedown_id, caller.schools)
        stored.confirm_takedown(connection, actor, row, body.note)
        return _make_reply(connection, records.settings, actor, caller, takedown_id)

    return records.create(caller, NewRecord(body, key), work, 200)


@router.post(
    "/{id:record}/contest",
    response_model=TakedownOut,
    responses=_ENDING | list_responses(PersonRequiredError, DesignationRequiredError),
)
def contest_takedown(
    records: RecordWrites,
    caller: Annotated[Caller, Depends(require_scope("reviews:decide"))],
    body: Annotated[TakedownContest, Depends(reads(TakedownContest))],
    takedown_id: RecordId,
    key: IdempotencyKey = None,
) -> Response:
    """Say that the post may stay, and why. Who acts for the Director of Communications does.

    It stays on the list of what was published and refused since.
    """

    def work(connection: Connection, actor: Actor) -> RecordReply:
        person, today = person_of(actor), find_today(records.settings, actor)
        require_capacity(connection, person, "director_communications", today)
        row = stored.read_takedown(connection, takedown_id, caller.schools)
        stored.contest_takedown(connection, actor, row, body.reason)
        return _make_reply(connection, records.settings, actor, caller, takedown_id)

    return records.create(caller, NewRecord(body, key), work, 200)


def _make_reply(
    connection: Connection, settings: Settings, actor: Actor, caller: Caller, takedown_id: str
) -> RecordReply:
    row = stored.read_takedown(connection, takedown_id, caller.schools)
    due = find_school_day_before(actor.at, settings.zone)
    return RecordReply(TakedownOut(**show_takedown(row, due)), subject=actor.person_id)
