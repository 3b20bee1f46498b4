"""The ledger: what was decided and changed, in order, with what a reader needs to verify it."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import Response, StreamingResponse

from app.auth.authenticator import Caller
from app.database.session import Store
from app.errors import ForbiddenError
from app.http.authorization import confirm_caller, require_scope
from app.http.context import OpenStore
from app.http.slot_routes import SlotRoute
from app.schemas.ledger import LedgerHead, LedgerQuery, LedgerRow
from app.schemas.pages import Page, next_cursor, read_cursor
from app.store.ledger import chain
from app.store.ledger import pages as stored

NDJSON = "application/x-ndjson"
router = APIRouter(prefix="/v1/ledger", tags=["ledger"], route_class=SlotRoute)
_READER = Annotated[Caller, Depends(require_scope("ledger:read"))]
_FORMATS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A page; or, as NDJSON, all rows from the cursor on, one a line.",
        "content": {NDJSON: {"schema": {"$ref": "#/components/schemas/LedgerRow"}}},
    }
}


@router.get("", response_model=Page[LedgerRow], responses=_FORMATS)
def list_ledger_rows(
    request: Request,
    store: OpenStore,
    caller: _READER,
    query: Annotated[LedgerQuery, Query()],
) -> Any:
    """Rows in order, oldest first; for keys that are not limited to schools.

    A page may hold fewer rows than its limit and still not be the last. With
    `Accept: application/x-ndjson` all rows are streamed, `limit` notwithstanding; a cursor lets
    an export that broke off go on.
    """
    _refuse_limited(caller)
    place = read_cursor(query.cursor, int)
    after = int(place[0]) if place else 0
    wanted = stored.LedgerFilter(query.kind, query.caller, query.since, query.until)
    if _asks_for_lines(request):
        return StreamingResponse(_stream_lines(request, store, wanted, after), media_type=NDJSON)
    with store.reading() as connection:
        found = stored.list_rows(connection, wanted, after, query.limit)
    more = None if found.next is None else next_cursor(found.next)
    body = Page[LedgerRow](items=[_make_row(row) for row in found.rows], next_cursor=more)
    return Response(body.model_dump_json(), media_type="application/json")


@router.get("/head")
def read_ledger_head(store: OpenStore, caller: _READER) -> LedgerHead:
    """How long the ledger is and the hash at its end, for whoever keeps it elsewhere.

    `clearpost ledger verify` walks the whole chain; so can a reader of the export.
    """
    _refuse_limited(caller)
    with store.reading() as connection:
        last = stored.read_last_row(connection)
    if last is None:
        return LedgerHead(rows=0, hash=chain.GENESIS.hex(), id=None, at=None)
    return LedgerHead(rows=last["seq"], hash=last["hash"].hex(), id=last["id"], at=last["at"])


def _refuse_limited(caller: Caller) -> None:
    # Rows name people of every school.
    if caller.schools is not None:
        detail = "The ledger is not read by a key that is limited to schools"
        raise ForbiddenError(detail)


def _asks_for_lines(request: Request) -> bool:
    accepted = request.headers.get("accept", "").split(",")
    ranges = (one.partition(";")[0].strip().lower() for one in accepted)
    return NDJSON in ranges


async def _stream_lines(
    request: Request, store: Store, wanted: stored.LedgerFilter, after: int
) -> AsyncIterator[bytes]:
    """Yield lines as long as the key may read them: who reads slowly takes hours."""
    async for rows in iterate_in_threadpool(stored.walk_rows(store, wanted, after)):
        await confirm_caller(request)
        yield b"".join(_make_row(row).model_dump_json().encode() + b"\n" for row in rows)


def _make_row(row: Mapping[Any, Any]) -> LedgerRow:
    return LedgerRow(
        seq=row["seq"],
        id=row["id"],
        kind=row["kind"],
        at=chain.format_time(row["at"]),
        caller=row["caller"],
        erased=row["payload"] is None,
        prev=(row["prev"] or chain.GENESIS).hex(),
        hash=row["hash"].hex(),
        commitment=row["commitment"].hex(),
        salt=row["salt"].hex() if row["salt"] else None,
        payload=row["payload"],
    )
