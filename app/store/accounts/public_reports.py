"""Reports of the public about an account or a post, and their outcomes (clauses 5, 26, 36).

The words of people stay in the record; the ledger has their digest, since a report may name anyone.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from app.database.tables import reports
from app.errors import IllegalTransitionError, InvalidRequestError, NotFoundError
from app.policy.words import ReportKind, ReportOutcome, ReportState
from app.store.ledger.chain import make_id
from app.store.ledger.changes import Actor, Change, record_change
from app.store.people.staff import is_active_staff

KIND = "report"
_WRITTEN = ("platform", "handle", "url", "description", "outcome_note")
_SAID = ("kind", "state", "assigned_to", "outcome")

# Called with the version on file before anything is changed.
Match = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report as it was sent; `url` is never opened."""

    kind: ReportKind
    description: str
    url: str | None = None
    platform: str | None = None
    handle: str | None = None
    reporter_name: str | None = None
    reporter_email: str | None = None


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """A filter of reports; every value given must match."""

    state: ReportState | None = None
    kind: ReportKind | None = None
    assigned_to: str | None = None


def add_report(connection: Connection, actor: Actor, new: NewReport) -> RowMapping:
    """Record a new report."""
    ident = make_id()
    row = {"id": ident, "version": 1, "state": "received", **asdict(new)}
    connection.execute(insert(reports).values(created_at=actor.at, updated_at=actor.at, **row))
    made = read_report(connection, ident)
    record_change(connection, actor, Change(KIND, ident, "received", after=describe_report(made)))
    return made


def read_report(connection: Connection, report_id: str) -> RowMapping:
    """Return the report with this id; raises `NotFoundError`."""
    wanted = select(reports).where(reports.c.id == report_id)
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise NotFoundError
    return row


def list_reports(
    connection: Connection, wanted: ReportFilter, after: str, limit: int
) -> Sequence[RowMapping]:
    """Return up to `limit` reports behind id `after`, oldest first."""
    given = {name: value for name, value in asdict(wanted).items() if value is not None}
    rows = select(reports).filter_by(**given).where(reports.c.id > after)
    return connection.execute(rows.order_by(reports.c.id).limit(limit)).mappings().all()


def assign_report(
    connection: Connection, actor: Actor, report_id: str, match: Match, person_id: str
) -> RowMapping:
    """Assign the report to a person, also anew.

    Raises `NotFoundError`, what `match` raises, `IllegalTransitionError` for one that is closed,
    and `InvalidRequestError` for someone who is not with the district.
    """
    old = _read_open_report(connection, report_id, match)
    if not is_active_staff(connection, person_id):
        message = "Must be somebody who is with the district"
        raise InvalidRequestError(
            [{"at": "/assigned_to", "code": "unknown_person", "message": message}]
        )
    values = {"state": "assigned", "assigned_to": person_id}
    return _change_report(connection, actor, old, "assigned", values)


def close_report(
    connection: Connection,
    actor: Actor,
    report_id: str,
    match: Match,
    outcome: tuple[ReportOutcome, str | None],
) -> RowMapping:
    """Close the report with an outcome, and a note or none.

    Raises `NotFoundError`, what `match` raises, and `IllegalTransitionError` for a second time.
    """
    old = _read_open_report(connection, report_id, match)
    values = {"state": "closed", "outcome": outcome[0], "outcome_note": outcome[1]}
    return _change_report(connection, actor, old, "closed", values)


def _read_open_report(connection: Connection, report_id: str, match: Match) -> RowMapping:
    old = read_report(connection, report_id)
    match(old["version"])
    if old["state"] == "closed":
        detail = "The report is closed; what is new is a new report"
        raise IllegalTransitionError(detail)
    return old


def _change_report(
    connection: Connection, actor: Actor, old: RowMapping, action: str, values: dict[str, Any]
) -> RowMapping:
    changed = update(reports).where(reports.c.id == old["id"])
    connection.execute(changed.values(version=old["version"] + 1, updated_at=actor.at, **values))
    new = read_report(connection, old["id"])
    people = sorted({row["assigned_to"] for row in (old, new) if row["assigned_to"]})
    change = Change(
        KIND,
        new["id"],
        action,
        before=describe_report(old),
        after=describe_report(new),
        subjects=people,
    )
    record_change(connection, actor, change)
    return new


def describe_report(row: RowMapping) -> dict[str, Any]:
    """Return a report for the ledger, with digests in the place of people's words."""
    said: dict[str, Any] = {name: row[name] for name in _SAID}
    for name in _WRITTEN:
        if row[name] is not None:
            said[f"{name}_sha256"] = hashlib.sha256(row[name].encode()).hexdigest()
    return said
