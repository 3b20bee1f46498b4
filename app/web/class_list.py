"""The printable list of who in a class may not be pictured, from the check's answer."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.checks.requests import ClassList
from app.policy.uses import describe_use
from app.store.people.classes import Heading
from app.web.pages import render_page

# These only count the names below them; what else is not an allow puts the list in doubt.
_COUNTS = frozenset({"class.some_refused", "class.some_doubtful"})
_EXTENTS = {"image": "without names", "image_with_name": "together with names"}
_PURPOSES = {
    "school": "for the school", "personal": "for a personal purpose",
    "promotional": "to promote somebody", "other": "for another purpose",
}  # fmt: skip


def valid_until(
    made_for: datetime, listed: list[datetime | None], max_age_days: int, zone: ZoneInfo
) -> datetime | None:
    """Until when a list holds: the end of the day it is made for, or when a list under it is stale.

    `listed` are the times of the lists that the answer rests on; None where one of them is missing.
    """
    day = made_for.astimezone(zone).date() + timedelta(days=1)
    ends = [datetime.combine(day, time(), zone)]
    for at in listed:
        if at is None:
            return None
        ends.append((at + timedelta(days=max_age_days)).astimezone(zone))
    return min(ends)


def class_list(
    asked: ClassList, said: dict[str, Any], heading: Heading, until: datetime | None, zone: ZoneInfo
) -> str:  # fmt: skip
    """Return the page. `said` is the class decision, `heading` identifies the class."""
    findings = [f for f in said["findings"] if f["outcome"] != "allow" and f["code"] not in _COUNTS]
    listed = said.get("not_pictured", [])
    made_at, made_for = (_parse_time(said[name], zone) for name in ("decided_at", "publish_at"))
    return render_page(
        "not_pictured.html",
        heading=heading,
        use=_describe_use(asked),
        made_at=made_at,
        made_for=made_for,
        is_for_later=made_for > made_at,
        valid_until=None if findings else until,
        warnings=findings,
        refused=_list_names(listed, "deny"),
        doubtful=_list_names(listed, "review"),
        is_clear=said["outcome"] == "allow",
        clear=next((f["message"] for f in said["findings"] if f["rule"] == "class_consent"), ""),
        decision_id=said["id"],
        policy=said["policy"],
    )


def _list_names(listed: list[dict[str, str]], outcome: str) -> list[str]:
    """By family name as it is written last; whoever has no name on file goes by the id."""
    names = [one["name"] or one["id"] for one in listed if one["outcome"] == outcome]
    return sorted(names, key=lambda name: name.casefold().split()[::-1])


def _parse_time(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone)


def _describe_use(asked: ClassList) -> str:
    video = asked.media == "video" or asked.channel == "video"
    use = describe_use(asked.activity, asked.channel, video=video)
    return f"{use[0].upper()}{use[1:]}, {_EXTENTS[asked.extent]}, {_PURPOSES[asked.purpose]}"
