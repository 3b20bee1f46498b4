"""Earlier statements that a new one corrects, lifts or repeats.

A new statement is given as the columns it would have on file.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, select

from app.database.tables import consents
from app.errors import ConflictError, InvalidRequestError
from app.policy.consent_coverage import find_cells
from app.policy.facts import STATED, Consent
from app.policy.statements import Misfit
from app.policy.words import REFUSALS
from app.store.ledger.changes import Actor
from app.store.service.key_lineages import read_lineage

Digest = Callable[[Mapping[str, Any]], str]

_NO_STATEMENT = "must be a statement about this person"
_NOT_THEIRS = Misfit("corrects", "another_source", "refuses: only its maker corrects it")
_later = consents.alias("later")
_ROWS = select(consents, _later.c.id.label("corrected_by")).select_from(
    consents.outerjoin(_later, _later.c.corrects == consents.c.id)
)


def make_misfit_error(*misfits: Misfit) -> InvalidRequestError:
    """Return the misfits of a statement as an error that names its fields."""
    return InvalidRequestError(
        [
            {"at": f"/{field}", "code": code, "message": reason[0].upper() + reason[1:]}
            for field, code, reason in misfits
        ]
    )


def make_consent(row: Mapping[Any, Any]) -> Consent:
    """Return a row as the policy reads it."""
    said = {name: row[name] for name in STATED}
    return Consent(**said | {"lifts": frozenset((row["lifts"] or "").split())})


def find_corrected(connection: Connection, columns: Mapping[str, Any]) -> RowMapping | None:
    """Return the statement that this one corrects, or None.

    A refusal is corrected by its own source alone: else one guardian's paper would undo what
    another has refused. Raises `InvalidRequestError`, and `ConflictError` where it was corrected
    before.
    """
    if columns["corrects"] is None:
        return None
    old = _find_equal_statement(connection, columns, columns["corrects"])
    if old is None:
        raise make_misfit_error(Misfit("corrects", "unknown_statement", _NO_STATEMENT))
    if old["corrected_by"] is not None:
        detail = "It has been corrected already; correct its correction instead"
        raise ConflictError(detail)
    if old["source"] != columns["source"] and old["decision"] in REFUSALS:
        raise make_misfit_error(_NOT_THEIRS)
    return old


def find_source(connection: Connection, columns: Mapping[str, Any]) -> str:
    """Return the source of a lift that names refusals and no guardian: the refusals' own source.

    Flags of a profile name no one; the refusals from them can be lifted by naming them alone.
    """
    named = [
        _find_equal_statement(connection, columns, ident) for ident in columns["lifts"].split()
    ]
    sources = {row["source"] for row in named if row and row["given_by"] is None}
    if len(sources) != 1 or None in named:
        raise make_misfit_error(Misfit("given_by", "missing", "must name the guardian"))
    return str(sources.pop())


def check_lifted(
    connection: Connection, columns: Mapping[str, Any], scoped: bool, zone: ZoneInfo
) -> None:
    """Raise `InvalidRequestError` unless a lift can lift all the statements that it names.

    With `scoped` it also states a scope, and all statements that it names must lie inside.
    """
    for ident in (columns["lifts"] or "").split():
        row = _find_equal_statement(connection, columns, ident)
        for code, reason in _find_hindrances(row, columns, scoped, zone):
            raise make_misfit_error(Misfit("lifts", code, reason))


def _find_hindrances(
    row: RowMapping | None, lift: Mapping[str, Any], scoped: bool, zone: ZoneInfo
) -> Iterator[tuple[str, str]]:
    if row is None:
        yield "unknown_statement", _NO_STATEMENT
    elif row["decision"] not in REFUSALS:
        yield "no_refusal", "must be a refusal, a withdrawal or a hold"
    elif row["corrected_by"] is not None:
        yield "corrected", "was corrected: name what stands in its place"
    elif (row["capacity"], row["source"]) != (lift["capacity"], lift["source"]):
        yield "another_source", "was made by somebody else, who alone can lift it"
    elif _is_signed_after(row, lift, zone):
        yield "signed_later", "was signed after this"
    elif scoped and find_cells(make_consent(row)) & ~_read_scope(lift):
        yield "outside_scope", "is about more than activity, channel and extent say"


def _is_signed_after(row: RowMapping, lift: Mapping[str, Any], zone: ZoneInfo) -> bool:
    one, other = row["signed_at"], lift["signed_at"]
    if row["signed_day_only"] or lift["signed_day_only"]:
        return bool(_to_local_day(one, zone) > _to_local_day(other, zone))
    return bool(one > other)


def _read_scope(lift: Mapping[str, Any]) -> int:
    return find_cells(make_consent({**dict.fromkeys(STATED), **lift}))


def find_same_statement(
    connection: Connection,
    actor: Actor,
    columns: Mapping[str, Any],
    digest: Digest,
    zone: ZoneInfo,
) -> tuple[str, RowMapping | None]:
    """Return the digest of a statement, and the equal statement on file, or None.

    Two offices may put the same hold on a student the same day: it is one only where the same
    person sends it again. A paper of a day that was lifted by its id the same day, and is sent
    again, may be a new one; taken for the old one it would refuse nothing.
    """
    apart: dict[str, str] = {}
    while True:
        what = digest(apart)
        of_person = consents.c.person_id == columns["person_id"]
        found = connection.execute(_ROWS.where(of_person, consents.c.digest == what))
        there = found.mappings().one_or_none()
        if there is None or columns["decision"] not in REFUSALS:
            return what, there
        lift = _find_same_day_lift(connection, there, zone)
        if (
            there["capacity"] == "office_hold"
            and "held_by" not in apart
            and not _is_recorded_by(connection, there, actor)
        ):
            apart["held_by"] = actor.person_id or read_lineage(connection, actor.caller)
        elif lift is not None and there["corrected_by"] is None:
            apart["after"] = lift
        else:
            return what, there


def _is_recorded_by(connection: Connection, there: RowMapping, actor: Actor) -> bool:
    if actor.person_id is not None:
        return bool(there["recorded_by_person"] == actor.person_id)
    recorded_by = str(there["recorded_by"])
    return read_lineage(connection, recorded_by) == read_lineage(connection, actor.caller)


def _find_same_day_lift(connection: Connection, there: RowMapping, zone: ZoneInfo) -> str | None:
    """Return the id of the last lift of a paper of a day that was signed on that day."""
    if not there["signed_day_only"]:
        return None
    lifts = _ROWS.where(
        consents.c.person_id == there["person_id"],
        consents.c.decision == "lift",
        consents.c.lifts.contains(there["id"], autoescape=True),
        _later.c.id.is_(None),
    ).order_by(consents.c.seq.desc())
    day = _to_local_day(there["signed_at"], zone)
    rows = connection.execute(lifts).mappings()
    return next(
        (str(row["id"]) for row in rows if _to_local_day(row["signed_at"], zone) == day), None
    )


def _find_equal_statement(
    connection: Connection, columns: Mapping[str, Any], ident: str
) -> RowMapping | None:
    of_person = consents.c.person_id == columns["person_id"]
    wanted = _ROWS.where(consents.c.id == ident, of_person)
    return connection.execute(wanted).mappings().one_or_none()


def _to_local_day(at: datetime, zone: ZoneInfo) -> Any:
    return at.astimezone(zone).date()
