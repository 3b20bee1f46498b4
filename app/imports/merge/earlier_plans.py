"""The plan that another is compared with: the last of its feed, format, people and schools."""

from sqlalchemy import Connection

from app.store.consents.list_dates import DISTRICT
from app.store.service import import_records
from app.store.service.import_plans import RecordedPlan

# So many deliveries back a school's own list, or another feed's people, are looked for.
_MOST = 60
# So many show whether lists come school by school, and who else brings people.
_LISTS = 10


def find_earlier(
    connection: Connection, plan: RecordedPlan, feed: str | None
) -> RecordedPlan | None:
    """Return the last applied plan that this one can be compared with, or None.

    Deliveries of other people (the staff's beside the students'), and lists of other schools, are
    no standard for it.
    """
    for found in import_records.list_feed_imports(connection, plan.format, feed, _MOST):
        if found.plan is not None and _is_alike(plan, found.plan):
            return found.plan
    return None


def _is_alike(plan: RecordedPlan, other: RecordedPlan) -> bool:
    kinds, theirs = (set(one.people_kinds) for one in (plan, other))
    if kinds and theirs and not kinds & theirs:
        return False
    schools, covered = (set(one.list_schools) for one in (plan, other))
    apart = schools and covered and DISTRICT not in schools | covered
    return not (apart and not schools & covered)


def find_covered(connection: Connection, format_: str, feed: str | None) -> frozenset[str]:
    """Return the schools that every one of the feed's last consent lists covered.

    That is the whole district where no list names schools. An empty list has no rows that could say
    so.
    """
    found = import_records.list_feed_imports(connection, format_, feed, _LISTS)
    lists = [frozenset(one.plan.list_schools if one.plan else ()) for one in found]
    covered: frozenset[str] = frozenset({DISTRICT})
    for schools in lists:
        if DISTRICT in covered:
            covered = schools or covered
        elif schools and DISTRICT not in schools:
            covered &= schools
    return covered


def count_before(connection: Connection, format_: str, feed: str | None) -> int:
    """Return the largest number of other feeds' people that the feed's last deliveries lacked."""
    found = import_records.list_feed_imports(connection, format_, feed, _LISTS)
    return max((one.plan.of_other_feeds for one in found if one.plan), default=0)
