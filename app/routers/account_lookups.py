"""Questions about accounts: whether one is official, and the reports of the policy."""

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.errors import InvalidRequestError, StoreUnavailableError, TooManyRequestsError
from app.http.context import OpenStore, ServiceSettings, WholeService
from app.http.problems import list_responses
from app.http.rate_limit import limit_lookups
from app.http.record_writes import PageCursor, PageLimit
from app.http.sheets import SHEET_ANSWER, AskedFormat
from app.http.slot_routes import SlotRoute
from app.networks.account_names import HANDLE_MAX, PLATFORM_MAX, URL_MAX
from app.policy_setup import read_setup
from app.routers.accounts import Reader, listed
from app.schemas.accounts import (
    AccountOut,
    AccountVerification,
    VerifiedAccount,
    make_verification,
)
from app.schemas.base import Name
from app.schemas.pages import Page, make_page, read_cursor
from app.schemas.people import OrgOut
from app.store.accounts import verification as store_verification
from app.store.accounts.listing import AccountFilter
from app.store.accounts.upkeep_reports import FLAGS, AccountReport, find_absent_schools
from app.store.accounts.verification import NameReading, read_name

router = APIRouter(prefix="/v1/accounts", tags=["accounts"], route_class=SlotRoute)


class _SystemId(NamedTuple):
    """The id another system knows the account by; both or neither."""

    system: str | None
    external_id: str | None


async def _system_id(
    system: Annotated[Name | None, Query(description="The system whose id for it follows.")] = None,
    external_id: Name | None = None,
) -> _SystemId:
    if (system is None) != (external_id is None):
        missing = "external_id" if external_id is None else "system"
        message = "Give system and external_id together"
        raise InvalidRequestError([{"parameter": missing, "code": "both", "message": message}])
    return _SystemId(system, external_id)


async def _read_account(
    known_by: Annotated[_SystemId, Depends(_system_id)],
    url: Annotated[str | None, Query(max_length=URL_MAX, description="Its address.")] = None,
    platform: Annotated[str | None, Query(max_length=PLATFORM_MAX)] = None,
    handle: Annotated[str | None, Query(max_length=HANDLE_MAX)] = None,
) -> NameReading:
    system, external_id = known_by
    system_id = (system, external_id) if system is not None and external_id is not None else None
    by_name = platform is not None or handle is not None
    if (url is not None and by_name) or not (url is not None or by_name or system_id):
        message = "Give url, or platform and handle"
        raise InvalidRequestError([{"parameter": "url", "code": "one_of", "message": message}])
    return read_name(platform, handle, url, system_id)


@router.get(
    "/verify",
    dependencies=[Depends(limit_lookups)],
    responses=list_responses(TooManyRequestsError, StoreUnavailableError, InvalidRequestError),
)
def verify_account(
    store: OpenStore,
    settings: ServiceSettings,
    asked: Annotated[NameReading, Depends(_read_account)],
) -> AccountVerification:
    """Is this account one of the district's? By `url`, or by `platform` and `handle`.

    Where also `system` and `external_id` are given, the id another system knows it by, both have to
    be of one account; they can stand alone, too.

    Public, without a key: the answer names no person. Only `official` says yes; what cannot be
    read or is not known is `unknown`.
    """
    with store.reading() as connection:
        setup = read_setup(settings)
        said = store_verification.verify_account(connection, asked, store.now(), setup)
    accounts = [VerifiedAccount.model_validate(one, from_attributes=True) for one in said.accounts]
    return make_verification(said.status, accounts)


@router.get(
    "/reports/schools-without-presence", response_model=Page[OrgOut], responses=SHEET_ANSWER
)
def list_schools_without_presence(
    service: WholeService,
    _caller: Reader,
    form: AskedFormat,
    limit: PageLimit = 50,
    cursor: PageCursor = None,
) -> Page[OrgOut] | Response:
    """The schools without an official account (clause 18)."""
    place = read_cursor(cursor, str)
    with service.store.reading() as connection:
        now, setup = service.store.now(), read_setup(service.settings)
        after = str(place[0]) if place else ""
        rows = find_absent_schools(connection, now, setup, after, limit + 1)
    page = make_page(rows, limit, "id", lambda row: OrgOut(**row))
    return form.answer(page, OrgOut)


@router.get("/reports/{report}", response_model=Page[AccountOut], responses=SHEET_ANSWER)
def read_account_report(
    service: WholeService,
    caller: Reader,
    report: AccountReport,
    form: AskedFormat,
    limit: PageLimit = 50,
    cursor: PageCursor = None,
) -> Page[AccountOut] | Response:
    """Accounts that are not closed and need care.

    `stale`: not posted on, or not looked over, for longer than the settings allow (clauses 9, 21);
    `without-administrator`: Communications is not attested as one (7); `without-owner`: no content
    owner who is with the district (9); `existed-before-authorization`: they were there before
    anyone authorized them, for good (5, 12, 24); `email-on-unapproved-network`: kept with a
    district e-mail address that Communications has not approved on this network (10);
    `without-moderation-report`: classroom accounts whose managers have not said for too long what
    they hid or removed, or that there was nothing (15).
    """
    wanted = AccountFilter(flags=FLAGS[report], kept_up=True)
    page = listed(service, caller, wanted, limit, cursor)
    return form.answer(page, AccountOut)
