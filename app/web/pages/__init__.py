"""Pages to print: complete in themselves, without script, and inert with any name."""

import hashlib
from base64 import b64encode
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

_FOLDER = Path(__file__).parent
_STYLE = (_FOLDER / "print.css").read_text("utf-8")
EMBED_STYLE = (_FOLDER / "embed.css").read_text("utf-8")
_DIGEST = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# Nothing is loaded, nothing runs, nobody frames it; the one style is told by its digest.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


# These turn the direction of what follows; a name needs none of them, each stands in a `bdi`.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def _write_moment(at: datetime) -> str:
    """Write a time in words; of midnight the day that ends with it."""
    if at.time() == time():
        return f"the end of {_write_day(at - timedelta(days=1))}"
    return f"{_write_day(at)}, {at:%I:%M %p %Z}".replace(", 0", ", ")


def _write_day(at: datetime) -> str:
    return f"{at:%A, %B} {at.day}, {at.year}"


def _isolate_name(name: str) -> str:
    """Return a name that reads in its own direction, with any marks in it."""
    return name.translate(_TURNS)


_pages = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters |= {"moment": _write_moment, "upright": _isolate_name}


def render_page(name: str, **values: Any) -> str:
    """Return the page `name`; times among `values` are in the zone they are shown in."""
    return _pages.get_template(name).render(style=Markup(_STYLE), **values)  # noqa: S704 - our own file
