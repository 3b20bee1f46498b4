"""Designations: who holds an office or acts as its designee, from when to when.

Nothing is changed: the same designation with another end is a later row, and the last row counts.
"""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, insert, select

from app.errors import ConflictError, DesignationRequiredError, InvalidRequestError, NotFoundError
from app.policy.facts import Designation
from app.policy.rules.permissions import capacity_in
from app.policy.words import DesignationCapacity, Office
from app.store.changes import Actor, Change, record, said
from app.store.ledger import new_id
from app.store.tables import designations, people

KIND = "designation"
_ROWS: Select[Any] = select(
    designations.c.seq,
    designations.c.id,
    designations.c.office,
    designations.c.person_id,
    designations.c.capacity,
    designations.c.effective_from,
    designations.c.effective_to,
    designations.c.recorded_at,
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
    if _latest(connection, **_identity(new)) is not None:
        detail = "The same designation is on file; change its end instead"
        raise ConflictError(detail)
    return _write(connection, actor, "recorded", new)


def end(connection: Connection, actor: Actor, designation_id: str, last_day: date) -> RowMapping:
    """Let a designation end with `last_day`, be that before its first day: then it never was one.

    Raises `NotFoundError`, and `ConflictError` where a later row has changed its end already.
    """
    old = get(connection, designation_id)
    identity = {name: old[name] for name in _IDENTITY}
    if _latest(connection, **identity) != old:
        detail = "Its end has been changed since; read the list again"
        raise ConflictError(detail)
    return _write(connection, actor, "ended", NewDesignation(**identity, effective_to=last_day))


def get(connection: Connection, designation_id: str) -> RowMapping:
    """The row with this id, in force or not; raises `NotFoundError`."""
    wanted = _ROWS.where(designations.c.id == designation_id)
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise NotFoundError
    return row


def page(connection: Connection, after: int, limit: int) -> list[RowMapping]:
    """Up to `limit` rows behind number `after`, oldest first; superseded ones are among them."""
    wanted = _ROWS.where(designations.c.seq > after).order_by(designations.c.seq).limit(limit)
    return list(connection.execute(wanted).mappings())


def held(
    connection: Connection, person_id: str, office: Office, day: date
) -> DesignationCapacity | None:
    """As what the person acts for `office` on `day`: holder before designee; None for neither."""
    wanted = _ROWS.where(designations.c.person_id == person_id).order_by(designations.c.seq)
    rows = [Designation(*row[2:7]) for row in connection.execute(wanted)]
    # Of rows equal in all but the end the last one counts.
    latest = {row._replace(effective_to=None): row for row in rows}
    return capacity_in(latest.values(), office, day)


def require(connection: Connection, person_id: str, office: Office, day: date) -> None:
    """Raises `DesignationRequiredError` unless the person acts for `office` on `day`."""
    if held(connection, person_id, office, day) is None:
        raise DesignationRequiredError


def day_before(day: date) -> date:
    """The last day of what is revoked on `day`: from that day on it is not in force."""
    return day - timedelta(days=1)


_IDENTITY = ("office", "person_id", "capacity", "effective_from")


def _identity(new: NewDesignation) -> dict[str, Any]:
    return {name: getattr(new, name) for name in _IDENTITY}


def _latest(connection: Connection, **identity: Any) -> RowMapping | None:
    wanted = _ROWS.filter_by(**identity).order_by(designations.c.seq.desc()).limit(1)
    return connection.execute(wanted).mappings().one_or_none()


def _write(connection: Connection, actor: Actor, action: str, new: NewDesignation) -> RowMapping:
    ident = new_id()
    row = {"id": ident, "recorded_at": actor.at, **asdict(new)}
    connection.execute(insert(designations).values(row))
    change = Change(KIND, ident, action, after=said(asdict(new)), subjects=[new.person_id])
    record(connection, actor, change)
    return get(connection, ident)


def _refuse_bad_person(connection: Connection, person_id: str) -> None:
    kind = connection.scalar(select(people.c.kind).where(people.c.id == person_id))
    if kind != "employee":
        raise InvalidRequestError(
            [{"at": "/person_id", "code": "unknown_employee", "message": "Must be an employee"}]
        )
