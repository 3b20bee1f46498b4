"""Published posts: reported once they are out, matched to their answers, and listed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection, RowMapping
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.checks.clearances import find_account
from app.checks.publications import NamedAnswer, record_publication
from app.checks.questions import named_account
from app.checks.request_parser import account_asked
from app.errors import (
    IdempotencyKeyReusedError,
    IndexBehindError,
    InvalidRequestError,
    NotFoundError,
    OverloadedError,
    StoreUnavailableError,
    TooManyPeopleError,
)
from app.http.accepted_types import HTML, JSON, PAGE_ANSWER, WantsPage
from app.http.authorization import require_scope
from app.http.context import ServiceSettings
from app.http.problems import list_responses
from app.http.record_writes import (
    IdempotencyKey,
    NewRecord,
    RecordId,
    RecordReply,
    RecordWrites,
    reads,
)
from app.http.sheets import SHEET_ANSWER, AskedFormat
from app.http.shown_records import RecordViews
from app.http.slot_routes import SlotRoute
from app.networks.account_names import AccountNameError
from app.networks.post_addresses import make_post_address
from app.policy.consent import CLOCKS_DIFFER
from app.policy.facts import Account
from app.policy_setup import read_setup
from app.schemas.pages import Page, make_page, read_cursor
from app.schemas.posts.published import (
    PublicationOfPerson,
    PublicationOut,
    PublicationReport,
    PublicationReported,
    PublicationsOfPerson,
    PublicationsWanted,
    show_publication,
)
from app.store.consents.statements import UNKNOWN_PERSON
from app.store.decisions import index
from app.store.ledger.changes import Actor
from app.store.ledger.record_reads import find_students
from app.store.people.search import FoundPerson, show_people
from app.store.published import records as stored
from app.store.published import takedowns
from app.store.published.records import NewPublication, PublicationFilter
from app.web.pages import POLICY
from app.web.published_list import published_list

router = APIRouter(prefix="/v1", tags=["published posts"], route_class=SlotRoute)
_Reporter = Annotated[Caller, Depends(require_scope("published:write"))]
_Reader = Annotated[Caller, Depends(require_scope("decisions:read"))]
_Found = tuple[Page[PublicationOfPerson], FoundPerson]
_UNREAD = (StoreUnavailableError, OverloadedError, TooManyPeopleError)


@router.post(
    "/posts/published",
    status_code=201,
    response_model=PublicationReported,
    responses=list_responses(IdempotencyKeyReusedError, IndexBehindError),
)
def report_publication(
    records: RecordWrites,
    caller: _Reporter,
    body: Annotated[PublicationReport, Depends(reads(PublicationReport))],
    key: IdempotencyKey = None,
) -> Response:
    """Report a post that is out. It is matched to the answer that it went out on.

    That is what its clearance or decision says, else the last decision about this text and these
    media on the account. Without one it is listed as unasked. Whoever is refused in it by now has
    a takedown opened, which this answer does not show. Of a post on record the answer is 200.
    """
    named = named_account(body.account, "/account")
    address = _read_address(body)
    setup = read_setup(records.settings)
    index.catch_up(records.store, account_asked)

    def work(connection: Connection, actor: Actor) -> RecordReply:
        meant = None if named.personal else find_account(connection, named, actor.at, setup)
        account = _require_account(meant, caller)
        _refuse_future(body.published_at, actor.at)
        new = _make_publication(body, account, address)
        own = caller.lineage if caller.schools is not None else None
        cited = NamedAnswer(body.clearance, body.decision, own)
        done = record_publication(connection, actor, setup, account, new, cited)
        shown = PublicationReported(**show_publication(done.row, ()))
        return RecordReply(shown, location=f"{records.path}/{shown.id}", existed=done.existed)

    return records.create(caller, NewRecord(body, key), work)


@router.get(
    "/posts/published/{id:record}",
    response_model=PublicationOut,
    responses=list_responses(NotFoundError, *_UNREAD),
)
async def read_publication(
    views: RecordViews, caller: _Reader, published_id: RecordId
) -> PublicationOut:
    """One published post, as it is on record; of an account of the key's schools.

    Where a takedown of a student shows, the read is on the ledger, as `records.read`.
    """

    def work(connection: Connection) -> tuple[PublicationOut, Iterable[str]]:
        row = stored.read_publication(connection, published_id)
        if caller.schools is not None and row["org_id"] not in caller.schools:
            raise NotFoundError
        of_post = takedowns.list_of_posts(connection, [published_id], caller.schools)
        return _show_row(row, of_post), _find_refused(connection, of_post)

    return await views.show(caller, "takedown", work)


@router.get(
    "/posts/published",
    response_model=Page[PublicationOut],
    responses=SHEET_ANSWER | list_responses(*_UNREAD),
)
async def list_publications(
    views: RecordViews,
    caller: _Reader,
    query: Annotated[PublicationsWanted, Query()],
    form: AskedFormat,
) -> Page[PublicationOut] | Response:
    """Published posts, the last reported first: all, or one of three lists; as JSON or `text/csv`.

    A key limited to schools hears of their accounts alone, and of takedowns of their people. Where
    takedowns of students show, the read is on the ledger, as `records.read`.
    """
    place = read_cursor(query.cursor, str)
    wanted = PublicationFilter(
        query.list, query.account_id, query.since, query.until, caller.schools
    )

    def work(connection: Connection) -> tuple[Page[PublicationOut], Iterable[str]]:
        before = str(place[0]) if place else None
        rows = stored.list_publications(connection, wanted, before, query.limit + 1)
        ids = [row["id"] for row in rows[: query.limit]]
        of_post = takedowns.list_of_posts(connection, ids, caller.schools)
        page = make_page(rows, query.limit, "id", lambda row: _show_row(row, of_post))
        return page, _find_refused(connection, of_post)

    return form.answer(await views.show(caller, "takedown", work), PublicationOut)


@router.post(
    "/people/published",
    response_model=Page[PublicationOfPerson],
    responses=PAGE_ANSWER | list_responses(*_UNREAD),
)
async def list_publications_of_person(
    views: RecordViews,
    settings: ServiceSettings,
    wants_page: WantsPage,
    caller: Annotated[Caller, Depends(require_scope("people:read"))],
    body: Annotated[PublicationsOfPerson, Depends(reads(PublicationsOfPerson))],
) -> Response:
    """Every published post that pictures or names this person.

    By what was asked or declared about it; a picture that nobody declared is not known. As JSON or
    as a page to print. Of a student the read is on the ledger, as `records.read`, before it is
    answered.
    """
    place = read_cursor(body.cursor, str, at="/cursor")
    wanted = PublicationFilter(since=body.since, until=body.until, person_id=body.person_id)

    def work(connection: Connection) -> tuple[_Found, frozenset[str]]:
        known = show_people(connection, [body.person_id], None, caller.schools)
        if not known:
            raise InvalidRequestError([UNKNOWN_PERSON])
        before = str(place[0]) if place else None
        rows = stored.list_publications(connection, wanted, before, body.limit + 1)
        show = _show_parts(connection, rows, body.person_id)
        return (make_page(rows, body.limit, "id", show), known[0]), find_students(
            connection, [body.person_id]
        )

    page, who = await views.show(caller, "published", work)
    if not wants_page:
        said = page.model_dump_json().encode()
        return Response(said, media_type=JSON, headers={"Vary": "Accept"})
    html = published_list(who, page, views.store.now(), settings.zone)
    headers = {"Content-Security-Policy": POLICY, "Vary": "Accept"}
    return Response(html, media_type=HTML, headers=headers)


def _read_address(body: PublicationReport) -> str | None:
    """Return the post's address in its one form; raises `InvalidRequestError` for what is amiss."""
    faults = []
    if body.external_id is None and body.url is None:
        faults.append(_make_fault("", "at_least_one", "Give external_id or url"))
    if body.clearance is not None and body.decision is not None:
        faults.append(_make_fault("/decision", "exactly_one", "Give a clearance or a decision"))
    address = None
    try:
        address = None if body.url is None else make_post_address(body.url)
    except AccountNameError as error:
        faults.append(_make_fault("/url", "address", str(error)))
    if faults:
        raise InvalidRequestError(faults)
    return address


