"""Pages to print: whole in themselves, without script, and inert whatever a name holds."""

import hashlib
from base64 import b64encode
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

_FOLDER = Path(__file__).parent
_STYLE = (_FOLDER / "print.css").read_text("utf-8")
_DIGEST = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# Nothing is loaded, nothing runs, nobody frames it; the one style is told by its digest.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def _moment(at: datetime) -> str:
    return f"{at:%A, %B} {at.day}, {at.year}, {at:%H:%M} {at:%Z}"


_pages = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters["moment"] = _moment


def page(name: str, **values: Any) -> str:
    """The page `name`; times among `values` are in the zone they are to be shown in."""
    return _pages.get_template(name).render(style=Markup(_STYLE), **values)  # noqa: S704 - our own file
