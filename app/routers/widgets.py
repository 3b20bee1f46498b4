"""The widgets' scripts, as files under `/widgets/v1/`.

Modules of another origin are loaded under CORS, so pages of registered origins get them and no
others. `v1` is a promise: attributes and events of these elements do not change under it.
"""

import hashlib
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import NoSuchAddressError

_FOLDER = Path(__file__).parent.parent / "web" / "widgets" / "v1"
# An hour: a mended widget reaches every page soon; the ETag makes asking again cheap.
_CACHE = "public, max-age=3600"


def _read_scripts() -> dict[str, tuple[bytes, str]]:
    """Every script and its ETag, by name."""
    files = {path.name: path.read_bytes() for path in sorted(_FOLDER.glob("*.js"))}
    return {
        name: (body, f'"{hashlib.sha256(body).hexdigest()[:16]}"') for name, body in files.items()
    }


_SCRIPTS = _read_scripts()
router = APIRouter(prefix="/widgets/v1", include_in_schema=False)


@router.get("/{name}")
async def script(request: Request, name: str) -> Response:
    """One of the widgets' scripts."""
    if name not in _SCRIPTS:
        raise NoSuchAddressError
    body, etag = _SCRIPTS[name]
    # Whoever keeps an answer must not give it to a page of another origin.
    headers = {"ETag": etag, "Cache-Control": _CACHE, "Vary": "Origin"}
    if request.headers.get("if-none-match") == etag:
        return Response(None, 304, headers)
    return Response(body, media_type="text/javascript", headers=headers)
