"""Tokens for widgets: what a page gets from its intranet's server in place of an API key."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection

from app.auth.authenticator import FOR_NAMED, Caller, narrow_schools
from app.auth.widget_tokens import MAX_LIFE, WidgetToken
from app.errors import InvalidRequestError
from app.http.authorization import require_scope
from app.http.context import WholeService
from app.http.record_writes import actor_of, reads
from app.http.slot_routes import SlotRoute
from app.schemas.widget_tokens import WidgetTokenIn, WidgetTokenOut
from app.store.ledger.changes import Actor, Change, record_change
from app.store.people import staff
from app.store.service.origins import list_origins, normalize_origin

ISSUE = "widgets:issue"
# No page needs these. A token has its key's id, so "what this key asked" would be too much for it.
WITHHELD = frozenset({
    ISSUE, "admin", "decisions:read", "reviews:decide", "ledger:read", "events:read",
    "imports:write", "published:write",
})  # fmt: skip
router = APIRouter(prefix="/v1/widget-tokens", tags=["widgets"], route_class=SlotRoute)


@router.post("", status_code=201)
def issue_widget_token(
    service: WholeService,
    caller: Annotated[Caller, Depends(require_scope(ISSUE))],
    body: Annotated[WidgetTokenIn, Depends(reads(WidgetTokenIn))],
) -> WidgetTokenOut:
    """A token of at most ten minutes, good on pages of one origin, no wider than the key.

    One that acts for a person is on the ledger. A key that acts for no one may name the person: the
    token then decides nothing and changes no records of others; it fills in the form of an account.
    """
    store = service.store
    with store.writing() as connection:
        actor = actor_of(store, caller)
        token = WidgetToken(
            key_id=caller.key_id,
            origin=_check_origin(connection, body),
            scopes=_choose_scopes(caller, body),
            schools=_choose_schools(caller, body),
            person_id=_check_person(connection, caller, body),
            issued_at=actor.at,
            expires_at=actor.at + min(timedelta(seconds=body.seconds), MAX_LIFE),
            embedded=body.embedded,
        )
        text = service.signer.sign(token)
        _record_token(connection, actor, token)
    return WidgetTokenOut(token=text, expires_at=token.expires_at, scopes=sorted(token.scopes))


def _check_origin(connection: Connection, body: WidgetTokenIn) -> str:
    try:
        origin = normalize_origin(body.origin)
    except ValueError as error:
        raise _make_refusal("/origin", "origin", str(error).capitalize()) from None
    if origin not in list_origins(connection):
        raise _make_refusal("/origin", "unregistered", "Is not a registered origin")
    return origin


def _choose_scopes(caller: Caller, body: WidgetTokenIn) -> frozenset[str]:
    wanted = frozenset(body.scopes)
    if not wanted <= caller.scopes - WITHHELD:
        withheld = ", ".join(sorted(WITHHELD))
        raise _make_refusal(
            "/scopes", "too_wide", f"Must be scopes of the key, and none of: {withheld}"
        )
    if caller.person_id is None and body.person_id is not None and not wanted <= FOR_NAMED:
        able = ", ".join(sorted(FOR_NAMED))
        message = f"For a person whom the key only names, must be among: {able}"
        raise _make_refusal("/scopes", "needs_bound_key", message)
    return wanted


def _choose_schools(caller: Caller, body: WidgetTokenIn) -> frozenset[str] | None:
    wanted = None if body.schools is None else frozenset(body.schools)
    allowed = narrow_schools(wanted, caller.schools)
    if wanted is not None and allowed != wanted:
        raise _make_refusal("/schools", "too_wide", "Must be among the schools of the key")
    return allowed


def _check_person(connection: Connection, caller: Caller, body: WidgetTokenIn) -> str | None:
    if body.person_id is None:
        return caller.person_id
    if caller.person_id is not None and body.person_id != caller.person_id:
        raise _make_refusal("/person_id", "too_wide", "Must be the person of the key")
    if not staff.is_active_staff(connection, body.person_id, caller.schools):
        message = "Must be an active member of staff, of the key's schools where it has some"
        raise _make_refusal("/person_id", "unknown_staff", message)
    return body.person_id


def _record_token(connection: Connection, actor: Actor, token: WidgetToken) -> None:
    if token.person_id is not None:
        after = {"origin": token.origin, "scopes": sorted(token.scopes), "person": token.person_id}
        change = Change(
            "widget_token", token.key_id, "issued", after=after, subjects=[token.person_id]
        )
        record_change(connection, actor, change)


def _make_refusal(at: str, code: str, message: str) -> InvalidRequestError:
    return InvalidRequestError([{"at": at, "code": code, "message": message}])
