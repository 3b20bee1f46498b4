"""Events: what happened to reviews, clearances, accounts and imports, for who cannot be called."""

import asyncio
from contextlib import nullcontext
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query
from sqlalchemy import RowMapping

from app.auth.authenticator import Caller
from app.database.session import Store
from app.errors import EventsGoneError
from app.http.authorization import require_scope
from app.http.context import WholeService
from app.http.problems import list_responses
from app.http.slot_routes import SlotRoute
from app.http.waiting_requests import LongRequest
from app.schemas.events.feed import EventOut, EventPage, EventsQuery
from app.schemas.pages import next_cursor, read_cursor
from app.store.events.records import BEGINNING, EventPlace, EventsFound, read_events

router = APIRouter(prefix="/v1/events", tags=["events"], route_class=SlotRoute)
_SCOPE = "events:read"


@router.get("", responses=list_responses(EventsGoneError))
async def list_events(
    service: WholeService,
    caller: Annotated[Caller, Depends(require_scope(_SCOPE))],
    waiting: LongRequest,
    query: Annotated[EventsQuery, Query()],
) -> EventPage:
    """Events in their order, behind `after`; with `wait`, the answer comes with the next one.

    Everything for a key without schools. A key limited to schools is told of decisions and
    clearances that were asked for with it or its successors, and of the register's accounts.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + query.wait
    place = _read_place(query.after)
    waits = service.waits
    with waits.admit(caller.lineage) if query.wait else nullcontext():
        while True:
            ring = waits.next_ring
            found = await service.slots["events"].run(
                _find_events, service.store, caller, place, query.limit
            )
            if found.rows or loop.time() >= until or waits.is_closed or waiting.has_left():
                break
            await waits.wait(ring, until, waiting.has_left)
            caller = await waiting.authorize(_SCOPE)  # the key may have ended meanwhile
    return EventPage(
        items=[_show_event(row) for row in found.rows], next_cursor=next_cursor(*found.place)
    )


def _find_events(store: Store, caller: Caller, place: EventPlace, limit: int) -> EventsFound:
    lineage = None if caller.schools is None else caller.lineage
    with store.reading() as connection:
        try:
            return read_events(connection, place, limit, lineage)
        except LookupError:
            raise EventsGoneError from None


def _read_place(after: str | None) -> EventPlace:
    place = read_cursor(after, int, str, parameter="after")
    return BEGINNING if place is None else EventPlace(int(place[0]), str(place[1]))


def _show_event(row: RowMapping) -> EventOut:
    said: dict[str, Any] = {**row, "data": orjson.loads(row["data"])}
    return EventOut(**said)
