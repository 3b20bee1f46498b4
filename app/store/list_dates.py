"""When a list was last known to be whole, which is what its freshness is counted from.

A consent list is dated school by school; one of the whole district dates every school.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select

from app.errors import InvalidRequestError
from app.store import ledger
from app.store.session import Store
from app.store.tables import enrollments, list_dates, orgs, people

ListKind = Literal["consents", "rosters", "attestation"]
# The school of a list of the whole district.
DISTRICT = ""
_CONSENT_KINDS = ("consents", "attestation")
UNKNOWN_SCHOOL = {"at": "/school", "code": "unknown", "message": "Is the id of no school on file"}


def date_list(
    connection: Connection, kind: ListKind, at: datetime, schools: Iterable[str] = (DISTRICT,)
) -> None:
    """Say that the list `kind` of these schools was whole at `at`.

    Call it inside `Store.writing()`.
    """
    rows = [{"kind": kind, "at": at, "school": school} for school in schools]
    if rows:
        connection.execute(insert(list_dates), rows)


def dates_of_class(
    connection: Connection, class_id: str
) -> tuple[datetime | None, datetime | None]:
    """When the oldest consent list of a class's students was made, and the rosters delivered.

    None where there is none, or, of the list, where one of the students' schools has none.
    """
    theirs = (
        select(people.c.org_id)
        .join(enrollments, enrollments.c.person_id == people.c.id)
        .where(enrollments.c.class_id == class_id, enrollments.c.role == "student")
        .distinct()
    )
    schools = {school or DISTRICT for school in connection.scalars(theirs)} or {DISTRICT}
    dates = [_consent_date(connection, school) for school in schools]
    known = [at for at in dates if at is not None]
    oldest = min(known) if len(known) == len(dates) else None
    return oldest, _last_date(connection, "rosters", DISTRICT)


def _consent_date(connection: Connection, school: str) -> datetime | None:
    """The date of a school's list: its own, or the whole district's where that is later."""
    found = (
        _last_date(connection, kind, of) for kind in _CONSENT_KINDS for of in {school, DISTRICT}
    )
    return max((at for at in found if at is not None), default=None)


def _last_date(connection: Connection, kind: str, school: str) -> datetime | None:
    """What was said last, which after a clock was set right is not the latest time."""
    c = list_dates.c
    said = select(c.at).where(c.kind == kind, c.school == school)
    return connection.scalar(said.order_by(c.seq.desc()).limit(1))


def attest_list(store: Store, at: datetime, by: str | None, school: str | None = None) -> None:
    """Record the office's word, given at `at`, that the consent list on file is whole.

    That of `school` alone, or of the whole district. `by` is the sourcedId of who said so, None
    for the machine's operator. The ledger gets a row. Raises `InvalidRequestError` for a school
    that is not on file, `StoreUnavailableError` when the store cannot be reached; then nothing is
    recorded.
    """
    with store.writing() as connection:
        if school is not None and not _is_on_file(connection, school):
            raise InvalidRequestError([UNKNOWN_SCHOOL])
        date_list(connection, "attestation", at, (school or DISTRICT,))
        said = {"list": "consents"} | ({"school": school} if school else {})
        entry = ledger.Entry(ledger.new_id(), "list.attested", at, by, said)
        ledger.append(connection, [entry])


def _is_on_file(connection: Connection, org_id: str) -> bool:
    return connection.scalar(select(orgs.c.id).where(orgs.c.id == org_id)) is not None
