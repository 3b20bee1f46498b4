"""Clearances: an allow that lasts until the post is out, as long as it is still true."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends
from sqlalchemy import Connection, RowMapping

from app.auth.authenticator import Caller
from app.checks.clearances import MESSAGES, Publication, verify_clearance
from app.checks.questions import named_account
from app.checks.revocations import revoke_clearances
from app.errors import NotFoundError
from app.http.authorization import require_scope
from app.http.context import OpenStore, WholeService
from app.http.problems import list_responses
from app.http.record_writes import RecordId, actor_of, reads
from app.http.slot_routes import SlotRoute, use_slots
from app.policy_setup import read_setup
from app.schemas.pages import Page, next_cursor, read_cursor
from app.schemas.posts.clearances import (
    ClearanceOut,
    ClearanceSearch,
    ClearanceVerification,
    ClearanceVerified,
    KeySet,
)
from app.store.clearances import records as stored

router = APIRouter(tags=["clearances"], route_class=SlotRoute)
_EPOCH = datetime.fromtimestamp(0, UTC)
# The last microsecond that a cursor may name: the year 9999 has no later one in any zone.
_LATEST = 250_000_000_000_000_000
_Asker = Annotated[Caller, Depends(require_scope("check"))]


@router.post("/v1/clearances/{id:record}/verify", responses=list_responses(NotFoundError))
@use_slots("readers")
def verify_live_clearance(
    service: WholeService,
    caller: _Asker,
    body: Annotated[ClearanceVerification, Depends(reads(ClearanceVerification))],
    clearance_id: RecordId,
) -> ClearanceVerified:
    """May this post go out on this clearance? Ask right before publishing.

    The rules are asked again: whatever has changed since counts. Only `live` means yes.
    """
    store, setup = service.store, read_setup(service.settings)
    account = named_account(body.account, "/account")
    with store.reading() as connection:
        row = _find_clearance(connection, caller, clearance_id)
        now = store.now()
        shown = Publication(body.text, body.alt_texts, body.media, account, body.at or now)
        code, judged = verify_clearance(connection, row, shown, now, setup)
    if code == "revoked" and judged.reason:
        actor = actor_of(store, caller)
        if not revoke_clearances(store, setup, [clearance_id], actor.caller, actor.person_id):
            code = "other_time"  # for the time that was planned it holds
    return ClearanceVerified(live=code == "live", code=code, message=MESSAGES[code])


@router.get("/v1/clearances/{id:record}", responses=list_responses(NotFoundError))
def read_clearance(store: OpenStore, caller: _Asker, clearance_id: RecordId) -> ClearanceOut:
    """One clearance, as it stands: of this key and its successors, or of any without schools."""
    with store.reading() as connection:
        return _show_clearance(_find_clearance(connection, caller, clearance_id))


@router.post("/v1/clearances/search")
@use_slots("readers")
def search_ended_clearances(
    store: OpenStore,
    caller: _Asker,
    body: Annotated[ClearanceSearch, Depends(reads(ClearanceSearch))],
) -> Page[ClearanceOut]:
    """Clearances of this key that have ended, used, revoked or expired, in the order of their ends.

    The cursor of the last page that had any goes on where it ended, also much later.
    """
    since = _read_since(body.cursor)
    with store.reading() as connection:
        rows = stored.list_ended(connection, caller.lineage, since, body.limit)
    more = _write_since(rows[-1]) if rows else body.cursor
    return Page(items=[_show_clearance(row) for row in rows], next_cursor=more)


@router.get("/.well-known/jwks.json")
def read_receipt_keys(service: WholeService) -> KeySet:
    """The public keys that receipts are signed with; they need no API key."""
    return KeySet.model_validate(service.receipts.list_public())


def _read_since(cursor: str | None) -> tuple[datetime, str] | None:
    """Return the end and the id behind which the list goes on; raises `InvalidRequestError`."""
    place = read_cursor(cursor, int, str, at="/cursor")
    if place is None:
        return None
    since = max(0, min(int(place[0]), _LATEST))
    return _EPOCH + timedelta(microseconds=since), str(place[1])


def _write_since(row: RowMapping) -> str:
    since = row["ended_at"] - _EPOCH
    return next_cursor(since // timedelta(microseconds=1), row["id"])


def _find_clearance(connection: Connection, caller: Caller, clearance_id: str) -> RowMapping:
    """Return the clearance where the caller may know it: its own, or any for an unlimited key."""
    row = stored.read_clearance(connection, clearance_id)
    if row is None or (caller.schools is not None and row["lineage"] != caller.lineage):
        raise NotFoundError
    return row


def _show_clearance(row: RowMapping) -> ClearanceOut:
    said: dict[str, Any] = {**row, "media": orjson.loads(row["media"])}
    return ClearanceOut(**said)
