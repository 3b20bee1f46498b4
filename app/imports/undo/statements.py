"""Statements that an undo takes back, by a lift that stands in for each; nothing is deleted.

A corrected statement is as if it had never been made: a refusal of the import bars nothing any
more, and what the import granted or lifted is again as it was. Refusals that were carried over to
another id stay. An undo of an undo makes the statements again.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
)

from app.database import tables
from app.database.json_lists import as_json, is_in, json_list
from app.imports.merge.slices import KeyRange, KeyRangeScan, MergeStep, Prepared
from app.imports.undo.undone_import import Undone
from app.imports.undo.undone_statements import digest_again, note_undone
from app.policy.consent import weigh_statements
from app.policy.consent_coverage import find_cells
from app.policy.facts import STATED, Consent, Person
from app.policy.words import REFUSALS
from app.store.consents.named_statements import make_consent
from app.store.ledger import chain
from app.store.ledger.changes import to_json_values

_c = tables.consents.c
_later = tables.consents.alias("later")
_CORRECTED = exists().where(_later.c.corrects == _c.id)
# What an undo put on file: the lift that stands in for a statement names it, too.
_ANNULS = and_(
    _c.decision == "lift", _c.corrects.is_not(None), func.coalesce(_c.lifts, "") == _c.corrects
)
_TOLD = (
    "id", "person_id", "decision", "activity", "channel", "extent", "given_by", "capacity",
    "source", "signed_at", "signed_day_only", "effective_from", "effective_to", "evidence",
    "evidence_sha256", "notice_version", "corrects", "lifts",
)  # fmt: skip
_CHUNK = 500
# Those of an undo name no line.
_PLACE = 0


class KeptStatement(NamedTuple):
    """A statement that stays, and the reason."""

    id: str
    person_id: str
    reason: str


@dataclass(slots=True)
class UndoEffects:
    """The effects of taking statements back, in statements by decision, and in people.

    `refused` may be shown for less than now, `allowed` for more; `closed` counts people who stay
    refused as before although a refusal is taken back, since another stands.
    """

    statements: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    allowed: int = 0
    closed: int = 0


def make_undo_steps(
    connection: Connection, undone: Undone
) -> tuple[list[MergeStep], list[MergeStep]]:
    """Return the steps that make it stricter, which run first, and those that end refusals."""
    refuses = _c.decision.in_(sorted(REFUSALS))
    again = _is_refusal_annulled()
    stricter = or_(and_(not_(refuses), not_(_ANNULS)), and_(_ANNULS, again))
    looser = or_(refuses, and_(_ANNULS, not_(again)))
    return (
        _make_steps(connection, undone, "statements taken back", stricter),
        _make_steps(connection, undone, "refusals taken back", looser),
    )


def _is_refusal_annulled() -> ColumnElement[bool]:
    """Return true where the undo's lift stands in for a refusal, which will count again."""
    old = tables.consents.alias("old").c
    return exists().where(old.id == _c.corrects, old.decision.in_(sorted(REFUSALS)))


def _match_import(number: int) -> list[ColumnElement[bool]]:
    # A statement carried over to another id has no place in the delivery.
    return [_c.import_number == number, _c.import_place.is_not(None), not_(_CORRECTED)]


def _make_steps(
    connection: Connection, undone: Undone, name: str, which: ColumnElement[bool]
) -> list[MergeStep]:
    where = and_(*_match_import(undone.number), which)
    rows = connection.scalar(select(func.count()).select_from(tables.consents).where(where)) or 0
    walk = KeyRangeScan(_c.seq, where=where)

    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        found = connection.execute(select(tables.consents).where(walk.within), bounds)
        counters = [
            counter
            for row in found.mappings().all()
            if (counter := _make_counter(connection, undone, row)) is not None
        ]
        if counters:
            connection.execute(insert(tables.consents), counters)
            chain.append_entries(connection, [_make_entry(undone, row) for row in counters])

    return [MergeStep(name, walk, apply, rows)] if rows else []


def _make_entry(undone: Undone, row: Mapping[str, Any]) -> chain.LedgerEntry:
    said = {**to_json_values({name: row[name] for name in _TOLD}), "subjects": [row["person_id"]]}
    return undone.stamp.entry("consent.recorded", said)


def _make_counter(connection: Connection, undone: Undone, row: RowMapping) -> dict[str, Any] | None:
    """Return the statement that stands in for another; None where it was made again since."""
    old = _find_annulled(connection, row)
    made = (
        _make_lift(connection, undone, row)
        if old is None
        else _make_statement_again(connection, row, old)
    )
    if made is None:
        return None
    stamp = undone.stamp
    stamped = {
        "id": chain.make_id(), "corrects": row["id"], "recorded_at": stamp.at,
        "recorded_by": stamp.import_id, "recorded_by_person": stamp.by,
        "import_number": stamp.number, "import_place": _PLACE,
    }  # fmt: skip
    return made | stamped


def _find_annulled(connection: Connection, row: RowMapping) -> RowMapping | None:
    """Return the statement that an undo's lift stands in for."""
    if row["decision"] != "lift" or not row["corrects"] or row["lifts"] != row["corrects"]:
        return None
    wanted = select(tables.consents).where(_c.id == row["corrects"])
    return connection.execute(wanted).mappings().one_or_none()


