"""Whether the service is up, whether it can decide, and what it has counted. Without a key."""

from typing import Literal

import anyio
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from app.errors import NotReadyError, StoreUnavailableError
from app.metrics import CONTENT_TYPE, Metrics
from app.routers.problems import documented
from app.store.migrations import is_current
from app.store.session import Store

READY_SECONDS = 2.0
# Probes of a store that hangs keep their threads; at most this many, and none of the other work's.
PROBES = 2

router = APIRouter(tags=["operations"])
metrics_router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """The answer to both questions when it is yes."""

    status: Literal["ok"] = "ok"


@router.get("/healthz")
async def is_up() -> Health:
    """Is the process up? Asks nothing of the store."""
    return Health()


@router.get("/readyz", responses=documented(NotReadyError))
async def is_ready(request: Request) -> Health:
    """Can it decide: is the store reachable, and its schema at the newest revision?"""
    store: Store = request.app.state.store
    probes: anyio.CapacityLimiter = request.app.state.probes
    try:
        with anyio.fail_after(READY_SECONDS):
            current = await anyio.to_thread.run_sync(
                is_current, store, abandon_on_cancel=True, limiter=probes
            )
    except (TimeoutError, StoreUnavailableError) as error:
        detail = "store: it does not answer"
        raise NotReadyError(detail) from error
    if not current:
        detail = "schema: it is not at the newest revision; run clearpost migrate"
        raise NotReadyError(detail)
    return Health()


@metrics_router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def counted(request: Request) -> Response:
    """What was counted since the start, in Prometheus' text format; no personal data."""
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.exposition(), media_type=CONTENT_TYPE)
