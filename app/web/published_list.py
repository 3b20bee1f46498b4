"""The printable answer to a parent: what has been published of this child."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.schemas.pages import Page
from app.schemas.posts.published import PublicationOfPerson
from app.store.people.search import FoundPerson
from app.web.pages import render_page

_STATES = {
    "allowed": "It was asked about first, and allowed.",
    "not_allowed": "It was published although the answer was no, or not yet.",
    "unasked": "Nobody asked before it was published.",
}
_TAKEDOWNS = {
    "open": "It is to be taken down.",
    "contested": "It was to be taken down; an office has said that it may stay.",
    "confirmed": "It was taken down.",
    "lapsed": "It was to be taken down; the refusal was lifted since.",
}


def published_list(
    who: FoundPerson, page: Page[PublicationOfPerson], made_at: datetime, zone: ZoneInfo
) -> str:
    """Return the page about `who`; times are shown in `zone`."""
    posts = [
        {
            "at": one.published_at.astimezone(zone),
            "account": f"{one.handle} ({one.platform})",
            "url": one.url or one.external_id,
            "part": "named" if "pictured" not in one.parts else "pictured",
            "state": _STATES[one.state],
            "takedown": _TAKEDOWNS[one.takedown] if one.takedown else "",
        }
        for one in page.items
    ]
    return render_page(
        "published.html",
        person=who,
        made_at=made_at.astimezone(zone),
        posts=posts,
        is_cut=page.next_cursor is not None,
    )
