"""Decisions as they were answered, read back from the ledger."""

import re
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse

from app.auth import Caller, requires
from app.errors import ErasedError, NotFoundError
from app.routers.problems import documented
from app.store import ledger
from app.store.session import Store

KIND = "decision"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

router = APIRouter(prefix="/v1/decisions", tags=["decisions"])


# A plain `def`: the store is read on a worker thread, and a thread hop is cheap off the hot path.
@router.get("/{id}", responses=documented(NotFoundError, ErasedError))
def read_decision(
    request: Request,
    caller: Annotated[Caller, Depends(requires("decisions:read"))],
    decision_id: Annotated[str, Path(alias="id", json_schema_extra={"format": "uuid"})],
) -> JSONResponse:
    """The answer as it was given. A key limited to schools reads only what it asked itself."""
    row = _row(request.app.state.store, decision_id)
    if row is None or (caller.schools is not None and row.caller != caller.key_id):
        raise NotFoundError
    if row.payload is None:
        raise ErasedError
    return JSONResponse(orjson.loads(row.payload)["body"]["answer"])


def _row(store: Store, decision_id: str) -> Any | None:
    if not _UUID.fullmatch(decision_id):
        return None
    with store.reading() as connection:
        row = ledger.read(connection, decision_id)
    return row if row is not None and row.kind == KIND else None
