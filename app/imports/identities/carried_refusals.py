"""Refusals that are carried over to a person's new id; grants never are.

A refusal is carried as a statement of its own, wholly and with its maker, where it is in force
under the former id: not corrected, and not lifted or superseded for good by a later paper of its
maker that counts. It counts as a check counts it: no consent of a former guardian.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    delete,
    exists,
    func,
    select,
    true,
)

from app.database import bulk_insert, tables
from app.database.json_lists import as_json, is_in, json_list
from app.database.tables.base import format_utc
from app.imports.identities import arrivals
from app.imports.merge.ledger_rows import ImportStamp
from app.imports.merge.slices import KeyRange, KeyRangeScan, MergeStep, Prepared
from app.imports.staging import staged_tables
from app.policy.consent import ADULT_AGE, eighteenth_birthday, weigh_statements
from app.policy.consent import StatementEffect as Told
from app.policy.consent_coverage import find_cells
from app.policy.credible_births import with_credible_birth
from app.policy.facts import Consent, Person, Setup
from app.policy.names import name_key
from app.policy.question import PersonRef, Pictured, Question
from app.policy.statements import BY_GUARDIAN
from app.policy.words import REFUSALS
from app.store.facts.loader import load_facts
from app.store.ledger import chain

# Statements, the ids they are carried to, and their makers there. `fresh` as in `arrivals.pairs`.
_carried = Table(
    "identity_carried",
    staged_tables.metadata,
    Column("id", Text),
    Column("statement_id", Text),
    Column("fresh", Integer),
    Column("given_by", Text),
    Column("source", Text),
    PrimaryKeyConstraint("id", "statement_id"),
    sqlite_with_rowid=False,
)
# A younger child's family has years to be asked again.
_SOON = timedelta(days=366)
_CHUNK = 1_000
_c = tables.consents.c


class ComparisonTime(NamedTuple):
    """The time at which a delivery is compared with what is on file, and the district's zone."""

    now: datetime
    zone: ZoneInfo

    @property
    def day(self) -> date:
        """Return the day in the district."""
        return self.now.astimezone(self.zone).date()


def forget_carried(connection: Connection) -> None:
    """Drop what an earlier comparison has noted."""
    connection.execute(delete(_carried))


def note_carried(connection: Connection, moment: ComparisonTime) -> None:
    """Note the refusals to carry over to the people in `arrivals.pairs`."""
    pairs = arrivals.pairs.c
    refused = exists().where(_c.person_id == pairs.former_id, _c.decision.in_(sorted(REFUSALS)))
    came: dict[str, list[tuple[str, int]]] = defaultdict(list)
    rows = select(pairs.former_id, pairs.id, pairs.fresh).where(refused)
    for former, ident, fresh in connection.execute(rows.order_by(pairs.former_id)):
        came[former].append((ident, fresh))
    formers = list(came)
    for start in range(0, len(formers), _CHUNK):
        chunk = formers[start : start + _CHUNK]
        ids = {ident for former in chunk for ident, _ in came[former]}
        guardians = _Guardians(connection, [*chunk, *ids])
        noted = {
            (ident, one.id): (ident, one.id, fresh, *guardians.find_maker(one, ident))
            for former, statements in _find_refusals_in_force(connection, chunk, moment)
            for ident, fresh in came[former]
            for one in statements
        }
        bulk_insert.insert_rows(connection, _carried, sorted(noted.values()))
    staged_tables.analyze_tables(connection, _carried)


def count_people(connection: Connection) -> int:
    """Count the ids that a refusal is carried over to."""
    return connection.scalar(select(func.count(_carried.c.id.distinct()))) or 0


def _find_refusals_in_force(
    connection: Connection, people: Sequence[str], moment: ComparisonTime
) -> Iterator[tuple[str, list[Consent]]]:
    """Yield the refusals in force about these people, from the facts that a check loads."""
    refs = tuple(PersonRef("", ident) for ident in people)
    asked = Question("photo-consent", pictured=Pictured(students=refs))
    facts = load_facts(connection, [asked], moment.now, Setup(moment.zone))
    for ident in people:
        person = with_credible_birth(facts.people[ident], moment.day)
        yield ident, list(_keep_refusals(person, facts.consents.get(ident, ()), moment))


def _keep_refusals(
    person: Person, said: Iterable[Consent], moment: ComparisonTime
) -> Iterator[Consent]:
    """Yield the refusals that their own makers have not taken back for good.

    A refusal taken back until a day is in force from then on; one that a guardian's consent took
    back, from the eighteenth birthday on, which counts here where it is within a year.
    """
    person, of_age = _find_birthday(person, moment.day)
    of_source: dict[tuple[str, str], list[Consent]] = defaultdict(list)
    for one in said:
        of_source[one.capacity, one.source].append(one)
    for papers in of_source.values():
        days = {moment.day, *_list_days_after_ends(papers, moment.day)}
        if of_age <= moment.day + _SOON:
            days.add(max(moment.day, of_age))
        standing_still = {
            one.id for day in days for one in _keep_refusals_on(day, person, papers, moment)
        }
        yield from (one for one in papers if one.id in standing_still)


def _find_birthday(person: Person, today: date) -> tuple[Person, date]:
    """Return the person with a birth date, and the day on which they come of age.

    Without a known date that day may be soon: it is the next new year.
    """
    if of_age := eighteenth_birthday(person.birth_date):
        return person, of_age
    new_year = date(today.year + 1, 1, 1)
    born = new_year.replace(year=new_year.year - ADULT_AGE)
    return person._replace(birth_date=born), new_year


