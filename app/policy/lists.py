"""Lists of refusals: the people one speaks for, and its age (clause 43, ADR 0001).

A list is dated school by school. A district's list is one of every school.
"""

from datetime import datetime, timedelta

from app.policy.facts import Facts, Person

# Clocks of two machines differ by as much.
CLOCK_TOLERANCE = timedelta(seconds=5)


def list_date(facts: Facts, person: Person) -> datetime | None:
    """Return the time of the list that speaks for `person`; None if a school of theirs has none.

    Of several schools the oldest list counts. A list dated later than now is returned before any
    other, so that it does not go unnoticed: see `is_ahead`.
    """
    if not facts.school_lists or not person.org_ids:
        return facts.list_at
    dates = [_find_school_date(facts, school) for school in person.org_ids]
    known = [at for at in dates if at is not None]
    latest = max(known, default=None)
    if latest is not None and is_ahead(facts, latest):
        return latest
    return min(known) if len(known) == len(dates) else None


def is_moved_since_list(facts: Facts, person: Person) -> bool:
    """Return whether `person` joined the school after the list for them was made.

    The makers of a school's list did not know them; the makers of the whole district's did.
    """
    if person.moved_at is None:
        return False
    at = list_date(facts, person)
    return at is not None and person.moved_at > at


def is_ahead(facts: Facts, at: datetime) -> bool:
    """Return whether `at` lies later than now, so that no list or row can be of that time."""
    return at - facts.now > CLOCK_TOLERANCE


def is_stale(facts: Facts, at: datetime) -> bool:
    """Return whether `at` lies further back than the district's limit allows a list."""
    return facts.now - at > timedelta(days=facts.setup.list_max_age_days)


def _find_school_date(facts: Facts, school: str) -> datetime | None:
    own, whole = facts.school_lists.get(school), facts.list_at
    return max(own, whole) if own and whole else own or whole
