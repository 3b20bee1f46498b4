"""Orgs: the district, its schools and its offices."""

from typing import Annotated

from fastapi import APIRouter, Depends

from app.auth.authenticator import Caller
from app.http.authorization import require_scope
from app.http.context import OpenStore
from app.http.record_writes import PageCursor, PageLimit
from app.http.slot_routes import SlotRoute
from app.schemas.pages import Page, make_page, read_cursor
from app.schemas.people import OrgOut
from app.store.people.classes import org_page

router = APIRouter(prefix="/v1/orgs", tags=["orgs"], route_class=SlotRoute)


@router.get("", response_model=Page[OrgOut])
def list_orgs(
    store: OpenStore,
    caller: Annotated[Caller, Depends(require_scope("people:read"))],
    limit: PageLimit = 50,
    cursor: PageCursor = None,
) -> Page[OrgOut]:
    """The orgs there are, by their sourcedIds; for a limited key its schools."""
    place = read_cursor(cursor, str)
    after = str(place[0]) if place else ""
    with store.reading() as connection:
        rows = org_page(connection, caller.schools, after, limit + 1)
    return make_page(rows, limit, "id", lambda row: OrgOut(**row))
