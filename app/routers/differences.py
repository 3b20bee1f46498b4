"""Differences between the student information system and us, as work for the office."""

from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection

from app.auth.authenticator import Caller
from app.errors import OverloadedError, StoreUnavailableError, TooManyPeopleError
from app.http.authorization import require_scope
from app.http.context import ServiceSettings
from app.http.problems import list_responses
from app.http.record_writes import reads
from app.http.shown_records import RecordViews
from app.http.slot_routes import SlotRoute
from app.schemas.differences import DifferenceOut, DifferencesFound, DifferencesWanted
from app.schemas.pages import next_cursor, read_cursor
from app.store.consents.list_differences import page_differences

router = APIRouter(prefix="/v1/imports", tags=["imports"], route_class=SlotRoute)


@router.post(
    "/differences",
    response_model=DifferencesFound,
    responses=list_responses(StoreUnavailableError, OverloadedError, TooManyPeopleError),
)
async def find_differences(
    views: RecordViews,
    settings: ServiceSettings,
    caller: Annotated[Caller, Depends(require_scope("imports:write"))],
    body: Annotated[DifferencesWanted, Depends(reads(DifferencesWanted))],
) -> DifferencesFound:
    """Active students of whom the system says yes where we refuse, or no where nobody told us.

    A yes there needs the family's word, or the office's, here; a no there the family's paper. A key
    limited to some schools finds their students only. A page that shows students is on the
    ledger, as `records.read`, before it is answered.
    """
    place = read_cursor(body.cursor, str, str, at="/cursor")
    after = (str(place[0]), str(place[1])) if place else ("", "")

    def work(connection: Connection) -> tuple[DifferencesFound, list[str]]:
        at = views.store.now(), settings.zone
        found, rest = page_differences(connection, at, caller.schools, after, body.limit)
        items = [DifferenceOut(**one._asdict()) for one in found]
        page = DifferencesFound(items=items, next_cursor=next_cursor(*rest) if rest else None)
        return page, [one.person_id for one in found]

    return await views.show(caller, "differences", work)
