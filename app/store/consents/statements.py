"""Statements of consent: put on file once, never changed, corrected by a later one.

`app.policy.consent` decides what they amount to; `app.store.consents.states` reads that.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    insert,
    literal,
    select,
)

from app.database.json_lists import as_json, is_in, json_list
from app.database.tables import consents, guardians, people
from app.database.tables.base import format_utc
from app.errors import ConflictError, InvalidRequestError, NotFoundError
from app.policy.consent import is_signed_later
from app.policy.credible_births import credible_birth_date
from app.policy.names import name_key
from app.policy.statements import (
    BY_GUARDIAN,
    SPEAKS_FOR,
    Misfit,
    list_misfits,
    name_source,
    widen_scope,
)
from app.policy.words import Activity, Capacity, Channel, ConsentDecision, Extent
from app.store.consents.named_statements import (
    check_lifted,
    find_corrected,
    find_same_statement,
    find_source,
    make_misfit_error,
)
from app.store.ledger.chain import make_id, write_canonical
from app.store.ledger.changes import Actor, Change, record_change, to_json_values
from app.store.people.memberships import belongs_to
from app.store.people.references import Schools

KIND = "consent"

# A statement differs from another by any of these, and by any of `_PAPERS` that it has.
_CONTENT = (
    "person_id", "decision", "activity", "channel", "extent", "given_by", "capacity", "signed_at",
    "effective_from", "effective_to",
)  # fmt: skip
_PAPERS = ("evidence", "evidence_sha256", "notice_version", "corrects", "lifts")
# Keys that tell a statement from one in the very same words: see `find_same_statement`.
_APART = ("held_by", "after")
_ON_THE_LEDGER = ("id", *_CONTENT, "signed_day_only", "source", *_PAPERS)

# The same fault for an unknown person and for one of another school.
UNKNOWN_PERSON = {
    "at": "/person_id",
    "code": "unknown_person",
    "message": "Must be the sourcedId of somebody on file whom this key may know of",
}
_WRONG_KIND = Misfit("capacity", "wrong_kind", "does not fit the kind of person this is about")
_UNSIGNED = Misfit("signed_at", "in_the_future", "must not lie in the future")

_later = consents.alias("later")
_ROWS: Select[Any] = select(
    consents,
    guardians.c.guardian_id,
    guardians.c.name.label("guardian_name"),
    _later.c.id.label("corrected_by"),
).select_from(
    consents.outerjoin(
        guardians,
        and_(
            guardians.c.student_id == consents.c.person_id,
            guardians.c.guardian_id == consents.c.given_by,
            consents.c.source == literal(BY_GUARDIAN).concat(consents.c.given_by),
        ),
    ).outerjoin(_later, _later.c.corrects == consents.c.id)
)


@dataclass(frozen=True, slots=True)
class NewStatement:
    """A statement to be put on file, as it was handed in; days of the district, both inclusive.

    `given_by` is a guardian's id or name; `guardian_id` tells that it must be an id on file.
    """

    person_id: str
    decision: ConsentDecision
    capacity: Capacity
    signed_at: datetime
    signed_day_only: bool = False
    activity: Activity | None = None
    channel: Channel | None = None
    extent: Extent | None = None
    given_by: str | None = None
    guardian_id: bool = False
    effective_from: date | None = None
    effective_to: date | None = None
    evidence: str | None = None
    evidence_sha256: str | None = None
    notice_version: str | None = None
    corrects: str | None = None
    lifts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RecordedStatement:
    """The statement on file; `existed` is true where it was on file before.

    `born` is the person's birth date; None, and `birth_doubted`, where it cannot be right.
    """

    row: RowMapping
    existed: bool
    born: date | None
    birth_doubted: bool


def digest_statement(content: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hex, of a statement's content: equal ones are one statement.

    Days as ISO texts; `signed_at` as the day where the paper has no time, else `format_utc`.
    """
    whole = {name: content[name] for name in _CONTENT}
    papers = {name: content[name] for name in (*_PAPERS, *_APART) if content.get(name)}
    return hashlib.sha256(write_canonical(whole | papers).encode()).hexdigest()


