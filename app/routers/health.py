"""Health: whether the service is up and can decide, and its counters. Without a key."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from app.errors import NotReadyError
from app.http.context import WholeService
from app.http.problems import list_responses
from app.metrics import CONTENT_TYPE

router = APIRouter(tags=["operations"])
metrics_router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """The answer to both questions when it is yes."""

    status: Literal["ok"] = "ok"


@router.get("/healthz")
async def read_health() -> Health:
    """Is the process up? Asks nothing of the store."""
    return Health()


@router.get("/readyz", responses=list_responses(NotReadyError))
async def read_readiness(service: WholeService) -> Health:
    """Can it decide: does the store answer, at the newest schema, on a disk that takes a write?

    A store that someone else writes to is ready. A yes may be a tenth of a second old.
    """
    await service.readiness.refuse_unready()
    return Health()


@metrics_router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def read_metrics(service: WholeService) -> Response:
    """What was counted since the start, in Prometheus' text format; no personal data."""
    return Response(service.metrics.exposition(), media_type=CONTENT_TYPE)
