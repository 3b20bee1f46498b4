"""School days: Monday to Friday in the district's zone. Holidays are not known here."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_SATURDAY = 5


def find_school_day_before(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment a school day before `now`; a weekend counts as its Saturday's midnight."""
    local = now.astimezone(zone)
    if local.weekday() >= _SATURDAY:
        saturday = local.date() - timedelta(days=local.weekday() - _SATURDAY)
        local = datetime.combine(saturday, time(), zone)
    day = local.date() - timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day -= timedelta(days=1)
    return datetime.combine(day, local.time(), zone)