def _list_days_after_ends(papers: Iterable[Consent], today: date) -> Iterator[date]:
    """Yield the days on which a consent or a lift no longer counts for the first time."""
    for one in papers:
        ends = one.effective_to
        if one.decision not in REFUSALS and ends is not None and today <= ends < date.max:
            yield ends + timedelta(days=1)


def _keep_refusals_on(
    day: date, person: Person, papers: Sequence[Consent], moment: ComparisonTime
) -> Iterator[Consent]:
    """Yield the papers of one source that refuse on a day, or will."""
    steps: list[Told] = []
    stands = weigh_statements(person, papers, day, moment.now, moment.zone, steps)
    lifted = {step.statement.id for step in steps if step.effect == "taken_back"}
    for one in papers:
        refuses = one.decision in REFUSALS and one.id not in lifted
        if refuses and find_cells(one) & (stands.refused | stands.pending):
            yield one


class _Guardians:
    """Guardians of some people, on file and in the delivery, by id and by name."""

    def __init__(self, connection: Connection, people: Sequence[str]) -> None:
        self._names: dict[tuple[str, str], str] = {}
        self._ids: dict[tuple[str, str], set[str]] = defaultdict(set)
        for ties in (tables.guardians.c, staged_tables.guardians.c):
            rows = select(ties.student_id, ties.guardian_id, ties.name).where(
                is_in(ties.student_id, json_list("ids"))
            )
            for student, guardian, name in connection.execute(rows, {"ids": as_json(people)}):
                self._names[student, guardian] = name
                self._ids[student, name_key(name)].add(guardian)

    def find_maker(self, one: Consent, ident: str) -> tuple[str | None, str]:
        """Return a statement's maker under another id: `given_by`, None if unchanged, and source.

        First the same id, if it is a guardian there, too; else the only guardian there of that
        name; else the name, or the id for lack of one, under which the family can take it back.
        """
        maker = one.source.removeprefix(BY_GUARDIAN)
        if maker == one.source or (ident, maker) in self._names:
            return None, one.source
        name = self._names.get((one.person_id, maker), maker)
        there = self._ids.get((ident, name_key(name)), set())
        if len(there) == 1:
            [guardian] = there
            return guardian, BY_GUARDIAN + guardian
        key = name_key(name)
        return (name, BY_GUARDIAN + key) if key not in ("", maker) else (None, one.source)


_TOLD = (
    "decision", "activity", "channel", "extent", "given_by", "capacity", "source", "signed_at",
    "signed_day_only", "effective_from", "effective_to", "evidence", "evidence_sha256",
    "notice_version",
)  # fmt: skip
_STAMPED = ("digest", "recorded_at", "recorded_by", "recorded_by_person", "import_number")


def step(stamp: ImportStamp, rows: int, *, at_once: bool = False) -> MergeStep:
    """Return the step that carries over what was noted.

    `at_once` limits it to ids that are new on file. What was carried over before is left as it is.
    """
    fresh = _carried.c.fresh == 1 if at_once else true()
    walk = KeyRangeScan(_carried.c.id, _carried.c.statement_id, where=fresh)
    wanted = (
        select(_carried, *(_c[name].label(f"said_{name}") for name in _TOLD))
        .join(tables.consents, _c.id == _carried.c.statement_id)
        .where(walk.within)
        .order_by(_carried.c.id, _carried.c.statement_id)
    )
    there = select(_c.digest).where(is_in(_c.person_id, json_list("ids")))
    stamped = (format_utc(stamp.at), stamp.import_id, stamp.by, stamp.number)

    def prepare(connection: Connection, bounds: KeyRange) -> Prepared:
        found = connection.execute(wanted, bounds).mappings().all()
        ids = {"ids": as_json({row["id"] for row in found})}
        on_file = set(connection.scalars(there, ids))
        made = [(_digest_carried(row), row) for row in found]
        new = [(chain.make_id(), digest, row) for digest, row in made if digest not in on_file]
        rows = [
            (ident, row["id"], *_to_stored_values(_to_statement(row)), digest, *stamped)
            for ident, digest, row in new
        ]
        entries = [
            stamp.entry("consent.recorded", _to_ledger_body(ident, row)) for ident, _, row in new
        ]
        return rows, [chain.seal_entry(entry) for entry in entries]

    def apply(connection: Connection, _bounds: KeyRange, prepared: Prepared) -> None:
        rows, sealed = prepared
        bulk_insert.insert_rows(
            connection, tables.consents, rows, ("id", "person_id", *_TOLD, *_STAMPED)
        )
        chain.append_sealed(connection, sealed)

    name = "refusals carried over at once" if at_once else "refusals carried over"
    return MergeStep(name, walk, apply, rows, prepare)


def _to_statement(row: Mapping[Any, Any]) -> dict[str, Any]:
    said = {name: row[f"said_{name}"] for name in _TOLD}
    return said | {"source": row["source"], "given_by": row["given_by"] or said["given_by"]}


def _digest_carried(row: Mapping[Any, Any]) -> str:
    """Return a SHA-256, in hex, so that a statement is carried to one id only once."""
    return hashlib.sha256(f"carried {row['statement_id']} {row['id']}".encode()).hexdigest()


def _to_stored_values(said: Mapping[str, Any]) -> Iterator[Any]:
    for name, value in said.items():
        if name == "signed_at":
            yield format_utc(value)
        else:
            yield value.isoformat() if isinstance(value, date) else value


def _to_ledger_body(ident: str, row: Mapping[Any, Any]) -> dict[str, Any]:
    said = _to_statement(row)
    days = {name: value.isoformat() for name, value in said.items() if isinstance(value, date)}
    return {
        "id": ident,
        "person_id": row["id"],
        **said,
        **days,
        "lifts": None,
        "corrects": None,
        "carried_from": row["statement_id"],
        "subjects": [row["id"]],
    }
