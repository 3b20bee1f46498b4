"""Designations: who holds an office or acts as its designee, and the days of it.

No row is changed: the same designation with another end is a later row, and the last row counts.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, exists, select

from app.database.tables import designations, orgs, people
from app.errors import (
    ConflictError,
    DesignationRequiredError,
    InvalidRequestError,
    OwnRequestError,
    PersonRequiredError,
)
from app.policy.facts import Designation
from app.policy.rules.permissions import capacity_in
from app.policy.words import DesignationCapacity, Office
from app.store.ledger.changes import Actor
from app.store.people.memberships import belongs_to
from app.store.people.references import Schools
from app.store.permissions import effective_dating
from app.store.permissions.effective_dating import EndDate, FactKind
from app.store.permissions.office_changes import Effect, OfficeChange, find_effect

_DATED = FactKind(
    "designation",
    designations,
    ("office", "person_id", "capacity", "effective_from", "org_id"),
    lambda row: [row["person_id"]],
)
_PLAIN = select(*(designations.c[name] for name in Designation._fields))
_EMPLOYED = exists().where(
    people.c.id == designations.c.person_id,
    people.c.kind == "employee",
    people.c.status == "active",
)


@dataclass(frozen=True, slots=True)
class NewDesignation:
    """A designation to be recorded; days of the district, both inclusive.

    `org_id` is the school of a principal, and None for the offices of the district.
    """

    office: Office
    person_id: str
    capacity: DesignationCapacity
    effective_from: date
    effective_to: date | None = None
    org_id: str | None = None


class Designator(NamedTuple):
    """A person who designates on a day: as administrator, or by right of their own office."""

    person_id: str | None
    day: date
    zone: ZoneInfo
    administrator: bool


class PastChange(NamedTuple):
    """An administrator's reason to change the past, and the digest of the effect that was shown."""

    reason: str | None = None
    confirm: str | None = None


NO_PAST = PastChange()


def add_designation(
    connection: Connection,
    actor: Actor,
    by: Designator,
    new: NewDesignation,
    past: PastChange = NO_PAST,
) -> RowMapping:
    """Record a designation.

    Raises `DesignationRequiredError` unless a holder of the office or an administrator designates,
    `OwnRequestError` where it is for oneself, `InvalidRequestError` where the person cannot hold
    the office or it begins in the past, `ConflictError` where the same is on file.
    """
    change = _describe_addition(connection, by, new)
    _refuse_past(connection, by, change, past)
    return effective_dating.add_fact(connection, actor, _DATED, change.after, past.reason)


def end_designation(
    connection: Connection,
    actor: Actor,
    by: Designator,
    designation_id: str,
    last_day: date,
    past: PastChange = NO_PAST,
) -> RowMapping:
    """Let a designation end with `last_day`; before its first day, take it back altogether.

    Raises `NotFoundError`, the errors of `add_designation`, and `ConflictError` where a later row
    has changed its end already.
    """
    old, change = _describe_end(connection, by, designation_id, last_day)
    _refuse_past(connection, by, change, past)
    return effective_dating.end_fact(
        connection, actor, _DATED, old, EndDate(last_day, note=past.reason)
    )


def preview_addition(connection: Connection, by: Designator, new: NewDesignation) -> Effect:
    """Return the effect of `add_designation`; raise its errors, but for those about the past."""
    return find_effect(connection, _describe_addition(connection, by, new), by.zone)


def preview_end(
    connection: Connection, by: Designator, designation_id: str, last_day: date
) -> Effect:
    """Return the effect of `end_designation`; raise its errors, but for those about the past."""
    _, change = _describe_end(connection, by, designation_id, last_day)
    return find_effect(connection, change, by.zone)


def _describe_addition(connection: Connection, by: Designator, new: NewDesignation) -> OfficeChange:
    _refuse_designator(connection, by, new.office, new.person_id)
    _refuse_bad(connection, new)
    fact = asdict(new)
    if effective_dating.find_latest(connection, _DATED, fact) is not None:
        detail = "The same designation is on file; change its end instead"
        raise ConflictError(detail)
    return OfficeChange(None, fact)


def _describe_end(
    connection: Connection, by: Designator, designation_id: str, last_day: date
) -> tuple[RowMapping, OfficeChange]:
    old = read_designation(connection, designation_id)
    _refuse_designator(connection, by, old["office"], old["person_id"])
    before = {name: old[name] for name in (*_DATED.identity, "effective_to")}
    return old, OfficeChange(before, {**before, "effective_to": last_day})


