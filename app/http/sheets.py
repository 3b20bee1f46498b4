"""Lists as a spreadsheet, for routes that offer one."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.datastructures import URL
from starlette.responses import Response

from app.schemas.pages import Page
from app.schemas.sheets import write_sheet

CSV = "text/csv"
SHEET_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {CSV: {"schema": {"type": "string"}}}}
}


@dataclass(frozen=True, slots=True)
class ListFormat:
    """The form in which a list is asked for, by `Accept`, and the address that asks for it."""

    accept: str
    url: URL

    def answer(self, page: Page[Any], model: type[BaseModel]) -> Page[Any] | Response:
        """Return the page as JSON, or as CSV to whoever asks for it; `Link` then tells the next."""
        if CSV not in self.accept.lower():
            return page
        titles = [name for name in model.model_fields if name != "aliases"]
        rows = [item.model_dump(mode="json") for item in page.items]
        headers = {}
        if page.next_cursor:
            following = self.url.include_query_params(cursor=page.next_cursor)
            headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
        return Response(write_sheet(titles, rows), headers=headers, media_type=CSV)


async def _find_format(
    request: Request, accept: Annotated[str, Header(include_in_schema=False)] = ""
) -> ListFormat:
    return ListFormat(accept, request.url)


AskedFormat = Annotated[ListFormat, Depends(_find_format)]
