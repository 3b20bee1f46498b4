"""The application of a planned import, slice by slice. After a kill it can be resumed at any point.

Order: refusals, rosters, the registry, and grants last. The lists are dated at the very end, so
that no list is fresher than what is on file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.database.session import Store
from app.imports.doubts import doubt_records as doubts
from app.imports.identities import identity_steps
from app.imports.merge import (
    class_absences,
    departures,
    feed_records,
    guardian_ties,
    list_gaps,
    name_steps,
    previous_records,
)
from app.imports.merge.accounts_and_permissions import (
    PERMISSIONS,
    make_account_step,
    make_permission_step,
)
from app.imports.merge.ledger_rows import ImportStamp
from app.imports.merge.merge_plan import KINDS, find_name, read_delivered
from app.imports.merge.record_steps import make_record_steps
from app.imports.merge.slices import MergeStep, SliceSizer, run_step
from app.imports.merge.statements import AT_ONCE, GRANTS, REFUSALS, is_any_at_once
from app.imports.merge.statements import step as statement_step
from app.imports.staging import rows_set_aside, staged_tables, staging_database
from app.imports.staging.staged_tables import Staged
from app.store.consents.list_dates import ListBytes, date_list, date_rosters
from app.store.ledger import chain, record_sums
from app.store.service import import_records
from app.store.service.import_plans import Description, RecordedPlan
from app.store.service.import_records import ImportRecord
from app.store.service.plan_parts import Changes, IdDoubts, Walk

# Called now and then with the progress: the step's name, rows done, rows in all.
Told = Callable[[str, int, int], None]


def make_stamp(found: ImportRecord, at: datetime) -> ImportStamp:
    """Return the stamp of the rows that an import puts on file `at` that time."""
    return ImportStamp(found.id, found.number, found.created_at, at, found.person_id)


def refuse_at_once(store: Store, connection: Connection, stamp: ImportStamp) -> None:
    """Put on file the refusals that never wait for the rest; they can be undone alone."""
    with connection.begin():
        are_some = is_any_at_once(connection)
    if are_some:
        with store.writing(connection):
            previous_records.begin_noting(connection, stamp.number)
    run_at_once(store, connection, [statement_step(AT_ONCE, 0, stamp)])


def doubt_at_once(
    store: Store, connection: Connection, stamp: ImportStamp, counted: IdDoubts
) -> None:
    """Put in force what must not wait about ids in doubt."""
    steps = identity_steps.make_immediate_steps(stamp, counted)
    if steps:
        record_sums.begin_import(store, stamp.at, stamp.caller)
        run_at_once(store, connection, steps)
        end_writes(store, stamp.at, stamp.caller)


def end_writes(store: Store, at: datetime, caller: str) -> None:
    """Bind what an import has changed, where it began to write and has not ended."""
    record_sums.complete_sums(store)
    with store.writing() as connection, record_sums.binding(connection, at, caller, ends=True):
        pass


def run_at_once(store: Store, connection: Connection, some: Iterable[MergeStep]) -> None:
    """Run steps that do not wait for the rest; their progress is not recorded."""
    for step in some:
        for _ in run_step(store, connection, step, _make_pace(), None, lambda *_: None):
            pass


def index_again(store: Store, connection: Connection, found: ImportRecord) -> None:
    """Index the names of people that a stopped import had put on file but not yet indexed.

    Its own notes of them are gone. Without this a later delivery that repeats these people would
    leave them out of the search.
    """
    if found.plan and found.plan.names:
        run_at_once(store, connection, [name_steps.make_index_step(found.number)])


def read_planned(found: ImportRecord) -> RecordedPlan:
    """Return the plan of an import that has one; raise `ValueError` where it has none."""
    if found.plan is None:
        message = "the import has no plan"
        raise ValueError(message)
    return found.plan


def make_steps(
    plan: RecordedPlan, stamp: ImportStamp, now: Callable[[], datetime]
) -> list[MergeStep]:
    """Return all steps of `plan` that have rows, in order; `now` tells the time."""
    delivered, kinds, consents = read_delivered(plan), plan.kinds, plan.consents
    absent = {staged: frozenset(said.absent) for staged, said in delivered.items()}
    walked = {KINDS[name]: walk for name, walk in plan.walked.items()}
    doubts, settling = identity_steps.make_plan_steps(stamp, plan.identities, now)
    made = [
        *doubts,
        *feed_records.make_adding_steps(stamp, plan.feed, delivered),
        *_insert_gap_step(
            plan,
            stamp,
            make_record_steps(walked, stamp, absent, plan.names, now, _find_changed_kinds(kinds)),
        ),
        *departures.make_departure_steps(stamp, plan.marked, plan.ended),
        *_make_tie_steps(plan, stamp),
        *feed_records.make_removing_steps(stamp, plan.feed),
        *settling,
        *list_gaps.make_gap_steps(stamp, plan.list_gaps.changed),
        statement_step(REFUSALS, consents.refuse + consents.withdraw, stamp),
    ]
    if staged_tables.accounts in delivered:
        written = kinds[find_name(staged_tables.accounts)].written
        made.append(make_account_step(written, stamp, absent[staged_tables.accounts]))
    made += [
        make_permission_step(staged, kinds[find_name(staged)].written, stamp)
        for staged in PERMISSIONS
        if staged in delivered
    ]
    made.append(statement_step(GRANTS, consents.grant + consents.lift, stamp))
    return [step for step in made if step.rows]


def _insert_gap_step(
    plan: RecordedPlan, stamp: ImportStamp, made: list[MergeStep]
) -> list[MergeStep]:
    """Insert the step of classes with incomplete rosters before the step of enrollments.

    A class must not look whole while it is filled.
    """
    classes = plan.aside.classes if plan.aside else 0
    names = [step.name for step in made]
    before = names.index("enrollments") if "enrollments" in names else len(made)
    return [*made[:before], rows_set_aside.gap_step(stamp, classes), *made[before:]]


def _find_changed_kinds(kinds: Mapping[str, Changes]) -> frozenset[Staged]:
    """Return the kinds of which records on file change."""
    return frozenset(KINDS[name] for name, changes in kinds.items() if changes.changed)


def _make_tie_steps(plan: RecordedPlan, stamp: ImportStamp) -> list[MergeStep]:
    """Return the steps of guardians' ties; a plan of an earlier version has noted none."""
    if plan.ties is None:
        return []
    walk = plan.walked.get(find_name(staged_tables.guardians), Walk())
    return guardian_ties.make_tie_steps(stamp, plan.ties, walk)


