"""Classes: which there are, and who in one may not be pictured, as an answer or on paper."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import orjson
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.checks import request_parser
from app.checks.answers import ClassDecision
from app.checks.requests import ClassList
from app.errors import QueueFullError, TooManyPeopleError
from app.http.accepted_types import HTML, JSON, PAGE_ANSWER, WantsPage
from app.http.authorization import require_scope
from app.http.check_answers import CHECK_SCOPE
from app.http.context import OpenStore, Service, WholeService
from app.http.problems import list_responses
from app.http.record_writes import PageCursor, PageLimit, reads
from app.http.shown_records import RecordViews
from app.http.slot_routes import SlotRoute
from app.routers.checks import decision
from app.schemas.base import Name
from app.schemas.pages import Page, next_cursor, read_cursor
from app.schemas.people import ClassOut
from app.settings import Settings
from app.store.consents.list_dates import find_class_dates
from app.store.people import classes as stored
from app.web.class_list import class_list, valid_until
from app.web.pages import POLICY

router = APIRouter(prefix="/v1/classes", tags=["classes"], route_class=SlotRoute)


async def _make_filter(
    school: Annotated[Name | None, Query(description="The school's sourcedId.")] = None,
    title: Annotated[
        Name | None,
        Query(
            description="Words of the title, of a teacher's name or of the school's, or their "
            "beginnings. The title itself comes first, then what has the words as they are."
        ),
    ] = None,
    id: Annotated[Name | None, Query(description="The class of this sourcedId alone.")] = None,  # noqa: A002
) -> stored.ClassFilter:
    return stored.ClassFilter(id, school, title)


@router.get("", response_model=Page[ClassOut])
def list_classes(
    store: OpenStore,
    caller: Annotated[Caller, Depends(require_scope("people:read"))],
    asked: Annotated[stored.ClassFilter, Depends(_make_filter)],
    limit: PageLimit = 50,
    cursor: PageCursor = None,
) -> Page[ClassOut]:
    """The classes there are, by their sourcedIds; for a limited key those of its schools.

    With words those that answer them, best first, and among equals by title.
    """
    place = read_cursor(cursor, int, str, str)
    after = stored.ClassPlace(*place) if place else stored.START  # type: ignore[arg-type] # of those kinds
    with store.reading() as connection:
        found = stored.find_classes(connection, caller.schools, asked, after, limit + 1)
    more = next_cursor(*found[limit - 1].place) if len(found) > limit else None
    items = [ClassOut.model_validate(one, from_attributes=True) for one in found[:limit]]
    return Page(items=items, next_cursor=more)


@router.post(
    "/not-pictured",
    response_model=ClassDecision,
    responses=PAGE_ANSWER | list_responses(QueueFullError, TooManyPeopleError),
)
async def list_not_pictured(
    service: WholeService,
    views: RecordViews,
    wants_page: WantsPage,
    caller: Annotated[Caller, Depends(require_scope(CHECK_SCOPE))],
    body: Annotated[ClassList, Depends(reads(ClassList))],
) -> Response:
    """Who of a class may not be pictured: the class check's decision, as JSON or to be printed.

    The page tells how long it is valid: to the end of the day it is made for, or to when the
    consent list or the roster is stale, whichever is sooner. Each view is on the ledger: as the
    decision, and, where it lists someone, as `records.read`.
    """
    begun = asyncio.get_running_loop().time()
    # Before the decision: a list that is delivered meanwhile makes the page expire too soon.
    about = (
        await service.slots["readers"].run(_describe_class, service, caller, body)
        if wants_page
        else None
    )
    asked = body.model_dump_json(exclude={"title"}, exclude_unset=True).encode()
    said = await decision(service, caller, request_parser.PHOTO_CONSENT, asked)
    listed = [one["id"] for one in orjson.loads(said)["not_pictured"]]
    await views.note(caller, "class_list", listed, begun)
    if about is None:
        return Response(said, media_type=JSON, headers={"Vary": "Accept"})
    return _make_page(service.settings, body, orjson.loads(said), about)


class _About(NamedTuple):
    """The page's text beside the decision: the class, and the dates of its lists."""

    heading: stored.Heading | None
    listed: list[datetime | None]


def _describe_class(service: Service, caller: Caller, body: ClassList) -> _About:
    with service.store.reading() as connection:
        heading = stored.read_heading(connection, body.class_id, caller.schools)
        list_at, roster_at = find_class_dates(connection, body.class_id)
    # Where only a grant allows, no list of refusals is gone by.
    by_list = service.settings.consent_mode == "refusal_list"
    return _About(heading, [list_at, roster_at] if by_list else [roster_at])


def _make_page(
    settings: Settings, body: ClassList, said: dict[str, Any], about: _About
) -> Response:
    heading = about.heading or stored.Heading("a class", None)
    if body.title:
        heading = heading._replace(title=body.title)
    made_for = datetime.fromisoformat(said["publish_at"])
    until = valid_until(made_for, about.listed, settings.list_max_age_days, settings.zone)
    html = class_list(body, said, heading, until, settings.zone)
    headers = {"Content-Security-Policy": POLICY, "Vary": "Accept"}
    return Response(html, media_type=HTML, headers=headers)
