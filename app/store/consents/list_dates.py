"""The dates at which lists were last known to be whole, from which freshness is counted.

A consent list is dated school by school; one of the whole district dates every school. Rosters are
dated feed by feed: a small feed that comes says nothing about the classes of another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    not_,
    or_,
    select,
)

from app.database.session import Store
from app.database.tables import (
    class_absences,
    classes,
    enrollments,
    feed_enrollments,
    list_dates,
    list_gaps,
    orgs,
    people,
)
from app.errors import InvalidRequestError
from app.store.ledger import chain
from app.store.ledger.record_sums import binding, watch, watch_added
from app.store.people.memberships import belongs_to


@dataclass(frozen=True, slots=True)
class ListBytes:
    """The digest of a list's files, and for how many days they may come again as they are."""

    digest: str
    days: int


ListKind = Literal["consents", "attestation"]
# The school of a list of the whole district.
DISTRICT = ""
# The gap of a student whom a list has not.
ABSENT = "absent"
# The feed of a delivery that names none.
NO_FEED = ""
_CONSENT_KINDS = ("consents", "attestation")
UNKNOWN_SCHOOL = {"at": "/school", "code": "unknown", "message": "Is the id of no school on file"}


def date_list(
    connection: Connection,
    kind: ListKind,
    at: datetime,
    schools: Iterable[str] = (DISTRICT,),
    made: ListBytes | None = None,
) -> None:
    """Record that the list `kind` of these schools was whole at `at`.

    A list that was delivered as the same bytes for too long keeps its date; `made` has the digest
    of its bytes. Call it inside `Store.writing()`.
    """
    rows = []
    for school in schools:
        row: dict[str, Any] = {"kind": kind, "at": at, "school": school}
        if made:
            dated, since = find_bytes_date(connection, school, at, made)
            row |= {"at": dated, "digest": made.digest, "since": since}
        rows.append(row)
    if made:  # all rows of one statement have the same columns
        rows = [{"digest": None, "since": None, **row} for row in rows]
    if rows:
        with watch_added(connection, list_dates):
            connection.execute(insert(list_dates), rows)


def date_rosters(connection: Connection, at: datetime, feed: str | None) -> None:
    """Record that the rosters of this feed were whole at `at`. Call it inside `Store.writing()`."""
    row = {"kind": "rosters", "at": at, "school": DISTRICT, "feed": feed or NO_FEED}
    with watch_added(connection, list_dates):
        connection.execute(insert(list_dates), [row])


def find_bytes_date(
    connection: Connection, school: str, at: datetime, made: ListBytes
) -> tuple[datetime, datetime]:
    """Return the date of a list delivered at `at`, and since when it has these bytes.

    An export that writes the same file every night may have stopped long ago. So the date advances
    with the same bytes for a limited number of days only, counted from the first delivery or from
    when the office attested the list.
    """
    c = list_dates.c
    mine = c.kind == "consents", c.school == school, c.feed == NO_FEED
    said = select(c.digest, c.since).where(*mine)
    last = connection.execute(said.order_by(c.seq.desc()).limit(1)).one_or_none()
    since = last.since if last and last.since and last.digest == made.digest else at
    attested = _read_last_date(connection, "attestation", school)
    from_when = max(since, attested) if attested else since
    return min(at, from_when + timedelta(days=made.days)), since


def select_roster_date(class_id: ColumnElement[str]) -> ScalarSelect[datetime | None]:
    """Select the date of a class's rosters: the oldest among the feeds that bring its students.

    Of a feed whose latest rosters did not have the class, it is the date of the last that did. Null
    where a feed never brought whole rosters of the class, and for a class without students.
    """
    placed, brought = enrollments.alias("placed"), feed_enrollments.alias("brought")
    same = and_(
        brought.c.class_id == placed.c.class_id,
        brought.c.person_id == placed.c.person_id,
        brought.c.role == placed.c.role,
    )
    feeds = (
        select(
            placed.c.class_id,
            func.coalesce(brought.c.feed, literal_column(f"'{NO_FEED}'")).label("feed"),
        )
        .select_from(placed.outerjoin(brought, same))
        .where(placed.c.class_id == class_id, placed.c.role == literal_column("'student'"))
        .distinct()
        .correlate(classes)
        .subquery("feeds")
    )
    dated = list_dates.alias("dated_rosters")
    theirs = select(func.max(dated.c.seq)).where(
        dated.c.school == literal_column(f"'{DISTRICT}'"),
        dated.c.kind == literal_column("'rosters'"),
        dated.c.feed == feeds.c.feed,
    )
    last = select(list_dates.c.at).where(
        list_dates.c.seq == theirs.correlate(feeds).scalar_subquery()
    )
    last_at = last.correlate(feeds).scalar_subquery().label("at")
    absent = class_absences.alias("absent")
    left = and_(absent.c.class_id == feeds.c.class_id, absent.c.feed == feeds.c.feed)
    dates = (
        select(last_at, absent.c.class_id, absent.c.at.label("left_at"), absent.c.back_at)
        .select_from(feeds.outerjoin(absent, left))
        .subquery("roster_dates")
    ).c
    # After an undo of the rosters that had the class again, the others are earlier than `back_at`.
    is_present = or_(dates.class_id.is_(None), dates.at >= dates.back_at)
    at = case((or_(is_present, dates.at < dates.left_at), dates.at), else_=dates.left_at)
    all_dated = func.count() == func.count(at)
    return select(case((all_dated, func.min(at)))).scalar_subquery()