def apply_steps(
    store: Store,
    connection: Connection,
    found: ImportRecord,
    stamp: ImportStamp,
    told: Told | None = None,
) -> ImportRecord:
    """Apply an import in state `applying` from where it stands to its end."""
    todo = make_steps(read_planned(found), stamp, store.now)
    if todo:
        record_sums.begin_import(store, stamp.at, stamp.caller)
    if (found.progress or {}).get("step") not in {step.name for step in todo}:
        with store.writing(connection):
            previous_records.begin_noting(connection, found.number)
    pace = take_steps(store, connection, found, todo, told)
    return _finish_import(store, connection, found, stamp, pace if todo else None)


def take_steps(
    store: Store,
    connection: Connection,
    found: ImportRecord,
    todo: list[MergeStep],
    told: Told | None = None,
) -> SliceSizer:
    """Take the steps of an import from where it stands; return the pace of its slices."""
    far = _ImportProgress(found.id, sum(step.rows for step in todo), dict(found.progress or {}))
    pace = _make_pace()
    staging_database.set_durable_commits(connection, durable=False)
    for step in far.left(todo):
        for rows in run_step(store, connection, step, pace, far.after, far.note):
            far.took(rows)
            if told:
                told(step.name, far.done, far.total)
    # Without this the last commit, a durable one, would have to wait for everything before it.
    staging_database.move_journal(connection)
    staging_database.set_durable_commits(connection, durable=True)
    return pace


def run_aside(
    store: Store, connection: Connection, find: Callable[[Connection], list[MergeStep]]
) -> None:
    """Take steps that belong to no import; no progress is recorded."""
    with connection.begin():
        todo = find(connection)
    for step in todo:
        for _ in run_step(store, connection, step, _make_pace(), None, lambda *_: None):
            pass