def _refuse_designator(
    connection: Connection, by: Designator, office: Office, person_id: str
) -> None:
    """Raise unless a holder of the office, or an administrator, designates another person.

    A designee never does. For principals the Superintendent does.
    """
    if not by.administrator:
        deciding: Office = "superintendent" if office == "principal" else office
        if by.person_id is None:
            raise PersonRequiredError
        if find_capacity(connection, by.person_id, deciding, by.day) != "holder":
            detail = "Only a holder of the office, or an administrator, says who acts for it"
            raise DesignationRequiredError(detail)
    if by.person_id == person_id:
        detail = "Nobody makes or ends their own designation"
        raise OwnRequestError(detail)


def _refuse_past(
    connection: Connection, by: Designator, change: OfficeChange, past: PastChange
) -> None:
    """Raise unless an administrator who has seen the effect changes the past, with a reason."""
    if not change.is_backward(by.day):
        return
    field = "effective_from" if change.before is None else "effective_to"
    if not by.administrator:
        raise _make_refusal(field, "past", "Must not change what was in force before today")
    if not past.reason:
        raise _make_refusal(
            "reason", "reason_needed", "Is needed to change what was in force before"
        )
    if past.confirm != find_effect(connection, change, by.zone).digest:
        message = "Must be the digest of the preview that shows what this changes in the past"
        raise _make_refusal("confirm", "not_shown", message)


def _make_refusal(field: str, code: str, message: str) -> InvalidRequestError:
    return InvalidRequestError([{"at": f"/{field}", "code": code, "message": message}])


def read_designation(connection: Connection, designation_id: str) -> RowMapping:
    """Return the row with this id, in force or not; raises `NotFoundError`."""
    return effective_dating.read_fact(connection, _DATED, designation_id)


def list_designations(
    connection: Connection, after: int, limit: int, schools: Schools = None
) -> list[RowMapping]:
    """Return up to `limit` rows behind number `after`, oldest first, superseded ones too.

    With `schools` those of their people alone.
    """
    if schools is None:
        return effective_dating.list_facts(connection, _DATED, after, limit)
    ours = people.c.id == designations.c.person_id, belongs_to(sorted(schools))
    return effective_dating.list_facts(connection, _DATED, after, limit, exists().where(*ours))


def find_capacity(
    connection: Connection, person_id: str, office: Office, day: date
) -> DesignationCapacity | None:
    """Return the capacity in which the person acts for `office` on `day`, or None. A holder wins.

    A person who has left the district, or is no employee any more, does not act: a designation
    without an end outlives the person's work, and so do keys that act for the person.
    """
    theirs = designations.c.person_id == person_id
    rows = connection.execute(
        _PLAIN.where(theirs, _EMPLOYED, effective_dating.is_in_force(_DATED, day))
    )
    return capacity_in((Designation(*row) for row in rows), office, day)


def list_acting(connection: Connection, office: Office, day: date) -> dict[str, str | None]:
    """Return who acts for `office` on `day`, as holder or designee: ids and e-mail addresses."""
    acting = select(designations.c.person_id).where(
        designations.c.office == office, _EMPLOYED, effective_dating.is_in_force(_DATED, day)
    )
    ids = sorted(set(connection.scalars(acting)))
    rows = select(people.c.id, people.c.email).where(people.c.id.in_(ids)).order_by(people.c.id)
    return {row.id: row.email for row in connection.execute(rows)}


def require_capacity(connection: Connection, person_id: str, office: Office, day: date) -> None:
    """Raise `DesignationRequiredError` unless the person acts for `office` on `day`."""
    if find_capacity(connection, person_id, office, day) is None:
        raise DesignationRequiredError


def is_principal(connection: Connection, person_id: str, org_id: str | None, day: date) -> bool:
    """Return whether the person is principal of the school `org_id`, or its designee, on `day`."""
    theirs = (designations.c.person_id == person_id, designations.c.org_id == org_id)
    wanted = exists().where(
        *theirs,
        designations.c.office == "principal",
        _EMPLOYED,
        effective_dating.is_in_force(_DATED, day),
    )
    return org_id is not None and bool(connection.scalar(select(wanted)))


def _refuse_bad(connection: Connection, new: NewDesignation) -> None:
    kind = connection.scalar(select(people.c.kind).where(people.c.id == new.person_id))
    if kind != "employee":
        raise _make_refusal("person_id", "unknown_employee", "Must be an employee")
    if (new.office == "principal") != (new.org_id is not None):
        raise _make_refusal(
            "org_id", "school_of_principal", "Goes with the office principal, and only"
        )
    school = select(orgs.c.id).where(orgs.c.id == new.org_id, orgs.c.kind == "school")
    if new.org_id is not None and connection.scalar(school) is None:
        raise _make_refusal("org_id", "unknown_org", "Must be the sourcedId of a school on file")
    if new.effective_to is not None and new.effective_to < new.effective_from:
        raise _make_refusal("effective_to", "order", "Lies before effective_from")
