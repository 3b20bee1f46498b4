"""Search for people. Names travel in bodies only, in either direction."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection

from app.auth.authenticator import Caller
from app.errors import (
    InvalidRequestError,
    OverloadedError,
    StoreUnavailableError,
    TooManyPeopleError,
)
from app.http.authorization import require_scope
from app.http.problems import list_responses
from app.http.record_writes import reads
from app.http.shown_records import RecordViews
from app.http.slot_routes import SlotRoute
from app.policy.names import grade_key, name_key
from app.schemas.pages import next_cursor, read_cursor
from app.schemas.people import PeopleFound, PeopleSearch, PersonFound
from app.store.people import search as stored
from app.store.people.index_scan import ScanPlace

router = APIRouter(prefix="/v1/people", tags=["people"], route_class=SlotRoute)
_KINDS = (int, int, int, int, str, str, str)


@router.post(
    "/search",
    response_model=PeopleFound,
    responses=list_responses(StoreUnavailableError, OverloadedError, TooManyPeopleError),
)
async def search_people(
    views: RecordViews,
    caller: Annotated[Caller, Depends(require_scope("people:read"))],
    body: Annotated[PeopleSearch, Depends(reads(PeopleSearch))],
) -> PeopleFound:
    """Everyone whose names answer the words, best first; with letters mistaken, too.

    Those are found who left the district, and by names that they no longer bear. A key limited to
    some schools finds their people only. With `ids` it shows who these are. A page that shows
    students is on the ledger, as `records.read`, before it is answered.
    """
    after, asked = _read_cursor(body.cursor), _read_query(body)

    def work(connection: Connection) -> tuple[PeopleFound, list[str]]:
        if body.ids is not None:
            found, rest = stored.show_people(connection, body.ids, body.kind, caller.schools), None
        else:
            found, rest = stored.find_people(connection, asked, caller.schools, after, body.limit)
        items = [PersonFound(**asdict(one)) for one in found]
        page = PeopleFound(items=items, next_cursor=next_cursor(*rest) if rest else None)
        return page, [one.id for one in found if one.kind == "student"]

    return await views.show(caller, "search", work)


def _read_query(body: PeopleSearch) -> stored.PeopleQuery:
    key = name_key(body.query or "")
    if body.query is not None and not key:
        fault = {"at": "/query", "code": "no_name", "message": "Holds no letter or digit"}
        raise InvalidRequestError([fault])
    grade = grade_key(body.grade) if body.grade is not None else None
    return stored.PeopleQuery(key, body.school, grade, body.class_id, body.kind)


def _read_cursor(cursor: str | None) -> ScanPlace | None:
    """Return where the page before ended. One made up cannot lead beyond what the key may see."""
    values = read_cursor(cursor, *_KINDS, at="/cursor")
    return None if values is None else ScanPlace(*values)  # type: ignore[arg-type] # of those kinds
