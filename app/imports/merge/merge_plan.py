"""The plan of a delivery: what it would add, change and mark, found without any lock.

SQL on the staging area finds it. It holds numbers and lines, never a name or an id of a person. It
is kept with the import (`app.store.service.import_plans`), and applying follows it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, delete, func, select

from app.database import tables
from app.imports.merge import (
    class_absences,
    departures,
    feed_records,
    guardian_ties,
    name_steps,
    statements,
)
from app.imports.merge.accounts_and_permissions import (
    PERMISSIONS,
    count_account_changes,
    count_permission_changes,
)
from app.imports.merge.consent_effects import Effects, find_effects
from app.imports.merge.feeds import Feeds, count_others
from app.imports.merge.records import PENDING, TARGETS, note_differences
from app.imports.merge.school_counts import count_schools
from app.imports.merge.school_losses import count_losses
from app.imports.staging import staged_tables
from app.imports.staging.staged_tables import Staged
from app.store.service.import_plans import Comparison, RecordedPlan
from app.store.service.plan_parts import (
    Changes,
    ConsentCounts,
    CountsOnFile,
    Delivered,
    SchoolCounts,
    Schools,
    Walk,
)

_EXAMPLES = 5
KINDS: dict[str, Staged] = {
    staged.table.name.removeprefix("stage_"): staged
    for staged in (
        *TARGETS,
        staged_tables.consents,
        staged_tables.accounts,
        *PERMISSIONS,
        staged_tables.flags,
    )
}
_NAMES = {staged: name for name, staged in KINDS.items()}


def find_name(staged: Staged) -> str:
    """Return the name by which a plan calls a staged table."""
    return _NAMES[staged]


def read_delivered(plan: RecordedPlan) -> dict[Staged, Delivered]:
    """Return what a plan records as delivered, by staged table."""
    return {KINDS[name]: said for name, said in plan.delivered.items()}


def plan(
    connection: Connection,
    feeds: Feeds,
    delivered: Mapping[Staged, Delivered],
    today: date,
    zone: ZoneInfo,
) -> Comparison:
    """Compare what the import of `feeds` staged with what is on file.

    The notes of an earlier comparison are dropped. What the import itself has put on file by then,
    refusals that went at once, counts as new.
    """
    for table in (*PENDING.values(), departures.people, departures.enrollments):
        connection.execute(delete(table))
    name_steps.forget_names(connection)
    staged_tables.update_statistics(connection)
    statements.note_new(connection, feeds.number)
    kinds, walked = _count_records(connection, delivered)
    people = delivered.get(staged_tables.people)
    complete = people is not None and people.extent == "complete"
    missing = departures.note_people(connection, feeds, complete=complete)
    marked = connection.scalar(select(func.count()).select_from(departures.people)) or 0
    ended = _note_endings(connection, delivered, feeds)
    if "enrollments" in kinds:
        kinds["enrollments"] = replace(kinds["enrollments"], removed=ended)
    compared = Comparison(
        walked=walked,
        missing=missing,
        marked=marked,
        ended=ended,
        classes_absent=_count_absent(connection, delivered, feeds),
        ties=guardian_ties.count_ties(connection),
        people_kinds=_list_people_kinds(connection) if complete else (),
        of_other_feeds=count_others(connection, feeds) if complete else 0,
    )
    kinds |= _count_registry(connection, delivered)
    come_to = find_effects(connection, feeds.number, today, zone)
    return replace(
        compared,
        kinds=kinds,
        names=_note_names(connection, kinds.get("people")),
        feed=feed_records.plan_feed(connection, feeds, delivered),
        consents=_count_consents(connection, come_to),
        losses=count_losses(connection, come_to.lifted),
        schools=_count_by_school(connection, delivered),
        base=_count_on_file(connection),
        examples=_find_examples(connection, delivered),
        diff=_digest_notes(connection),
    )


def _count_records(
    connection: Connection, delivered: Mapping[Staged, Delivered]
) -> tuple[dict[str, Changes], dict[str, Walk]]:
    """Count the changes of records with keys of their own, and the rows walked for them."""
    kinds, walked = {}, {}
    for staged in TARGETS:
        if staged in delivered:
            name, absent = find_name(staged), frozenset(delivered[staged].absent)
            kinds[name], whole = note_differences(connection, staged, absent)
            rows = kinds[name].written
            if whole and rows:
                rows = staged_tables.count_rows(connection, staged)
            walked[name] = Walk(rows, whole)
    return kinds, walked


def _count_registry(
    connection: Connection, delivered: Mapping[Staged, Delivered]
) -> dict[str, Changes]:
    """Count the changes of accounts and of permissions."""
    kinds = {}
    if staged_tables.accounts in delivered:
        absent = frozenset(delivered[staged_tables.accounts].absent)
        kinds["accounts"] = count_account_changes(connection, absent)
    for staged in PERMISSIONS:
        if staged in delivered:
            kinds[find_name(staged)] = count_permission_changes(connection, staged)
    return kinds


def _note_names(connection: Connection, people: Changes | None) -> dict[str, int]:
    """Note the rows of the name index where all people are new; count them by step."""
    all_new = people and people.added and not people.changed + people.unchanged
    return name_steps.note_names(connection) if all_new else {}


def _note_endings(
    connection: Connection, delivered: Mapping[Staged, Delivered], feeds: Feeds
) -> int:
    """Note the ties and the enrollments that end; count the enrollments."""
    guardians = delivered.get(staged_tables.guardians)
    whole = guardians is not None and guardians.extent == "complete"
    guardian_ties.note_ended(connection, feeds, complete=whole)
    enrollments = delivered.get(staged_tables.enrollments)
    extent = enrollments.extent if enrollments else None
    return departures.note_enrollments(connection, feeds, extent)


def _count_absent(
    connection: Connection, delivered: Mapping[Staged, Delivered], feeds: Feeds
) -> int:
    """Count the classes of the feed that rosters lack which are about the classes in them alone."""
    rosters = delivered.get(staged_tables.enrollments)
    of_some = rosters is not None and rosters.rows and rosters.extent == "classes"
    return class_absences.count_absent(connection, feeds.own) if of_some else 0


def _list_people_kinds(connection: Connection) -> tuple[str, ...]:
    kind = staged_tables.people.c.kind
    return tuple(connection.scalars(select(kind).distinct().order_by(kind)))


def _count_consents(connection: Connection, found: Effects) -> ConsentCounts:
    return ConsentCounts(
        people_refused=found.refused,
        people_allowed=found.allowed,
        people_flipped=found.flips,
        people_known=found.known,
        **statements.count_statements(connection),
    )


def _count_by_school(connection: Connection, delivered: Mapping[Staged, Delivered]) -> Schools:
    if staged_tables.people not in delivered:
        return {}
    absent = frozenset(delivered[staged_tables.people].absent)
    nobody = connection.execute(select(tables.people.c.id).limit(1)).first() is None
    counts = count_schools(connection, absent, whole=nobody)
    return {
        org: {who: SchoolCounts(**said) for who, said in one.items()} for org, one in counts.items()
    }


def _count_on_file(connection: Connection) -> CountsOnFile:
    """Count the people on file who are active and of the delivered kinds, and the ties on file."""
    people, staged = tables.people.c, staged_tables.people.c
    kinds = select(staged.kind).distinct()
    active = select(func.count()).where(people.status == "active", people.kind.in_(kinds))
    ties = select(func.count()).select_from(tables.guardians)
    return CountsOnFile(connection.scalar(active) or 0, connection.scalar(ties) or 0)


def _find_examples(
    connection: Connection, delivered: Mapping[Staged, Delivered]
) -> dict[str, dict[str, tuple[int, ...]]]:
    """Return a few places of rows that add or change a record, by kind."""
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for staged in TARGETS:
        for op in ("added", "changed"):
            rows = _select_places(staged, op)
            places = list(connection.scalars(rows)) if staged in delivered else []
            if places:
                found.setdefault(find_name(staged), {})[op] = tuple(sorted(places))
    return found


@cache
def _select_places(staged: Staged, op: str) -> Select[int]:
    todo = PENDING[staged].c
    return select(todo.line).where(todo.op == op).limit(_EXAMPLES)


def _digest_notes(connection: Connection) -> str:
    """Return a digest of all notes: a sum of digests, since to sort a million takes memory.

    Rows that go into an empty table have no notes; the digests of the files stand for them.
    """
    total = 0
    tables_noted = (
        *PENDING.values(),
        departures.people,
        departures.enrollments,
        guardian_ties.ended,
    )
    for table in (*tables_noted, statements.todo):
        rows = select(*(column for column in table.c if column.name != "rank"))
        for row in connection.execute(rows.execution_options(yield_per=5_000)):
            noted = f"{table.name}{tuple(row)!r}"
            total += int.from_bytes(hashlib.sha256(noted.encode()).digest())
    return f"{total % 2**256:064x}"