def record_statement(
    connection: Connection,
    actor: Actor,
    new: NewStatement,
    zone: ZoneInfo,
    schools: Schools = None,
) -> RecordedStatement:
    """Put a statement on file, or return the one that is there already.

    A person outside `schools` is as unknown as one who is not on file. Raises
    `InvalidRequestError`, and `ConflictError` where the statement, or the one it corrects, has been
    corrected.
    """
    person = find_visible(connection, new.person_id, schools)
    if person is None:
        raise InvalidRequestError([UNKNOWN_PERSON])
    columns = _complete_columns(connection, actor, new, str(person["kind"]), zone)
    text = _to_text_values(columns, zone)

    def digest_apart(apart: Mapping[str, str]) -> str:
        return digest_statement({**text, **apart})

    columns["digest"], there = find_same_statement(connection, actor, columns, digest_apart, zone)
    if there is None:
        scoped = any((new.activity, new.channel, new.extent))
        check_lifted(connection, columns, scoped, zone)
        corrected = find_corrected(connection, columns)
        written = _write_statement(connection, actor, columns, corrected)
        return RecordedStatement(
            written, False, *_check_birth_date(person, _to_local_day(actor.at, zone))
        )
    if there["corrected_by"] is not None:
        detail = "This very statement was corrected; to bring it back, correct its correction"
        raise ConflictError(detail)
    on_file = read_statement(connection, there["id"])
    return RecordedStatement(
        on_file, True, *_check_birth_date(person, _to_local_day(actor.at, zone))
    )


def _check_birth_date(person: RowMapping, today: date) -> tuple[date | None, bool]:
    """Return the birth date, or None where it cannot be right; and whether that is so."""
    birth_date = person["birth_date"]
    if person["kind"] != "student":
        return birth_date, False
    first_seen = person["first_seen_at"].date()
    born = credible_birth_date(birth_date, person["grade"], person["status"], first_seen, today)
    return born, birth_date is not None and born is None


def read_statement(
    connection: Connection, statement_id: str, schools: Schools = None
) -> RowMapping:
    """Return the statement with this id, and its correction's id; raises `NotFoundError`."""
    row = _read_single_row(connection, consents.c.id == statement_id)
    if row is None or not find_visible(connection, row["person_id"], schools):
        raise NotFoundError
    return row


def list_statements(connection: Connection, person_id: str) -> list[RowMapping]:
    """Return every statement about a person, in the order in which they were signed."""
    c = consents.c
    wanted = _ROWS.where(c.person_id == person_id).order_by(c.signed_at, c.seq)
    return list(connection.execute(wanted).mappings())


def find_people_since(connection: Connection, people_ids: Iterable[str], at: datetime) -> set[str]:
    """Return those of these people about whom a statement was recorded after `at`."""
    c = consents.c
    wanted = select(c.person_id).where(is_in(c.person_id, json_list("ids")), c.recorded_at > at)
    return set(connection.scalars(wanted, {"ids": as_json(people_ids)}))


def find_visible(connection: Connection, person_id: str, schools: Schools) -> RowMapping | None:
    """Return kind and age of a person that a key limited to `schools` may see, or None."""
    c = people.c
    known = c.kind, c.birth_date, c.grade, c.status, c.first_seen_at
    wanted = select(*known).where(c.id == person_id)
    if schools is not None:
        wanted = wanted.where(belongs_to(sorted(schools)))
    return connection.execute(wanted).mappings().one_or_none()


def _read_single_row(connection: Connection, *conditions: ColumnElement[bool]) -> RowMapping | None:
    return connection.execute(_ROWS.where(*conditions)).mappings().one_or_none()


