"""Declarations: who is pictured, said once by a person who knows (clause 42)."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends
from sqlalchemy import Connection, RowMapping
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.checks.declarations import identify_declared, list_students, make_content
from app.checks.requests import DeclarationIn
from app.errors import (
    ConflictError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    NotFoundError,
    OverloadedError,
    PersonRequiredError,
    StoreUnavailableError,
    TooManyPeopleError,
)
from app.http.authorization import require_scope
from app.http.problems import list_responses
from app.http.record_writes import (
    IdempotencyKey,
    NewRecord,
    RecordId,
    RecordReply,
    RecordWrites,
    reads,
    show_record,
)
from app.http.shown_records import RecordViewer, RecordViews
from app.http.slot_routes import SlotRoute
from app.policy.case import Case
from app.policy.declarations import write_code
from app.policy_setup import read_setup
from app.schemas.pages import Page, make_page, read_cursor
from app.schemas.posts.declarations import (
    DeclarationOut,
    DeclarationSearch,
    DeclarationVersion,
    DeclarationWithdrawal,
    DeclarationWithHistory,
)
from app.settings import Settings
from app.store.declarations import records as stored
from app.store.ledger.changes import Actor
from app.store.ledger.record_reads import find_students
from app.store.service.keys import FOR_OTHERS

router = APIRouter(prefix="/v1/declarations", tags=["declarations"], route_class=SlotRoute)
_Declarer = Annotated[Caller, Depends(require_scope("declarations:write"))]
_UNREAD = (StoreUnavailableError, OverloadedError, TooManyPeopleError)
_PROBLEMS = list_responses(
    *_UNREAD, ForbiddenError, PersonRequiredError, ConflictError, IdempotencyKeyReusedError
)
_ON_FILE = _PROBLEMS | list_responses(NotFoundError)


@router.post("", status_code=201, response_model=DeclarationOut, responses=_PROBLEMS)
async def make_declaration(
    records: RecordWrites,
    views: RecordViews,
    caller: _Declarer,
    body: Annotated[DeclarationIn, Depends(reads(DeclarationIn))],
    key: IdempotencyKey = None,
) -> Response:
    """Say who is in some media, for the posts that will show them. By a person, never a tool.

    Everybody whom it names counts towards the people of the key's day.
    """
    content = await _read_content(views, records.settings, caller, body)

    def work(connection: Connection, actor: Actor) -> RecordReply:
        row = stored.add_declaration(connection, actor, content)
        return _make_reply(row, location=f"{records.path}/{row['id']}")

    return await views.writers.run(records.create, caller, NewRecord(body, key), work)


@router.post(
    "/{id:record}/corrections", status_code=201, response_model=DeclarationOut, responses=_ON_FILE
)
async def correct_declaration(
    records: RecordWrites,
    views: RecordViews,
    caller: _Declarer,
    body: Annotated[DeclarationIn, Depends(reads(DeclarationIn))],
    declaration_id: RecordId,
    key: IdempotencyKey = None,
) -> Response:
    """Say it anew, as a whole; the version before stays on record and counts no more."""
    content = await _read_content(views, records.settings, caller, body)

    def work(connection: Connection, actor: Actor) -> RecordReply:
        of = _find_maker(caller)
        row = stored.correct_declaration(
            connection, actor, declaration_id, of, content, caller.schools
        )
        return _make_reply(row)

    return await views.writers.run(records.create, caller, NewRecord(body, key), work)


@router.post(
    "/{id:record}/withdrawal", status_code=201, response_model=DeclarationOut, responses=_ON_FILE
)
def withdraw_declaration(
    records: RecordWrites,
    caller: _Declarer,
    body: Annotated[DeclarationWithdrawal, Depends(reads(DeclarationWithdrawal))],
    declaration_id: RecordId,
    key: IdempotencyKey = None,
) -> Response:
    """Take a declaration back: posts that rest on it are `review` from now on."""

    def work(connection: Connection, actor: Actor) -> RecordReply:
        of = _find_maker(caller)
        return _make_reply(
            stored.withdraw_declaration(
                connection, actor, declaration_id, of, body.reason, caller.schools
            )
        )

    return records.create(caller, NewRecord(body, key), work)


@router.get(
    "/{id:record}",
    response_model=DeclarationWithHistory,
    responses=list_responses(NotFoundError, *_UNREAD),
)
async def read_declaration(
    views: RecordViews, caller: _Declarer, declaration_id: RecordId
) -> Response:
    """One declaration, with all its versions: one's own, or any for a key that asks for others.

    A key limited to some schools has only those that are about these schools alone.

    The read is on the ledger, as `records.read`, before it is answered.
    """

    def work(connection: Connection) -> tuple[DeclarationWithHistory, frozenset[str]]:
        maker = _find_maker(caller)
        found = stored.read_declaration(connection, declaration_id, maker, caller.schools)
        history = [DeclarationVersion(**row) for row in found.history]
        shown = DeclarationWithHistory(**_show_version(found.row), history=history)
        return shown, find_students(connection, stored.list_people(found.row))

    body = await views.show(caller, "declaration", work)
    return show_record(RecordReply(body, version=body.version))


@router.post("/search", response_model=Page[DeclarationOut], responses=list_responses(*_UNREAD))
async def search_declarations(
    views: RecordViews,
    caller: _Declarer,
    body: Annotated[DeclarationSearch, Depends(reads(DeclarationSearch))],
) -> Page[DeclarationOut]:
    """Declarations, newest first: one's own, or all for a key that asks for others.

    The read is on the ledger, as `records.read`, before it is answered.
    """
    place = read_cursor(body.cursor, str, at="/cursor")
    wanted = stored.DeclarationFilter(
        _find_maker(caller), body.sha256.lower() if body.sha256 else None, caller.schools
    )

    def work(connection: Connection) -> tuple[Page[DeclarationOut], frozenset[str]]:
        before = str(place[0]) if place else None
        rows = stored.list_declarations(connection, wanted, before, body.limit + 1)
        people = [one for row in rows[: body.limit] for one in stored.list_people(row)]
        page = make_page(rows, body.limit, "id", lambda row: DeclarationOut(**_show_version(row)))
        return page, find_students(connection, people)

    return await views.show(caller, "declaration", work)


async def _read_content(
    views: RecordViewer, settings: Settings, caller: Caller, body: DeclarationIn
) -> stored.DeclarationContent:
    """Return what a declaration says; whoever is in it counts, also where something is wrong."""
    setup = read_setup(settings)

    def work(connection: Connection) -> tuple[Case, list[str]]:
        case = identify_declared(connection, body, caller.asker, views.store.now(), setup)
        return case, list_students(case)

    return make_content(await views.show(caller, "declaration", work), body)


def _find_maker(caller: Caller) -> str | None:
    """Return whose declarations alone the caller may know; None for everybody's.

    A key that is neither a person's nor for others knows of none.
    """
    if FOR_OTHERS in caller.scopes and caller.schools is None:
        return None
    return caller.person_id or ""


def _make_reply(row: RowMapping, location: str | None = None) -> RecordReply:
    body = DeclarationOut(**_show_version(row))
    return RecordReply(body, version=body.version, location=location)


def _show_version(row: RowMapping) -> dict[str, Any]:
    return {**row, **orjson.loads(row["said"]), "code": write_code(row["code"])}
