"""Differences between the student information system's consents and ours, for the office.

The system's side is the last statement of each profile's consent columns.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, Select, exists, not_, select

from app.database.tables import consents, people
from app.policy.consent import weigh_statements
from app.policy.consent_coverage import find_cells
from app.policy.facts import STATED, UNNAMED, Consent, Person
from app.policy.words import REFUSALS
from app.store.consents.named_statements import make_consent
from app.store.people.memberships import belongs_to

# A sourcedId and a source: the last item seen.
Place = tuple[str, str]
_PROFILE = "profile:"
_later, _sis = consents.alias("corrections"), consents.alias("by_profiles")


class Difference(NamedTuple):
    """A student's consent that the system has as `says` since the day `since`, unlike us.

    It is a yes that something else on file refuses, or a no that no paper supports, so that the
    system alone states it.
    """

    person_id: str
    school: str | None
    source: str
    says: Literal["yes", "no"]
    since: date


# Behind every source of one person, as a place in the list.
_LAST = "\uffff"
# So many students are looked at for one page, with differences or without.
_MOST = 2_000


def find_differences(connection: Connection, now: datetime, zone: ZoneInfo) -> Iterator[Difference]:
    """Yield the differences about active students, in the order of their sourcedIds."""
    for some in _walk_students(connection, _select_students(None), yield_per=5_000):
        yield from _find_person_differences(some, now, zone)


def page_differences(
    connection: Connection,
    at: tuple[datetime, ZoneInfo],
    schools: Collection[str] | None,
    after: Place,
    limit: int,
) -> tuple[list[Difference], Place | None]:
    """Return up to `limit` differences behind the place `after`, and where the next page begins.

    Of students of these `schools` alone, if given. A page may be empty and have a next one.
    """
    person, source = after
    wanted = _select_students(schools).where(people.c.id >= person)
    some = wanted.order_by(people.c.id).limit(_MOST)
    found: list[Difference] = []
    last, looked = person, 0
    for rows in _walk_students(connection, some):
        last, looked = rows[0]["person_id"], looked + 1
        told = sorted(_find_person_differences(rows, *at), key=lambda one: one.source)
        found += [one for one in told if one.person_id != person or one.source > source]
        if len(found) > limit:
            end = found[limit - 1]
            return found[:limit], (end.person_id, end.source)
    return found, ((last, _LAST) if looked == _MOST else None)


def _select_students(schools: Collection[str] | None) -> Select[tuple[str]]:
    """Select active students of whom a profile's consent columns have said something."""
    theirs = exists().where(
        _sis.c.person_id == people.c.id, _sis.c.source.startswith(_PROFILE, autoescape=True)
    )
    rows = select(people.c.id).where(
        people.c.kind == "student", people.c.status == "active", theirs
    )
    return rows if schools is None else rows.where(belongs_to(sorted(schools)))


def _walk_students(
    connection: Connection, some: Select[tuple[str]], **options: int
) -> Iterator[list[RowMapping]]:
    """Yield the statements in force of each of the students, with kind, birth date and school."""
    said = [consents.c[name] for name in STATED]
    rows = connection.execute(
        select(people.c.kind, people.c.birth_date, people.c.org_id, *said)
        .select_from(consents.join(people, people.c.id == consents.c.person_id))
        .where(people.c.id.in_(some), not_(exists().where(_later.c.corrects == consents.c.id)))
        .order_by(people.c.id, consents.c.seq)
        .execution_options(**options)
    ).mappings()
    for _, theirs in groupby(rows, key=itemgetter("person_id")):
        yield list(theirs)


def _find_person_differences(
    rows: Sequence[Any], now: datetime, zone: ZoneInfo
) -> Iterator[Difference]:
    said = [make_consent(row) for row in rows]
    first, today = rows[0], now.astimezone(zone).date()
    refused = weigh_statements(_make_person(first), said, today, now, zone).refused
    for one in _pick_last_statements(said):
        since = one.signed_at.astimezone(zone).date()
        told = first["person_id"], first["org_id"], one.source
        if one.decision == "grant":
            over = one.effective_to is not None and one.effective_to < today
            if not over and find_cells(one) & refused:
                yield Difference(*told, "yes", since)
        elif one.decision in REFUSALS and not _has_paper(said):
            yield Difference(*told, "no", since)


def _pick_last_statements(said: Iterable[Consent]) -> Iterator[Consent]:
    """Yield the last statement of each profile."""
    last = {one.source: one for one in said if _is_by_profile(one)}
    yield from last.values()


def _is_by_profile(one: Consent) -> bool:
    return one.source.startswith(_PROFILE) and one.source not in UNNAMED


def _has_paper(said: Iterable[Consent]) -> bool:
    """Return whether a source other than the system has refused."""
    return any(one.decision in REFUSALS and not _is_by_profile(one) for one in said)


def _make_person(row: Any) -> Person:
    names: dict[str, Any] = dict.fromkeys(Person._fields)
    known = {"id": row["person_id"], "kind": row["kind"], "birth_date": row["birth_date"]}
    return Person(**names | known)
