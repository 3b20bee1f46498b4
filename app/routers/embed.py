"""The widgets as pages for frames. Which pages may frame them is asked of the store each time."""

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import NoSuchAddressError, StoreUnavailableError
from app.http.context import OpenStore
from app.http.slot_routes import SlotRoute
from app.store.service.origins import list_origins
from app.web.embed import WIDGETS, render_embed, write_policy
from app.web.pages import EMBED_STYLE

router = APIRouter(prefix="/embed/v1", include_in_schema=False, route_class=SlotRoute)


@router.get("/embed.css")
async def style() -> Response:
    """The style of these pages; a file of its own, so that the pages need no inline one."""
    return Response(EMBED_STYLE, media_type="text/css")


@router.get("/{widget}")
def show(store: OpenStore, widget: str) -> Response:
    """The page with one widget; no one frames it while the store does not say who may."""
    if widget not in WIDGETS:
        raise NoSuchAddressError
    try:
        with store.reading() as connection:
            origins = list_origins(connection)
    except StoreUnavailableError:
        origins = frozenset()
    # Another origin may be registered tomorrow, and this one gone.
    headers = {"Content-Security-Policy": write_policy(origins), "Cache-Control": "no-store"}
    return Response(render_embed(widget), media_type="text/html", headers=headers)
