"""The form of an answer that a caller rather takes, by `Accept` (RFC 9110, 12.5.1)."""

import re
from typing import Annotated, Any

from fastapi import Depends, Header

HTML, JSON = "text/html", "application/json"
PAGE_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "As JSON, or with `Accept: text/html` a page to print",
        "content": {HTML: {"schema": {"type": "string"}}},
    }
}
_WEIGHT = re.compile(r"q=[01](\.[0-9]{0,3})?")


def prefers_page(accept: str) -> bool:
    """Return whether HTML is asked for by name, and JSON not rather."""
    weights: dict[str, float] = {}
    for one in accept.lower().split(","):
        kind, *parameters = (part.strip() for part in one.split(";"))
        weight = next((p for p in parameters if _WEIGHT.fullmatch(p)), "q=1")
        weights[kind] = float(weight[2:])
    html, json = weights.get(HTML, 0), weights.get(JSON, 0)
    return html > json and html >= weights.get("*/*", 0)


async def _choose_page(accept: Annotated[str, Header(include_in_schema=False)] = "") -> bool:
    return prefers_page(accept)


# Whether the caller of a route rather takes a page than JSON.
WantsPage = Annotated[bool, Depends(_choose_page)]
