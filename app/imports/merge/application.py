"""A planned import put into the store, slice by slice; killed at any moment it can be gone on with.

First refusals, then rosters, then the registry, grants last; the lists' dates at the very end, so
that no list is fresher than what is on file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.database.session import Store
from app.imports.doubts import doubt_records as doubts
from app.imports.identities import identity_steps
from app.imports.merge import departures, guardian_ties, list_gaps, name_steps, previous_records
from app.imports.merge.accounts_and_permissions import PERMISSIONS, account_step, permission_step
from app.imports.merge.ledger_rows import Stamp
from app.imports.merge.merge_plan import KINDS, name_of, read_delivered
from app.imports.merge.record_steps import record_steps
from app.imports.merge.slices import Pace, Step, run
from app.imports.merge.statements import AT_ONCE, GRANTS, REFUSALS, is_any_at_once
from app.imports.merge.statements import step as statement_step
from app.imports.staging import rows_set_aside, staged_tables, staging_database
from app.imports.staging.staged_tables import Staged
from app.store.consents.list_dates import DISTRICT, Bytes, date_list
from app.store.ledger import chain
from app.store.service import import_records
from app.store.service.import_records import Import

# Told now and then how far it is: what is being done, rows done, rows in all.
Told = Callable[[str, int, int], None]


def stamp_of(found: Import, at: datetime) -> Stamp:
    """What the rows of an import are stamped with when they are put on file `at` that time."""
    return Stamp(found.id, found.number, found.created_at, at, found.person_id)


def refuse_at_once(store: Store, connection: Connection, stamp: Stamp) -> None:
    """Put the refusals on file that go whatever becomes of the rest; they can be undone alone."""
    with connection.begin():
        are_some = is_any_at_once(connection)
    if are_some:
        with store.writing(connection):
            previous_records.begin_noting(connection, stamp.number)
    run_at_once(store, connection, [statement_step(AT_ONCE, 0, stamp)])


def doubt_at_once(
    store: Store, connection: Connection, stamp: Stamp, counted: Mapping[str, Any]
) -> None:
    """Put in force what must not wait about ids in doubt; `counted` as in `identities.counts`."""
    run_at_once(store, connection, identity_steps.at_once(stamp, counted))


def run_at_once(store: Store, connection: Connection, some: Iterable[Step]) -> None:
    """Run steps that do not wait for the rest, and of which no import notes how far they came."""
    for step in some:
        for _ in run(store, connection, step, _pace(), None, lambda *_: None):
            pass


def index_again(store: Store, connection: Connection, found: Import) -> None:
    """Put the names of people whom an import has brought in the index, where it did not come to it.

    Its own notes of them are gone; nobody would be found by name whom a later delivery repeats.
    """
    if (found.plan or {}).get("names"):
        run_at_once(store, connection, [name_steps.step_again(found.number)])


def steps(plan: Mapping[str, Any], stamp: Stamp, now: Callable[[], datetime]) -> list[Step]:
    """All there is to do by `plan`, in order; every one that has rows. `now` tells the time."""
    delivered, kinds = read_delivered(plan), plan["kinds"]
    absent = {staged: frozenset(said.absent) for staged, said in delivered.items()}
    walked = {KINDS[name]: (rows, whole) for name, (rows, whole) in plan["walked"].items()}
    ranks = plan["consents"]
    doubts, settling = identity_steps.of_plan(stamp, plan.get("identities"), now)
    made = [
        *doubts,
        *_with_gaps(
            plan,
            stamp,
            record_steps(walked, stamp, absent, plan["names"], now, _changed(kinds)),
        ),
        *departures.steps(stamp, plan["marked"], plan["ended"]),
        *_tie_steps(plan, stamp),
        *settling,
        *list_gaps.gap_steps(stamp, plan.get("list_gaps", {}).get("changed", 0)),
        statement_step(REFUSALS, ranks["refuse"] + ranks["withdraw"], stamp),
    ]
    if staged_tables.accounts in delivered:
        changes = kinds["accounts"]
        made.append(account_step(_touched(changes), stamp, absent[staged_tables.accounts]))
    made += [
        permission_step(staged, _touched(kinds[PERMISSIONS[staged].name]), stamp)
        for staged in PERMISSIONS
        if staged in delivered
    ]
    made.append(statement_step(GRANTS, ranks["grant"] + ranks["lift"], stamp))
    return [step for step in made if step.rows]


def _with_gaps(plan: Mapping[str, Any], stamp: Stamp, made: list[Step]) -> list[Step]:
    """The steps of records, before the enrollments the one that says whose rosters lack somebody.

    Before them: a class must not look whole while it is filled.
    """
    classes = plan.get("aside", {}).get("classes", 0)
    names = [step.name for step in made]
    before = names.index("enrollments") if "enrollments" in names else len(made)
    return [*made[:before], rows_set_aside.gap_step(stamp, classes), *made[before:]]


def _changed(kinds: Mapping[str, Any]) -> frozenset[Staged]:
    """The kinds of which records that are on file become otherwise."""
    return frozenset(KINDS[name] for name, changes in kinds.items() if changes["changed"])


def _tie_steps(plan: Mapping[str, Any], stamp: Stamp) -> list[Step]:
    """The guardians who come and go; none by a plan of an earlier version, which noted nothing."""
    if "ties" not in plan:
        return []
    rows, whole = plan["walked"].get(name_of(staged_tables.guardians), (0, False))
    return guardian_ties.steps(stamp, plan["ties"], (rows, whole))


def _touched(changes: Mapping[str, int]) -> int:
    return changes["added"] + changes["changed"]


def apply(
    store: Store, connection: Connection, found: Import, stamp: Stamp, told: Told | None = None
) -> Import:
    """Apply an import in state `applying` from where it stands to its end."""
    todo = steps(found.plan or {}, stamp, store.now)
    if (found.progress or {}).get("step") not in {step.name for step in todo}:
        with store.writing(connection):
            previous_records.begin_noting(connection, found.number)
    pace = take_steps(store, connection, found, todo, told)
    return _finish(store, connection, found, stamp, pace if todo else None)


def take_steps(
    store: Store,
    connection: Connection,
    found: Import,
    todo: list[Step],
    told: Told | None = None,
) -> Pace:
    """Take the steps of an import from where it stands; the pace that they came to."""
    far = _Far(found.id, sum(step.rows for step in todo), dict(found.progress or {}))
    pace = _pace()
    staging_database.hasten(connection, durable=False)
    for step in far.left(todo):
        for rows in run(store, connection, step, pace, far.after, far.note):
            far.took(rows)
            if told:
                told(step.name, far.done, far.total)
    # Else the last commit, which waits for the disk, would wait for all that is not yet there.
    staging_database.checkpoint(connection)
    staging_database.hasten(connection, durable=True)
    return pace


def take_aside(
    store: Store, connection: Connection, find: Callable[[Connection], list[Step]]
) -> None:
    """Take steps that belong to no import: nobody is told how far they are."""
    with connection.begin():
        todo = find(connection)
    for step in todo:
        for _ in run(store, connection, step, _pace(), None, lambda *_: None):
            pass


class _Far:
    """How far an import has come, in about how many rows."""

    def __init__(self, import_id: str, total: int, progress: dict[str, Any]) -> None:
        self._id, self.total = import_id, total
        self._step, self.after = progress.get("step"), progress.get("after")
        self.done, self._before = 0, 0

    def left(self, todo: list[Step]) -> Iterator[Step]:
        """The steps from the one where it stopped."""
        names = [step.name for step in todo]
        start = names.index(self._step) if self._step in names else 0
        self._before = sum(step.rows for step in todo[:start])
        for step in todo[start:]:
            self._step, self.done = step.name, self._before
            yield step
            self._before, self.after = self._before + step.rows, None

    def took(self, rows: int) -> None:
        self.done = min(self.done + rows, self.total)

    def note(self, connection: Connection, upto: list[Any], rows: int) -> None:
        """Say so in the transaction of a slice."""
        done = min(self.done + rows, self.total)
        said = {"step": self._step, "after": upto, "done": done, "total": self.total}
        import_records.note_progress(connection, self._id, said)


def _finish(
    store: Store, connection: Connection, found: Import, stamp: Stamp, pace: Pace | None
) -> Import:
    """`pace` is that of the slices, None where there was nothing to apply."""
    at_once = (found.plan or {})["consents"]["at_once"]
    state: import_records.State = "applied" if pace or at_once else "unchanged"
    longest = round(pace.longest * 1000) if pace else 0
    with store.reading() as reading:
        arrivals = doubts.find_arrivals(reading)
    with store.writing(connection):
        doubts.end_doubts(connection, stamp, arrivals)
        rosters = read_delivered(found.plan or {}).get(staged_tables.enrollments)
        rows_set_aside.close_gaps(connection, rosters.extent if rosters else None)
        return finish(connection, found, stamp, state, longest)


def finish(
    connection: Connection,
    found: Import,
    stamp: Stamp,
    state: import_records.State,
    longest: int = 0,
) -> Import:
    """Date the lists, put the import on the ledger and say that it is done.

    `longest` is for how many milliseconds its longest slice held the write lock.
    """
    plan = found.plan or {}
    for kind in plan["lists"]:
        made = list_bytes(plan) if kind == "consents" else None
        date_list(connection, kind, stamp.delivered_at, _schools_of(kind, plan), made)
    entry = stamp.entry("import.applied", {"state": state, **_summary(plan)})
    chain.append_entries(connection, [entry])
    done = {"step": "done", "longest_slice_ms": longest}
    return import_records.change_import(connection, found.id, stamp.at, state=state, progress=done)


def list_bytes(plan: Mapping[str, Any]) -> Bytes | None:
    """What a plan says of the bytes of its lists; None by a plan of an earlier version."""
    digest = plan.get("list_digest")
    return Bytes(digest, plan["same_list_days"]) if digest else None


def _schools_of(kind: str, plan: Mapping[str, Any]) -> Iterable[str]:
    """Whose list of this kind is whole; nobody's, where a plan of an earlier version waited."""
    if kind != "consents":
        return (DISTRICT,)
    schools: Iterable[str] = plan.get("list_schools", ())
    return schools


def _summary(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Digests and counts, for the ledger."""
    return {
        "files": {
            said["file"]: {"sha256": said["sha256"], "rows": said["rows"], **said["changes"]}
            for said in plan["files"]
        },
        "lists": list(plan["lists"]),
        "list_schools": list(plan.get("list_schools", ())),
        "diff": plan["diff"],
    }


def _pace() -> Pace:
    return Pace(lambda connection: chain.read_head(connection)[0])