def read_roster_date(connection: Connection, feed: str) -> datetime | None:
    """Return the date of this feed's last whole rosters; None where there were none."""
    return _read_last_date(connection, "rosters", DISTRICT, feed)


def find_class_dates(
    connection: Connection, class_id: str
) -> tuple[datetime | None, datetime | None]:
    """Return the date of the oldest consent list of a class's students, and of the rosters.

    None where there is none; of the list also where one of the students' schools has none.
    """
    theirs = (
        select(people.c.org_id, people.c.other_org_ids)
        .join(enrollments, enrollments.c.person_id == people.c.id)
        .where(enrollments.c.class_id == class_id, enrollments.c.role == "student")
        .distinct()
    )
    schools = {
        school or DISTRICT
        for first, others in connection.execute(theirs)
        for school in (first, *orjson.loads(others or "[]"))
    } or {DISTRICT}
    dates = [_find_consent_date(connection, school) for school in schools]
    known = [at for at in dates if at is not None]
    oldest = min(known) if len(known) == len(dates) else None
    return oldest, connection.scalar(select(select_roster_date(literal(class_id))))


def _find_consent_date(connection: Connection, school: str) -> datetime | None:
    """Return the date of a school's list: its own, or the district's where that is later."""
    found = (
        _read_last_date(connection, kind, of)
        for kind in _CONSENT_KINDS
        for of in {school, DISTRICT}
    )
    return max((at for at in found if at is not None), default=None)


def _read_last_date(
    connection: Connection, kind: str, school: str, feed: str = NO_FEED
) -> datetime | None:
    """Return the date recorded last, which is not the latest once a clock was set right."""
    c = list_dates.c
    said = select(c.at).where(c.kind == kind, c.school == school, c.feed == feed)
    return connection.scalar(said.order_by(c.seq.desc()).limit(1))


def attest_list(store: Store, at: datetime, by: str | None, school: str | None = None) -> None:
    """Record the office's statement, given at `at`, that the consent list on file is whole.

    It is about the list of `school` alone, or of the whole district. `by` is the sourcedId of the
    person who states it, None for the machine's operator. The ledger gets a row. Raises
    `InvalidRequestError` for a school that is not on file, `StoreUnavailableError` when the store
    cannot be reached; then nothing is recorded.
    """
    with store.writing() as connection:
        if school is not None and not _is_on_file(connection, school):
            raise InvalidRequestError([UNKNOWN_SCHOOL])
        with binding(connection, at, by):
            date_list(connection, "attestation", at, (school or DISTRICT,))
            with watch(connection, list_gaps, list_gaps.c.gap == ABSENT):
                _end_absences(connection, school)
        said = {"list": "consents"} | ({"school": school} if school else {})
        entry = chain.LedgerEntry(chain.make_id(), "list.attested", at, by, said)
        chain.append_entries(connection, [entry])


def _end_absences(connection: Connection, school: str | None) -> None:
    """End the gaps of students absent from the list of this school, or from any.

    Those of a former school end, too; what another school of the student lacks stays.
    """
    lacking = delete(list_gaps).where(list_gaps.c.gap == ABSENT)
    if school is None:
        connection.execute(lacking)
        return
    of = list_gaps.c.school
    others = and_(of != school, or_(of == DISTRICT, belongs_to([of])))
    theirs = exists().where(people.c.id == list_gaps.c.person_id, belongs_to([school]))
    stays = exists().where(
        people.c.id == list_gaps.c.person_id, people.c.other_org_ids.is_not(None), others
    )
    connection.execute(lacking.where(theirs, not_(stays)))


def _is_on_file(connection: Connection, org_id: str) -> bool:
    return connection.scalar(select(orgs.c.id).where(orgs.c.id == org_id)) is not None
