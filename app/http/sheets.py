"""Lists as a spreadsheet, for routes whose callers may ask for one."""

from typing import Annotated, Any

from fastapi import Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from app.schemas.pages import Page
from app.schemas.sheets import write_sheet

CSV = "text/csv"
SHEET_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {CSV: {"schema": {"type": "string"}}}}
}
Accept = Annotated[str, Header(include_in_schema=False)]


def answer_as_asked(
    request: Request, page: Page[Any], accept: str, model: type[BaseModel]
) -> Page[Any] | Response:
    """Return the page as JSON, or as CSV to whoever asks for that; `Link` then tells the next."""
    if CSV not in accept.lower():
        return page
    titles = [name for name in model.model_fields if name != "aliases"]
    rows = [item.model_dump(mode="json") for item in page.items]
    headers = {}
    if page.next_cursor:
        following = request.url.include_query_params(cursor=page.next_cursor)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return Response(write_sheet(titles, rows), headers=headers, media_type=CSV)