class _ImportProgress:
    """The progress of an import, in about as many rows as it has done."""

    def __init__(self, import_id: str, total: int, progress: dict[str, Any]) -> None:
        self._id, self.total = import_id, total
        self._step, self.after = progress.get("step"), progress.get("after")
        self.done, self._before = 0, 0

    def left(self, todo: list[MergeStep]) -> Iterator[MergeStep]:
        """Yield the steps from the one at which the import stopped."""
        names = [step.name for step in todo]
        start = names.index(self._step) if self._step in names else 0
        self._before = sum(step.rows for step in todo[:start])
        for step in todo[start:]:
            self._step, self.done = step.name, self._before
            yield step
            self._before, self.after = self._before + step.rows, None

    def took(self, rows: int) -> None:
        """Count rows of the plan as done."""
        self.done = min(self.done + rows, self.total)

    def note(self, connection: Connection, upto: list[Any], rows: int) -> None:
        """Record the progress in the transaction of a slice."""
        done = min(self.done + rows, self.total)
        said = {"step": self._step, "after": upto, "done": done, "total": self.total}
        import_records.note_progress(connection, self._id, said)


def _finish_import(
    store: Store,
    connection: Connection,
    found: ImportRecord,
    stamp: ImportStamp,
    pace: SliceSizer | None,
) -> ImportRecord:
    """Finish an import; `pace` is that of its slices, None where there was nothing to apply."""
    plan = read_planned(found)
    at_once = plan.consents.at_once
    state: import_records.State = "applied" if pace or at_once else "unchanged"
    longest = round(pace.longest * 1000) if pace else 0
    record_sums.complete_sums(store)
    with store.reading() as reading:
        arrivals = doubts.find_arrivals(reading)
    with (
        store.writing(connection),
        record_sums.binding(connection, stamp.at, stamp.caller, ends=True),
    ):
        doubts.end_doubts(connection, stamp, arrivals)
        rosters = read_delivered(plan).get(staged_tables.enrollments)
        rows_set_aside.close_gaps(connection, stamp.number, rosters.extent if rosters else None)
        if "rosters" in plan.lists:
            class_absences.note_absences(connection, stamp.delivered_at, found.feed)
        return finish_import(connection, found, stamp, state, longest)


def finish_import(
    connection: Connection,
    found: ImportRecord,
    stamp: ImportStamp,
    state: import_records.State,
    longest: int = 0,
) -> ImportRecord:
    """Date the lists, put the import on the ledger and record that it is done.

    `longest` is for how many milliseconds its longest slice held the write lock.
    """
    plan = read_planned(found)
    if "consents" in plan.lists:
        made = read_list_bytes(plan)
        date_list(connection, "consents", stamp.delivered_at, plan.list_schools, made)
    if "rosters" in plan.lists:
        date_rosters(connection, stamp.delivered_at, found.feed)
    feed_records.note_delivery(connection, found.number, plan.feed)
    entry = stamp.entry("import.applied", {"state": state, **_summarize_plan(plan)})
    chain.append_entries(connection, [entry])
    done = {"step": "done", "longest_slice_ms": longest}
    return import_records.change_import(connection, found.id, stamp.at, state=state, progress=done)


def read_list_bytes(plan: Description) -> ListBytes | None:
    """Return the digest and the limit of days of a plan's lists; None for a plan without them."""
    return ListBytes(plan.list_digest, plan.same_list_days) if plan.list_digest else None


def _summarize_plan(plan: RecordedPlan) -> dict[str, Any]:
    """Return digests and counts, for the ledger."""
    return {
        "files": {
            said.file: {"sha256": said.sha256, "rows": said.rows, **asdict(said.changes)}
            for said in plan.files
        },
        "lists": list(plan.lists),
        "list_schools": list(plan.list_schools),
        "diff": plan.diff,
    }


def _make_pace() -> SliceSizer:
    return SliceSizer(lambda connection: chain.read_head(connection)[0])