def _to_local_day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _complete_columns(
    connection: Connection, actor: Actor, new: NewStatement, kind: str, zone: ZoneInfo
) -> dict[str, Any]:
    """Return the columns of a consistent statement; raises `InvalidRequestError`."""
    columns, known = _make_columns(new, zone), _is_guardian(connection, new)
    faults = [
        *list_misfits(columns),
        *_find_maker_misfits(new, known=known),
        *_find_hold_misfits(new),
    ]
    if kind not in SPEAKS_FOR[new.capacity]:
        faults.append(_WRONG_KIND)
    if is_signed_later(new.signed_at, actor.at):
        faults.append(_UNSIGNED)
    if faults:
        raise make_misfit_error(*faults)
    columns |= widen_scope(columns)
    columns["source"] = name_source(new.capacity, new.given_by, on_file=known)
    if new.capacity == "guardian" and new.given_by is None:
        columns["source"] = find_source(connection, columns)
    return columns


def _make_columns(new: NewStatement, zone: ZoneInfo) -> dict[str, Any]:
    columns = asdict(new)
    columns["lifts"] = " ".join(sorted(new.lifts)) or None
    del columns["guardian_id"]
    columns["effective_from"] = new.effective_from or _to_local_day(new.signed_at, zone)
    columns["evidence_sha256"] = new.evidence_sha256 and new.evidence_sha256.lower()
    return columns


def _to_text_values(columns: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    at = columns["signed_at"]
    signed = _to_local_day(at, zone).isoformat() if columns["signed_day_only"] else format_utc(at)
    return to_json_values({**columns, "signed_at": signed})


def _is_guardian(connection: Connection, new: NewStatement) -> bool:
    """Return whether `given_by` is on file as the id of a guardian of this student."""
    if new.capacity != "guardian" or new.given_by is None:
        return False
    c = guardians.c
    wanted = c.student_id == new.person_id, c.guardian_id == new.given_by
    return connection.scalar(select(c.guardian_id).where(*wanted)) is not None


def _find_maker_misfits(new: NewStatement, *, known: bool) -> Iterator[Misfit]:
    """Yield what is wrong with the maker. A guardian is named, unless a lift names statements."""
    if new.capacity != "guardian":
        if new.given_by is not None:
            yield Misfit("given_by", "not_needed", "must be left out in this capacity")
    elif new.given_by is None:
        if not new.lifts:
            yield Misfit("given_by", "missing", "must name the guardian")
    elif new.guardian_id and not known:
        reason = "is on file for no guardian of this student; give the name instead"
        yield Misfit("given_by/guardian_id", "unknown_guardian", reason)
    elif not name_key(new.given_by):
        yield Misfit("given_by/name", "no_name", "holds no letter or digit")


def _find_hold_misfits(new: NewStatement) -> Iterator[Misfit]:
    if new.capacity == "office_hold":
        for name in ("evidence", "evidence_sha256", "notice_version"):
            if getattr(new, name) is not None:
                yield Misfit(name, "no_reason", "must be left out: of a hold no reason is kept")


def _write_statement(
    connection: Connection,
    actor: Actor,
    columns: Mapping[str, Any],
    corrected: RowMapping | None,
) -> RowMapping:
    ident = make_id()
    by = {"recorded_by": actor.caller, "recorded_by_person": actor.person_id}
    row = {**columns, "id": ident, "recorded_at": actor.at, **by}
    connection.execute(insert(consents).values(row))
    change = Change(
        KIND,
        ident,
        "recorded",
        before=None if corrected is None else _ledger_values(corrected),
        after=_ledger_values(row),
        subjects=[columns["person_id"]],
    )
    record_change(connection, actor, change)
    return read_statement(connection, ident)


def _ledger_values(row: Mapping[Any, Any]) -> dict[str, Any]:
    return to_json_values({name: row[name] for name in _ON_THE_LEDGER})