def _require_account(account: Account | None, caller: Caller) -> Account:
    """Return the account, of the register and of the key's schools, or raise."""
    if account is None or (caller.schools is not None and account.org_id not in caller.schools):
        message = "Is no account of the register; nobody's personal page is read"
        raise InvalidRequestError([_make_fault("/account", "unknown", message)])
    return account


def _refuse_future(at: datetime, now: datetime) -> None:
    if at > now + CLOCKS_DIFFER:
        fault = _make_fault("/published_at", "future", "Must not lie in the future")
        raise InvalidRequestError([fault])


def _make_fault(at: str, code: str, message: str) -> dict[str, str]:
    return {"at": at, "code": code, "message": message}


def _make_publication(
    body: PublicationReport, account: Account, address: str | None
) -> NewPublication:
    media = body.media
    return NewPublication(
        account_id=account.id,
        published_at=body.published_at,
        external_id=body.external_id,
        url=address,
        text=body.text,
        media=None if media is None else tuple(sorted({one.lower() for one in media})),
    )


def _find_refused(
    connection: Connection, of_post: Mapping[str, Sequence[RowMapping]]
) -> frozenset[str]:
    """Return the students whose takedowns show: whoever knows a post may tell who it is."""
    return find_students(
        connection, [one["subject_id"] for some in of_post.values() for one in some]
    )


def _show_row(row: RowMapping, of_post: Mapping[str, Sequence[RowMapping]]) -> PublicationOut:
    return PublicationOut(**show_publication(row, of_post.get(row["id"], ())))


def _show_parts(
    connection: Connection, rows: Sequence[RowMapping], person_id: str
) -> Callable[[RowMapping], PublicationOfPerson]:
    """Return what shows one of these posts: with a person's parts, and takedowns about them."""
    ids = [row["id"] for row in rows]
    parts, of_post = stored.list_parts(connection, ids), takedowns.list_of_posts(connection, ids)

    def show(row: RowMapping) -> PublicationOfPerson:
        theirs = [one for one in of_post.get(row["id"], ()) if one["subject_id"] == person_id]
        mine = sorted(part for who, part in parts.get(row["id"], ()) if who == person_id)
        return PublicationOfPerson(**show_publication(row, theirs), parts=mine)

    return show