def _make_lift(connection: Connection, undone: Undone, row: RowMapping) -> dict[str, Any]:
    at = undone.stamp.at
    note_undone(
        connection,
        row["person_id"],
        row["digest"],
        digest_again(undone.stamp.number, row["digest"]),
    )
    same = ("person_id", "activity", "channel", "extent", "given_by", "capacity", "source")
    digest = hashlib.sha256(f"undone {undone.stamp.number} {row['id']}".encode()).hexdigest()
    return {
        **{name: row[name] for name in same},
        "decision": "lift",
        "signed_at": at,
        "signed_day_only": False,
        "effective_from": at.date(),
        "effective_to": None,
        "lifts": row["id"],
        "digest": digest,
        "evidence": None,
        "evidence_sha256": None,
        "notice_version": None,
    }


def _make_statement_again(
    connection: Connection, row: RowMapping, old: RowMapping
) -> dict[str, Any] | None:
    """Return the statement that was taken back, made again as it was; None if it is on file."""
    digest = digest_again(row["import_number"], old["digest"])
    same = _c.person_id == old["person_id"], _c.digest == digest
    if connection.execute(select(_c.seq).where(*same)).first() is not None:
        return None
    return {name: old[name] for name in _TOLD if name not in ("id", "corrects")} | {
        "digest": digest
    }


def list_kept(connection: Connection, number: int) -> Iterator[KeptStatement]:
    """Yield the statements of an import that stay, with the reasons."""
    carried = and_(_c.import_place.is_(None), not_(_CORRECTED))
    rows = select(_c.id, _c.person_id, _c.import_place, _CORRECTED).where(
        _c.import_number == number, or_(carried, _CORRECTED)
    )
    for ident, person, place, corrected in connection.execute(rows):
        said_again = corrected and place is not None
        yield KeptStatement(ident, person, "it was corrected since" if said_again else _CARRIED)


_CARRIED = "it was carried over from another id: have it lifted where it is wrong"


def find_effects(connection: Connection, number: int, now: datetime, zone: ZoneInfo) -> UndoEffects:
    """Return the effects of taking back the statements of import `number` now."""
    found = UndoEffects()
    people = select(_c.person_id).distinct().where(*_match_import(number)).order_by(_c.person_id)
    ids = list(connection.scalars(people))
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        known = _read_people(connection, chunk)
        for person_id, rows in _read_statements(connection, chunk).items():
            if person_id in known:
                change = _sort_statements(connection, rows, number)
                _add_effects(found, known[person_id], change, now, zone)
    return found


def _read_people(connection: Connection, ids: Sequence[str]) -> dict[str, Person]:
    p = tables.people.c
    rows = select(p.id, p.kind, p.birth_date).where(is_in(p.id, json_list("ids")))
    fields: dict[str, Any] = dict.fromkeys(Person._fields)
    return {
        ident: Person(**fields | {"id": ident, "kind": kind, "birth_date": born})
        for ident, kind, born in connection.execute(rows, {"ids": as_json(ids)})
    }


def _read_statements(connection: Connection, ids: Sequence[str]) -> dict[str, list[RowMapping]]:
    columns = [_c[name] for name in dict.fromkeys((*STATED, "corrects", "import_number"))]
    rows = select(*columns, _c.import_place).where(
        is_in(_c.person_id, json_list("ids")), not_(_CORRECTED)
    )
    said: dict[str, list[RowMapping]] = {}
    for row in connection.execute(rows, {"ids": as_json(ids)}).mappings():
        said.setdefault(row["person_id"], []).append(row)
    return said


class _Taken(NamedTuple):
    """One person's statements: those that count now and later, those taken back and remade."""

    here: list[Consent]
    there: list[Consent]
    gone: list[Consent]
    again: list[Consent]


def _sort_statements(connection: Connection, rows: Sequence[RowMapping], number: int) -> _Taken:
    here, there, gone, again = [], [], [], []
    for row in rows:
        said = make_consent(row)
        here.append(said)
        if row["import_number"] != number or row["import_place"] is None:
            there.append(said)
        elif (old := _find_annulled(connection, row)) is not None:
            again.append(make_consent(old))
        else:
            gone.append(said)
    return _Taken(here, [*there, *again], gone, again)


def _add_effects(
    found: UndoEffects, person: Person, change: _Taken, now: datetime, zone: ZoneInfo
) -> None:
    """Add the effects on one person to `found`."""
    for one in (*change.gone, *change.again):
        found.statements[one.decision] = found.statements.get(one.decision, 0) + 1
    day = now.astimezone(zone).date()
    was = weigh_statements(person, change.here, day, now, zone)
    will = weigh_statements(person, change.there, day, now, zone)
    refusals = 0
    for one in change.gone:
        refusals |= find_cells(one) if one.decision in REFUSALS else 0
    lost = (will.refused & ~was.refused) | (was.granted & ~will.granted)
    won = (was.refused & ~will.refused) | (will.granted & ~was.granted)
    found.refused += bool(lost)
    found.allowed += bool(won)
    found.closed += bool(refusals & will.refused & was.refused)
