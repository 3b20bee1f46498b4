"""Designations: who holds an office or acts as its designee, from when to when.

Nothing is changed: the same designation with another end is a later row, and the last row counts.
"""

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, RowMapping, exists, select

from app.errors import ConflictError, DesignationRequiredError, InvalidRequestError
from app.policy.facts import Designation
from app.policy.rules.permissions import capacity_in
from app.policy.words import DesignationCapacity, Office
from app.store import dated
from app.store.changes import Actor
from app.store.dated import Dated, Ending
from app.store.tables import designations, people

_DATED = Dated(
    "designation",
    designations,
    ("office", "person_id", "capacity", "effective_from"),
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
    """A designation to be recorded; days of the district, both inclusive."""

    office: Office
    person_id: str
    capacity: DesignationCapacity
    effective_from: date
    effective_to: date | None = None


def add(connection: Connection, actor: Actor, new: NewDesignation) -> RowMapping:
    """Record a designation.

    Raises `InvalidRequestError` where the person cannot hold an office, `ConflictError` where the
    same is on file.
    """
    _refuse_bad_person(connection, new.person_id)
    fact = asdict(new)
    if dated.latest(connection, _DATED, fact) is not None:
        detail = "The same designation is on file; change its end instead"
        raise ConflictError(detail)
    return dated.add(connection, actor, _DATED, fact)


def end(connection: Connection, actor: Actor, designation_id: str, last_day: date) -> RowMapping:
    """Let a designation end with `last_day`, be that before its first day: then it never was one.

    Raises `NotFoundError`, and `ConflictError` where a later row has changed its end already.
    """
    old = get(connection, designation_id)
    return dated.end(connection, actor, _DATED, old, Ending(last_day))


def get(connection: Connection, designation_id: str) -> RowMapping:
    """The row with this id, in force or not; raises `NotFoundError`."""
    return dated.get(connection, _DATED, designation_id)


def page(connection: Connection, after: int, limit: int) -> list[RowMapping]:
    """Up to `limit` rows behind number `after`, oldest first; superseded ones are among them."""
    return dated.page(connection, _DATED, after, limit)


def held(
    connection: Connection, person_id: str, office: Office, day: date
) -> DesignationCapacity | None:
    """As what the person acts for `office` on `day`: holder before designee; None for neither.

    Nobody acts who has left the district, or is no employee any more: a designation without an end
    outlives the person's work, and so do keys that act for the person.
    """
    theirs = designations.c.person_id == person_id
    rows = connection.execute(_PLAIN.where(theirs, _EMPLOYED, dated.in_force(_DATED, day)))
    return capacity_in((Designation(*row) for row in rows), office, day)


def require(connection: Connection, person_id: str, office: Office, day: date) -> None:
    """Raises `DesignationRequiredError` unless the person acts for `office` on `day`."""
    if held(connection, person_id, office, day) is None:
        raise DesignationRequiredError


def _refuse_bad_person(connection: Connection, person_id: str) -> None:
    kind = connection.scalar(select(people.c.kind).where(people.c.id == person_id))
    if kind != "employee":
        raise InvalidRequestError(
            [{"at": "/person_id", "code": "unknown_employee", "message": "Must be an employee"}]
        )
